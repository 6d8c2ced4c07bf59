import { describe, expect, test } from 'vitest';
import { operationWith, type Sent } from './testing/operation-under-test.ts';

const JSON_TYPE = 'application/json';
const uri = { type: 'string', format: 'uri' };
const inside = { ...uri, pattern: '^https?://(build|registry)(:\\d+)?/' };
const outside = { ...uri, pattern: '^https://[a-z.]+/' };
const sent = (u: unknown): Sent => ({ type: JSON_TYPE, body: JSON.stringify({ u }) });
const found = (u: object, settings = ''): ((value: unknown) => string) => {
  const schema = { type: 'object', properties: { u } };
  const operation = operationWith({ requestBody: { content: { [JSON_TYPE]: { schema } } } }, { settings });
  return (value) => operation(sent(value));
};
const BUILD = 'http://build:8080/job/7';

describe('a URI of which the schema names the host is one that leads where it may', () => {
  test.each<readonly [string, object]>([
    ['by a pattern', inside],
    ['by an enum', { ...uri, enum: [BUILD] }],
    ['by a constant', { ...uri, const: BUILD }],
    ['by a pattern in allOf', { allOf: [uri, { pattern: '^http://build:8080/' }] }],
    ['in each branch', { ...uri, anyOf: [{ enum: ['http://db/'] }, inside] }],
  ])('%s', (_how, schema) => {
    expect(found(schema)(BUILD)).toBe('null');
    // Where nothing holds it to that, another may come.
    expect(found(schema, 'modes: { body: observe }')(BUILD)).toBe('ssrf');
  });

  test('but not where one branch leaves the host open, nor where none names it', () => {
    expect(found({ ...uri, anyOf: [inside, outside] })(BUILD)).toBe('ssrf');
    expect(found(outside)('https://build/')).toBe('ssrf');
    expect(found(uri)(BUILD)).toBe('ssrf');
  });

  test('and is looked into for everything else', () => {
    expect(found(inside)("http://build/?q=x' or '7'='7")).toBe('sql');
  });

  test('in a list, and in a parameter', () => {
    expect(found({ type: 'array', items: inside })([BUILD])).toBe('null');
    const operation = operationWith({ parameters: [{ name: 'u', in: 'query', schema: inside }] });
    expect(operation({ query: `u=${encodeURIComponent(BUILD)}` })).toBe('null');
  });
});

describe('an exception with hosts lets URIs lead to them', () => {
  const allowing = (exception: string, declared: object = uri): ((value: unknown) => string) =>
    found(declared, `threats: { exceptions: [${exception}] }`);

  test.each<readonly [string, string]>([
    ['Build', 'http://BUILD:8080/job/7'],
    ['10.20.0.5', 'http://10.20.0.5/x'],
    ['db.internal', 'https://db.internal/'],
    ['my_db', 'http://my_db/'],
    ["'[fd00::5]'", 'http://[fd00::5]:80/'],
    ['localhost', 'http://localhost:3000/callback'],
  ])('%s', (host, url) => {
    expect(found(uri)(url)).toBe('ssrf');
    expect(allowing(`{ field: body:/u, hosts: [${host}] }`)(url)).toBe('null');
    expect(allowing(`{ hosts: [${host}], categories: [ssrf] }`)(url)).toBe('null');
    expect(allowing(`{ field: body:/other, hosts: [${host}] }`)(url)).toBe('ssrf');
    expect(allowing(`{ operations: [other, link], hosts: [a] }, { hosts: [${host}] }`)(url)).toBe('null');
  });

  test.each([
    'http://db/',
    'http://build.internal/',
    'http://10.0.0.5/',
    'http://169.254.169.254/',
    'http://build@10.0.0.5/',
    'http://build\\@10.0.0.5/',
    'http://10.20.0.5@10.0.0.5/',
    'http://a.example@build/',
    'http://0x0a140005/',
    'file:///etc/hosts',
    'gopher://build/',
  ])('and to no other: %s', (url) => {
    expect(allowing('{ field: body:/u, hosts: [build, 10.20.0.5] }')(url)).not.toBe('null');
  });

  test('and excepts nothing else', () => {
    expect(allowing('{ field: body:/u, hosts: [build] }')("http://build/?q=x' or '7'='7")).toBe('sql');
    expect(allowing('{ field: body:/u, hosts: [build] }')("x' or '7'='7")).toBe('sql');
  });
});
