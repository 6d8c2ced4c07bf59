import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WholeTexts } from './whole-texts.ts';

function pushed(texts: WholeTexts, pieces: readonly string[]): string[] {
  const out = pieces.map((piece) => texts.push(Buffer.from(piece, 'latin1')));
  return [...out, texts.end(new Uint8Array(0))].map((each) =>
    each === null ? 'too long' : Buffer.from(each).toString('latin1'),
  );
}

describe('WholeTexts', () => {
  it('gives lines with their end, and what is left at the end', () =>
    expect(pushed(new WholeTexts(false, 100), ['1', '2\n3', '\n\n4\n', '5'])).toEqual([
      '',
      '12\n',
      '3\n\n4\n',
      '',
      '5',
    ]));

  it('gives texts of a sequence once the next one begins', () =>
    expect(pushed(new WholeTexts(true, 100), ['\x1e', '1\n', '\x1e2\n', '\x1e', '3\n\x1e4\n'])).toEqual([
      '',
      '',
      '\x1e1\n',
      '\x1e2\n',
      '\x1e3\n',
      '\x1e4\n',
    ]));

  it('keeps so many bytes of a text whose rest is awaited, and not one more', () => {
    expect(pushed(new WholeTexts(false, 4), ['12', '34'])).toEqual(['', '', '1234']);
    expect(pushed(new WholeTexts(false, 4), ['12', '345'])[1]).toBe('too long');
    expect(pushed(new WholeTexts(false, 4), ['1\n23456'])[0]).toBe('too long');
  });

  it('law: wherever a stream is cut, the same comes out, and no piece ends within a text', () =>
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.string({ unit: fc.constantFrom('a', '\n', '\x1e'), maxLength: 6 }), { maxLength: 8 }),
        (isSequence, pieces) => {
          const out = pushed(new WholeTexts(isSequence, 1_000), pieces);
          expect(out.join('')).toBe(pieces.join(''));
          let before = '';
          for (const each of out.slice(0, -1)) {
            before += each;
            const next = pieces.join('').slice(before.length);
            if (each !== '') expect(isSequence ? next.startsWith('\x1e') : before.endsWith('\n')).toBe(true);
          }
        },
      ),
    ));
});
