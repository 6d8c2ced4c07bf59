import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInteger, readNumber } from './exact-number.ts';

describe('readNumber', () => {
  it.each([
    '0x10',
    '+1',
    ' 1',
    '1 ',
    '1_000',
    'Infinity',
    'NaN',
    '-',
    '',
    '.5',
    '5.',
    '1e',
    '007',
    '-01',
    '1e5.5',
    '１',
  ])('takes %j for no number', (text) => {
    expect(readNumber(text)).toBe('malformed');
    expect(readInteger(text)).toBe('malformed');
  });

  it.each([
    ['0', 0],
    ['-1.5', -1.5],
    ['1e3', 1000],
    ['1.10000000000000000000000', 1.1],
    ['0.30000000000000004', 0.30000000000000004],
    ['9007199254740992', 9007199254740992],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['0e999', 0],
  ])('reads %s', (text, value) => {
    expect(readNumber(text)).toBe(value);
  });

  it.each(['9007199254740993', '0.3000000000000000001', '1e400', '-1e400', '1e-400', '99999999999999999999999'])(
    'calls %s inexact: its double is another number',
    (text) => {
      expect(readNumber(text)).toBe('inexact');
    },
  );

  it('property every_number_that_is_printed_is_read_back', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (value) => readNumber(JSON.stringify(value)) === (Object.is(value, -0) ? 0 : value),
      ),
    );
  });

  it('property what_is_read_never_crosses_an_integer_limit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (value) => {
        const read = readNumber(String(value));
        return typeof read !== 'number' || BigInt(read) === value;
      }),
    );
  });
});

describe('readInteger', () => {
  it.each(['1.0', '1e3', '1.5'])('takes %s for no integer: readers differ over it', (text) => {
    expect(readInteger(text)).toBe('malformed');
  });

  it('calls an integer beyond 2^53-1 inexact', () => {
    expect(readInteger('9007199254740991')).toBe(9007199254740991);
    expect(readInteger('9007199254740992')).toBe('inexact');
    expect(readInteger('-9007199254740992')).toBe('inexact');
  });
});
