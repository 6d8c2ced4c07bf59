import fc from 'fast-check';
import { expect, it } from 'vitest';
import { interned } from './interned.ts';

it('law: the text stays what it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(interned(text)).toBe(text);
    }),
  );
  for (const text of ['', '0', '42', '-1', '4294967295', '__proto__', 'constructor', 'é', '\ud800'])
    expect(interned(text)).toBe(text);
});
