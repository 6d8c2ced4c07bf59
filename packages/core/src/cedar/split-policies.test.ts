import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineAndColumn, offsetOfByte, splitPolicies } from './split-policies.ts';

describe('splitPolicies', () => {
  it('cuts at semicolons, and not at those in texts and comments', () => {
    const text = '// a; b\r\npermit(a) when { x == "p;\\";" }; // c;\n\n@id("é;")\nforbid(b); rest';
    expect(splitPolicies(text)).toEqual([
      { text: 'permit(a) when { x == "p;\\";" };', start: text.indexOf('permit') },
      { text: '@id("é;")\nforbid(b);', start: text.indexOf('@id') },
      { text: 'rest', start: text.indexOf('rest') },
    ]);
  });

  it('finds nothing in blanks and comments', () => {
    expect(splitPolicies(' \t\n// permit(principal, action, resource);')).toEqual([]);
    expect(splitPolicies('')).toEqual([]);
  });

  it('takes what is never closed as one policy, which is then no Cedar', () => {
    expect(splitPolicies('permit "a; b')).toEqual([{ text: 'permit "a; b', start: 0 }]);
  });

  it('every_piece_stands_where_it_says', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(';', '"', '\\', '/', '\n', 'a', ' ', 'é') }), (text) => {
        for (const piece of splitPolicies(text))
          expect(text.slice(piece.start)).toSatisfy((rest: string) => rest.startsWith(piece.text));
      }),
    );
  });
});

describe('lineAndColumn', () => {
  it('counts from one, and bytes of UTF-8 as the characters they are of', () => {
    const text = 'é\n😀x = 1';
    expect(lineAndColumn(text, 0)).toEqual({ line: 1, column: 1 });
    expect(offsetOfByte(text, 2 + 1 + 4)).toBe(text.indexOf('x'));
    expect(lineAndColumn(text, text.indexOf('x'))).toEqual({ line: 2, column: 3 });
    expect(offsetOfByte(text, 999)).toBe(text.length);
  });
});
