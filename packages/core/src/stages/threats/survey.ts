import { mayFold } from './fold-forms.ts';

/*
 * The first look at a text: one pass with a table, which tells what kinds of signs it has. Most texts have none that a detector could begin
 * with, and are done here.
 */
export const QUOTE = 1;
export const ANGLE = 1 << 1;
export const PERCENT = 1 << 2;
export const AMPERSAND = 1 << 3;
export const BACKSLASH = 1 << 4;
export const BRACE = 1 << 5;
export const PAREN = 1 << 6;
export const SEMICOLON = 1 << 7;
export const PIPE = 1 << 8;
export const DOLLAR = 1 << 9;
export const HASH = 1 << 10;
export const EQUALS = 1 << 11;
export const CONTROL = 1 << 12;
export const STAR = 1 << 13;
export const UNUSUAL = 1 << 14;
export const SLASH = 1 << 16;
export const DASH = 1 << 17;
export const BRACKET = 1 << 18;
export const COLON = 1 << 19;
export const BACKTICK = 1 << 20;
export const BLANK = 1 << 21;
export const DIGIT = 1 << 22;
export const PLUS = 1 << 23;
export const DOT = 1 << 24;
/** No ASCII. Told of bytes alone. */
export const HIGH = 1 << 25;
const CLASS = new Int32Array(128);
for (const [characters, bit] of [
  ['\'"', QUOTE],
  ['<>', ANGLE],
  ['%', PERCENT],
  ['&', AMPERSAND],
  ['\\', BACKSLASH],
  ['{}', BRACE],
  ['()', PAREN],
  [';', SEMICOLON],
  ['|', PIPE],
  ['$', DOLLAR],
  ['#', HASH],
  ['=', EQUALS],
  ['*', STAR],
  ['/', SLASH],
  ['[]', BRACKET],
  [':', COLON],
  ['`', BACKTICK],
  [' ', BLANK],
  ['0123456789', DIGIT],
  ['+', PLUS],
  ['-', DASH],
  ['.', DOT],
] as const)
  for (const character of characters) CLASS[character.charCodeAt(0)] = bit;
for (let code = 0; code < 32; code += 1) CLASS[code] = CONTROL;
CLASS[9] = BLANK;
CLASS[127] = CONTROL;

/** Surveys a text: the union of its signs' bits. Linear, one look at a table a character. */
export function surveyText(text: string): number {
  let bits = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 128) bits |= CLASS[code] as number;
    // Some forms of letters and signs are read as ASCII by what normalizes them; other letters are nobody's syntax.
    else if (code < 0xa0 || mayFold(code)) bits |= UNUSUAL;
  }
  return bits;
}

/** The bit of a byte of UTF-8: that of its sign, or of what its character could begin. */
export const signOfByte = new Int32Array(256);
signOfByte.set(CLASS);
signOfByte.fill(HIGH, 128);
// First bytes of what may fold, and of the C1 controls: which it is, the text tells.
for (const byte of [0xc2, 0xc5, 0xca, 0xcb, 0xcd, 0xe1, 0xe2, 0xe3, 0xef, 0xf0]) signOfByte[byte] = UNUSUAL | HIGH;
