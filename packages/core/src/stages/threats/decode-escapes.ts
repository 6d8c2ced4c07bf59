import { codeOfDigits, hexDigit } from './hex-digits.ts';

/** By the sign behind the backslash. What is empty stays as it is. */
const PLAIN_ESCAPES: (string | undefined)[] = Array.from({ length: 128 });
for (const [sign, plain] of Object.entries({
  n: '\n',
  r: '\r',
  t: '\t',
  "'": "'",
  '"': '"',
  '/': '/',
  N: '',
  R: '',
  T: '',
}))
  PLAIN_ESCAPES[sign.charCodeAt(0)] = plain;
const LAST_CODE = 0x10ffff;

/** Decodes the escapes of JSON, JavaScript and C strings. The same object where there are none. One pass. */
export function decodeEscapes(text: string): string {
  let decoded = '';
  let copied = 0;
  let at = text.indexOf('\\');
  while (at >= 0) {
    const sign = text.charCodeAt(at + 1);
    const plain = PLAIN_ESCAPES[sign];
    if (plain !== undefined && plain !== '') {
      decoded += text.slice(copied, at) + plain;
      at = copied = at + 2;
      // A backslash behind another is none that begins an escape.
    } else if (sign === 92 || plain === '') at += 2;
    else {
      const length = lengthOfCode(text, at + 1, sign);
      const code = length === 0 ? LAST_CODE + 1 : codeOfDigits(text, at + 2, length);
      if (code <= LAST_CODE) {
        decoded += text.slice(copied, at) + String.fromCodePoint(code);
        copied = at + 2 + length;
      }
      at += length === 0 ? 1 : 2 + length;
    }
    at = text.indexOf('\\', at);
  }
  return copied === 0 ? text : decoded + text.slice(copied);
}

/** How many characters behind `u` or `x` say a code: `{` to `}`, four digits, two; 0 where it is none. */
function lengthOfCode(text: string, at: number, sign: number): number {
  const isUnicode = (sign | 32) === 117;
  if (!isUnicode && (sign | 32) !== 120) return 0;
  if (isUnicode && text.charCodeAt(at + 1) === 123) {
    const digits = countDigits(text, at + 2, 6);
    if (digits > 0 && text.charCodeAt(at + 2 + digits) === 125) return digits + 2;
  }
  const digits = isUnicode ? 4 : 2;
  return countDigits(text, at + 1, digits) === digits ? digits : 0;
}

function countDigits(text: string, from: number, most: number): number {
  let count = 0;
  while (count < most && hexDigit(text.charCodeAt(from + count)) >= 0) count += 1;
  return count;
}
