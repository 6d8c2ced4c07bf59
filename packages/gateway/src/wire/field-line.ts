import { interned } from '@sallyport/core';

/** A name (RFC 9110, section 5.6.2). */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/**
 * Finds what no value may hold: all but HTAB, visible ASCII, space and obs-text (RFC 9110, section 5.5). A line break would begin a header or a message
 * of its own ("header injection", "response splitting"), and so would what is no latin1: written as such, U+010D U+010A is cut to CRLF.
 */
export const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** Names that were looked at. Bounded: an upstream or a client may send any. */
const GOOD_NAMES = new Set<string>();
const MAX_NAMES = 1_000;
const MAX_KEPT_NAME = 64;
const MAX_SHORT = 64;

/** Throws a `TypeError` for a name that is no token, and for a value that would break its line. */
export function checkFieldLine(name: string, value: string): void {
  if (!GOOD_NAMES.has(name)) checkName(name);
  checkFieldValue(name, value);
}

/** Throws a `TypeError` for a value that would break the line of `name`, which was looked at before. */
export function checkFieldValue(name: string, value: string): void {
  if (holdsBad(value)) throw new TypeError(`a character that no header may hold, in ${name}`);
}

/** As `BAD_VALUE` does: for a short text, which most are, without the cost of beginning with an expression. */
function holdsBad(value: string): boolean {
  if (value.length > MAX_SHORT) return BAD_VALUE.test(value);
  for (let at = 0; at < value.length; at++) {
    const unit = value.charCodeAt(at);
    if ((unit < 0x20 && unit !== 0x09) || unit === 0x7f || unit > 0xff) return true;
  }
  return false;
}

function checkName(name: string): void {
  if (!TOKEN.test(name)) throw new TypeError('a header name that is no token');
  if (GOOD_NAMES.size < MAX_NAMES && name.length <= MAX_KEPT_NAME) GOOD_NAMES.add(interned(name));
}
