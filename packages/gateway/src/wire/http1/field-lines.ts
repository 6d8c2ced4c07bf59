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
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Names as clients and upstreams usually write them: no need to look at each of their characters again. The string that is kept is ours, whose
 * hash is known, and not a piece of the head.
 */
const KNOWN: ReadonlyMap<string, string> = new Map(
  [
    'Date Server Content-Type Content-Length Connection Keep-Alive Transfer-Encoding Cache-Control ETag Vary Last-Modified Location Set-Cookie Expires X-Powered-By',
    'Host User-Agent Accept Accept-Encoding Accept-Language Authorization Cookie Origin Referer If-None-Match X-Request-Id Traceparent DPoP',
    'Sec-Fetch-Mode Sec-Fetch-Site Sec-Fetch-Dest X-Forwarded-For X-Forwarded-Proto X-Forwarded-Host',
  ]
    .join(' ')
    .split(' ')
    .flatMap((name) => [name, name.toLowerCase()])
    .map((name) => [name, name]),
);

/** 1 for what may stand in a head: visible characters, space, tab, and the line ends, which `isCleanHead` looks at. */
const CLEAN = Uint8Array.from({ length: 256 }, (_, byte) => (byte === 0x09 || (byte >= 0x20 && byte !== 0x7f) ? 1 : 0));

/** Whether a head holds no control character but tabs, and carriage returns and line feeds in pairs alone. */
export function isCleanHead(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (CLEAN[bytes[at] as number] === 1) continue;
    if (bytes[at] !== 0x0d || at + 1 >= end || bytes[at + 1] !== 0x0a) return false;
    at += 1;
  }
  return true;
}

/**
 * Reads field lines of `head` from `at` to its end, where an empty line may stand, into `rawHeaders`: names and values in turn, as they came.
 * Strict: lines end in CRLF, no white space before a colon, no folded line, one length. That the head is clean, see `isCleanHead`, is the caller's to
 * know. Returns what is wrong, or the frame.
 */
export function readFieldLines(head: string, at: number, rawHeaders: string[]): Framing | string {
  const framing: Framing = {
    length: -1,
    coded: false,
    chunked: false,
    close: false,
    keepAlive: false,
    keepAliveSeconds: null,
    expectsContinue: false,
  };
  while (at < head.length) {
    const end = head.indexOf('\r\n', at);
    if (end < 0) return 'a header line does not end in CRLF';
    if (end === at) return framing;
    const colon = head.indexOf(':', at);
    if (colon < 0 || colon > end) return 'a header line has no colon';
    let name = head.slice(at, colon);
    const known = KNOWN.get(name);
    if (known !== undefined) name = known;
    else if (!TOKEN.test(name)) return 'a header name is malformed';
    let from = colon + 1;
    let to = end;
    while (from < to && isBlank(head.charCodeAt(from))) from += 1;
    while (to > from && isBlank(head.charCodeAt(to - 1))) to -= 1;
    const value = head.slice(from, to);
    const problem = noteFraming(framing, name, value);
    if (problem !== null) return problem;
    rawHeaders.push(name, value);
    at = end + 2;
  }
  return framing;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function noteFraming(framing: Framing, name: string, value: string): string | null {
  // Only names of these lengths matter here.
  const size = name.length;
  if (size !== 10 && size !== 14 && size !== 17 && size !== 6) return null;
  const lower = name.toLowerCase();
  if (lower === 'content-length') {
    if (framing.length !== -1) return 'more than one Content-Length';
    if (!/^\d{1,16}$/.test(value) || Number(value) > MAX_LENGTH) return 'the Content-Length is not a number';
    framing.length = Number(value);
  } else if (lower === 'transfer-encoding') {
    if (framing.coded) return 'more than one Transfer-Encoding';
    framing.coded = true;
    framing.chunked = value.toLowerCase() === 'chunked';
  } else if (lower === 'connection') {
    const options = value.toLowerCase();
    if (options.includes('close')) framing.close = true;
    if (options.includes('keep-alive')) framing.keepAlive = true;
  } else if (lower === 'keep-alive') {
    const [, seconds] = /(?:^|[,;\s])timeout=(\d{1,6})/i.exec(value) ?? [];
    if (seconds !== undefined) framing.keepAliveSeconds = Number(seconds);
  } else if (lower === 'expect') framing.expectsContinue = value.toLowerCase() === '100-continue';
  return null;
}
