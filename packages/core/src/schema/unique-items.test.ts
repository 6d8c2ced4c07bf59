import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasUniqueItems } from './unique-items.ts';
import { hashJson } from '../json/hash-json.ts';
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
  [[['1'], [1]], true],
  [[['a', 'b'], ['ab']], true],
  [[['1:a'], ['a']], true],
  [[{ a: 1 }, ['a', 1]], true],
  [
    [
      { a: 1, b: 2 },
      { a: 2, b: 1 },
    ],
    true,
  ],
  [[[], {}], true],
  [[[null], ['null']], true],
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

/** As many texts that `hashJson` gives one number: each goes on in two ways that it does not tell apart. */
function alike(count: number): string[] {
  let texts = [''];
  while (texts.length < count) {
    const byHash = new Map<number, string>();
    let ends: readonly string[] = [];
    for (let code = 0; ends.length === 0; code++) {
      const end = String.fromCharCode(0x100 + (code >> 8), 0x100 + (code & 255));
      const hash = hashJson(`${texts[0]}${end}`);
      const other = byHash.get(hash);
      if (other === undefined) byHash.set(hash, end);
      else ends = [end, other];
    }
    texts = texts.flatMap((text) => ends.map((end) => text + end));
  }
  return texts.slice(0, count);
}

test('many items chosen to look the same are told apart without comparing each with each', () => {
  const items = alike(60_000).map((text) => [text]);
  expect(new Set(items.slice(0, 64).map(hashJson)).size).toBe(1);
  expect(hasUniqueItems(items)).toBe(true);
  expect(hasUniqueItems([...items, items[77]])).toBe(false);
});

test('unique_by_text_means_no_two_are_the_same', () => {
  const same = alike(40).map((text) => [text]);
  fc.assert(
    fc.property(fc.array(smallValue, { maxLength: 6 }), (items) => {
      const repeated = items.some((item, i) => items.some((other, j) => j > i && isSameJson(item, other)));
      expect(hasUniqueItems([...same, ...items.map((item) => [item])])).toBe(!repeated);
    }),
    { numRuns: 500 },
  );
});
