import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { checksumHolds, makeKey } from './key-text.ts';

describe('the text of a key', () => {
  it('says what it is, is stored by its SHA-256, and shows in its hint too little to guess the rest', () => {
    const { text, sha256, hint } = makeKey('live');
    expect(text).toMatch(/^sp_live_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/);
    expect(sha256).toBe(hash('sha256', text, 'hex'));
    expect(hint).toBe(`${text.slice(0, 12)}…${text.slice(-4)}`);
  });

  it('is another one each time, from all digits', () => {
    const texts = Array.from({ length: 500 }, () => makeKey('t').text);
    expect(new Set(texts).size).toBe(500);
    expect(new Set(texts.join('').replaceAll('_', '')).size).toBe(62);
  });

  it('a_single_wrong_character_never_passes the checksum', () => {
    const { text } = makeKey('test');
    fc.assert(
      fc.property(fc.nat({ max: 31 }), fc.constantFrom(...'0123456789ABCxyz'), (at, digit) => {
        const index = 'sp_test_'.length + at;
        const changed = text.slice(0, index) + digit + text.slice(index + 1);
        return checksumHolds(changed) === (changed === text);
      }),
    );
  });

  it('leaves texts alone that are no keys made here', () => {
    for (const text of ['', 'sp_', 'some other key', 'sp_live_short_abcdef', `sp_live_${'a'.repeat(33)}_abcdef`])
      expect(checksumHolds(text)).toBe(true);
  });

  it.each(['', 'Live', 'a b', 'x'.repeat(17)])('refuses %j as the word after sp_', (word) => {
    expect(() => makeKey(word)).toThrow(RangeError);
  });
});
