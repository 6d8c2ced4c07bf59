import {
  ATOM,
  BASE64,
  BASE64URL,
  BYTE_CLASSES,
  HEX,
  HOST,
  LETTER,
  NAME,
  PATH,
  QUERY,
  runEnd,
  SCHEME,
} from './byte-classes.ts';
import { dateOfBytes, dateTimeOfBytes, timeOfBytes } from './byte-date-time.ts';
import type { ByteTest, ByteVerdict } from './byte-test.ts';

const DOT = 0x2e;
const HYPHEN = 0x2d;
const SLASH = 0x2f;
const COLON = 0x3a;
const QUESTION = 0x3f;
const HASH = 0x23;
const PERCENT = 0x25;
const EQUALS = 0x3d;

const MAX_MAILBOX_BYTES = 320;
const MAX_HOST_BYTES = 253;

function isOf(byte: number | undefined, classes: number): boolean {
  return ((BYTE_CLASSES[byte as number] as number) & classes) !== 0;
}

/** RFC 9562, section 4, of any version. */
function uuidOfBytes(bytes: Uint8Array, start: number, end: number): ByteVerdict {
  if (end - start !== 36) return 0;
  for (let at = 0; at < 36; at++) {
    const byte = bytes[start + at] as number;
    if (at === 8 || at === 13 || at === 18 || at === 23) {
      if (byte !== HYPHEN) return 0;
    } else if (!isOf(byte, HEX)) return 0;
  }
  return 1;
}

/** Four decimal octets. A leading zero is refused: some read such an octet as octal, and reach another host than was checked. */
function ipv4OfBytes(bytes: Uint8Array, start: number, end: number): ByteVerdict {
  if (end - start > 15) return 0;
  let at = start;
  for (let octet = 0; octet < 4; octet++) {
    if (octet > 0 && bytes[at++] !== DOT) return 0;
    const from = at;
    let value = 0;
    for (; at < end && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39; at++)
      value = value * 10 + (bytes[at] as number) - 0x30;
    if (at === from || at - from > 3 || value > 255 || (bytes[from] === 0x30 && at - from > 1)) return 0;
    if (at >= end && octet < 3) return 0;
  }
  return at === end ? 1 : 0;
}

/** RFC 1123, section 2.1. Labels that may be A-labels are for the text's test to decode. */
function hostnameOfBytes(bytes: Uint8Array, start: number, end: number): ByteVerdict {
  if (start === end || end - start > MAX_HOST_BYTES) return 0;
  for (let label = start; ; ) {
    const at = runEnd(bytes, label, end, HOST);
    const length = at - label;
    if (at < end && bytes[at] !== DOT) return 0;
    if (length === 0 || length > 63 || bytes[label] === HYPHEN || bytes[at - 1] === HYPHEN) return 0;
    if (length > 3 && bytes[label + 2] === HYPHEN && bytes[label + 3] === HYPHEN) return -1;
    if (at === end) return 1;
    label = at + 1;
  }
}

/** Mailboxes of dotted atoms at a host name (RFC 5321, section 4.1.2); quoted local parts and address literals are not told. */
function emailOfBytes(bytes: Uint8Array, start: number, end: number): ByteVerdict {
  if (end - start > MAX_MAILBOX_BYTES) return -1;
  for (let atom = start; ; ) {
    const at = runEnd(bytes, atom, end, ATOM);
    if (at === end || at === atom) return -1;
    if (bytes[at] === 0x40) return at - start > 64 || bytes[at + 1] === 0x5b ? -1 : hostnameOfBytes(bytes, at + 1, end);
    if (bytes[at] !== DOT) return -1;
    atom = at + 1;
  }
}

/** After the run of these classes and of escapes, `%` and two hexadecimal digits. */
function escapableEnd(bytes: Uint8Array, from: number, end: number, classes: number): number {
  let at = runEnd(bytes, from, end, classes);
  while (at + 2 < end && bytes[at] === PERCENT && isOf(bytes[at + 1], HEX) && isOf(bytes[at + 2], HEX))
    at = runEnd(bytes, at + 3, end, classes);
  return at;
}

/** URI references (RFC 3986) with a plain or no authority; user information, literals of addresses and all that is wrong are not told. */
function referenceOfBytes(bytes: Uint8Array, start: number, end: number, needsScheme: boolean): ByteVerdict {
  let at = start;
  const first = start < end ? bytes[start] : HASH;
  if (needsScheme || (first !== SLASH && first !== QUESTION && first !== HASH)) {
    if (!isOf(first, LETTER)) return -1;
    at = runEnd(bytes, start, end, SCHEME);
    if (at === end || bytes[at] !== COLON) return -1;
    at++;
  }
  if (at + 1 < end && bytes[at] === SLASH && bytes[at + 1] === SLASH) {
    at = escapableEnd(bytes, at + 2, end, NAME);
    if (at < end && bytes[at] === COLON)
      for (at++; at < end && (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39; ) at++;
    // What comes now is the path, which is empty or starts with a slash.
    if (at < end && bytes[at] !== SLASH && bytes[at] !== QUESTION && bytes[at] !== HASH) return -1;
  }
  at = escapableEnd(bytes, at, end, PATH);
  if (at < end && bytes[at] === QUESTION) at = escapableEnd(bytes, at + 1, end, QUERY);
  if (at < end && bytes[at] === HASH) at = escapableEnd(bytes, at + 1, end, QUERY);
  return at === end ? 1 : -1;
}

/** RFC 4648, section 4. */
function base64OfBytes(bytes: Uint8Array, start: number, end: number): ByteVerdict {
  // A text that is not ASCII fails below, however its bytes count.
  if ((end - start) % 4 !== 0) return 0;
  const at = runEnd(bytes, start, end, BASE64);
  return end - at <= 2 && isPadding(bytes, at, end) ? 1 : 0;
}

/** RFC 4648, section 5: padding may be left out. */
function base64UrlOfBytes(bytes: Uint8Array, start: number, end: number): ByteVerdict {
  const at = runEnd(bytes, start, end, BASE64URL);
  if (end - at > 2 || !isPadding(bytes, at, end) || (at - start) % 4 === 1) return 0;
  return at === end || (end - start) % 4 === 0 ? 1 : 0;
}

function isPadding(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (bytes[at] !== EQUALS) return false;
  return true;
}

const anything: ByteTest = () => 1;

/**
 * The formats of strings that bytes can tell, under the names and with the meaning of the tests on texts. What is not named here, and what
 * gives -1, is left to those.
 */
export const BYTE_FORMATS: ReadonlyMap<string, ByteTest> = new Map<string, ByteTest>([
  ['date-time', dateTimeOfBytes],
  ['date', dateOfBytes],
  ['time', timeOfBytes],
  ['uuid', uuidOfBytes],
  ['ipv4', ipv4OfBytes],
  ['hostname', hostnameOfBytes],
  ['email', emailOfBytes],
  ['uri', (bytes, start, end) => referenceOfBytes(bytes, start, end, true)],
  ['uri-reference', (bytes, start, end) => referenceOfBytes(bytes, start, end, false)],
  ['url', anything],
  ['byte', base64OfBytes],
  ['base64url', base64UrlOfBytes],
  ['binary', anything],
  ['password', anything],
]);
