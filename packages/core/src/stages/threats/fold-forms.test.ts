import { describe, expect, test } from 'vitest';
import { foldForms, mayFold } from './fold-forms.ts';
import { inspectText } from './inspect-text.ts';
import { operationWith } from './testing/operation-under-test.ts';

const worst = (text: string): string | null => inspectText(text).find(({ score }) => score >= 5)?.category ?? null;

describe('what a normalizer, a code page or a case mapping makes ASCII of is read as that', () => {
  test.each([
    ['\uff07 \u1d3c\u1d3f \u00b9\u207c\u00b9\ufe63\ufe63 \ufe63', 'sql'],
    ['x\u02bc\u3000or\u30007=7--', 'sql'],
    ['x\u2032\u2003or\u20037=7--', 'sql'],
    ['1\u3000union\u3000select\u3000a,b\u3000from\u3000c', 'sql'],
    ['x\u037edrop table people\u037e--', 'sql'],
    ['<\u{1d42c}\u{1d41c}\u{1d42b}\u{1d422}\u{1d429}\u{1d42d}>f()', 'markup'],
    ['\u2329script\u232af()', 'markup'],
    ['\ufe64script\ufe65f()', 'markup'],
    ['<\u017fcript>f()', 'markup'],
    ['$\ufe37jndi\u2236ldap://x\ufe38', 'lookup'],
    ['${\u{1d48b}ndi:ldap://x}', 'lookup'],
    ['..\u2215..\u2215etc\u2215passwd', 'path'],
    ['\uff05\uff12\uff17 or 7=7--', 'sql'],
  ])('%s', (text, category) => {
    expect(worst(text)).toBe(category);
    const found = operationWith({ requestBody: { content: { 'application/json': { schema: {} } } } });
    expect(found({ type: 'application/json', body: JSON.stringify({ a: [text] }) })).toBe(category);
  });
});

test.each([
  '\u043e\u0431\u02bc\u0454\u043a\u0442, \u043f\u02bc\u044f\u0442\u044c; \u0434\u0432\u0430',
  '\u50f9\u683c\u306f\uff11\uff0c\uff10\uff10\uff10\u5186\uff08\u7a0e\u8fbc\uff09\uff1b\u9001\u6599\uff1d\u7121\u6599',
  '\u300c\u5f15\u7528\u300d\u30fb\u3008\u5c71\u62ec\u5f27\u3009\u300a\u4e8c\u91cd\u300b',
  '5\u2032 10\u2033, 40\u00b0 26\u2032 46\u2033 N 79\u00b0 58\u2032 56\u2033 W',
  'f\u2032(x) \uff1d \uff12x, e\u207d\u2071\u02e3\u207e = cos x + i sin x',
  '\u{1d487}(\u{1d499}) = \u{1d499}\u00b2 \u2212 1',
  'H\u2082O + CO\u2082 \u2192 x\u207a + y\u207b',
  '\u27e8\u03c8|\u03c6\u27e9 = \u3008x|y\u3009',
  '\u2460\u2461\u2462 \u3231\u4f1a\u793e \u2121 03-1234-5678',
  '\ufb01nance \ufb02ow, \u00bd cup; \u00bc tsp',
  '\u{1f44d} ok; \u{1f44e} no \u{1f1e9}\u{1f1ea}',
])('an honest text is none the worse for it: %s', (text) => expect(worst(text)).toBeNull());

test('whatever folds is told by its first code unit', () => {
  for (let code = 0x80; code < 0x20000; code += 1) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const form = String.fromCodePoint(code);
    if (foldForms(form) !== form && !mayFold(form.charCodeAt(0))) expect.fail(code.toString(16));
  }
});

test('linear_time: marks that have to be put in order stay as they came', () => {
  const text = `\uff41${'\u0301\u0316'.repeat(500_000)}\uff41`;
  expect(foldForms(text).length).toBe(text.length);
});
