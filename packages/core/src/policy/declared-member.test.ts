import { describe, expect, it } from 'vitest';
import { declares, memberAt, writableNames } from './declared-member.ts';
import type { ApiDocument, SchemaSource } from '../openapi/model.ts';
import type { JsonValue } from '../json/json-value.ts';

const SHARED: Record<string, JsonValue> = {
  base: { properties: { id: { type: 'string' }, at: { $ref: 'read' } }, required: ['id'] },
  read: { readOnly: true },
  loop: { allOf: [{ $ref: 'loop' }], properties: { next: { $ref: 'loop' } } },
};
const sourceOf = (node: JsonValue, pointer = ''): SchemaSource => ({
  file: 'a',
  pointer,
  dialect: 'json-schema-2020-12',
  node,
});
const DOCUMENT = {
  resolveSchema: (_: SchemaSource, name: string) =>
    SHARED[name] === undefined ? null : sourceOf(SHARED[name], `/${name}`),
} as unknown as ApiDocument;

describe('writableNames', () => {
  it.each([
    ['what is referred to', { $ref: 'base', properties: { x: {} } }, ['x', 'id']],
    ['alternatives', { anyOf: [{ properties: { a: {} } }], oneOf: [{ properties: { b: {} } }] }, ['a', 'b']],
    [
      'conditions',
      { if: { properties: { a: {} } }, then: { properties: { b: {} } }, else: { $ref: 'base' } },
      ['b', 'id'],
    ],
    ['a schema that is in itself', { $ref: 'loop' }, ['next']],
    ['nothing', true, []],
  ] as [string, JsonValue, string[]][])('are those of %s', (_, schema, names) =>
    expect(writableNames(DOCUMENT, sourceOf(schema))).toEqual(names),
  );

  it('are none that is only read, but where one alternative has it to write', () => {
    const id = (schema: JsonValue): JsonValue => ({ properties: { id: schema } });
    expect(writableNames(DOCUMENT, sourceOf(id({ readOnly: true })))).toEqual([]);
    expect(writableNames(DOCUMENT, sourceOf(id({ allOf: [{ $ref: 'read' }] })))).toEqual([]);
    expect(writableNames(DOCUMENT, sourceOf({ allOf: [id({}), id({ readOnly: true })] }))).toEqual([]);
    expect(writableNames(DOCUMENT, sourceOf({ oneOf: [id({}), id({ readOnly: true })] }))).toEqual(['id']);
  });
});

it('memberAt and declares know what stands under a condition, which requires nothing', () => {
  const then = { properties: { data: { properties: { id: {} }, required: ['id'] } }, required: ['data'] };
  const schema = sourceOf({ if: {}, then, required: ['data'] });
  expect(memberAt(DOCUMENT, schema, ['data', 'id'])?.required).toBe(false);
  expect(memberAt(DOCUMENT, sourceOf(then), ['data', 'id'])?.required).toBe(true);
  expect(memberAt(DOCUMENT, schema, ['data', 'other'])).toBeNull();
  expect(declares(DOCUMENT, schema, ['data', 'id'])).toBe(true);
  expect(declares(DOCUMENT, schema, ['data', '*'])).toBe(false);
  expect(declares(DOCUMENT, sourceOf({ items: { oneOf: [schema.node] } }), ['*', 'data', 'id'])).toBe(true);
});
