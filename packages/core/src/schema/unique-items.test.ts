import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasUniqueItems } from './unique-items.ts';
import { isSameJson } from '../json/same-json.ts';
import { smallValue } from './testing/random-schema.ts';

test.each([
  [[], true],
  [[1, 1], false],
  [[1, 1.0], false],
  [[0, -0], false],
  [[0, false], true],
  [[1, '1'], true],
  [['a', 'sa'], true],
  [
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    false,
  ],
  [[{ a: [0] }, { a: [-0] }], false],
  [['{"a":1}', { a: 1 }], true],
  [[[1], [1]], false],
  [[[1], [true]], true],
  [[{ toString: 1 }, { toString: 1 }], false],
  [[null, null], false],
])('%j: %s', (items, expected) => expect(hasUniqueItems(items)).toBe(expected));

test('unique_means_no_two_are_the_same', () => {
  fc.assert(
    fc.property(fc.array(smallValue, { maxLength: 6 }), (items) => {
      const same = items.some((item, i) => items.some((other, j) => j > i && isSameJson(item, other)));
      expect(hasUniqueItems(items)).toBe(!same);
    }),
    { numRuns: 500 },
  );
});

test('many items are told apart without comparing each with each', () => {
  expect(hasUniqueItems(Array.from({ length: 200_000 }, (_, i) => [i]))).toBe(true);
});
