import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileBytePattern } from './byte-pattern.ts';
import { compilePattern } from './linear-pattern.ts';

const RUNS = Number(process.env['SALLYPORT_WALKER_RUNS'] ?? 1000);

function verdictOf(source: string, text: string): number | undefined {
  // Bytes around the text that a test must not look at.
  const bytes = new TextEncoder().encode(`aA0${text}a0-`);
  return compileBytePattern(source)?.(bytes, 3, bytes.length - 3);
}

const COMMON: readonly string[] = [
  '^[a-z-]+$',
  '^[A-Z]{2}\\d{2}[A-Z0-9]{11,30}$',
  '^\\d{4}-\\d{2}$',
  '^(foo|bar)$',
  '^[a-z0-9]+(?:-[a-z0-9]+)*$',
  '^[^@ ]+@[^@ ]+$',
  '^\\+?[1-9]\\d{1,14}$',
  '^#[0-9a-fA-F]{6}$',
  '^v\\d+\\.\\d+\\.\\d+(-[a-z.]+)?$',
  '^.{1,20}$',
  '^\\S.*\\S$',
  '\\S',
  '[a-z]+$',
  '^a',
  'x{2,3}y',
  '^a|b$',
  '^(a$|ab)',
  '^$',
  '',
  '$^',
  'a$b',
  'a^b',
  '^(?:a|$)*$',
  '^(?:|a){2,}$',
  '[]',
  '[^]',
  '^[^a]{2}$',
  '^[\\u00e9-\\u00ff]{2}$',
  '^\\w+\\s\\w+$',
  '^é+$',
  '^\\p{Lu}[\\p{L} ]*$',
  '^(a+)+$',
  '^(a|ab)*c$',
  '^\\d+\\d+$',
  '^.*foo.*bar$',
  '^(?:\\d{1,3}\\.){3}\\d{1,3}$',
  '^[\\w\\-.]+$',
  '^a\\-b\\_c\\@d$',
];

const unit = fc.constantFrom(...('aab01-. @fo\n~é\u00ff€😀\u2028\u007fAZ'.match(/./gsu) ?? []));
const text = fc.string({ unit, maxLength: 8 });
const damaged = (whole: fc.Arbitrary<string>) =>
  fc
    .tuple(whole, fc.nat(), fc.oneof(fc.constant(''), unit), fc.integer({ min: 0, max: 1 }))
    .map(([start, place, added, cut]) => {
      const points = [...start];
      points.splice(place % (points.length + 1), cut, added);
      return points.join('');
    });

/** Texts that match where fast-check can make such, and their neighbours. */
function near(source: string): fc.Arbitrary<string> {
  let matching: fc.Arbitrary<string>;
  try {
    matching = fc.stringMatching(new RegExp(source, 'u'), { maxLength: 24 }).filter((one) => one.isWellFormed());
    fc.sample(matching, { numRuns: 1, seed: 1 });
  } catch {
    return text;
  }
  return fc.oneof(matching, damaged(matching), damaged(damaged(matching)), text);
}

const atom = fc.constantFrom(
  'a',
  'b',
  '0',
  '-',
  '.',
  '[ab]',
  '[^a]',
  '[a-z0-9]',
  '[a-é]',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  'é',
  '😀',
  '^',
  '$',
);
const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{0}', '{1,3}', '{2,}', '*?', '{0,2}?');
const { pattern: anyPattern } = fc.letrec<{ pattern: string; term: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4 },
    fc.array(tie('term'), { maxLength: 4 }).map((terms) => terms.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map((both) => both.join('|')),
    tie('pattern').map((inner) => `^${inner}$`),
  ),
  term: fc.oneof(
    { maxDepth: 4 },
    fc
      .tuple(atom, quantifier)
      // An assertion takes no quantifier.
      .map(([one, many]) => (one === '^' || one === '$' ? one : one + many)),
    fc.tuple(tie('pattern'), quantifier).map(([inner, many]) => `(?:${inner})${many}`),
  ),
}));

describe('compileBytePattern', () => {
  test.each(COMMON)('bytes_agree_with_text: %s', (source) => {
    const wanted = compilePattern(source);
    const tell = compileBytePattern(source);
    expect(tell).not.toBeNull();
    fc.assert(
      fc.property(near(source), (one) => {
        const verdict = verdictOf(source, one);
        if (verdict !== -1) expect(verdict, JSON.stringify(one)).toBe(wanted.test(one) ? 1 : 0);
        if (/^[\0-\x7f]*$/.test(one)) expect(verdict, JSON.stringify(one)).not.toBe(-1);
      }),
      { numRuns: Math.ceil(RUNS / 4) },
    );
  });

  test('bytes_agree_with_text: any pattern, any text', () => {
    let told = 0;
    fc.assert(
      fc.property(anyPattern, fc.array(text, { minLength: 8, maxLength: 8 }), (source, texts) => {
        const tell = compileBytePattern(source);
        if (tell === null) return;
        const wanted = new RegExp(source, 'u');
        for (const one of ['', 'a', ...texts]) {
          const bytes = new TextEncoder().encode(one);
          const verdict = tell(bytes, 0, bytes.length);
          if (verdict === -1) continue;
          told++;
          expect(verdict, `${source} ${JSON.stringify(one)}`).toBe(wanted.test(one) ? 1 : 0);
        }
      }),
      { numRuns: RUNS },
    );
    expect(told).toBeGreaterThan(RUNS * 5);
  });

  test.each(['\\ba', '(?=a)b', '(?<!a)b', '^(.)\\1$'])('%s has no table', (source) =>
    expect(compileBytePattern(source)).toBeNull(),
  );

  test.each([
    '^[A-Z]{1,5000}$',
    '^(?:a{1000}){1000}$',
    '^(?:(?:){1000000000}){1000000000}$',
    '[ab]*a[ab]{20}c',
    `^(?:${Array.from({ length: 3000 }, (_, index) => `w${index}`).join('|')})$`,
  ])('a pattern whose table would be large has none: %.40s', (source) => expect(compileBytePattern(source)).toBeNull());

  test.each([
    ['^[a-z]+$', 'abcé', 0],
    ['^[^@ ]+@[^@ ]+$', 'zoë@exämple', 1],
    ['^.{2}$', '😀é', -1],
    ['^[^a]{2}$', '😀é', 1],
    ['^[^a]{2}$', '😀', 0],
    ['b', 'é€b', 1],
    ['^\\p{L}+$', 'Zoë', -1],
  ])('%s on %s, beyond ASCII: %i', (source, one, verdict) => expect(verdictOf(source, one)).toBe(verdict));
});
