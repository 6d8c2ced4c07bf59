import { dateOfBytes, dateTimeOfBytes } from '../../json/byte-date-time.ts';
import { BLANK, COLON, DASH, DIGIT, DOT, PLUS } from './survey.ts';

/** What a sentence, a moment and an identifier may hold beside letters. */
const HARMLESS_SIGNS = BLANK | COLON | DASH | DIGIT | DOT | PLUS;
const HYPHEN = 0x2d;

/**
 * Whether the bytes of a string, whose signs are `bits`, are plainly nothing to look for: a sentence that begins with a letter, a UUID, a date or a
 * moment. Most values are one of these, and this tells without making a text of them. False where telling takes more; never true of what
 * `isSuspicious` is true of.
 */
export function isPlain(bytes: Uint8Array, start: number, end: number, bits: number): boolean {
  if ((bits & ~HARMLESS_SIGNS) !== 0) return false;
  if ((bits & BLANK) !== 0)
    return (bits & DASH) === 0 && isLetter(bytes[start] as number) && isNoBase64(bytes, start, end, bits);
  const length = end - start;
  if (length === 36) return isUuid(bytes, start);
  if (length === 10) return dateOfBytes(bytes, start, end) === 1;
  // With nine digits of a fraction at most: `Z` at the end, or the digits of an offset.
  const longest = isLetter(bytes[end - 1] as number) ? 30 : 35;
  return length <= longest && dateTimeOfBytes(bytes, start, end) === 1;
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** A sentence is too short for it, points and colons are no digits of it, and more blanks than one in sixteen no `+` that was lost (see `decodeBase64`). */
function isNoBase64(bytes: Uint8Array, start: number, end: number, bits: number): boolean {
  if ((bits & (DOT | COLON)) !== 0 || end - start < 16) return true;
  const most = (end - start) / 16;
  let blanks = 0;
  for (let at = start; at < end; at++) if (bytes[at] === 0x20 && ++blanks > most) return true;
  return false;
}

function isUuid(bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < 36; i++) {
    const byte = bytes[start + i] as number;
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (byte !== HYPHEN) return false;
    } else if (!isHexDigit(byte)) return false;
  }
  return true;
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}
