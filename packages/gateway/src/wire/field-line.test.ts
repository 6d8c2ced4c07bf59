import { expect, it } from 'vitest';
import { BAD_VALUE, checkFieldLine, checkFieldValue } from './field-line.ts';

it('law: short and long values may hold the same characters, wherever they stand', () => {
  for (let unit = 0; unit <= 0x200; unit++) {
    const character = String.fromCharCode(unit);
    const bad = BAD_VALUE.test(character);
    for (const around of [0, 1, 31, 32, 64, 65]) {
      const value = 'a'.repeat(around) + character + 'b'.repeat(around);
      const check = (): void => checkFieldValue('X-A', value);
      if (bad) expect(check, `U+${unit.toString(16)} at ${around}`).toThrow(TypeError);
      else check();
    }
  }
});

it('says which header holds what it may not, and nothing of its value', () => {
  expect(() => checkFieldLine('X-A', 'secret\r\nX-B: 1')).toThrow(
    new TypeError('a character that no header may hold, in X-A'),
  );
});

it('looks at a name each time until it was found good', () => {
  for (let time = 0; time < 2; time++)
    for (const name of ['', 'a b', 'a:', 'a\r\nb', 'é', 'a\u0141'])
      expect(() => checkFieldLine(name, 'x'), name).toThrow('a header name that is no token');
  checkFieldLine('X-Good', '');
  checkFieldLine('X-Good', 'x');
});
