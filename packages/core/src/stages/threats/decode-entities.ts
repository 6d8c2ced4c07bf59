import { hexDigit } from './hex-digits.ts';

/** Names of HTML entities that stand for a character of some syntax (HTML, 13.5), in lower case. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['amp', '&'],
  ['tab', '\t'],
  ['newline', '\n'],
  ['nbsp', ' '],
  ['colon', ':'],
  ['semi', ';'],
  ['comma', ','],
  ['period', '.'],
  ['excl', '!'],
  ['quest', '?'],
  ['num', '#'],
  ['dollar', '$'],
  ['percnt', '%'],
  ['lpar', '('],
  ['rpar', ')'],
  ['ast', '*'],
  ['plus', '+'],
  ['sol', '/'],
  ['bsol', '\\'],
  ['equals', '='],
  ['commat', '@'],
  ['lsqb', '['],
  ['lbrack', '['],
  ['rsqb', ']'],
  ['rbrack', ']'],
  ['hat', '^'],
  ['lowbar', '_'],
  ['grave', '`'],
  ['lcub', '{'],
  ['lbrace', '{'],
  ['rcub', '}'],
  ['rbrace', '}'],
  ['verbar', '|'],
  ['vert', '|'],
  ['hyphen', '-'],
  ['zwnj', ''],
  ['zwj', ''],
  ['shy', ''],
]);

/** Only the oldest names are read without their semicolon: `&order=` is a parameter of a URL. */
const OLDEST = new Set(['lt', 'gt', 'quot', 'amp']);
const SHORTEST_NAME = 2;
const LONGEST_NAME = 8;
const LONGEST_OF_OLDEST = 4;
const AMPERSAND = 38;
const SEMICOLON = 59;
const LAST_CODE = 0x10ffff;

/** Decodes entities as browsers do, with or without the semicolon. Names that stand for letters and signs of no syntax are left as they are. */
export function decodeEntities(text: string): string {
  let decoded = '';
  let copied = 0;
  let at = text.indexOf('&');
  while (at >= 0) {
    let end = at + 1;
    let plain: string | undefined;
    if (text.charCodeAt(end) === 35) {
      const isHex = (text.charCodeAt(end + 1) | 32) === 120 && digitOf(text.charCodeAt(end + 2), 16) >= 0;
      const start = end + (isHex ? 2 : 1);
      const base = isHex ? 16 : 10;
      let code = 0;
      let digit: number;
      // As many zeros may lead a number as anybody likes (XML 1.0, section 4.1; HTML, 13.2.5.80).
      for (end = start; (digit = digitOf(text.charCodeAt(end), base)) >= 0; end += 1)
        code = Math.min(code * base + digit, LAST_CODE + 1);
      if (end > start && code <= LAST_CODE) plain = String.fromCodePoint(code);
    } else {
      while (end - at <= LONGEST_NAME && isLetter(text.charCodeAt(end))) end += 1;
      const isClosed = text.charCodeAt(end) === SEMICOLON;
      const length = end - at - 1;
      // A name that has not the length of any is not made into a text: a client may send nothing else.
      if (length >= SHORTEST_NAME && (isClosed || length <= LONGEST_OF_OLDEST)) {
        const name = text.slice(at + 1, end).toLowerCase();
        if (isClosed || OLDEST.has(name)) plain = NAMED.get(name);
      }
    }
    if (text.charCodeAt(end) === SEMICOLON) end += 1;
    if (plain !== undefined) {
      decoded += text.slice(copied, at) + plain;
      copied = end;
    }
    at = text.charCodeAt(end) === AMPERSAND ? end : text.indexOf('&', end);
  }
  return copied === 0 ? text : decoded + text.slice(copied);
}

function isLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}

/** The value of a digit; -1 for what is none to that base. */
function digitOf(code: number, base: number): number {
  const digit = hexDigit(code);
  return digit < base ? digit : -1;
}
