import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oneOfValues } from './allowed-values.ts';
import { smallValue } from './testing/random-schema.ts';
import { isSameJson } from '../json/same-json.ts';

test('allowed_means_the_same_as_one_of_the_list', () => {
  fc.assert(
    fc.property(fc.array(smallValue, { maxLength: 6 }), smallValue, fc.nat(), (values, value, at) => {
      const listed: unknown = structuredClone(values[at % Math.max(values.length, 1)]);
      for (const one of [value, listed])
        if (one !== undefined) expect(oneOfValues(values)(one)).toBe(values.some((other) => isSameJson(other, one)));
    }),
    { numRuns: 500 },
  );
});

test.each([
  [[{ a: 1, b: 2 }], { b: 2, a: 1 }, true],
  [[{ a: [0] }], { a: [-0] }, true],
  [[[0]], [-0], true],
  [[[[1]]], [[2]], false],
  [[{ a: { b: 1 } }], { a: { c: 1 } }, false],
  [[['{"a":1}']], [{ a: 1 }], false],
  [['[', '{'], [], false],
  [[{ toString: 1 }], { valueOf: 1 }, false],
])('of %j: %j: %s', (values, value, expected) => expect(oneOfValues(values)(value)).toBe(expected));

test('a value is compared with few of a long list', () => {
  let compared = 0;
  const counted = (value: object): object =>
    new Proxy(value, {
      ownKeys: (target) => {
        compared += 1;
        return Reflect.ownKeys(target);
      },
    });
  const values = Array.from({ length: 1_000 }, (_, i) => counted({ a: i, b: 'x' }));
  const isAllowed = oneOfValues(values);
  compared = 0;
  expect(isAllowed({ b: 'x', a: 999 })).toBe(true);
  expect(isAllowed({ b: 'x', a: 1_000 })).toBe(false);
  expect(isAllowed({ b: 'x' })).toBe(false);
  expect(compared).toBeLessThan(3);
});

test('a list is gone through once, however many values are held against it', () => {
  let read = 0;
  const list = Array.from({ length: 1_000 }, (_, i) => `v${i}`);
  const counted = new Proxy(list, {
    get: (target, name, receiver): unknown => {
      read += 1;
      return Reflect.get(target, name, receiver);
    },
  });
  expect(oneOfValues(counted)('v999')).toBe(true);
  read = 0;
  for (let i = 0; i < 1_000; i++) expect(oneOfValues(counted)(`v${i}`)).toBe(true);
  expect(read).toBe(0);
});
