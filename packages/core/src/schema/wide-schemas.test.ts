import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../json/json-value.ts';
import { isTooLargeToGenerate } from './generated-size.ts';
import { BOUNDS, bytesOf, documentWith } from './testing/test-document.ts';

const WIDE = 10_000;
const each = <T>(make: (index: number) => T): T[] => Array.from({ length: WIDE }, (_, index) => make(index));
const record: JsonObject = {
  type: 'object',
  required: ['p1'],
  properties: Object.fromEntries(each((i) => [`p${i}`, { type: i % 2 === 0 ? 'integer' : 'string' }])),
};
const union: JsonObject = {
  anyOf: each((i) => ({ type: 'object', required: ['kind'], properties: { kind: { const: i } } })),
};

describe('a schema of ten thousand', () => {
  test.each([
    ['members', record, '{"p1":"a","p9998":1}', '{"p1":"a","p9998":"1"}', ['/p9998']],
    ['branches', union, '{"kind":9999}', '{"kind":10000}', ['/kind']],
    ['members, in a list', { type: 'array', items: record }, '[{"p1":"a"}]', '[{}]', ['/0']],
  ] as const)('%s takes what is valid, and tells of what is not where it is', (_, schema, good, bad, pointers) => {
    for (const walkers of [true, false]) {
      const { compiler, source } = documentWith('json-schema-2020-12', schema, {}, { walkers });
      const body = compiler.json(source, 'request', 'as-declared', BOUNDS);
      expect(body(bytesOf(good)).ok).toBe(true);
      const refused = body(bytesOf(bad));
      expect(refused.ok ? [] : [...new Set(refused.issues.map(({ pointer }) => pointer))]).toEqual(pointers);
      const value = compiler.value(source, 'request');
      expect(value(JSON.parse(good))).toBeNull();
      expect(value(JSON.parse(bad))?.map(({ pointer }) => pointer)).toEqual(pointers);
    }
  });
});

describe('isTooLargeToGenerate', () => {
  const wide = { allOf: Array.from({ length: 501 }, () => ({ type: 'object' })) };
  test.each([
    ['itself', wide],
    ['a member called like a keyword', { properties: { enum: wide } }],
    ['a definition', { $ref: '#/$defs/a', $defs: { a: wide } }],
    ['its items', { items: { not: wide } }],
  ])('sees width in %s', (_, schema) => expect(isTooLargeToGenerate(schema)).toBe(true));

  test.each([
    ['a schema at the bound', { allOf: wide.allOf.slice(1) }],
    ['many values', { enum: Array.from({ length: 501 }, (_, i) => i) }],
    ['many definitions', { $defs: Object.fromEntries(wide.allOf.map((one, i) => [`d${i}`, one])) }],
    ['a boolean', true],
  ])('lets %s be', (_, schema) => expect(isTooLargeToGenerate(schema)).toBe(false));
});
