/** Receives one response. Bytes handed to `onBody` are only lent: whoever keeps them copies them. */
export interface ResponseEvents {
  /** A final response's head; interim ones (1xx) are left out. */
  onHead(status: number, rawHeaders: string[]): void;
  onBody(bytes: Buffer, start: number, end: number): void;
  /** The message is whole. `reusable` says whether the connection may carry another request. */
  onComplete(reusable: boolean): void;
}

const MAX_HEAD_BYTES = 64 * 1024;
const MAX_INTERIM = 16;
const MAX_CHUNK_LINE = 256;
const MAX_TRAILER_BYTES = 8 * 1024;
/** A length above this is not one that anybody sends. */
const MAX_LENGTH = Number.MAX_SAFE_INTEGER;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const STATE = {
  head: 0,
  counted: 1,
  untilClose: 2,
  chunkSize: 3,
  chunkData: 4,
  chunkEnd: 5,
  trailers: 6,
  done: 7,
} as const;
type State = (typeof STATE)[keyof typeof STATE];

/**
 * Reads one HTTP/1.1 response at a time, by the strict letter of RFC 9112: CRLF line ends, no white space before a colon, no folded
 * lines, one length. What could be read in two ways is a failure of the upstream, because whatever follows it on the connection could be taken
 * for the answer to somebody else's request ("response smuggling").
 */
export class ResponseParser {
  readonly #events: ResponseEvents;
  #state: State = STATE.done;
  #headMethod = false;
  #left = 0;
  #keepAlive = false;
  #interim = 0;
  /** What of a head, chunk line or trailer has come so far and does not end in these bytes; null for none. */
  #partial: Buffer | null = null;
  #trailerBytes = 0;
  #completed = false;
  /** Seconds that the upstream says it keeps an idle connection (`Keep-Alive: timeout=…`); null where it says nothing. */
  keepAliveSeconds: number | null = null;

  constructor(events: ResponseEvents) {
    this.#events = events;
  }

  /** Expects the response to a request of this method. */
  begin(method: string): void {
    this.#state = STATE.head;
    this.#headMethod = method === 'HEAD';
    this.#interim = 0;
    this.#partial = null;
    this.#completed = false;
    this.keepAliveSeconds = null;
  }

  /** Reads `bytes[0, length)`. Returns null, or what is wrong with them; after that the connection is good for nothing. */
  push(bytes: Buffer, length: number): string | null {
    let at = 0;
    while (at < length && !this.#completed) {
      switch (this.#state) {
        case STATE.head: {
          const end = this.#findHeadEnd(bytes, at, length);
          if (end < 0) return this.#keepPartial(bytes, at, length, MAX_HEAD_BYTES, 'the head is larger than 64 KiB');
          const head = this.#takeLatin1(bytes, at, end);
          at = end;
          const problem = this.#readHead(head);
          if (problem !== null) return problem;
          break;
        }
        case STATE.counted:
        case STATE.chunkData: {
          const take = Math.min(this.#left, length - at);
          this.#left -= take;
          this.#events.onBody(bytes, at, at + take);
          at += take;
          if (this.#left === 0) {
            if (this.#state === STATE.chunkData) this.#state = STATE.chunkEnd;
            else this.#complete();
          }
          break;
        }
        case STATE.untilClose:
          this.#events.onBody(bytes, at, length);
          return null;
        case STATE.done:
          return 'bytes after the end of the response';
        default: {
          const end = bytes.indexOf(0x0a, at) + 1;
          if (end === 0 || end > length)
            return this.#keepPartial(bytes, at, length, MAX_CHUNK_LINE + MAX_TRAILER_BYTES, 'a chunk line is too long');
          const line = this.#takeLatin1(bytes, at, end);
          at = end;
          const problem = this.#readLine(line);
          if (problem !== null) return problem;
        }
      }
    }
    // Only now, with every byte read: whoever gets the connection next must not get what came behind this response for an answer.
    if (this.#completed) this.#tellComplete(this.#keepAlive && at === length);
    return null;
  }

  #tellComplete(reusable: boolean): void {
    this.#completed = false;
    this.#events.onComplete(reusable);
  }

  /** The upstream has closed its side. Returns null where that ends the response, else what is missing. */
  close(): string | null {
    if (this.#state === STATE.untilClose) {
      this.#state = STATE.done;
      this.#tellComplete(false);
      return null;
    }
    if (this.#state === STATE.done) return null;
    return this.#state === STATE.head
      ? 'the connection was closed before the head was whole'
      : 'the connection was closed before the body was whole';
  }

  /** Where the head ends, behind its empty line; -1 where it does not end in these bytes. */
  #findHeadEnd(bytes: Buffer, at: number, length: number): number {
    if (this.#partial === null) {
      const end = bytes.indexOf('\r\n\r\n', at, 'latin1');
      return end < 0 || end + 4 > length ? -1 : end + 4;
    }
    // The empty line may begin in the earlier piece.
    const before = this.#partial.subarray(-3);
    const joined = Buffer.concat([before, bytes.subarray(at, length)]);
    const end = joined.indexOf('\r\n\r\n', 0, 'latin1');
    return end < 0 ? -1 : at + end + 4 - before.length;
  }

  #keepPartial(bytes: Buffer, at: number, length: number, maxBytes: number, tooLarge: string): string | null {
    const piece = Buffer.from(bytes.subarray(at, length));
    this.#partial = this.#partial === null ? piece : Buffer.concat([this.#partial, piece]);
    return this.#partial.length > maxBytes ? tooLarge : null;
  }

  #takeLatin1(bytes: Buffer, start: number, end: number): string {
    const here = bytes.toString('latin1', start, end);
    if (this.#partial === null) return here;
    const whole = this.#partial.toString('latin1') + here;
    this.#partial = null;
    return whole;
  }

  #readHead(head: string): string | null {
    if (head.length > MAX_HEAD_BYTES) return 'the head is larger than 64 KiB';
    // HTTP/1.x SP 3DIGIT (SP reason)? CRLF
    const version = head.startsWith('HTTP/1.1 ') ? 1 : head.startsWith('HTTP/1.0 ') ? 0 : -1;
    if (version < 0) return 'the status line does not begin with HTTP/1.1 or HTTP/1.0';
    const status = statusAt(head);
    if (status === 0) return 'the status code is not three digits';
    const lineEnd = head.indexOf('\r\n');
    if (BAD_IN_LINE.test(head.slice(12, lineEnd))) return 'the status line holds control characters';
    const rawHeaders: string[] = [];
    const framing = readFields(head, lineEnd + 2, rawHeaders);
    if (typeof framing === 'string') return framing;
    if (status < 200) {
      if (status === 101) return 'the upstream switched protocols, which nobody asked for';
      this.#interim += 1;
      return this.#interim > MAX_INTERIM ? 'too many interim responses' : null;
    }
    this.keepAliveSeconds = framing.keepAliveSeconds;
    this.#keepAlive = version === 1 ? !framing.close : framing.keepAlive;
    const problem = this.#frame(status, framing);
    if (problem !== null) return problem;
    if (this.#state === STATE.done) this.#completed = true;
    this.#events.onHead(status, rawHeaders);
    return null;
  }

  /** How long the body is (RFC 9112, section 6.3). */
  #frame(status: number, { length, chunked, coded }: Framing): string | null {
    if (coded && !chunked) return 'a transfer coding that is not chunked';
    if (coded && length !== -1) return 'both Content-Length and Transfer-Encoding';
    if (this.#headMethod || status === 204 || status === 304) this.#state = STATE.done;
    else if (chunked) this.#state = STATE.chunkSize;
    else if (length === -1) {
      this.#state = STATE.untilClose;
      this.#keepAlive = false;
    } else {
      this.#left = length;
      this.#state = length === 0 ? STATE.done : STATE.counted;
    }
    return null;
  }

  #readLine(line: string): string | null {
    if (!line.endsWith('\r\n')) return 'a line of the chunked body does not end in CRLF';
    if (this.#state === STATE.chunkEnd) {
      if (line !== '\r\n') return 'a chunk is longer than its size';
      this.#state = STATE.chunkSize;
      return null;
    }
    if (this.#state === STATE.chunkSize) return this.#readChunkSize(line);
    if (line === '\r\n') {
      this.#complete();
      return null;
    }
    // Trailers are read and dropped: nothing in them was checked.
    this.#trailerBytes += line.length;
    if (this.#trailerBytes > MAX_TRAILER_BYTES) return 'the trailers are larger than 8 KiB';
    return readFields(line, 0, []) instanceof Object ? null : 'a trailer is malformed';
  }

  #readChunkSize(line: string): string | null {
    if (line.length > MAX_CHUNK_LINE) return 'a chunk line is too long';
    const [, size] = /^([0-9A-Fa-f]{1,12})(?:[\t ]*;[\t\x20-\x7e]*)?\r\n$/.exec(line) ?? [];
    if (size === undefined) return 'a chunk size is malformed';
    this.#left = Number.parseInt(size, 16);
    this.#trailerBytes = 0;
    this.#state = this.#left === 0 ? STATE.trailers : STATE.chunkData;
    return null;
  }

  #complete(): void {
    this.#state = STATE.done;
    this.#completed = true;
  }
}

/** Control characters other than a tab: none may stand in a line. */
const BAD_IN_LINE = /[\0-\x08\x0a-\x1f\x7f]/;

function statusAt(head: string): number {
  const [hundreds, tens, ones, after] = [
    head.charCodeAt(9) - 48,
    head.charCodeAt(10) - 48,
    head.charCodeAt(11) - 48,
    head.charCodeAt(12),
  ];
  if (!(hundreds >= 1 && hundreds <= 9 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9)) return 0;
  return after === 0x20 || after === 0x0d ? hundreds * 100 + tens * 10 + ones : 0;
}

interface Framing {
  /** -1 where there is no Content-Length. */
  length: number;
  /** A Transfer-Encoding stands there; `chunked` that it is that and nothing else. */
  coded: boolean;
  chunked: boolean;
  close: boolean;
  keepAlive: boolean;
  keepAliveSeconds: number | null;
}

/** Reads field lines from `at` to the end of `head`, where an empty line may stand. Returns what is wrong, or what they say of the message's frame. */
function readFields(head: string, at: number, rawHeaders: string[]): Framing | string {
  const framing: Framing = {
    length: -1,
    coded: false,
    chunked: false,
    close: false,
    keepAlive: false,
    keepAliveSeconds: null,
  };
  while (at < head.length) {
    const end = head.indexOf('\r\n', at);
    if (end < 0) return 'a header line does not end in CRLF';
    if (end === at) return framing;
    const colon = head.indexOf(':', at);
    if (colon < 0 || colon > end) return 'a header line has no colon';
    const name = head.slice(at, colon);
    if (!KNOWN.has(name) && !TOKEN.test(name)) return 'a header name is malformed';
    let from = colon + 1;
    let to = end;
    while (from < to && isBlank(head.charCodeAt(from))) from += 1;
    while (to > from && isBlank(head.charCodeAt(to - 1))) to -= 1;
    const value = head.slice(from, to);
    if (BAD_IN_LINE.test(value)) return 'a header value holds control characters';
    const problem = noteFraming(framing, name, value);
    if (problem !== null) return problem;
    rawHeaders.push(name, value);
    at = end + 2;
  }
  return framing;
}

/** Header names as upstreams usually write them: no need to look at each of their characters again. */
const KNOWN: ReadonlySet<string> = new Set(
  'Date Server Content-Type Content-Length Connection Keep-Alive Transfer-Encoding Cache-Control ETag Vary Last-Modified Location Set-Cookie Expires X-Powered-By date server content-type content-length connection keep-alive transfer-encoding cache-control etag vary last-modified location set-cookie expires'.split(
    ' ',
  ),
);

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function noteFraming(framing: Framing, name: string, value: string): string | null {
  // Only names of these lengths matter here.
  const size = name.length;
  if (size !== 10 && size !== 14 && size !== 17) return null;
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
  }
  return null;
}
