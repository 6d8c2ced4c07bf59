import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plusAsSpace } from './plus-as-space.ts';

it('law: every plus is a space, and nothing else is touched, however long the text', () => {
  const letters = fc.constantFrom('+', 'a', ' ', '%', '\u2b2b', '\u2b00', '\u002b', '\ud83d', '\udc2b', '字');
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 600 }), (drawn) => {
      const text = drawn.join('');
      expect(plusAsSpace(text)).toBe(text.split('+').join(' '));
    }),
  );
});

it('turns a body of eight million of them', () => {
  expect(plusAsSpace('+'.repeat(8_388_608)) === ' '.repeat(8_388_608)).toBe(true);
});
