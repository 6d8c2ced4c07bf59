import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMultipleOf } from './multiple-of.ts';

test.each([19.99, 4.35, 0.07, 1.13, 33.33, -19.99, 0, 1e20])('%d is a multiple of 0.01', (value) =>
  expect(createMultipleOf(0.01)(value)).toBe(true),
);
test.each([19.995, 0.001, 1e-9, Number.POSITIVE_INFINITY, Number.NaN])('%d is no multiple of 0.01', (value) =>
  expect(createMultipleOf(0.01)(value)).toBe(false),
);
test.each([
  [0.0001, 0.0075, true],
  [0.0001, 0.00751, false],
  [1e-8, 12391239123, true],
  [0.5, 1e308, true],
  [5e-324, 1, true],
  [1e300, 3e300, true],
  [3, Number('9007199254740993'), false],
])('multipleOf %d and %d: %s', (divisor, value, expected) => expect(createMultipleOf(divisor)(value)).toBe(expected));

test('decimals_count_as_written', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 9999n }),
      fc.bigInt({ min: -99_999n, max: 99_999n }),
      fc.nat({ max: 6 }),
      (divisor, value, places) => {
        const shifted = (digits: bigint): number => Number(`${digits}e-${places}`);
        expect(createMultipleOf(shifted(divisor))(shifted(value))).toBe(value % divisor === 0n);
      },
    ),
  );
});
