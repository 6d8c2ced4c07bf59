/**
 * The bytes of JSON strings and numbers (RFC 8259, sections 6 and 7), read the same way by the scanner and by compiled walkers:
 * two readings of one text is how a check and the upstream come to see different values.
 *
 * Every function takes the index to read from and gives back the index after what it read, or a negative failure
 * (`failureAt`) that holds what went wrong and where. None reads past `end`, none recurses.
 */

/** What a failure is about. The numbers are part of the failure's encoding. */
export const FAILURE_KINDS = ['syntax', 'utf8', 'duplicate', 'depth', 'keys', 'forbidden-member'] as const;

export type FailureKind = (typeof FAILURE_KINDS)[number];

export const SYNTAX = 0;
export const UTF8 = 1;
export const DUPLICATE = 2;
export const DEPTH = 3;
export const KEYS = 4;
export const FORBIDDEN_MEMBER = 5;

/** A failure as a negative number, so that the hot functions return one number and allocate nothing. */
export function failureAt(kind: number, offset: number): number {
  return -1 - (offset * 8 + kind);
}

export function failureKind(failure: number): FailureKind {
  return FAILURE_KINDS[(-1 - failure) % 8] ?? 'syntax';
}

export function failureOffset(failure: number): number {
  return Math.floor((-1 - failure) / 8);
}

/** What `stringEnd` saw of the last string it read to its end. */
export interface StringFacts {
  /** A backslash escape stands in it: its bytes are not its text. */
  escaped: boolean;
  /** Bytes that are not code points of their own: `bytes - surplus` is the length JSON Schema counts. */
  surplus: number;
}

export const stringFacts: StringFacts = { escaped: false, surplus: 0 };

/** 1 for the bytes of ASCII that stand in a string for themselves. One look instead of three comparisons halves what a string costs. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== 0x22 && byte !== 0x5c ? 1 : 0,
);

/** Index of the closing quote of the string whose first byte after the opening quote is at `from`. Fills `stringFacts`. */
export function stringEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && PLAIN[bytes[at] as number] === 1) at++;
  if (at >= end) return failureAt(SYNTAX, end);
  if (bytes[at] !== 0x22) return unusualStringEnd(bytes, at, end);
  stringFacts.escaped = false;
  stringFacts.surplus = 0;
  return at;
}

/** The rest of a string from its first byte that is not plain ASCII. */
function unusualStringEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  let surplus = 0;
  let escaped = false;
  while (at < end) {
    const byte = bytes[at] as number;
    if (PLAIN[byte] === 1) {
      at++;
      continue;
    }
    if (byte === 0x22) {
      stringFacts.escaped = escaped;
      stringFacts.surplus = surplus;
      return at;
    }
    let next: number;
    if (byte === 0x5c) {
      escaped = true;
      next = escapeEnd(bytes, at, end);
    } else if (byte >= 0x80) {
      next = sequenceEnd(bytes, at, end);
    } else {
      return failureAt(SYNTAX, at);
    }
    if (next < 0) return next;
    surplus += next - at - 1;
    at = next;
  }
  return failureAt(SYNTAX, end);
}

/**
 * After the UTF-8 sequence of a code point above U+007F at `at` (RFC 3629, section 4): no overlong form, no surrogate,
 * nothing above U+10FFFF. Lenient decoders read those as other characters than strict ones, which hides names from a check.
 */
function sequenceEnd(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > end) return failureAt(UTF8, at);
  const second = bytes[at + 1] as number;
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return failureAt(UTF8, at);
  for (let more = at + 2; more < at + length; more++) {
    if (((bytes[more] as number) & 0xc0) !== 0x80) return failureAt(UTF8, at);
  }
  return at + length;
}

/**
 * After the escape at `at`, which holds the backslash. Both halves of a surrogate pair are one escape; half a pair is refused
 * (RFC 8259, section 8.2): parsers keep, replace or drop it, so the upstream could read another text than was checked.
 */
function escapeEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return failureAt(SYNTAX, end);
  switch (bytes[at + 1]) {
    case 0x22: // "
    case 0x5c: // \
    case 0x2f: // /
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 2;
    case 0x75: {
      const unit = codeUnit(bytes, at, end);
      if (unit < 0) return unit;
      if (unit < 0xd800 || unit > 0xdfff) return at + 6;
      if (unit > 0xdbff || at + 7 >= end || bytes[at + 6] !== 0x5c || bytes[at + 7] !== 0x75)
        return failureAt(UTF8, at);
      const low = codeUnit(bytes, at + 6, end);
      if (low < 0) return low;
      return low >= 0xdc00 && low <= 0xdfff ? at + 12 : failureAt(UTF8, at);
    }
    default:
      return failureAt(SYNTAX, at);
  }
}

/** The code unit of the `\uXXXX` at `at`. */
function codeUnit(bytes: Uint8Array, at: number, end: number): number {
  if (at + 6 > end) return failureAt(SYNTAX, end);
  let unit = 0;
  for (let digit = at + 2; digit < at + 6; digit++) {
    const byte = bytes[digit] as number;
    const lower = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) unit = unit * 16 + byte - 0x30;
    else if (lower >= 0x61 && lower <= 0x66) unit = unit * 16 + lower - 0x57;
    else return failureAt(SYNTAX, digit);
  }
  return unit;
}

/**
 * After the number at `from`. Any magnitude and precision is a number (RFC 8259, section 6): `1e400` and integers above 2^53 pass
 * as `JSON.parse` passes them, rounded. A schema that bounds the number is what keeps those from the upstream.
 */
export function numberEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  if (at < end && bytes[at] === 0x2d) at++;
  if (at >= end) return failureAt(SYNTAX, end);
  const first = bytes[at] as number;
  if (first < 0x30 || first > 0x39) return failureAt(SYNTAX, at);
  at = first === 0x30 ? at + 1 : digitsEnd(bytes, at, end);
  if (at < end && bytes[at] === 0x2e) {
    const fraction = at + 1;
    at = digitsEnd(bytes, fraction, end);
    if (at === fraction) return failureAt(SYNTAX, at);
  }
  if (at < end && ((bytes[at] as number) | 0x20) === 0x65) {
    at++;
    if (at < end && (bytes[at] === 0x2b || bytes[at] === 0x2d)) at++;
    const exponent = at;
    at = digitsEnd(bytes, exponent, end);
    if (at === exponent) return failureAt(SYNTAX, at);
  }
  return at;
}

function digitsEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39) at++;
  return at;
}

/** After the `true`, `false` or `null` at `at`. */
export function literalEnd(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  if (first === 0x74 && at + 4 <= end && bytes[at + 1] === 0x72 && bytes[at + 2] === 0x75 && bytes[at + 3] === 0x65)
    return at + 4;
  if (first === 0x6e && at + 4 <= end && bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c)
    return at + 4;
  if (
    first === 0x66 &&
    at + 5 <= end &&
    bytes[at + 1] === 0x61 &&
    bytes[at + 2] === 0x6c &&
    bytes[at + 3] === 0x73 &&
    bytes[at + 4] === 0x65
  )
    return at + 5;
  return failureAt(SYNTAX, at);
}

/** After the white space at `from`: space, tab, line feed, carriage return and nothing else (RFC 8259, section 2). */
export function spaceEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
  return at;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a string already read by `stringEnd`; `from` is after its opening quote and `to` at its closing one. */
export function stringText(bytes: Uint8Array, from: number, to: number, escaped: boolean): string {
  if (escaped) return JSON.parse(decoder.decode(bytes.subarray(from - 1, to + 1))) as string;
  return decoder.decode(bytes.subarray(from, to));
}

/** True for the name `__proto__`: an assignment with it in a program behind us sets the prototype instead of a member. */
export function isProtoName(bytes: Uint8Array, from: number, to: number): boolean {
  return (
    to - from === 9 &&
    bytes[from] === 0x5f &&
    bytes[from + 1] === 0x5f &&
    bytes[from + 2] === 0x70 &&
    bytes[from + 3] === 0x72 &&
    bytes[from + 4] === 0x6f &&
    bytes[from + 5] === 0x74 &&
    bytes[from + 6] === 0x6f &&
    bytes[from + 7] === 0x5f &&
    bytes[from + 8] === 0x5f
  );
}
