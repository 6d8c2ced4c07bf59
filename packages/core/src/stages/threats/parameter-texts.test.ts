import { describe, expect, it, vi } from 'vitest';
import { Exchange } from '../../exchange.ts';
import type { JsonObject } from '../../json/json-value.ts';
import { documentOf, operationOf } from '../../openapi/testing/document-under-test.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { createSchemaCompiler } from '../../schema/create-schema-compiler.ts';
import { CleanTexts } from './clean-texts.ts';
import { ParameterTexts } from './parameter-texts.ts';
import { INJECTION } from './testing/texts-under-test.ts';

interface Sent {
  readonly query?: string;
  readonly cookie?: string;
}

/** Texts that are looked at; a URI stands behind `uri `. */
function lookedAt(parameters: readonly JsonObject[], sent: Sent, enforced = true, settings = ''): string[] {
  const document = documentOf({
    openapi: '3.1.0',
    info: { title: 'Notes', version: '1' },
    paths: { '/': { get: { operationId: 'read', parameters, responses: { 200: { description: 'ok' } } } } },
  });
  const policy = parsePolicy(
    { file: 'p.yaml', text: `upstream: http://127.0.0.1:1\n${settings}` },
    { environment: () => undefined, readFile: () => '' },
  );
  const schemas = createSchemaCompiler(document, {});
  const context = { document, policy, schemas, problems: [] };
  const texts = new ParameterTexts(operationOf(document, 'read'), context, enforced, false);
  const exchange = new Exchange('r', 0, 'GET', '/', [], '192.0.2.1', false);
  exchange.query = sent.query ?? null;
  exchange.headers.cookie = sent.cookie ?? null;
  const found: string[] = [];
  texts.visit(exchange, (text, uri) => found.push(uri ? `uri ${text}` : text));
  return found;
}

const encoded = encodeURIComponent(INJECTION);

describe('cookies that are members of an object', () => {
  const preferences = (schema: JsonObject): JsonObject => ({ name: 'prefs', in: 'cookie', schema });
  const parameter = preferences({
    type: 'object',
    properties: {
      free: { type: 'string' },
      sort: { enum: ['up', 'down'] },
      page: { type: 'string', format: 'uri' },
    },
  });

  it('are looked at under their own names', () => {
    expect(lookedAt([parameter], { cookie: `free=${encoded}` })).toEqual([INJECTION]);
    expect(lookedAt([parameter], { cookie: 'page=http://10.0.0.1/' })).toEqual(['uri http://10.0.0.1/']);
  });

  it('are not where their schemas confine them, or where nobody takes them', () => {
    expect(lookedAt([parameter], { cookie: `sort=${encoded}; tracking=${encoded}` })).toEqual([]);
    expect(lookedAt([parameter], { cookie: `sort=${encoded}` }, false)).toEqual([INJECTION]);
  });

  it('are looked at under any name where the object takes any', () => {
    const open = preferences({ type: 'object', additionalProperties: { type: 'string' } });
    expect(lookedAt([open], { cookie: `any=${encoded}` })).toEqual(['any=', 'any', INJECTION]);
  });

  it('go by names as the check of parameters reads them', () => {
    const uuid = { name: 'id', in: 'cookie', schema: { type: 'string', format: 'uuid' } };
    const sent = { cookie: `\u00a0id=${encoded}` };
    expect(lookedAt([uuid], sent, true, 'requests: { unknownCookies: pass }')).toEqual([
      '\u00a0id=',
      '\u00a0id',
      INJECTION,
    ]);
  });
});

describe('a parameter by content', () => {
  const content = (type: string): JsonObject => ({
    name: 'q',
    in: 'query',
    content: { [type]: { schema: { type: 'string', enum: ['a', 'b'] } } },
  });

  it.each(['application/xml', 'application/jwt', 'application/x-www-form-urlencoded', 'application/jsonl'])(
    'is looked at where nothing holds it to its schema (%s)',
    (type) => {
      expect(lookedAt([content(type)], { query: `q=${encoded}` })).toEqual([INJECTION]);
    },
  );

  it('is confined where it is held to it', () => {
    expect(lookedAt([content('text/plain')], { query: `q=${encoded}` })).toEqual([]);
    expect(lookedAt([content('text/plain')], { query: `q=${encoded}` }, false)).toEqual([INJECTION]);
  });

  it('is read as JSON, and as the text that it is where nothing holds it to be JSON', () => {
    const json = content('application/json');
    const sent = { query: `q=${encodeURIComponent(`["${INJECTION}"]`)}` };
    expect(lookedAt([json], sent)).toEqual([INJECTION]);
    expect(lookedAt([json], sent, false)).toEqual([`["${INJECTION}"]`, INJECTION]);
    expect(lookedAt([json], { query: `q=${encoded}` }, false)).toContain(INJECTION);
  });
});

it('a header in which nothing was found is remembered once for all operations of a document', () => {
  const responses = { 200: { description: 'ok' } };
  const document = documentOf({
    openapi: '3.1.0',
    info: { title: 'Notes', version: '1' },
    paths: { '/': { get: { operationId: 'read', responses }, post: { operationId: 'write', responses } } },
  });
  const source = { file: 'p.yaml', text: 'upstream: http://127.0.0.1:1' };
  const policy = parsePolicy(source, { environment: () => undefined, readFile: () => '' });
  const context = { document, policy, schemas: createSchemaCompiler(document, {}), problems: [] };
  const add = vi.spyOn(CleanTexts.prototype, 'add');
  try {
    for (const id of ['read', 'write', 'read']) {
      const texts = new ParameterTexts(operationOf(document, id), context, true, true);
      const exchange = new Exchange('r', 0, 'GET', '/', ['User-Agent', 'a client'], '192.0.2.1', false);
      texts.visit(exchange, () => expect.unreachable());
    }
    expect(add).toHaveBeenCalledTimes(1);
  } finally {
    add.mockRestore();
  }
});
