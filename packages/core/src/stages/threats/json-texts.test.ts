import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { inspectText, isNameWorthALook, isSuspicious, isWorthALook } from './inspect-text.ts';
import { hasTextWorthALook, type JsonTextVisitor, visitJsonTexts } from './json-texts.ts';
import { ANYWHERE } from './text-place.ts';

const SIGNS = { wants: isWorthALook, wantsName: isNameWorthALook };
const hasText = (value: unknown): boolean => hasTextWorthALook(Buffer.from(JSON.stringify(value)), SIGNS, isSuspicious);

describe('hasTextWorthALook', () => {
  it('passes over what ordinary bodies hold', () => {
    expect(
      hasText({
        id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
        owner: 'Ada Lovelace',
        email: 'ada.lovelace@mail.example.com',
        createdAt: '2026-01-15T09:30:00Z',
        on: '2026-01-15',
        tags: ['paperless', 'premium'],
        history: [{ text: 'Payment number 7 to a shop in the city', amount: -700 }],
      }),
    ).toBe(false);
  });

  it.each([
    "ann' or '7'='7",
    '1 or 1 like 1',
    '1+union+select',
    'javascript:f',
    'rO0ABXNyABFqYXZh',
    btoa('<script>f()</script>'),
    '/etc/passwd',
    'document.cookie',
    '\u30001 or 1 like 1',
    '\u16801 or 1 like 1',
    'a\nb',
  ])('stops at %j, as a value and as a name', (text) => {
    expect(hasText({ a: [{ b: text }] })).toBe(true);
    // A name is no base64, and no word of it stands for something else.
    if (/[^A-Za-z0-9]/.test(text) && !/[^\0-\x7f]/.test(text)) expect(hasText({ a: { [text]: 1 } })).toBe(true);
  });

  it('law: a body is looked into where any of its values is found to be a threat', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ' or ',
        'union',
        ' select ',
        "'",
        '1',
        '=',
        '..',
        '/',
        '<',
        '$',
        '+',
        ':',
        'javascript',
        '@',
        '.',
        '-',
        'T',
      ),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        if (inspectText(text).length > 0) expect(hasText(['harmless', { a: text }])).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('visitJsonTexts', () => {
  it('tells values with their way, names apart, escapes and UTF-8 read', () => {
    const told: unknown[] = [];
    const visitor: JsonTextVisitor = {
      wants: () => true,
      wantsName: () => true,
      value: (text, tokens) => told.push([text, ...tokens()]),
      name: (text) => told.push(text),
    };
    visitJsonTexts(Buffer.from('{"a":["x","é"],"b\\"c":{"d":"\\u0041\\n"}}'), visitor, ANYWHERE);
    expect(told).toEqual(['a', ['x', 'a', '0'], ['é', 'a', '1'], 'b"c', 'd', ['A\n', 'b"c', 'd']]);
  });

  it('reads a name once, whatever is asked of the texts in it, and tells a way no longer than 256 steps', () => {
    const decode = vi.spyOn(TextDecoder.prototype, 'decode');
    const asked: string[][] = [];
    const visitor: JsonTextVisitor = {
      ...SIGNS,
      wants: () => true,
      wantsName: () => false,
      value: (_text, tokens) => asked.push(tokens()),
      name: () => undefined,
    };
    try {
      visitJsonTexts(Buffer.from(JSON.stringify({ long: Array(1_000).fill('a'), other: 'b' })), visitor, ANYWHERE);
      expect(decode).toHaveBeenCalledTimes(2);
    } finally {
      decode.mockRestore();
    }
    expect([asked[0], asked[999], asked[1_000]]).toEqual([['long', '0'], ['long', '999'], ['other']]);
    asked.length = 0;
    visitJsonTexts(Buffer.from(`${'['.repeat(300)}"a","b"`), visitor, ANYWHERE);
    expect(asked.map((tokens) => tokens.length)).toEqual([256, 256]);
  });
});
