import { expect, it } from 'vitest';
import fc from 'fast-check';
import { isCleanHead } from './field-lines.ts';

const clean = (text: string): boolean => isCleanHead(Buffer.from(text, 'latin1'), 0, text.length);

it.each([
  ['pairs of CR and LF', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', true],
  ['a tab and bytes above ASCII', 'X: \t\xe9\xff\r\n', true],
  ['a bare line feed', 'X: 1\nY: 2\r\n', false],
  ['a bare carriage return', 'X: 1\rY: 2\r\n', false],
  ['a carriage return at the end', 'X: 1\r', false],
  ['two carriage returns', 'X: 1\r\r\n', false],
  ['a NUL', 'X: \0\r\n', false],
  ['a delete', 'X: \x7f\r\n', false],
  ['an escape', 'X: \x1b\r\n', false],
])('isCleanHead decides over %s', (_name, text, expected) => expect(clean(text)).toBe(expected));

it('a_clean_head_is_what_a_regular_expression_says', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', ' ', '\t', '\r', '\n', '\r\n', '\0', '\x7f', '\xff'), { maxLength: 12 }),
      (parts) => {
        const text = parts.join('');
        expect(clean(text)).toBe(/^(?:[\t\x20-\x7e\x80-\xff]|\r\n)*$/.test(text));
      },
    ),
  );
});
