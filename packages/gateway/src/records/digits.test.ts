import { expect, it } from 'vitest';
import fc from 'fast-check';
import { milliseconds, nanoseconds, paddedDigits, wholeDigits } from './digits.ts';

it.each([
  [0, '0.000', '0'],
  [0.0004, '0.000', '0'],
  [0.001, '0.001', '1000'],
  [0.9996, '1.000', '1000000'],
  [1.2, '1.200', '1200000'],
  [999.9999, '1000.000', '1000000000'],
  [12_345.678, '12345.678', '12345678000'],
  [-0.5, '0.000', '0'],
])('%s ms are %s ms and %s ns', (ms, milli, nano) => {
  expect(milliseconds(ms)).toBe(milli);
  expect(nanoseconds(ms)).toBe(nano);
});

it('a_duration_is_a_number_of_JSON_and_right_to_the_microsecond', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
      const micros = Math.round(ms * 1000);
      expect(JSON.parse(nanoseconds(ms))).toBe(micros * 1000);
      expect(JSON.parse(milliseconds(ms))).toBeCloseTo(micros / 1000, 3);
    }),
  );
});

it('whole numbers of any size are told whole', () => {
  expect([0, 7, 999, 1000, 123_456_789].map(wholeDigits)).toEqual(['0', '7', '999', '1000', '123456789']);
  expect([0, 7, 42, 999].map(paddedDigits)).toEqual(['000', '007', '042', '999']);
});
