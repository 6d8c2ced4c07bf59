import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyText, mayBeWide } from './body-text.ts';
import { jsonBegin, mayBeginJson } from './lenient-json.ts';

const piece = fc.constantFrom(
  ...Array.from({ length: 0x21 }, (_, code) => String.fromCodePoint(code)),
  ...[
    '\u007f',
    '\u0085',
    '\u00a0',
    '\u180e',
    '\u200b',
    '\u2028',
    '\u3000',
    '\ufeff',
    '\ufffd',
    '/**/',
    '//',
    '#',
    ")]}'",
  ],
  ...['{', '[', 'a', '"', '}', '/'],
);

describe('mayBeginJson', () => {
  it('leaves out no text that begins as JSON', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }),
        fc.constantFrom('utf8', 'utf16le', 'latin1'),
        (pieces, charset) => {
          const bytes = Buffer.from(pieces.join(''), charset as BufferEncoding);
          if (jsonBegin(bodyText(bytes).replaceAll('\0', '')) >= 0)
            expect(mayBeWide(bytes) || mayBeginJson(bytes)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('leaves out texts and files that do not', () => {
    for (const body of ['ssn: {}', '\u3000a{', '%PDF-1.7 {', '', '\u3000'])
      expect(mayBeginJson(Buffer.from(body))).toBe(false);
  });
});

describe('jsonBegin', () => {
  it('passes over the guard of Gson behind blanks and comments, once', () => {
    expect([" )]}'\n{", "/**/)]}'[", ")]}'{"].map(jsonBegin)).toEqual([6, 8, 4]);
    expect(jsonBegin(")]}')]}'{")).toBe(-1);
  });
});
