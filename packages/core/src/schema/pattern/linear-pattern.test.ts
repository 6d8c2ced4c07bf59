import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern, PatternError } from './linear-pattern.ts';
import { parsePattern } from './parse-pattern.ts';
import { patternCost } from './pattern-cost.ts';
import { countSteps } from '../testing/count-steps.ts';

describe('compilePattern', () => {
  test.each([
    ['^[a-z0-9]+(-[a-z0-9]+)*$', 'native'],
    ['^\\d{3}-?\\d{4}$', 'native'],
    ['^(\\d{1,3}\\.){3}\\d{1,3}$', 'native'],
    ['^(?=.*[A-Z])(?=.*\\d).{8,}$', 'native'],
    ['^#/[^/]+$', 'native'],
    ['\\.(jpe?g|png)$', 'native'],
    ['\\S', 'native'],
    ['.*\\S.*', 'native'],
    ['[a-z]+$', 'native'],
    ['^\\p{L}+$', 'native'],
    ['^[\\w\\-.]+$', 'native'],
    ['^a\\-b\\_c\\@d$', 'native'],
    ['^(a+)+$', 're2'],
    ['^(a|a)*$', 're2'],
    ['^(a|ab)*$', 're2'],
    ['^(a?b?)*$', 're2'],
    ['^\\d+\\d+$', 're2'],
    ['\\d+x', 'native'],
    ['\\d+x\\d+y', 're2'],
    ['^.*foo.*bar$', 're2'],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 're2'],
    ['(x+x+)+y', 're2'],
    ['^(?=\\d+\\d+$)', 'bounded'],
    ['^(.)\\1$', 'bounded'],
    ['^[A-Z]{1,3000}[A-Z]$', 'bounded'],
  ])('runs %s with the engine %s', (source, engine) => {
    const pattern = compilePattern(source);
    expect(pattern.engine).toBe(engine);
    expect(pattern.warning === null).toBe(engine === 'native');
  });

  test.each([
    '(',
    '[z-a]',
    '(?i)a',
    'a{2,1}',
    '^(?=(a+)+$)',
    '^(?!(a|a)*$)',
    '^(.*)*\\1$',
    `a{1}${'b'.repeat(20_000)}`,
  ])('refuses %s', (source) => {
    expect(() => compilePattern(source)).toThrow(PatternError);
  });

  test('a bounded pattern does not match longer texts', () => {
    const pattern = compilePattern('^(?=\\d+\\d+$)');
    expect(pattern.maxChars).toBe(256);
    expect(pattern.test('1'.repeat(256))).toBe(true);
    expect(pattern.test('1'.repeat(257))).toBe(false);
  });

  test('texts made to exhaust a backtracking engine come to their end', () => {
    const evil = `${'a'.repeat(50_000)}!`;
    for (const source of [
      '^(a+)+$',
      '^(a|a)*$',
      '^(a|aa)+$',
      '(a*)*b',
      '^(a?){30}a{30}$',
      '^.*a.*a.*b$',
      'a+b',
      '^a*a*a*b$',
    ])
      expect(compilePattern(source).test(evil)).toBe(false);
  });

  test('a pattern valid only without the u flag sees whole characters, too', () => {
    expect(compilePattern('^\\-.$').test('-😀')).toBe(true);
    expect(compilePattern('^[\\w-.]$').test('-')).toBe(true);
  });

  test.each([
    ['$', '^a$', 'a\n', false],
    ['\\s', '^(\\s|\\s)$', '\ufeff', true],
    ['\\s', '^(\\s|\\s)$', '\u00a0', true],
    ['\\d', '^(\\d|\\d)$', '٣', false],
    ['\\w', '^(\\w|\\w)$', 'é', false],
    ['.', '^(.|.)$', '\u2028', false],
    ['.', '^(.|.)$', '😀', true],
    ['[^]', '^([^]|[^])$', '\n', true],
    ['[]', '^([]|[])*$', 'a', false],
    ['\\b', '(a+)+\\bb?!', 'aa!', true],
    ['\\p', '^(\\p{Lu}|\\p{Lu})+$', 'ÀB', true],
    ['\\P', '^(\\P{Lu}|\\P{Lu})+$', 'ÀB', false],
    ['\\cJ', '^(\\cJ|\\cJ)$', '\n', true],
    ['\\u{}', '^(\\u{1f600}|\\u{1f600})$', '😀', true],
    ['\\ud83d\\ude00', '^(\\ud83d\\ude00|x)$', '😀', true],
  ])('%s means what ECMA-262 says', (_name, source, text, expected) => {
    expect(new RegExp(source, 'u').test(text)).toBe(expected);
    expect(compilePattern(source).test(text)).toBe(expected);
  });
});

const atom = fc.constantFrom(
  'a',
  'b',
  '[ab]',
  '[^a]',
  '.',
  '\\d',
  '\\w',
  '\\s',
  '-',
  '\\.',
  '\\u{1f600}',
  '\\b',
  '^',
  '$',
  '(?=a)',
  '(?!b)',
);
const source = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'pattern' },
    atom,
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => a + b),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{2,}', '*?'))
      .map(([a, quantifier]) => `(?:${a})${quantifier}`),
  ),
})).node;
const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', '-', '.', ' ', '\n', '😀', 'é'), maxLength: 12 });

test('every_engine_agrees_with_RegExp', () => {
  const engines = new Set<string>();
  fc.assert(
    fc.property(source, fc.array(text, { minLength: 1, maxLength: 8 }), (expression, texts) => {
      let pattern: ReturnType<typeof compilePattern>;
      try {
        pattern = compilePattern(expression);
      } catch (error) {
        expect(error).toBeInstanceOf(PatternError);
        return;
      }
      engines.add(pattern.engine);
      const oracle = new RegExp(expression, 'u');
      for (const one of texts)
        expect([expression, one, pattern.test(one)]).toEqual([expression, one, oracle.test(one)]);
    }),
    { numRuns: 3000 },
  );
  expect([...engines].sort()).toEqual(['bounded', 'native', 're2']);
});

test('linear_means_linear: twice the text takes a backtracking engine no more than some twice the steps', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '1', '-'), maxLength: 3 });
  let linear = 0;
  fc.assert(
    fc.property(source, word, word, word, (expression, head, pump, tail) => {
      let node: ReturnType<typeof parsePattern>;
      try {
        node = parsePattern(expression, true);
      } catch {
        return;
      }
      if (pump === '' || patternCost(node).kind !== 'linear') return;
      linear++;
      const at = (times: number): number => countSteps(node, head + pump.repeat(times) + tail, 400_000);
      expect(at(160)).toBeLessThanOrEqual(2.7 * at(80) + 2000);
    }),
    { numRuns: 4000 },
  );
  expect(linear).toBeGreaterThan(500);
});
