import { describe, expect, test } from 'vitest';
import { operationWith, type Sent } from './testing/operation-under-test.ts';

const ATTACK = 'http://169.254.169.254/';
const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';
const schemaOf = (contentMediaType: string): object => ({
  type: 'object',
  properties: { doc: { type: 'string', contentMediaType }, note: { type: 'string' } },
});
const inner = JSON.stringify({ a: [{ b: ATTACK }] });
const multipart = (content: string): Sent => ({
  type: 'multipart/form-data; boundary=b',
  body: `--b\r\nContent-Disposition: form-data; name="doc"\r\n\r\n${content}\r\n--b--\r\n`,
});

describe('a text that the schema says is JSON is looked into as that', () => {
  test.each(['application/json', 'application/problem+json', 'application/json; charset=utf-8'])('%s', (type) => {
    const schema = schemaOf(type);
    const content = { [JSON_TYPE]: { schema }, [FORM]: { schema }, 'multipart/form-data': { schema } };
    const found = operationWith({
      parameters: [{ name: 'doc', in: 'query', schema: { type: 'string', contentMediaType: type } }],
      requestBody: { content },
    });
    const json = (value: object): Sent => ({ type: JSON_TYPE, body: JSON.stringify(value) });
    expect(found(json({ doc: inner }))).toBe('ssrf');
    expect(found(json({ doc: JSON.stringify([ATTACK]) }))).toBe('ssrf');
    expect(found({ type: FORM, body: `doc=${encodeURIComponent(inner)}` })).toBe('ssrf');
    expect(found(multipart(inner))).toBe('ssrf');
    expect(found({ query: `doc=${encodeURIComponent(inner)}` })).toBe('ssrf');
    expect(found(json({ doc: '{"name":"O\'Brien & Sons","notes":["it\'s fine; really"]}' }))).toBe('null');
    // Declared as nothing but a text.
    expect(found(json({ note: inner }))).toBe('null');
  });

  test('and not another', () => {
    const found = operationWith({ requestBody: { content: { [JSON_TYPE]: { schema: schemaOf('text/markdown') } } } });
    expect(found({ type: JSON_TYPE, body: JSON.stringify({ doc: inner }) })).toBe('null');
  });
});
