import { describe, expect, it } from 'vitest';
import { Exchange } from '../../exchange.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { createSchemaCompiler } from '../../schema/create-schema-compiler.ts';
import type { Denial } from '../../verdict/denial.ts';
import { documentOf, operationOf } from '../../openapi/testing/document-under-test.ts';
import { threats } from './threats.ts';

const ATTACK = "x' or '7'='7";
const MARKUP = '<script>f()</script>';
const text = { type: 'string' };
const NOTE = {
  type: 'object',
  properties: {
    title: text,
    state: { enum: ['open', 'closed'] },
    code: { type: 'string', pattern: '^[A-Z]{2}[0-9]{4}$' },
    loose: { type: 'string', pattern: '^.{1,80}$' },
    page: { type: 'string', format: 'uri' },
    lines: { type: 'array', items: { type: 'object', properties: { text, at: { type: 'string', format: 'date' } } } },
  },
};
const DOCUMENT = documentOf({
  openapi: '3.1.0',
  info: { title: 'Notes', version: '1' },
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
  paths: {
    '/notes/{id}': {
      post: {
        operationId: 'write',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: text },
          { name: 'q', in: 'query', schema: text },
          { name: 'sort', in: 'query', schema: { enum: ['up', 'down'] } },
          { name: 'limit', in: 'query', schema: { type: 'integer' } },
          { name: 'X-Note', in: 'header', schema: text },
          { name: 'seen', in: 'cookie', schema: text },
        ],
        requestBody: {
          content: {
            'application/json': { schema: NOTE },
            'application/x-www-form-urlencoded': { schema: NOTE },
            'multipart/form-data': { schema: NOTE },
            'text/plain': { schema: text },
            'application/xml': {},
          },
        },
        responses: { 200: { description: 'ok' } },
      },
    },
  },
});
const OPERATION = operationOf(DOCUMENT, 'write');

interface Sent {
  readonly id?: string;
  readonly query?: string;
  readonly headers?: readonly string[];
  readonly cookie?: string;
  readonly type?: string;
  readonly body?: string;
}

function decide(sent: Sent, policy = ''): Denial | null {
  const parsed = parsePolicy(
    {
      file: 'p.yaml',
      text: `upstream: http://127.0.0.1:1\nauthentication: { key: { keys: [{ id: k, sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae }] } }\n${policy}`,
    },
    { environment: () => undefined, readFile: () => '' },
  );
  const schemas = createSchemaCompiler(DOCUMENT, { readOnlyProperties: 'refuse', caseVariants: 'refuse' });
  const rule = threats.compile(OPERATION, { document: DOCUMENT, policy: parsed, schemas, problems: [] });
  if (rule === null) throw new Error('no rule');
  const exchange = new Exchange('r', 0, 'POST', '/', sent.headers ?? [], '192.0.2.1', false);
  exchange.pathValues = [sent.id ?? 'n1'];
  exchange.query = sent.query ?? null;
  exchange.headers.cookie = sent.cookie ?? null;
  exchange.headers.contentType = sent.type ?? null;
  exchange.body = sent.body === undefined ? null : new TextEncoder().encode(sent.body);
  return threats.decide(rule, exchange);
}

const json = (value: unknown): Sent => ({ type: 'application/json', body: JSON.stringify(value) });
const places = (denial: Denial | null): string[] =>
  denial?.errors.map(({ in: place, name, pointer }) => `${place} ${name ?? pointer}`) ?? [];

describe('threats', () => {
  it('denies a free text that looks like an attack, wherever it stands', () => {
    const encoded = encodeURIComponent(ATTACK);
    expect(places(decide({ id: encoded }))).toEqual(['path id']);
    expect(places(decide({ query: `q=${encoded}` }))).toEqual(['query q']);
    expect(places(decide({ headers: ['X-Note', ATTACK] }))).toEqual(['header x-note']);
    expect(places(decide({ cookie: `seen=${encoded}` }))).toEqual(['cookie seen']);
    expect(places(decide(json({ lines: [{ text: 'a' }, { text: ATTACK }] })))).toEqual(['body /lines/1/text']);
    expect(places(decide({ type: 'application/x-www-form-urlencoded', body: `title=${encoded}` }))).toEqual([
      'body /title',
    ]);
    expect(places(decide({ type: 'text/plain', body: ATTACK }))).toEqual(['body ']);
    expect(places(decide({ type: 'application/xml', body: `<a b="${ATTACK.replaceAll("'", '&apos;')}"/>` }))).toEqual([
      'body ',
    ]);
    const part = `--b\r\nContent-Disposition: form-data; name="title"\r\n\r\n${ATTACK}\r\n--b--\r\n`;
    expect(places(decide({ type: 'multipart/form-data; boundary=b', body: part }))).toEqual(['body /title']);
  });

  it('tells the operator category, score and feature, and nobody the value', () => {
    const denial = decide(json({ title: `${ATTACK} hunter2` }));
    expect(denial?.code).toBe('THREAT_DETECTED');
    expect(denial?.facts).toMatchObject({ category: 'sql', feature: 'condition behind a closed literal' });
    expect(denial?.facts['score']).toBeGreaterThanOrEqual(8);
    expect(JSON.stringify(denial)).not.toContain('hunter2');
  });

  it('does not look at what its schema confines', () => {
    expect(decide({ query: `sort=${encodeURIComponent(ATTACK)}&limit=${encodeURIComponent(ATTACK)}` })).toBeNull();
    expect(decide(json({ state: ATTACK, code: ATTACK, lines: [{ at: ATTACK }] }))).toBeNull();
    expect(places(decide(json({ loose: ATTACK })))).toEqual(['body /loose']);
  });

  it('looks at everything where nothing holds values to their schemas', () => {
    const observed = 'modes: { parameters: observe, body: observe }';
    expect(places(decide({ query: `sort=${encodeURIComponent(ATTACK)}` }, observed))).toEqual(['query sort']);
    expect(places(decide(json({ state: ATTACK }), observed))).toEqual(['body /state']);
  });

  it('looks at what is undeclared and goes upstream, names included', () => {
    const more = 'requests: { unknownParameters: pass, unknownCookies: pass }';
    expect(places(decide({ query: `other=${encodeURIComponent(ATTACK)}` }, more))).toEqual(['query other']);
    expect(places(decide({ query: 'q[$ne]=1' }, more))).toEqual(['query q']);
    expect(places(decide({ cookie: `other=${encodeURIComponent(ATTACK)}` }, more))).toEqual(['cookie other']);
    expect(places(decide(json({ other: ATTACK })))).toEqual(['body /other']);
    expect(decide(json({ title: { $gt: '' } }))?.facts['category']).toBe('nosql');
    expect(places(decide({ headers: ['User-Agent', '() { :; }; /bin/id'] }))).toEqual(['header user-agent']);
  });

  it('does not look at credentials, at fields of HTTP itself, or at cookies that are left out', () => {
    expect(decide({ headers: ['X-Key', ATTACK, 'Accept', ATTACK, 'If-Match', ATTACK] })).toBeNull();
    expect(decide({ cookie: `other=${encodeURIComponent(ATTACK)}` })).toBeNull();
    expect(decide({ headers: ['User-Agent', ATTACK] }, 'threats: { headers: false }')).toBeNull();
  });

  it('judges a declared URI by where it leads', () => {
    expect(decide(json({ page: 'http://169.254.169.254/latest' }))?.facts['category']).toBe('ssrf');
    expect(decide(json({ page: 'http://10.0.0.1/' }))?.facts['category']).toBe('ssrf');
    expect(decide(json({ title: 'see http://10.0.0.1/' }))).toBeNull();
    expect(decide(json({ page: 'https://example.com/' }))).toBeNull();
  });

  it('leaves out what is ignored, and what an exception names at its place', () => {
    expect(decide(json({ title: ATTACK }), 'threats: { ignored: [sql, xpath] }')).toBeNull();
    const excepted = 'threats: { exceptions: [{ field: body:/lines/*/text, categories: [markup] }] }';
    expect(decide(json({ lines: [{ text: MARKUP }] }), excepted)).toBeNull();
    expect(decide(json({ lines: [{ text: ATTACK }] }), excepted)?.code).toBe('THREAT_DETECTED');
    expect(decide(json({ title: MARKUP }), excepted)?.code).toBe('THREAT_DETECTED');
    expect(
      decide(
        json({ lines: [{ text: MARKUP }] }),
        'threats: { exceptions: [{ field: "body:", categories: [markup] }] }',
      ),
    ).toBeNull();
    const elsewhere = 'threats: { exceptions: [{ field: query:q, operations: [write] }] }';
    expect(decide({ query: `q=${encodeURIComponent(ATTACK)}` }, elsewhere)).toBeNull();
  });

  it('refuses from the threshold on', () => {
    const doubtful = { query: `q=${encodeURIComponent('{{name}}{{1}}')}` };
    expect(decide(doubtful, 'threats: { threshold: 10 }')).toBeNull();
    expect(decide(doubtful, 'threats: { threshold: 2 }')?.code).toBe('THREAT_DETECTED');
  });

  it('says what is looked into, and what is not and why', () => {
    const schemas = createSchemaCompiler(DOCUMENT, { readOnlyProperties: 'refuse', caseVariants: 'refuse' });
    const policy = parsePolicy(null, { environment: () => undefined, readFile: () => '' });
    const rule = threats.compile(OPERATION, { document: DOCUMENT, policy, schemas, problems: [] });
    expect(rule === null ? [] : threats.describe(rule)).toEqual([
      'looked into: path id, query q, header X-Note, cookie seen',
      'not looked into: query sort, an enum',
      'not looked into: query limit, no text',
      'looked into: body /title, /loose, /page (a URI), /lines/*/text, /',
      'not looked into: body /state, an enum',
      'not looked into: body /code, a tight pattern',
      'not looked into: body /lines/*/at, the format date',
      'looked into: header fields that are not declared',
    ]);
  });
});
