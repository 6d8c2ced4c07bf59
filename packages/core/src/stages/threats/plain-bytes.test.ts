import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isSuspicious } from './inspect-text.ts';
import { isPlain } from './plain-bytes.ts';
import { signOfByte, surveyText } from './survey.ts';

function plain(text: string): boolean {
  const bytes = Buffer.from(`"${text}"`);
  let bits = 0;
  for (const byte of bytes.subarray(1, -1)) bits |= signOfByte[byte] as number;
  return isPlain(bytes, 1, bytes.length - 1, bits);
}

it.each([
  '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
  '2026-01-15',
  '2026-01-15T09:30:00Z',
  '2026-01-15T09:30:00.123456+02:00',
  'Payment number 7 to a shop in the city',
  'Paid at 10:30. Thank you',
])('tells without a look that %j is nothing', (text) => expect(plain(text)).toBe(true));

it.each([
  '1 or 1 like 1',
  ' 1 or 1 like 1',
  '2026-13-15',
  '2026-01-15T09:30:00.0123456789Z',
  '2026-01-15T09:30:00.0123456789+02:00',
  '1+union+select',
  '6f9619ff-8b86-4d01-b42d-00cf4fc964fg',
  'rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcA',
  'c2NyaXB0IGFsZXJ0KDEp c2NyaXB0IGFsZXJ0KDEp',
  'powershell -enc 1',
  '\u30001 or 1 like 1',
  "Ann' or 1",
])('leaves %j to who looks', (text) => expect(plain(text)).toBe(false));

it('never_plain_and_suspicious', () => {
  const piece = fc.constantFrom(
    '1',
    'a',
    'F',
    'or',
    ' ',
    '  ',
    '-',
    ':',
    '.',
    'T',
    'Z',
    '+',
    '2026-01-15',
    'T09:30:00Z',
    'T09:30:00.1234567',
    '+02:00',
    'PHNjcmlwdD4',
    '6f9619ff-8b86-4d01',
    '-b42d-00cf4fc964ff',
    'é',
    '\u3000',
    "'",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const text = pieces.join('');
      if (plain(text)) expect(isSuspicious(text, surveyText(text))).toBe(false);
    }),
    { numRuns: 20_000 },
  );
});
