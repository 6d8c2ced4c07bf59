import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import type { Dialect } from '../openapi/model.ts';
import { SchemaCompileError } from './schema-compiler.ts';
import { bytesOf, documentWith } from './testing/test-document.ts';

const OLD = 'openapi-3.0';
const NEW = 'json-schema-2020-12';
const BOUNDS = { maxDepth: 100, maxKeys: 1_000 };
const LENGTH = 5_000;

const to = (index: number): JsonObject => ({ $ref: `#/components/schemas/S${index}` });

/** Schemas `S0`, `S1` and so on, each made from a reference to the next; the last is a text of two characters or more. */
function chain(length: number, link: (next: JsonObject) => JsonValue): JsonObject {
  const links = Array.from({ length }, (_, index): [string, JsonValue] => [`S${index}`, link(to(index + 1))]);
  return Object.fromEntries([...links, [`S${length}`, { type: 'string', minLength: 2 }]]);
}

/** Verdicts on a value, on its bytes, and on its bytes without the fast path. */
function verdicts(dialect: Dialect, named: JsonObject, data: JsonValue): boolean[] {
  return [true, false].flatMap((walkers) => {
    const { compiler, source } = documentWith(dialect, to(0), named, { walkers });
    const value = compiler.value(source, 'request');
    const body = compiler.json(source, 'request', 'as-declared', BOUNDS);
    return [value(data) === null, body(bytesOf(JSON.stringify(data))).ok];
  });
}

const nothing = [false, false, false, false];
const all = [true, true, true, true];

describe.each([
  ['references alone', OLD, (next: JsonObject) => next],
  ['references alone', NEW, (next: JsonObject) => next],
  ['references with keywords beside them', NEW, (next: JsonObject) => ({ ...next, maxLength: 9 })],
  ['allOf', OLD, (next: JsonObject) => ({ allOf: [next] })],
  ['allOf of two', OLD, (next: JsonObject) => ({ allOf: [{ maxLength: 9 }, next] })],
  ['allOf of two', NEW, (next: JsonObject) => ({ allOf: [next, { maxLength: 9 }] })],
] as const)('a chain of five thousand schemas by %s in %s', (_, dialect, link) => {
  test('is checked to its end', () => {
    const named = chain(LENGTH, link);
    expect(verdicts(dialect, named, 'ab')).toEqual(all);
    expect(verdicts(dialect, named, 'a')).toEqual(nothing);
    expect(verdicts(dialect, named, 1)).toEqual(nothing);
  });
});

test.each([
  [
    'properties',
    (next: JsonObject) => ({ type: 'object', properties: { a: next } }),
    (deep: JsonValue) => ({ a: deep }),
  ],
  ['items', (next: JsonObject) => ({ type: 'array', items: next }), (deep: JsonValue) => [deep]],
  [
    'properties in allOf',
    (next: JsonObject) => ({ allOf: [{ type: 'object' }, { properties: { a: next } }] }),
    (deep: JsonValue) => ({ a: deep }),
  ],
] as const)(
  'a chain of five thousand schemas by %s is compiled, and checked as deep as a value is',
  (_, link, around) => {
    const { compiler, source } = documentWith(OLD, to(0), chain(LENGTH, link));
    const check = compiler.value(source, 'request');
    let good: JsonValue = around({});
    let bad: JsonValue = around({});
    for (let depth = 0; depth < 50; depth++) good = around(good);
    bad = around(1);
    for (let depth = 0; depth < 50; depth++) bad = around(bad);
    expect(check(Array.isArray(good) ? [[]] : good)).toBeNull();
    expect(check(bad)).toMatchObject([{ keyword: 'type' }]);
  },
);

test('a chain that ends in what every link leaves unevaluated is checked to its end', () => {
  const link = (next: JsonObject): JsonObject => ({ ...next, unevaluatedProperties: false });
  const named = { ...chain(150, link), S150: { properties: { a: { type: 'string' } } } };
  expect(verdicts(NEW, named, { a: 'x' })).toEqual(all);
  expect(verdicts(NEW, named, { b: 'x' })).toEqual(nothing);
});

test.each([
  ['oneOf', (next: JsonObject) => ({ oneOf: [next, { type: 'null' }] })],
  ['anyOf', (next: JsonObject) => ({ anyOf: [next, { type: 'null' }] })],
  ['not', (next: JsonObject) => ({ not: { not: next } })],
])('alternatives by %s in each other are checked up to two hundred, and then refused by name', (keyword, link) => {
  const levels = keyword === 'not' ? 100 : 200;
  expect(verdicts(NEW, chain(levels, link), 'ab')).toEqual(all);
  expect(verdicts(NEW, chain(levels, link), 'a')).toEqual(nothing);
  const { compiler, source } = documentWith(NEW, to(0), chain(levels + 1, link));
  expect(() => compiler.value(source, 'request')).toThrow(SchemaCompileError);
  expect(() => compiler.value(source, 'request')).toThrow(
    'api.yaml#/components/schemas/S0: more than 200 alternatives and conditions stand in each other for one value',
  );
});

test('the fault of one schema is met again by the next that needs it', () => {
  const named = { ...chain(LENGTH, (next) => ({ allOf: [next] })), [`S${LENGTH}`]: { type: 'strin' } };
  const { compiler, source } = documentWith(OLD, to(0), named);
  for (let time = 0; time < 2; time++)
    expect(() => compiler.value(source, 'request')).toThrow(`api.yaml#/components/schemas/S${LENGTH}: "type" must be`);
});
