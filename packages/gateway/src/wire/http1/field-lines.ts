import { TOKEN } from '../field-line.ts';
import { framingField, knownName, knownValue, type FramingField } from './known-texts.ts';
import type { HeadScan } from './head-scan.ts';

/** What the field lines of a head say of the message's frame and of its connection (RFC 9112, sections 6 and 9). */
export interface Framing {
  /** -1 where there is no Content-Length. */
  length: number;
  /** A Transfer-Encoding stands there; `chunked` that it is that and nothing else. */
  coded: boolean;
  chunked: boolean;
  close: boolean;
  keepAlive: boolean;
  /** Seconds of `Keep-Alive: timeout=…`; null where it says nothing. */
  keepAliveSeconds: number | null;
  /** The client waits for a word before it sends its body (RFC 9110, section 10.1.1). */
  expectsContinue: boolean;
}

/** A length above this is not one that anybody sends. */
const MAX_LENGTH = Number.MAX_SAFE_INTEGER;

/**
 * Reads the field lines of a head, from line `first` on, into `rawHeaders`: names and values in turn, as they came. `head` is in latin1 what stands in
 * `bytes` from `start` on, and `scan` has just passed over it.
 * Strict: no white space before a colon, no folded line, one length. Returns what is wrong, or the frame.
 */
export function readFieldLines(
  head: string,
  bytes: Uint8Array,
  start: number,
  scan: HeadScan,
  first: number,
  rawHeaders: string[],
): Framing | string {
  const framing: Framing = {
    length: -1,
    coded: false,
    chunked: false,
    close: false,
    keepAlive: false,
    keepAliveSeconds: null,
    expectsContinue: false,
  };
  const { ends, colons, lines } = scan;
  let at = first === 0 ? 0 : (ends[first - 1] as number) + 2;
  for (let line = first; line < lines; line++) {
    const end = ends[line] as number;
    const colon = colons[line] as number;
    if (colon < 0) return 'a header line has no colon';
    const known = knownName(bytes, start + at, start + colon);
    const name = known === undefined ? head.slice(at, colon) : known.name;
    if (known === undefined && !TOKEN.test(name)) return 'a header name is malformed';
    let from = colon + 1;
    let to = end;
    while (from < to && isBlank(bytes[start + from] as number)) from += 1;
    while (to > from && isBlank(bytes[start + to - 1] as number)) to -= 1;
    const value = knownValue(bytes, start + from, start + to) ?? head.slice(from, to);
    const field = known === undefined ? framingField(name) : known.framing;
    const problem = field === null ? null : noteFraming(framing, field, value);
    if (problem !== null) return problem;
    rawHeaders.push(name, value);
    at = end + 2;
  }
  return framing;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

function noteFraming(framing: Framing, field: FramingField, value: string): string | null {
  switch (field) {
    case 'content-length':
      if (framing.length !== -1) return 'more than one Content-Length';
      framing.length = lengthOf(value);
      return framing.length < 0 ? 'the Content-Length is not a number' : null;
    case 'transfer-encoding':
      if (framing.coded) return 'more than one Transfer-Encoding';
      framing.coded = true;
      framing.chunked = value.toLowerCase() === 'chunked';
      return null;
    case 'connection':
      noteConnection(framing, value);
      return null;
    case 'keep-alive': {
      const [, seconds] = /(?:^|[,;\s])timeout=(\d{1,6})/i.exec(value) ?? [];
      if (seconds !== undefined) framing.keepAliveSeconds = Number(seconds);
      return null;
    }
    case 'expect':
      framing.expectsContinue = value.toLowerCase() === '100-continue';
      return null;
  }
}

/** Digits and nothing else (RFC 9110, section 8.6): `+1`, `0x1` and `1e3` are numbers to other readers. -1 for all else. */
function lengthOf(value: string): number {
  if (value.length === 0 || value.length > 16) return -1;
  let length = 0;
  for (let at = 0; at < value.length; at++) {
    const digit = value.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length > MAX_LENGTH ? -1 : length;
}

function noteConnection(framing: Framing, value: string): void {
  // What nearly everybody says who says anything.
  if (value === 'keep-alive') {
    framing.keepAlive = true;
    return;
  }
  const options = value.toLowerCase();
  if (options.includes('close')) framing.close = true;
  if (options.includes('keep-alive')) framing.keepAlive = true;
}
