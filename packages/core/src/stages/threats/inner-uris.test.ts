import { describe, expect, test } from 'vitest';
import { operationWith, type Sent } from './testing/operation-under-test.ts';

const text = { type: 'string' };
const uri = { type: 'string', format: 'uri' };
const uris = { type: 'array', items: uri };
const object = { type: 'object', properties: { u: uri, note: text } };
const numbered = {
  anyOf: [
    { type: 'array', items: text },
    { type: 'object', additionalProperties: uri },
  ],
};
const nested = {
  type: 'object',
  properties: { u: uri, note: text, o: object, l: uris, 'l[]': uris, 'k[]': uris, n: numbered },
};
const FORM = 'application/x-www-form-urlencoded';
const INSIDE = 'http://10.0.0.1/x';
const OUTSIDE = 'https://example.com/';
const written = encodeURIComponent;

const one = (parameter: object, path = '/'): ((sent: Sent) => string | null) =>
  operationWith({ parameters: [{ name: 'p', in: 'query', ...parameter }] }, { path });
const body = (range: string, schema: object, encoding: object = {}): ((sent: Sent) => string | null) =>
  operationWith({ requestBody: { content: { [range]: { schema, encoding } } } });

describe('a declared URI in a parameter is judged as one', () => {
  const flat = { explode: false };
  const json = { content: { 'application/json': { schema: object } } };
  test.each<readonly [string, object, string]>([
    ['between brackets', { style: 'deepObject', schema: object }, 'p[u]=URI'],
    ['deep between brackets', { style: 'deepObject', schema: nested }, 'p[o][u]=URI'],
    ['as an item between brackets', { style: 'deepObject', schema: nested }, 'p[l][0]=URI'],
    ['as a member with a name of its own', { schema: object }, 'u=URI'],
    ['behind its name', { ...flat, schema: object }, 'p=u,URI'],
    ['behind another in a list', { ...flat, schema: uris }, `p=${OUTSIDE},URI`],
    ['behind a bar', { ...flat, style: 'pipeDelimited', schema: uris }, `p=${OUTSIDE}%7CURI`],
    ['in JSON', json, `p=${written('{"u":"')}URI${written('"}')}`],
  ])('%s', (_where, parameter, query) => {
    const found = one(parameter);
    expect(found({ query: query.replace('URI', written(INSIDE)) })).toBe('ssrf');
    expect(found({ query: query.replace('URI', written(OUTSIDE)) })).toBe('null');
    expect(found({ query: query.replace(/\bu\b/, 'note').replace('URI', written('a note')) })).toBe('null');
  });

  test.each<readonly [string, object, string]>([
    ['first in a list', { ...flat, schema: uris }, 'http://10.0.0.1,https://a.example'],
    ['first before a bar', { ...flat, style: 'pipeDelimited', schema: uris }, 'http://localhost|https://a.example'],
    ['with a delimiter of another style', { ...flat, schema: object }, 'u,http://a;@10.0.0.1/'],
    ['in a list, with one of another style', { ...flat, schema: uris }, `${OUTSIDE},http://a;@10.0.0.1/`],
    ['behind a name like a scheme', { ...flat, schema: { properties: { 'dc:u': uri } } }, `dc:u=${INSIDE}`],
    ['with its colon encoded', { schema: { type: 'array', items: { format: 'uri-reference' } } }, 'http%3A//10.0.0.1'],
  ])('%s', (_where, parameter, value) => {
    expect(one(parameter)({ query: `p=${written(value)}` })).toBe('ssrf');
  });

  test.each(['form', 'spaceDelimited', 'pipeDelimited'])('as a member in style %s', (style) => {
    expect(one({ style, explode: true, schema: object })({ query: `u=${written(INSIDE)}` })).toBe('ssrf');
  });

  test('by the whole of a long name', () => {
    const name = 'n'.repeat(65);
    const schema = { type: 'object', properties: { [name]: uri } };
    expect(one({ style: 'deepObject', schema })({ query: `p[${name}]=${written(INSIDE)}` })).toBe('ssrf');
    expect(one({ schema })({ query: `${name}=${written(INSIDE)}` })).toBe('ssrf');
  });

  test('not in a parameter that is declared beside an object which takes any name', () => {
    const found = operationWith({
      parameters: [
        { name: 'note', in: 'query', schema: text },
        { name: 'links', in: 'query', schema: { type: 'object', additionalProperties: uri } },
      ],
    });
    expect(found({ query: `note=${written(INSIDE)}` })).toBe('null');
    expect(found({ query: `other=${written(INSIDE)}` })).toBe('ssrf');
  });

  test('not in what a text in JSON says of it', () => {
    const found = one({ content: { 'application/json': { schema: { ...object, additionalProperties: uri } } } });
    expect(found({ query: `p=${written(JSON.stringify({ note: `see: ${INSIDE}` }))}` })).toBe('null');
    expect(found({ query: `p=${written(JSON.stringify({ note: `u=${INSIDE}` }))}` })).toBe('null');
  });

  test.each<readonly [string, string, string]>([
    ['application/x-www-form-urlencoded', `u=${written(INSIDE)}`, `note=${written(INSIDE)}`],
    ['application/x-www-form-urlencoded', `o[u]=${written(INSIDE)}`, `o[note]=${written(INSIDE)}`],
    ['application/json', written(JSON.stringify({ u: INSIDE })), written(JSON.stringify({ note: INSIDE }))],
  ])('in a whole query of type %s, %s', (type, inside, beside) => {
    const whole = { name: 'q', in: 'querystring', content: { [type]: { schema: nested } } };
    const found = operationWith({ parameters: [whole] }, { openapi: '3.2.0' });
    expect(found({ query: inside })).toBe('ssrf');
    expect(found({ query: beside })).toBe('null');
  });

  test.each([
    ['simple', 'u='],
    ['matrix', ';u='],
    ['matrix', ';u=https://a.example;u='],
    ['label', '.note=a.u='],
  ])('in a path of style %s behind %s', (style, before) => {
    const found = one({ in: 'path', required: true, style, explode: true, schema: object }, '/{p}');
    // A point ends a member of a label.
    expect(found({ path: written(`${before}http://localhost/x`) })).toBe('ssrf');
    expect(found({ path: written(`${before}${OUTSIDE}`) })).toBe('null');
  });

  test('in a header, also where the same text was nothing in another, and in a cookie', () => {
    const found = operationWith({
      parameters: [
        { name: 'Note', in: 'header', schema: text },
        { name: 'Link', in: 'header', schema: uri },
        { name: 'Links', in: 'header', schema: object },
        { name: 'c', in: 'cookie', explode: false, schema: object },
      ],
    });
    expect(found({ headers: ['Note', INSIDE] })).toBe('null');
    expect(found({ headers: ['Link', INSIDE] })).toBe('ssrf');
    expect(found({ headers: ['Links', `u,${INSIDE}`] })).toBe('ssrf');
    expect(found({ headers: ['Links', `note,x, u, ${INSIDE}`] })).toBe('ssrf');
    expect(found({ headers: ['Links', `note,${INSIDE}`] })).toBe('null');
    expect(found({ cookie: `c=u,${written(INSIDE)}` })).toBe('ssrf');
  });
});

describe('a declared URI in a form is judged as one', () => {
  const encoding = { o: { style: 'form', explode: false }, l: { style: 'form', explode: false } };
  test.each([
    ['in JSON', {}, `o=${written(JSON.stringify({ u: INSIDE }))}`],
    ['escaped in JSON', {}, `o=${written(JSON.stringify({ u: INSIDE }).replaceAll('/', '\\/'))}`],
    ['behind its name', encoding, `o=u,${written(INSIDE)}`],
    ['behind another in a list', encoding, `l=${OUTSIDE},${written(INSIDE)}`],
    ['as a member whose name is a number', {}, `n[0]=${written(INSIDE)}`],
    ['by a name that has brackets alone', {}, `k[]=${written(INSIDE)}`],
    ['by a name that ends in brackets', {}, `l[]=${written(INSIDE)}`],
  ])('%s', (_where, encodings, form) => {
    expect(body(FORM, nested, encodings)({ type: FORM, body: form })).toBe('ssrf');
  });

  test.each(['%2F%2F10.0.0.1/', 'http%3A//10.0.0.1/', 'http&#58;//10.0.0.1/'])('in JSON, also as %s', (u) => {
    const schema = { type: 'object', properties: { u: { type: 'string', format: 'uri-reference' } } };
    expect(body('application/json', schema)({ type: 'application/json', body: JSON.stringify({ u }) })).toBe('ssrf');
  });

  test('unless the schema confines it', () => {
    const listed = { enum: [INSIDE, OUTSIDE], format: 'uri' };
    const schema = { type: 'object', properties: { u: listed, l: { type: 'array', items: listed } } };
    const found = body(FORM, { type: 'object', properties: { o: schema, 'l[]': { type: 'array', items: listed } } });
    expect(found({ type: FORM, body: `l[]=${written(INSIDE)}&o[u]=${written(INSIDE)}` })).toBe('null');
    expect(found({ type: FORM, body: `o=${written(JSON.stringify({ u: INSIDE, l: [INSIDE] }))}` })).toBe('null');
    expect(one({ schema })({ query: `u=${written(INSIDE)}&l=${OUTSIDE}%2C${written(INSIDE)}` })).toBe('null');
  });

  test('and what stands beside it is not', () => {
    const found = body(FORM, nested);
    expect(found({ type: FORM, body: `note=${written(INSIDE)}&o[note]=${written(INSIDE)}` })).toBe('null');
    const beside = JSON.stringify({ note: INSIDE, u: OUTSIDE });
    expect(found({ type: FORM, body: `o=${written(beside)}` })).toBe('null');
  });
});

describe('a declared URI in a part is judged as one', () => {
  const part = (subtype: string, head: string, content: string): Sent => ({
    type: `multipart/${subtype}; boundary=b`,
    body: `--b\r\n${head}\r\n${content}\r\n--b--\r\n`,
  });
  const json = JSON.stringify({ u: INSIDE });
  test.each(['', 'Content-Type: text/plain\r\n', 'Content-Type: application/json\r\n'])(
    'in an object, stated as "%s"',
    (type) => {
      const head = `Content-Disposition: form-data; name="o"\r\n${type}`;
      const found = body('multipart/form-data', nested);
      expect(found(part('form-data', head, json))).toBe('ssrf');
      expect(found(part('form-data', head, JSON.stringify({ note: INSIDE })))).toBe('null');
    },
  );

  test.each([
    ['', uri, INSIDE],
    ['Content-Type: application/json\r\n', uri, JSON.stringify(INSIDE)],
    ['', object, json],
    ['Content-Disposition: attachment; name="a"\r\n', uri, INSIDE],
  ])('as an item of multipart/mixed behind "%s"', (head, items, content) => {
    expect(body('multipart/mixed', { type: 'array', items })(part('mixed', head, content))).toBe('ssrf');
    expect(body('multipart/mixed', { type: 'array', items: true })(part('mixed', head, content))).toBe('null');
  });
});

test.each(['uri', 'uri-reference', 'iri', 'iri-reference', 'url'])('the format %s declares a URI', (format) => {
  const schema = { type: 'object', properties: { u: { type: 'string', format }, note: { type: 'string' } } };
  const found = body('application/json', schema);
  expect(found({ type: 'application/json', body: JSON.stringify({ u: INSIDE }) })).toBe('ssrf');
  expect(found({ type: 'application/json', body: JSON.stringify({ note: INSIDE }) })).toBe('null');
});
