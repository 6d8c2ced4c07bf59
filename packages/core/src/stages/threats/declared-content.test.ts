import { describe, expect, test } from 'vitest';
import { operationWith, type Sent } from './testing/operation-under-test.ts';

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';
const SQL = "SELECT name FROM users WHERE id = 1 OR '1'='1' --";
const INSIDE = 'http://10.0.0.1/x';
const components = {
  schemas: {
    Hook: {
      type: 'object',
      properties: {
        url: { type: 'string', format: 'uri' },
        query: { type: 'string', contentMediaType: 'application/sql' },
        mode: { enum: ['<script>alert(1)</script>', 'plain'] },
        $where: { type: 'integer' },
        note: { type: 'string' },
        next: { $ref: '#/components/schemas/Text' },
      },
    },
    Text: {
      type: 'string',
      contentMediaType: JSON_TYPE,
      contentSchema: { $ref: '#/components/schemas/Hook' },
    },
    Packed: {
      type: 'string',
      contentEncoding: 'base64',
      contentMediaType: JSON_TYPE,
      contentSchema: { $ref: '#/components/schemas/Hook' },
    },
  },
};
const ref = (name: string): object => ({ $ref: `#/components/schemas/${name}` });
const schema = { type: 'object', properties: { text: ref('Text'), packed: ref('Packed') } };
const found = operationWith(
  {
    parameters: [{ name: 'text', in: 'query', schema: ref('Text') }],
    requestBody: { content: { [JSON_TYPE]: { schema }, [FORM]: { schema }, 'multipart/form-data': { schema } } },
  },
  { components },
);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const part = (name: string, content: string, head = ''): Sent => ({
  type: 'multipart/form-data; boundary=b',
  body: `--b\r\nContent-Disposition: form-data; name="${name}"\r\n${head}\r\n${content}\r\n--b--\r\n`,
});
const ways: readonly (readonly [string, (inner: object) => Sent])[] = [
  ['a member', (inner) => ({ type: JSON_TYPE, body: JSON.stringify({ text: JSON.stringify(inner) }) })],
  [
    'a member in base64',
    (inner) => ({ type: JSON_TYPE, body: JSON.stringify({ packed: base64(JSON.stringify(inner)) }) }),
  ],
  ['a field', (inner) => ({ type: FORM, body: `text=${encodeURIComponent(JSON.stringify(inner))}` })],
  [
    'a field in base64',
    (inner) => ({ type: FORM, body: `packed=${encodeURIComponent(base64(JSON.stringify(inner)))}` }),
  ],
  ['a part', (inner) => part('text', JSON.stringify(inner))],
  ['a part that says what it is', (inner) => part('text', JSON.stringify(inner), 'Content-Type: application/json\r\n')],
  ['a part in base64', (inner) => part('packed', base64(JSON.stringify(inner)))],
  ['a parameter', (inner) => ({ query: `text=${encodeURIComponent(JSON.stringify(inner))}` })],
];

describe.each(ways)('what contentSchema says of the JSON in %s counts', (_where, send) => {
  test('a text that it declares as code passes, and the same beside it does not', () => {
    expect(found(send({ query: SQL }))).toBe('null');
    expect(found(send({ query: SQL, note: 'plain words' }))).toBe('null');
    expect(found(send({ note: SQL }))).toBe('sql');
    expect(found(send({ query: SQL, note: SQL }))).toBe('sql');
    expect(found(send({ other: SQL }))).toBe('sql');
  });

  test('a text that it confines passes, and no other there', () => {
    expect(found(send({ mode: '<script>alert(1)</script>' }))).toBe('null');
    expect(found(send({ mode: '<script>alert(2)</script>' }))).toBe('markup');
  });

  test('a URI that it declares is judged as one', () => {
    expect(found(send({ url: INSIDE }))).toBe('ssrf');
    expect(found(send({ note: INSIDE }))).toBe('null');
    expect(found(send({ url: 'https://example.com/' }))).toBe('null');
  });

  test('a name that it declares passes, and no other', () => {
    expect(found(send({ $where: 1 }))).toBe('null');
    expect(found(send({ $ne: 1 }))).toBe('nosql');
  });

  test('in JSON within its JSON as well', () => {
    expect(found(send({ next: JSON.stringify({ query: SQL }) }))).toBe('null');
    expect(found(send({ next: JSON.stringify({ note: SQL }) }))).toBe('sql');
    expect(found(send({ next: JSON.stringify({ url: INSIDE }) }))).toBe('ssrf');
  });

  test('and nothing of it where the JSON is not what it says', () => {
    expect(found(send({ query: SQL, note: 1 }))).toBe('sql');
    expect(found(send({ url: INSIDE, note: 1 }))).toBe('ssrf');
    expect(found(send([{ query: SQL }]))).toBe('sql');
  });
});

const posted =
  (schema: object, settings = '', more: object = {}) =>
  (body: object): string =>
    operationWith(
      { requestBody: { content: { [JSON_TYPE]: { schema } } } },
      { components, settings, ...more },
    )({
      type: JSON_TYPE,
      body: JSON.stringify(body),
    });
const text = (value: unknown): string => JSON.stringify(value);
const json = (contentSchema: unknown): object => ({ type: 'string', contentMediaType: JSON_TYPE, contentSchema });
const sql = { type: 'string', contentMediaType: 'application/sql' };

describe('what is said of the content of a text counts', () => {
  test('of all that hold together, and of alternatives only where each says it', () => {
    const code = { properties: { a: sql } };
    const all = posted({ properties: { t: { allOf: [json(code), json({ required: ['a'] })] } } });
    expect(all({ t: text({ a: SQL }) })).toBe('null');
    const any = posted({ properties: { t: { anyOf: [json(code), json({ properties: { b: sql } })] } } });
    expect(any({ t: text({ a: SQL }) })).toBe('sql');
    const each = posted({ properties: { t: { oneOf: [{ type: 'integer' }, json(code)] } } });
    expect(each({ t: text({ a: SQL }) })).toBe('null');
    const typed = posted({ properties: { t: { ...json(code), type: ['string', 'null'] } } });
    expect(typed({ t: text({ a: SQL }) })).toBe('null');
  });

  test('not where bodies are only observed', () => {
    const schema = { properties: { t: json({ properties: { a: sql } }) } };
    expect(posted(schema, 'modes: { body: observe }')({ t: text({ a: SQL }) })).toBe('sql');
  });

  test.each([
    ['a reference that leads nowhere', { $ref: '#/components/schemas/Gone' }],
    ['a schema that cannot be compiled', { type: 'strin' }],
    ['no schema', 'text'],
  ])('not of %s, which changes nothing else', (_what, contentSchema) => {
    const found = posted({ properties: { t: json(contentSchema) } });
    expect(found({ t: text({ a: 'plain' }) })).toBe('null');
    expect(found({ t: text({ a: SQL }) })).toBe('sql');
  });

  test('not without a media type of JSON, nor in OpenAPI 3.0', () => {
    const contentSchema = { properties: { a: sql } };
    expect(posted({ properties: { t: { contentSchema } } })({ t: text({ a: SQL }) })).toBe('sql');
    expect(posted({ properties: { t: json(contentSchema) } }, '', { openapi: '3.0.3' })({ t: text({ a: SQL }) })).toBe(
      'sql',
    );
  });

  test('where attacks are written over what it declares', () => {
    const schema = { properties: { t: json({ properties: { a: sql, b: {} }, additionalProperties: false }) } };
    const found = posted(schema);
    expect(found({ t: `{"a":"${SQL}","a":"1"}` })).toBe('sql');
    expect(found({ t: text({ a: 'SELECT 1', b: "' OR '1'='1' --" }) })).toBe('sql');
    expect(found({ t: `${text({ a: 'SELECT 1' })} ' OR '1'='1' --` })).toBe('sql');
  });
});

describe('a file in base64', () => {
  const script = base64('<script>alert(1)</script>');
  const file = (more: object): ((body: object) => string) =>
    posted({ properties: { f: { type: 'string', contentEncoding: 'base64', ...more } } });

  test('is not looked into, as one of the format byte is not', () => {
    expect(file({})({ f: script })).toBe('null');
    expect(file({ contentMediaType: 'application/pdf' })({ f: script })).toBe('null');
    expect(file({ contentEncoding: 'base64url', contentMediaType: 'image/svg+xml' })({ f: script })).toBe('null');
    const field = operationWith({
      requestBody: {
        content: { [FORM]: { schema: { properties: { f: { type: 'string', contentEncoding: 'base64' } } } } },
      },
    });
    expect(field({ type: FORM, body: `f=${encodeURIComponent(script)}` })).toBe('null');
    expect(field({ type: FORM, body: `f=${encodeURIComponent('<script>alert(1)</script>')}` })).toBe('markup');
  });

  test('is a text where it is declared as one, and where it is no base64', () => {
    expect(file({ contentMediaType: 'text/html' })({ f: script })).toBe('markup');
    expect(file({})({ f: '<script>alert(1)</script>' })).toBe('markup');
    expect(file({})({ f: `${script}!` })).not.toBe('markup');
  });
});

test('contents within contents end as every text does, however deep they go', () => {
  const found = posted({ properties: { t: { $ref: '#/components/schemas/Nest' } } }, '', {
    components: {
      schemas: {
        Nest: {
          type: 'string',
          contentEncoding: 'base64',
          contentMediaType: JSON_TYPE,
          contentSchema: {
            type: 'array',
            items: { anyOf: [ref('Nest'), { $ref: '#/components/schemas/Nest/contentSchema' }] },
          },
        },
      },
    },
  });
  const nested = (levels: number, innermost: string): string => {
    let inner = innermost;
    for (let level = 0; level < levels; level += 1) inner = base64(`${'['.repeat(90)}${text(inner)}${']'.repeat(90)}`);
    return inner;
  };
  expect(found({ t: nested(26, base64('[]')) })).toBe('null');
  expect(found({ t: nested(26, base64(text([SQL]))) })).toBe('sql');
});
