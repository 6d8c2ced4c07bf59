import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSensitive } from './find-sensitive.ts';
import { nextSensitiveSign } from './sensitive-signs.ts';

const hasSign = (text: string): boolean => nextSensitiveSign(Buffer.from(text), 0) >= 0;
const asRaw = (value: unknown): string => JSON.stringify(value);

/** One of each that the search knows, and some that nearly are. */
const SAMPLES = [
  '4111111111111111',
  '4111 1111 1111 1111',
  '3782-822463-10005',
  '3056 930902 5904',
  'a@b.co',
  '+4915112345678',
  '+44 20 7946 0958',
  '+4420-79-46',
  '(415) 555-2671',
  '(415)555.2671',
  '-----BEGIN PRIVATE KEY-----',
  'DE89370400440532013000',
  'GB29 NWBK 6016 1331 9268 19',
  'AB123456C',
  '536-22-8291',
  '86 095 742 719',
  '2 55 08 14 168 025 38',
  '255081416802538',
  '12345678Z',
  'X1234567L',
  'RSSMRA85T10A562S',
  '756.9217.0769.85',
  '529.982.247-25',
  '811218-9876',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl',
  'AKIAIOSFODNN7EXAMPLE',
  `ASIA${'A2'.repeat(8)}`,
  ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((word) => `${word}_${'a1B2'.repeat(9)}`),
  `github_pat_${'a'.repeat(22)}_${'b'.repeat(59)}`,
  `glpat-${'a1'.repeat(10)}`,
  ...['a', 'b', 'p', 'r', 's', 'e'].map((letter) => `xox${letter}-123456789012-abcdef`),
  `xapp-1-A0123456789-123456789-${'a'.repeat(32)}`,
  `sk_live_${'a1B2'.repeat(6)}`,
  `rk_test_${'a1B2'.repeat(6)}`,
  `sk-proj-${'a1B2'.repeat(10)}`,
  `sk-ant-api03-${'a1B2'.repeat(10)}`,
  `whsec_${'a1B2'.repeat(8)}`,
  `ya29.${'a1B2'.repeat(8)}`,
  `ya29.${'1B2a'.repeat(8)}`,
  `GOCSPX-${'a1B2'.repeat(7)}`,
  `GOCSPX--${'a1B2'.repeat(7)}`,
  `AIza${'Sy'.repeat(17)}a`,
  `npm_${'a1B2'.repeat(9)}`,
  `SG.${'a'.repeat(22)}.${'b'.repeat(43)}`,
  `dop_v1_${'a1'.repeat(32)}`,
  ...['shpat', 'shpss', 'shpca'].map((word) => `${word}_${'a1'.repeat(16)}`),
  `hvs.${'a1B2'.repeat(8)}`,
  `AGE-SECRET-KEY-1${'A1'.repeat(29)}`,
  `sp_live_${'a1B2'.repeat(8)}_0AbCd1`,
];

describe('nextSensitiveSign', () => {
  it.each(SAMPLES)('sees %s, whatever it is found to be', (sample) => {
    expect(hasSign(sample)).toBe(true);
    expect(hasSign(asRaw({ value: `\n${sample}\t` }))).toBe(true);
  });

  it('sees nothing in ordinary answers', () => {
    expect(
      hasSign(
        asRaw({
          id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
          createdAt: '2026-02-01T12:00:00Z',
          on: '2026-02-01',
          text: 'Payment number 7, of 1,234.56 EUR, to a shop',
          balance: 1_234_567,
        }),
      ),
    ).toBe(false);
  });

  it('goes on from where it is told', () => {
    const text = Buffer.from('a@example.org, b@example.org');
    expect(nextSensitiveSign(text, 0)).toBe(1);
    expect(nextSensitiveSign(text, 2)).toBe(16);
    expect(nextSensitiveSign(text, 17)).toBe(-1);
  });

  it('law: whatever is found in a text has a sign, in the text and in its JSON', () => {
    const sample = fc.constantFrom(...SAMPLES);
    // What a typing error makes of one, and what a client might.
    const bent = fc
      .tuple(sample, fc.nat(80), fc.constantFrom('', ' ', '-', '.', '0', '7', 'A', 'x', '(', ')', '+', 'T', '"'))
      .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1));
    const around = fc.oneof(
      fc.constantFrom('\n', '\t', ' ', '"', '\\', '/', '', 'é', 'n', '+', 'T', 'Phone: '),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(
        around,
        fc.oneof(sample, bent),
        around,
        fc.constantFrom('', 'phone', 'ssn'),
        (before, text, after, name) => {
          const whole = before + text + after;
          if (findSensitive(whole, 1, name).length === 0) return;
          expect(hasSign(whole)).toBe(true);
          expect(hasSign(asRaw({ x: whole }))).toBe(true);
          expect(hasSign(asRaw({ [whole]: 1 }))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
