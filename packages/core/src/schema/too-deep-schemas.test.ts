import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { createSchemaCompiler } from './create-schema-compiler.ts';
import { SchemaCompileError } from './schema-compiler.ts';
import { BOUNDS, bytesOf, documentWith, TestDocument } from './testing/test-document.ts';

const DIALECT = 'json-schema-2020-12';
/** Ways for one schema to lead to the next, and a value that is wrong behind however many of them. */
const LINKS: Readonly<Record<string, (next: JsonObject) => JsonValue>> = {
  oneOf: (next) => ({ oneOf: [next, { type: 'integer' }] }),
  anyOf: (next) => ({ anyOf: [next, { type: 'integer' }] }),
  allOf: (next) => ({ allOf: [next] }),
  not: (next) => ({ not: { not: next } }),
  'if and then': (next) => ({ if: { type: 'integer' }, then: false, else: next }),
  dependentSchemas: (next) => ({ type: 'object', dependentSchemas: { a: next } }),
  items: (next) => ({ type: 'array', items: next }),
  prefixItems: (next) => ({ type: 'array', prefixItems: [next] }),
  contains: (next) => ({ type: 'array', contains: next }),
  properties: (next) => ({ type: 'object', properties: { a: next } }),
  additionalProperties: (next) => ({ type: 'object', additionalProperties: next }),
};
const WRONG: JsonValue = 1.5;

function chain(length: number, link: (next: JsonObject) => JsonValue): JsonObject {
  const links = Array.from({ length }, (_, i): [string, JsonValue] => [
    `S${i}`,
    link({ $ref: `#/components/schemas/S${i + 1}` }),
  ]);
  return Object.fromEntries([...links, [`S${length}`, { type: 'string' }]]);
}

/** What comes of a schema: a fault of the document when it is compiled, or a verdict on every value; nothing else is ever thrown. */
function verdictOf(make: () => () => boolean): boolean | 'unusable' {
  let check: () => boolean;
  try {
    check = make();
  } catch (error) {
    expect(error).toBeInstanceOf(SchemaCompileError);
    return 'unusable';
  }
  const first = check();
  expect(check()).toBe(first);
  return first;
}

describe.each(Object.keys(LINKS))('schemas that lead to each other by %s', (name) => {
  test.each([300, 600, 3_000])('either cannot be compiled or refuse a wrong value, %i of them', (length) => {
    const named = chain(length, LINKS[name] ?? (() => true));
    for (const walkers of [true, false]) {
      const { compiler, source } = documentWith(DIALECT, { $ref: '#/components/schemas/S0' }, named, { walkers });
      const value = verdictOf(() => {
        const check = compiler.value(source, 'request');
        return () => check(WRONG) === null;
      });
      const body = verdictOf(() => {
        const check = compiler.json(source, 'request', 'strip', BOUNDS);
        return () => check(bytesOf(JSON.stringify(WRONG))).ok;
      });
      expect([value, body]).not.toContain(true);
    }
  });
});

test('a schema that refers to itself through a hundred alternatives refuses a value that nests as deep as it may', () => {
  const length = 100;
  const named = {
    ...chain(length, (next) => ({ oneOf: [next, { type: 'integer' }] })),
    [`S${length}`]: { type: 'array', items: { $ref: '#/components/schemas/S0' } },
  };
  const deep = `${'['.repeat(900)}1.5${']'.repeat(900)}`;
  for (const walkers of [true, false]) {
    const { compiler, source } = documentWith(DIALECT, { $ref: '#/components/schemas/S0' }, named, { walkers });
    const check = compiler.json(source, 'request', 'as-declared', { maxDepth: 1_000, maxKeys: 10 });
    expect(check(bytesOf(deep)).ok).toBe(false);
    expect(compiler.value(source, 'request')(JSON.parse(deep))).not.toBeNull();
  }
});

test.each([
  [new RangeError('Maximum call stack size exceeded'), 'its schemas lead too deep into each other'],
  [new TypeError('no such thing'), 'compiling it failed: no such thing'],
])('whatever else compiling throws is told of the schema that it is about', (thrown, message) => {
  const document = new TestDocument(DIALECT, { fine: true, schema: { items: { $ref: '#/fine' } } });
  const source = document.at('/schema');
  const schemas = createSchemaCompiler({
    resolveSchema: () => {
      throw thrown;
    },
  });
  for (const compile of [
    () => schemas.normalized(source, 'request'),
    () => schemas.value(source, 'request'),
    () => schemas.json(source, 'response', 'strip', BOUNDS),
  ]) {
    expect(compile).toThrow(SchemaCompileError);
    expect(compile).toThrow(`api.yaml#/schema: ${message}`);
  }
});
