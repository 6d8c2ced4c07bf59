import { describe, expect, it } from 'vitest';
import { failureKind, failureOffset, stringEnd, stringFacts } from './json-text.ts';

/** Reads the string `before`, one byte, `after` and says how it went. */
function read(before: string, byte: number, after: string): unknown {
  const bytes = Uint8Array.of(...Buffer.from(before), byte, ...Buffer.from(after));
  const end = stringEnd(bytes, 0, bytes.length);
  return end < 0 ? [failureKind(end), failureOffset(end)] : [end, stringFacts.escaped, stringFacts.surplus];
}

describe('stringEnd', () => {
  it.each(['', 'ab', 'é'])('takes every byte of ASCII but control characters, after %j', (before) => {
    const at = Buffer.byteLength(before);
    const surplus = at - before.length;
    for (let byte = 0; byte < 0x80; byte++) {
      if (byte === 0x22) expect(read(before, byte, 'c"')).toEqual([at, false, surplus]);
      else if (byte === 0x5c) expect(read(before, byte, 'n"')).toEqual([at + 2, true, surplus + 1]);
      else if (byte < 0x20) expect(read(before, byte, 'c"'), String(byte)).toEqual(['syntax', at]);
      else expect(read(before, byte, 'c"'), String(byte)).toEqual([at + 2, false, surplus]);
    }
  });

  it('refuses every byte above ASCII that starts no sequence of UTF-8', () => {
    for (let byte = 0x80; byte < 0x100; byte++) {
      expect(read('ab', byte, 'c"'), String(byte)).toEqual(['utf8', 2]);
      const started = byte >= 0xc2 && byte < 0xe0;
      expect(read('ab', byte, '"'), String(byte)).toEqual(['utf8', 2]);
      const bytes = Uint8Array.of(byte, 0x80, 0x22);
      expect(stringEnd(bytes, 0, 3) === 2, String(byte)).toBe(started);
    }
  });

  it('wants its closing quote before the end, whatever stands behind it', () => {
    const bytes = Buffer.from('abc"');
    expect(failureKind(stringEnd(bytes, 0, 3))).toBe('syntax');
    expect(stringEnd(bytes, 0, 4)).toBe(3);
  });
});
