import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../json/json-value.ts';
import type { Direction } from './schema-compiler.ts';
import { BOUNDS, bytesOf, documentWith } from './testing/test-document.ts';

describe('where alternatives ask for what is hidden around them', () => {
  const id = { id: { type: 'integer', readOnly: true } };
  const names = { ...id, a: {}, b: {}, n: {} };
  const passes = (rules: JsonObject, way: Direction = 'request'): string[] => {
    const schema = JSON.parse(
      JSON.stringify({ type: 'object', properties: names, ...rules }).replaceAll(
        'readOnly',
        way === 'request' ? 'readOnly' : 'writeOnly',
      ),
    ) as JsonObject;
    const texts = ['{}', '{"n":1}', '{"a":1}', '{"b":1}', '{"a":1,"b":1}', '{"id":1}'];
    const results = [true, false].map((walkers) => {
      const { compiler, source } = documentWith('json-schema-2020-12', schema, {}, { walkers });
      const json = compiler.json(source, way, 'as-declared', BOUNDS);
      for (const text of texts)
        expect(compiler.value(source, way)(JSON.parse(text)) === null).toBe(json(bytesOf(text)).ok);
      return texts.filter((text) => json(bytesOf(text)).ok);
    });
    expect(results[0]).toEqual(results[1]);
    return results[0] ?? [];
  };

  test.each<Direction>(['request', 'response'])(
    'one that needs it does not stand in the way of one that does not: %s',
    (way) =>
      expect(passes({ oneOf: [{ required: ['id'] }, { required: ['n'] }] }, way)).toEqual([
        '{}',
        '{"n":1}',
        '{"a":1}',
        '{"b":1}',
        '{"a":1,"b":1}',
      ]),
  );
  test('a request that may set it comes to the same with it as without', () => {
    const schema = { type: 'object', properties: names, oneOf: [{ required: ['id'] }, { required: ['n'] }] };
    const { compiler, source } = documentWith('json-schema-2020-12', schema, {}, { readOnlyProperties: 'ignore' });
    const check = compiler.json(source, 'request', 'as-declared', BOUNDS);
    const passed = ['{"id":1}', '{"n":1}', '{"a":1}', '{"id":1,"n":1}'].filter((text) => check(bytesOf(text)).ok);
    expect(passed).toEqual(['{"id":1}', '{"n":1}', '{"a":1}']);
  });
  test('those that all need it are told apart by the rest', () =>
    expect(passes({ oneOf: [{ required: ['id', 'a'] }, { required: ['id', 'b'] }] })).toEqual(['{"a":1}', '{"b":1}']));
  test('a not that it must not be there holds', () => expect(passes({ not: { required: ['id'] } })).toHaveLength(5));
  test('a not of what it is one of several holds', () =>
    expect(passes({ not: { required: ['id', 'a'] }, required: ['a'] })).toEqual(['{"a":1}', '{"a":1,"b":1}']));
  test('a not that hides it itself holds', () =>
    expect(passes({ not: { properties: id, required: ['id'] } })).toHaveLength(5));
  test('a not of a not asks for as much as what is in it', () =>
    expect(passes({ not: { not: { required: ['id', 'a'] } } })).toEqual(['{"a":1}', '{"a":1,"b":1}']));
  test('a condition on it may be met or not', () =>
    expect(passes({ if: { required: ['id'] }, then: { required: ['a'] }, else: { required: ['n'] } })).toEqual([
      '{"n":1}',
      '{"a":1}',
      '{"a":1,"b":1}',
    ]));
  test('a condition that hides it itself may be met or not', () =>
    expect(
      passes({ if: { properties: id, required: ['id'] }, then: { required: ['a'] }, else: { required: ['n'] } }),
    ).toEqual(['{"n":1}', '{"a":1}', '{"a":1,"b":1}']));
  test('a condition on something else is met as ever', () =>
    expect(passes({ if: { required: ['a'] }, then: { required: ['b', 'id'] } })).toEqual([
      '{}',
      '{"n":1}',
      '{"b":1}',
      '{"a":1,"b":1}',
    ]));
  test('nothing that depends on another property requires it', () =>
    expect(passes({ dependentRequired: { a: ['id', 'b'] }, required: ['a'] })).toEqual(['{"a":1,"b":1}']));
  test('no two ways declare members for each other beside unevaluatedProperties', () => {
    const only = (name: string): JsonObject => ({ properties: { [name]: {} } });
    const closed = { properties: id, unevaluatedProperties: false };
    expect(passes({ ...closed, if: { required: ['id'] }, then: only('a'), else: only('b') })).toEqual([
      '{}',
      '{"a":1}',
    ]);
    const without = { not: { required: ['id'] }, ...only('b') };
    expect(passes({ ...closed, oneOf: [{ required: ['id'], ...only('a') }, without] })).toEqual(['{}', '{"a":1}']);
  });
  test('values inside an object without undeclared members are looked at both ways', () => {
    const inner = { type: 'object', properties: names, oneOf: [{ required: ['id'] }, { required: ['n'] }] };
    const { compiler, source } = documentWith('json-schema-2020-12', {
      properties: { inner },
      unevaluatedProperties: false,
    });
    expect(compiler.value(source, 'request')({ inner: { n: 1 } })).toBeNull();
  });
});
