import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import type { Direction, UndeclaredMembers } from './schema-compiler.ts';
import { createHiddenProperties } from './hidden-properties.ts';
import { BOUNDS, bytesOf, documentWith, TestDocument, textOf } from './testing/test-document.ts';
import { createSchemaCompiler, type SchemaCompilerOptions } from './create-schema-compiler.ts';

const account: JsonObject = {
  type: 'object',
  required: ['id', 'name', 'password'],
  properties: {
    id: { type: 'integer', readOnly: true },
    name: { type: 'string' },
    password: { type: 'string', writeOnly: true },
  },
};

function check(
  schema: JsonValue,
  direction: Direction,
  undeclared: UndeclaredMembers,
  text: string,
  named: JsonObject = {},
  options: SchemaCompilerOptions = {},
): string {
  const results = [true, false].map((walkers) => {
    const { compiler, source } = documentWith('openapi-3.0', schema, named, { ...options, walkers });
    const result = compiler.json(source, direction, undeclared, BOUNDS)(bytesOf(text));
    return result.ok
      ? textOf(result.bytes)
      : result.issues.map(({ pointer, keyword }) => `${pointer} ${keyword}`).join();
  });
  expect(results[0]).toBe(results[1]);
  return results[0] ?? '';
}

describe('readOnly in requests', () => {
  test('the property must not be there', () =>
    expect(check(account, 'request', 'as-declared', '{"id":1,"name":"a","password":"b"}')).toBe('/id readOnly'));
  test('the property is not required', () =>
    expect(check(account, 'request', 'as-declared', '{"name":"a","password":"b"}')).toBe(
      '{"name":"a","password":"b"}',
    ));
  test('strip does not drop it silently', () =>
    expect(check(account, 'request', 'strip', '{"id":1,"name":"a","password":"b"}')).toBe('/id readOnly'));
  test('responses have it', () =>
    expect(check(account, 'response', 'as-declared', '{"id":1,"name":"a"}')).toBe('{"id":1,"name":"a"}'));
  test('responses require it', () =>
    expect(check(account, 'response', 'as-declared', '{"name":"a"}')).toBe(' required'));

  test('ignore accepts it, checked, and still does not require it', () => {
    const options = { readOnlyProperties: 'ignore' } as const;
    expect(check(account, 'request', 'refuse', '{"id":1,"name":"a","password":"b"}', {}, options)).toBe(
      '{"id":1,"name":"a","password":"b"}',
    );
    expect(check(account, 'request', 'refuse', '{"id":"x","name":"a","password":"b"}', {}, options)).toBe('/id type');
    expect(check(account, 'request', 'refuse', '{"name":"a","password":"b"}', {}, options)).toBe(
      '{"name":"a","password":"b"}',
    );
  });

  test.each([
    ['behind a $ref', { $ref: '#/components/schemas/Id' }],
    ['in an allOf beside a $ref', { allOf: [{ $ref: '#/components/schemas/Plain' }, { readOnly: true }] }],
    ['beside an allOf', { allOf: [{ $ref: '#/components/schemas/Plain' }], readOnly: true }],
  ])('counts %s', (_title, id) => {
    const named = { Id: { type: 'integer', readOnly: true }, Plain: { type: 'integer' } };
    const schema = { type: 'object', required: ['id'], properties: { id } };
    expect(check(schema, 'request', 'as-declared', '{"id":1}', named)).toBe('/id readOnly');
    expect(check(schema, 'request', 'as-declared', '{}', named)).toBe('{}');
  });

  test('a required in another member of allOf does not ask for it', () => {
    const schema = {
      allOf: [
        { $ref: '#/components/schemas/Base' },
        { required: ['id', 'name'], properties: { name: { type: 'string' } } },
      ],
    };
    const named = { Base: { type: 'object', properties: { id: { type: 'integer', readOnly: true } } } };
    expect(check(schema, 'request', 'as-declared', '{"name":"a"}', named)).toBe('{"name":"a"}');
    expect(check(schema, 'request', 'as-declared', '{}', named)).toBe(' required');
  });

  test('a $ref hides a readOnly beside it in OpenAPI 3.0', () => {
    const schema = { type: 'object', properties: { id: { $ref: '#/components/schemas/Plain', readOnly: true } } };
    expect(check(schema, 'request', 'as-declared', '{"id":1}', { Plain: { type: 'integer' } })).toBe('{"id":1}');
  });
});

describe('writeOnly in responses', () => {
  test('the property must not be there', () =>
    expect(check(account, 'response', 'as-declared', '{"id":1,"name":"a","password":"b"}')).toBe(
      '/password writeOnly',
    ));
  test('refuse names it', () =>
    expect(check(account, 'response', 'refuse', '{"id":1,"name":"a","password":"b"}')).toBe('/password writeOnly'));
  test('strip drops it', () =>
    expect(check(account, 'response', 'strip', '{"id":1,"name":"a","password":"b"}')).toBe('{"id":1,"name":"a"}'));
  test('requests have it and require it', () =>
    expect(check(account, 'request', 'as-declared', '{"name":"a"}')).toBe(' required'));
  test('strip drops it from a map that takes any member', () => {
    const schema = { type: 'object', properties: { secret: { writeOnly: true } }, additionalProperties: true };
    expect(check(schema, 'response', 'strip', '{"other":1,"secret":2}')).toBe('{"other":1}');
  });
});

describe('in schemas that lead back to each other', () => {
  const to = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
  const schemas: JsonObject = {
    Parent: {
      type: 'object',
      required: ['kind', 'x'],
      properties: { kind: { type: 'string' } },
      oneOf: [to('First'), to('Second')],
      discriminator: { propertyName: 'kind' },
    },
    First: { properties: { x: { type: 'string', readOnly: true } }, allOf: [to('Parent')] },
    Second: { allOf: [to('Parent'), { type: 'object', properties: { x: { type: 'string' } } }] },
    Around: { required: ['x'], allOf: [to('First')] },
  };
  const all = Object.keys(schemas);

  test.each([...all.flatMap((one) => all.map((other) => [one, other])), all, all.toReversed()])(
    'a property that a kind hides is not required, whichever schema is compiled first: %s, %s',
    (...order) => {
      const document = new TestDocument('openapi-3.0', { components: { schemas } });
      for (const walkers of [true, false]) {
        const compiler = createSchemaCompiler(document, { walkers });
        const verdicts = order.map((name) => {
          const source = document.at(`/components/schemas/${name}`);
          const of = (text: string) => compiler.json(source, 'request', 'as-declared', BOUNDS)(bytesOf(text)).ok;
          return [of('{"kind":"First"}'), of('{"kind":"First","x":"a"}'), of('{}')];
        });
        // Only for the second kind itself is `x` a property like any other.
        expect(verdicts).toEqual(order.map((name) => [true, name === 'Second', false]));
      }
    },
  );
});

test('what twenty thousand references in a row hide, they hide for all of them', () => {
  const depth = 20_000;
  const named = Object.fromEntries(
    Array.from({ length: depth }, (_, i): [string, JsonObject] => [
      `P${i}`,
      i + 1 < depth ? { allOf: [{ $ref: `#/components/schemas/P${i + 1}` }] } : { type: 'integer', readOnly: true },
    ]),
  );
  const document = new TestDocument('openapi-3.0', { components: { schemas: named } });
  const hidden = createHiddenProperties(document, 'request');
  for (const i of [0, 1, depth - 1]) expect(hidden.isHidden(document.at(`/components/schemas/P${i}`))).toBe(true);
  const schema = { properties: { p: { $ref: '#/components/schemas/P0' } } };
  expect(check(schema, 'request', 'as-declared', '{"p":1}', named)).toBe('/p readOnly');
});
