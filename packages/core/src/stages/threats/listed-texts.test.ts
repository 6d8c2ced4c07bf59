import { describe, expect, test } from 'vitest';
import { operationWith } from './testing/operation-under-test.ts';

const text = { type: 'string' };
const list = { type: 'array', items: text };
const object = { type: 'object', additionalProperties: text };
const TARGET = 'http://169.254.169.254/';
const written = encodeURIComponent(TARGET);
const FORM = 'application/x-www-form-urlencoded';

describe('an item or a member within one text is looked at as what it is to whoever divides it', () => {
  const query = (more: object): ((sent: object) => string) =>
    operationWith({ parameters: [{ name: 'p', in: 'query', explode: false, ...more }] });

  test('in the query', () => {
    expect(query({ schema: list })({ query: `p=a,${written}` })).toBe('ssrf');
    expect(query({ schema: list, style: 'pipeDelimited' })({ query: `p=a%7C${written}` })).toBe('ssrf');
    expect(query({ schema: list, style: 'spaceDelimited' })({ query: 'p=a%20file%3A///etc/passwd' })).toBe('path');
    expect(query({ schema: object })({ query: `p=a,${written}` })).toBe('ssrf');
    expect(query({ schema: list })({ query: 'p=`id`,a' })).toBe('command');
    expect(query({ schema: list })({ query: 'p=https://example.com/,O%27Brien,it%27s,and%20or%20not' })).toBe('null');
  });

  test('in headers, cookies and paths', () => {
    const found = operationWith(
      {
        parameters: [
          { name: 'id', in: 'path', required: true, style: 'matrix', explode: true, schema: list },
          { name: 'X-List', in: 'header', schema: list },
          { name: 'X-Object', in: 'header', explode: true, schema: object },
          { name: 'c', in: 'cookie', explode: false, schema: list },
        ],
      },
      { path: '/{id}' },
    );
    expect(found({ headers: ['X-List', `a, ${TARGET}`] })).toBe('ssrf');
    expect(found({ headers: ['X-Object', `a=b,c=${TARGET}`] })).toBe('ssrf');
    expect(found({ cookie: `c=a,${written}` })).toBe('ssrf');
    expect(found({ path: `;id=a;id=${written}` })).toBe('ssrf');
    expect(found({ path: ';id=a;id=b', headers: ['X-List', 'a, b', 'X-Object', 'a=b'], cookie: 'c=a,b' })).toBe('null');
  });

  test('in a field of a form, and in a query that is one', () => {
    const schema = { type: 'object', properties: { tags: list, other: list } };
    const content = { [FORM]: { schema, encoding: { tags: { style: 'form', explode: false } } } };
    const body = operationWith({ requestBody: { content } });
    expect(body({ type: FORM, body: `tags=a,${written}` })).toBe('ssrf');
    // Repeated, where a comma divides nothing.
    expect(body({ type: FORM, body: `other=a,${written}` })).toBe('null');
    const whole = operationWith({ parameters: [{ name: 'q', in: 'querystring', content }] }, { openapi: '3.2.0' });
    expect(whole({ query: `tags=a,${written}` })).toBe('ssrf');
  });
});

test('items and members that their schema confines are left out, unless nothing holds them to it', () => {
  const schema = { type: 'object', properties: { by: { enum: ['`id`'] }, free: text } };
  const parameters = [{ name: 'p', in: 'query', explode: false, schema }];
  expect(operationWith({ parameters })({ query: 'p=by,`id`,free,a' })).toBe('null');
  const observed = { settings: 'modes: { parameters: observe }' };
  expect(operationWith({ parameters }, observed)({ query: 'p=by,`id`,free,a' })).toBe('command');
});
