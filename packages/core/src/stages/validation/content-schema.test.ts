import { describe, expect, it } from 'vitest';
import { createMemoryReader } from '../../openapi/memory-document-reader.ts';
import { createSchemaCompiler } from '../../schema/create-schema-compiler.ts';
import { loadDocument } from '../../openapi/load-document.ts';
import { compileBody } from './body.ts';
import { parameters } from './parameters.ts';
import { compileResponse, decideResponseHead } from './response.ts';
import { contextOf, exchangeOf } from './testing/fixtures.ts';

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';

/** A document as its author writes it. */
const written = (version: string): string => `
openapi: ${version}
info: { title: Orders, version: '1' }
paths:
  /orders:
    post:
      operationId: order
      parameters:
        - { name: filter, in: query, schema: { $ref: '#/components/schemas/Filter' } }
      requestBody:
        content:
          application/json: { schema: { $ref: '#/components/schemas/Order' } }
          application/x-www-form-urlencoded: { schema: { $ref: '#/components/schemas/Order' } }
          multipart/form-data: { schema: { $ref: '#/components/schemas/Order' } }
      responses:
        '200':
          description: ordered
          content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
components:
  schemas:
    Order:
      type: object
      properties:
        id: { type: string }
        details: { $ref: 'shared.yaml#/Details' }
        packed: { $ref: 'shared.yaml#/Packed' }
        list: { type: array, items: { $ref: 'shared.yaml#/Details' } }
        any: { type: string, contentMediaType: application/json }
        either:
          oneOf:
            - { type: integer }
            - { type: string, contentMediaType: application/json, contentSchema: { type: array, items: { type: integer } } }
            - { type: string, contentMediaType: application/json, contentSchema: { type: object, required: [kind] } }
        page: { type: string, contentMediaType: text/html, contentSchema: { type: integer } }
        bare: { type: string, contentSchema: { type: integer } }
    Filter:
      allOf:
        - { type: string, maxLength: 100 }
        - contentMediaType: application/json
          contentSchema: { type: object, properties: { size: { type: integer } }, additionalProperties: false }
`;
const SHARED = `
Details:
  type: string
  contentMediaType: application/vnd.orders+json
  contentSchema: { $ref: '#/Parts' }
Packed:
  type: string
  contentEncoding: base64
  contentMediaType: application/json; charset=utf-8
  contentSchema: { $ref: '#/Parts' }
Parts:
  type: object
  required: [count]
  properties:
    count: { type: integer, minimum: 1 }
    sku: { type: string, pattern: '^[A-Z]{3}$' }
    secret: { type: string, writeOnly: true }
    number: { type: integer, readOnly: true }
    inner: { $ref: '#/Details' }
`;

function under(version: string, contentSchema: 'annotation' | 'check') {
  const reader = createMemoryReader({ 'api.yaml': written(version), 'shared.yaml': SHARED });
  const document = loadDocument(reader, 'api.yaml');
  const bounds = contentSchema === 'check' ? { maxDepth: 20, maxKeys: 1000 } : null;
  const schemas = createSchemaCompiler(document, { contents: { request: bounds, response: bounds } });
  const context = contextOf({ schemas, document, requests: { contentSchema }, responses: { contentSchema } });
  const [operation] = document.operations;
  if (operation === undefined) throw new Error('nothing loaded');
  const body = compileBody(operation, context);
  const response = compileResponse(operation, context);
  const query = parameters.compile(operation, context);
  if (query === null) throw new Error('no parameters');
  const told = (denial: ReturnType<typeof body.decide>): string =>
    denial === null
      ? 'pass'
      : `${denial.code} ${denial.errors.map(({ pointer, keyword }) => `${pointer} ${keyword}`).join(', ')}`;
  return {
    send: (contentType: string, text: string): string => {
      const exchange = exchangeOf({ contentType, contentLength: String(Buffer.byteLength(text)), body: text });
      const denial = body.decideHead(exchange) ?? body.decide(exchange);
      if (denial === null) expect(Buffer.from(exchange.body ?? []).toString()).toBe(text);
      return told(denial);
    },
    ask: (text: string): string => told(parameters.decide(query, exchangeOf({ pathValues: [], query: text }))),
    answer: (text: string): string => {
      const decision = decideResponseHead(response, 200, ['Content-Type', JSON_TYPE], 'POST');
      const result = decision.check?.(Buffer.from(text));
      return told(result?.ok === false ? result.denial : decision.denial);
    },
    lines: [...body.describe(), ...response.describe(), ...query.description].filter((line) =>
      /JSON within/.test(line),
    ),
  };
}

const { send, ask, answer, lines } = under('3.1.0', 'check');
const json = (value: object): string => send(JSON_TYPE, JSON.stringify(value));
const text = (value: unknown): string => JSON.stringify(value);
const base64 = (value: unknown, encoding: 'base64' | 'base64url' = 'base64'): string =>
  Buffer.from(text(value)).toString(encoding);

describe('with contentSchema: check, the JSON in a text is held to what the document says of it', () => {
  it('in a JSON body, with a pointer that leads into the text', () => {
    expect(json({ details: text({ count: 1, sku: 'ABC' }) })).toBe('pass');
    expect(json({ details: text({ count: 0 }) })).toBe('BODY_INVALID /details/count minimum');
    expect(json({ details: text({}) })).toBe('BODY_INVALID /details required');
    expect(json({ list: [text({ count: 1 }), text({ count: 1, sku: 'x' })] })).toBe('BODY_INVALID /list/1/sku pattern');
    expect(json({ details: '{' })).toBe('BODY_INVALID /details contentMediaType');
    expect(json({ details: '{"count":1,"count":2}' })).toBe('BODY_INVALID /details/count contentMediaType');
    expect(json({ details: '{"count":1}{}' })).toBe('BODY_INVALID /details contentMediaType');
    expect(json({ details: `{"count":1,"deep":${'['.repeat(30)}${']'.repeat(30)}}` })).toMatch(
      /^BODY_INVALID \/details\/deep.* contentMediaType$/,
    );
  });

  it('through references that lead back, as deep as it goes', () => {
    const inner = text({ count: 1, inner: text({ count: 1 }) });
    expect(json({ details: inner })).toBe('pass');
    const broken = text({ count: 1, inner: text({ count: 1, inner: text({ count: 'x' }) }) });
    expect(json({ details: broken })).toBe('BODY_INVALID /details/inner/inner/count type');
  });

  it('behind base64', () => {
    expect(json({ packed: base64({ count: 1 }) })).toBe('pass');
    expect(json({ packed: base64({ count: 1 }).replace(/(.{4})/, '$1\r\n') })).toBe('pass');
    expect(json({ packed: base64({ count: 0 }) })).toBe('BODY_INVALID /packed/count minimum');
    expect(json({ packed: text({ count: 1 }) })).toBe('BODY_INVALID /packed contentEncoding');
  });

  it('by the media type alone, where that is all that is said', () => {
    expect(json({ any: '[1]' })).toBe('pass');
    expect(json({ any: 'no JSON' })).toBe('BODY_INVALID /any contentMediaType');
  });

  it('as one of several alternatives', () => {
    expect(json({ either: 1 })).toBe('pass');
    expect(json({ either: '[1]' })).toBe('pass');
    expect(json({ either: '{"kind":1}' })).toBe('pass');
    expect(json({ either: '["a"]' })).toMatch(/^BODY_INVALID \/either/);
    expect(json({ either: '{}' })).toMatch(/^BODY_INVALID \/either/);
  });

  it('and nothing is, beside another media type or none', () => {
    expect(json({ page: '<p>', bare: 'text' })).toBe('pass');
  });

  it('in fields, parts and parameters', () => {
    const form = (value: unknown): string => send(FORM, `details=${encodeURIComponent(text(value))}`);
    expect(form({ count: 1 })).toBe('pass');
    expect(form({ count: 0 })).toBe('BODY_INVALID /details/count minimum');
    const part = (value: unknown, head = ''): string =>
      send(
        'multipart/form-data; boundary=b',
        `--b\r\nContent-Disposition: form-data; name="details"${head}\r\n\r\n${text(value)}\r\n--b--\r\n`,
      );
    const heads = ['', '; filename="a.json"'].flatMap((name) => [
      name,
      `${name}\r\nContent-Type: application/vnd.orders+json`,
    ]);
    for (const head of heads) {
      expect(part({ count: 1 }, head)).toBe('pass');
      expect(part({ count: 0 }, head)).toBe('BODY_INVALID /details/count minimum');
    }
    expect(ask(`filter=${encodeURIComponent('{"size":1}')}`)).toBe('pass');
    expect(ask(`filter=${encodeURIComponent('{"size":"1"}')}`)).toBe('PARAMETERS_INVALID /size type');
    expect(ask(`filter=${encodeURIComponent('{"other":1}')}`)).toBe('PARAMETERS_INVALID /other additionalProperties');
  });

  it('in answers, and in each direction as the properties of that direction are', () => {
    expect(answer(text({ details: text({ count: 1, number: 1 }) }))).toBe('pass');
    expect(answer(text({ details: text({ count: 0 }) }))).toBe('RESPONSE_INVALID /details/count minimum');
    expect(answer(text({ details: text({ count: 1, secret: 's' }) }))).toBe(
      'RESPONSE_INVALID /details/secret writeOnly',
    );
    expect(json({ details: text({ count: 1, secret: 's' }) })).toBe('pass');
    expect(json({ details: text({ count: 1, number: 1 }) })).toBe('BODY_INVALID /details/number readOnly');
  });

  it('and nothing is told to be unchecked', () => expect(lines).toEqual([]));
});

describe('without it, what is said of the content of a text is an annotation', () => {
  const annotated = under('3.1.0', 'annotation');

  it('which refuses nothing', () => {
    const wrong = { details: 'no JSON', packed: '{}', any: '', either: '' };
    const one = { details: 'no JSON', packed: '{}', any: '' };
    expect(annotated.send(JSON_TYPE, text(one))).toBe('pass');
    expect(annotated.answer(text(one))).toBe('pass');
    expect(annotated.ask('filter=x')).toBe('pass');
    // Two alternatives that say nothing but of the content are one and the same.
    expect(annotated.send(JSON_TYPE, text(wrong))).toBe('BODY_INVALID /either oneOf');
  });

  it('and is told', () => {
    expect(annotated.lines).toEqual([
      ...[JSON_TYPE, FORM, 'multipart/form-data'].map(
        (range) => `not checked: ${range}: the JSON within texts (requests.contentSchema: check)`,
      ),
      `200: not checked: ${JSON_TYPE}: the JSON within texts (responses.contentSchema: check)`,
      'query filter: not checked: the JSON within texts (requests.contentSchema: check)',
    ]);
  });
});

it('OpenAPI 3.0 has no such keywords', () => {
  const older = under('3.0.3', 'check');
  expect(older.send(JSON_TYPE, text({ details: 'no JSON', any: '' }))).toBe('pass');
  expect(older.lines).toEqual([]);
});

it('what is taken out of the data of an event is gone before the event is looked at', () => {
  const text = JSON.stringify({
    openapi: '3.2.0',
    info: { title: 'Events', version: '1' },
    paths: {
      '/events': {
        get: {
          responses: {
            200: {
              description: 'events',
              content: {
                'text/event-stream': {
                  itemSchema: {
                    properties: {
                      data: {
                        contentMediaType: JSON_TYPE,
                        contentSchema: { properties: { a: { type: 'integer' } }, additionalProperties: false },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  });
  const document = loadDocument(createMemoryReader({ 'api.json': text }), 'api.json');
  const contents = { request: null, response: { maxDepth: 20, maxKeys: 1000 } };
  const schemas = createSchemaCompiler(document, { contents });
  const context = contextOf({ schemas, document, responses: { contentSchema: 'check' } });
  const rule = compileResponse(document.operations[0] as NonNullable<(typeof document.operations)[0]>, context);
  const push = (event: string): string => {
    const { stream } = decideResponseHead(rule, 200, ['Content-Type', 'text/event-stream'], 'GET');
    const result = stream?.push(Buffer.from(event));
    if (result === undefined) return 'no stream';
    return result.ok
      ? Buffer.from(result.bytes).toString()
      : `${result.denial.code} ${result.denial.errors[0]?.pointer}`;
  };
  expect(push('data: {"a":1,"b":2}\n\n')).toBe('data: {"a":1}\n\n');
  expect(push('data: {"a":"1"}\n\n')).toBe('RESPONSE_INVALID /data/a');
});
