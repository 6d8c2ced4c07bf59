import { isSecretWord, MAX_SECRET_WORD, SECRET_WORDS } from './secrets.ts';

/*
 * What anything that `findSensitive` finds has in it, in plain text and in JSON as it stands: most texts have none of these, and one pass over
 * their bytes tells so in a fraction of the time that looking properly takes. It may see more than there is, never less.
 */
const NOTHING = 0;
const DIGIT = 1;
const AT = 2;
const BACKSLASH = 3;
/** What tokens have behind their first word. */
const SEPARATOR = 4;
/** The last letter, or the last but one, of what other tokens begin with. */
const CAPITAL = 5;
const STOPS = new Uint8Array(256);
for (const [characters, kind] of [
  ['0123456789', DIGIT],
  ['@', AT],
  ['\\', BACKSLASH],
  ['_-.', SEPARATOR],
  ['BCIJ', CAPITAL],
] as const)
  for (const character of characters) STOPS[character.charCodeAt(0)] = kind;

/** What stands in numbers: digits, 1; what they are written with, 2. */
const IN_NUMBERS = new Uint8Array(256);
for (const character of '0123456789') IN_NUMBERS[character.charCodeAt(0)] = 1;
for (const character of ' ().-') IN_NUMBERS[character.charCodeAt(0)] = 2;

/** What the words end in that secrets begin with. */
const LAST_LETTERS = new Uint8Array(256);
for (const word of SECRET_WORDS) LAST_LETTERS[word.charCodeAt(word.length - 1)] = 1;

/** What may stand behind the separator; a slash may be escaped. */
const IN_TOKENS = new Uint8Array(256);
for (let code = 0; code < 128; code++)
  if (isWord(code) || '_-+/=\\'.includes(String.fromCharCode(code))) IN_TOKENS[code] = 1;

/** As many digits, with no more between them than numbers are written with, are a card, a phone, or one of most national ids. */
const NUMBER_DIGITS = 8;

/** Where, from `from` on, a text in UTF-8 first has something that sensitive data could be part of; -1 where it has not. Linear in the text. */
export function nextSensitiveSign(bytes: Uint8Array, from: number): number {
  const { length } = bytes;
  for (let at = from; at < length; at++) {
    const kind = STOPS[bytes[at] as number];
    if (kind === NOTHING) continue;
    if (kind === DIGIT) {
      const end = endOfNumber(bytes, at);
      if (end < 0) return at;
      at = end - 1;
    } else if (
      kind === AT ||
      (kind === SEPARATOR && followsSecretWord(bytes, at)) ||
      (kind === CAPITAL && beginsToken(bytes, at)) ||
      // An escape can hide any of these.
      (kind === BACKSLASH && byteAt(bytes, at + 1) === 0x75)
    )
      return at;
  }
  return -1;
}

/** Where the number that begins at `at` ends, with all that numbers are written with; -1 where it may be of somebody. */
function endOfNumber(bytes: Uint8Array, at: number): number {
  if (followsLetters(bytes, at)) return -1;
  let digits = 0;
  let end = at;
  for (; end < bytes.length; end++) {
    const kind = IN_NUMBERS[bytes[end] as number];
    if (kind === 0) break;
    if (kind !== 1) {
      // A word that tokens begin with may end in a digit.
      if (STOPS[bytes[end] as number] === SEPARATOR && followsSecretWord(bytes, end)) return -1;
      continue;
    }
    digits++;
    if (digits > NUMBER_DIGITS || (digits === NUMBER_DIGITS && !endsDate(bytes, end))) return -1;
  }
  return end;
}

/** `2026-02-01`, the last digit at `at`, before a time or the end of a string. With a plus it could be a phone number. */
function endsDate(bytes: Uint8Array, at: number): boolean {
  if (byteAt(bytes, at - 2) !== 0x2d || byteAt(bytes, at - 5) !== 0x2d || byteAt(bytes, at - 10) === 0x2b) return false;
  const after = byteAt(bytes, at + 1);
  return (after === 0x54 || after === 0x22) && isDigit(byteAt(bytes, at - 9));
}

/**
 * A first digit behind letters that numbers begin with: two capitals and another digit, an IBAN or a British number; six capitals or digits, an Italian
 * one; an X, Y or Z and seven digits, a Spanish one of foreigners.
 */
function followsLetters(bytes: Uint8Array, at: number): boolean {
  const before = byteAt(bytes, at - 1);
  if (before === 0x20)
    return isDigit(byteAt(bytes, at + 1)) && isUpper(byteAt(bytes, at - 2)) && isUpper(byteAt(bytes, at - 3));
  if (!isUpper(before)) return false;
  if (before >= 0x58) {
    let end = at;
    while (end < at + 7 && isDigit(byteAt(bytes, end))) end++;
    if (end === at + 7) return true;
  }
  if (isUpper(byteAt(bytes, at - 2)) && isDigit(byteAt(bytes, at + 1))) return true;
  for (let i = at - 6; i < at; i++) if (!isUpper(byteAt(bytes, i)) && !isDigit(byteAt(bytes, i))) return false;
  return true;
}

/** Whether the word before a separator is one that secrets begin with. In JSON the letter of an escape may stand before it. */
function followsSecretWord(bytes: Uint8Array, at: number): boolean {
  const last = byteAt(bytes, at - 1);
  // Most separators stand between digits, or end a sentence.
  if (LAST_LETTERS[last] !== 1 || IN_TOKENS[byteAt(bytes, at + 1)] !== 1) return false;
  let start = at - 1;
  while (at - start <= MAX_SECRET_WORD && isWord(byteAt(bytes, start - 1))) start--;
  const isEscaped = byteAt(bytes, start - 1) === 0x5c;
  if (at - start > MAX_SECRET_WORD && !isEscaped) return false;
  let word = '';
  for (let i = start; i < at; i++) word += String.fromCharCode(bytes[i] as number);
  return isSecretWord(word) || (isEscaped && isSecretWord(word.slice(1)));
}

/** `eyJ`, `AKIA` and its likes, `AIza`, `-----BEGIN `. */
function beginsToken(bytes: Uint8Array, at: number): boolean {
  const before = byteAt(bytes, at - 1);
  switch (bytes[at]) {
    case 0x4a:
      return before === 0x79 && byteAt(bytes, at - 2) === 0x65;
    case 0x49:
      if (before === 0x41) return byteAt(bytes, at + 1) === 0x7a && byteAt(bytes, at + 2) === 0x61;
      return byteAt(bytes, at + 1) === 0x41 && byteAt(bytes, at - 2) === 0x41;
    case 0x43:
      return before === 0x43 && byteAt(bytes, at - 2) === 0x41 && byteAt(bytes, at + 1) === 0x41;
    default:
      return before === 0x2d && byteAt(bytes, at - 5) === 0x2d;
  }
}

/** 0 outside the text. */
function byteAt(bytes: Uint8Array, at: number): number {
  return at >= 0 && at < bytes.length ? (bytes[at] as number) : 0;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isUpper(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

function isWord(code: number): boolean {
  return isDigit(code) || isUpper(code) || (code >= 0x61 && code <= 0x7a);
}
