import { Buffer } from 'node:buffer';
import { BodyReader, CHUNKED, UNTIL_CLOSE, type BodyBytes } from './body-reader.ts';
import { readFieldLines, type Framing } from './field-lines.ts';
import { HeadScan, holdsStrayControl } from './head-scan.ts';

/** Receives one response. Bytes handed to `onBody` are only lent: whoever keeps them copies them. */
export interface ResponseEvents extends BodyBytes {
  /** A final response's head; interim ones (1xx) are left out. */
  onHead(status: number, rawHeaders: string[]): void;
  /** The message is whole. `reusable` says whether the connection may carry another request; `excess` that bytes came behind the message. */
  onComplete(reusable: boolean, excess: boolean): void;
}

const MAX_HEAD_BYTES = 64 * 1024;
const MAX_INTERIM = 16;
const EMPTY = Buffer.alloc(0);
const VERSIONS = ['HTTP/1.0 ', 'HTTP/1.1 '] as const;
const NO_STATUS_LINE = 'the status line does not begin with HTTP/1.1 or HTTP/1.0';
const STRAY_CONTROL = 'the head holds control characters, or line ends that are not CRLF';
const LARGE_HEAD = 'the head is larger than 64 KiB';
/** Heads are read one after the other, each as soon as it was passed over. */
const SCAN = new HeadScan();

/**
 * Reads one HTTP/1.1 response at a time, by the strict letter of RFC 9112: CRLF line ends, no white space before a colon, no folded
 * lines, one length. What could be read in two ways is a failure of the upstream, because whatever follows it on the connection could be taken
 * for the answer to somebody else's request ("response smuggling").
 */
export class ResponseParser {
  readonly #events: ResponseEvents;
  readonly #body = new BodyReader(true);
  #inHead = false;
  #headMethod = false;
  #keepAlive = false;
  #interim = 0;
  /** What of a head has come so far and does not end in these bytes; null for none. */
  #partial: Buffer | null = null;
  /** The head is read and the end was not told. */
  #open = false;
  /** Seconds that the upstream says it keeps an idle connection (`Keep-Alive: timeout=…`); null where it says nothing. */
  keepAliveSeconds: number | null = null;

  constructor(events: ResponseEvents) {
    this.#events = events;
  }

  /** Expects the response to a request of this method. */
  begin(method: string): void {
    this.#inHead = true;
    this.#open = false;
    this.#headMethod = method === 'HEAD';
    this.#interim = 0;
    this.#partial = null;
    this.keepAliveSeconds = null;
  }

  /** Reads `bytes[0, length)`. Returns null, or what is wrong with them; after that the connection is good for nothing. */
  push(bytes: Buffer, length: number): string | null {
    let at = 0;
    while (at < length && this.#inHead) {
      // Nearly every head comes whole and clean: one pass, and nothing is looked for twice.
      const scanned = this.#partial === null ? SCAN.scan(bytes, at, length) : -1;
      const end = scanned < 0 ? this.#findHeadEnd(bytes, at, length) : scanned;
      if (end < 0) return this.#keepPartial(bytes, at, length);
      const problem = scanned < 0 ? this.#readPieces(bytes, at, end) : this.#readHead(bytes, at, end);
      at = end;
      if (problem !== null) return problem;
    }
    if (!this.#open) return at < length ? 'bytes after the end of the response' : null;
    at = this.#body.read(bytes, at, length, this.#events);
    if (this.#body.problem !== null) return this.#body.problem;
    // Only now, with every byte read: whoever gets the connection next must not get what came behind this response for an answer.
    if (this.#body.done) this.#complete(this.#keepAlive && at === length, at !== length);
    return null;
  }

  #complete(reusable: boolean, excess: boolean): void {
    this.#open = false;
    this.#events.onComplete(reusable, excess);
  }

  /** The upstream has closed its side. Returns null where that ends the response, else what is missing. */
  close(): string | null {
    if (this.#inHead) return 'the connection was closed before the head was whole';
    if (!this.#open) return null;
    if (!this.#body.untilClose) return 'the connection was closed before the body was whole';
    this.#body.finish();
    this.#complete(false, false);
    return null;
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

  #keepPartial(bytes: Buffer, at: number, length: number): string | null {
    const piece = Buffer.from(bytes.subarray(at, length));
    const before = this.#partial?.length ?? 0;
    const partial = this.#partial === null ? piece : Buffer.concat([this.#partial, piece]);
    this.#partial = partial;
    if (partial.length > MAX_HEAD_BYTES) return LARGE_HEAD;
    // No need to wait for an end that never comes: line feeds alone, a greeting, an alert of TLS.
    const start = partial.toString('latin1', 0, VERSIONS[0].length);
    if (!VERSIONS.some((version) => version.startsWith(start))) return NO_STATUS_LINE;
    return holdsStrayControl(partial, 0, partial.length, before) ? STRAY_CONTROL : null;
  }

  /** Reads a head that came in pieces, of which the last is `bytes[start, end)`, or that is not clean. */
  #readPieces(bytes: Buffer, start: number, end: number): string | null {
    const whole = Buffer.concat([this.#partial ?? EMPTY, bytes.subarray(start, end)]);
    this.#partial = null;
    return SCAN.scan(whole, 0, whole.length) === whole.length ? this.#readHead(whole, 0, whole.length) : STRAY_CONTROL;
  }

  /** Reads `bytes[start, end)`, which `SCAN` has just passed over. */
  #readHead(bytes: Buffer, start: number, end: number): string | null {
    if (end - start > MAX_HEAD_BYTES) return LARGE_HEAD;
    const head = bytes.toString('latin1', start, end);
    // HTTP/1.x SP 3DIGIT (SP reason)? CRLF
    const version = head.startsWith(VERSIONS[1]) ? 1 : head.startsWith(VERSIONS[0]) ? 0 : -1;
    if (version < 0) return NO_STATUS_LINE;
    const status = statusAt(head);
    if (status === 0) return 'the status code is not three digits';
    const rawHeaders: string[] = [];
    const framing = readFieldLines(head, bytes, start, SCAN, 1, rawHeaders);
    if (typeof framing === 'string') return framing;
    if (status < 200) {
      if (status === 101) return 'the upstream switched protocols, which nobody asked for';
      this.#interim += 1;
      return this.#interim > MAX_INTERIM ? 'too many interim responses' : null;
    }
    this.keepAliveSeconds = framing.keepAliveSeconds;
    // HTTP/1.0 has no transfer codings: a message with one may have been framed by somebody who did not know of it (RFC 9112, section 6.1).
    this.#keepAlive = !framing.close && (version === 1 || (framing.keepAlive && !framing.coded));
    const problem = this.#frame(status, framing);
    if (problem !== null) return problem;
    this.#inHead = false;
    this.#open = true;
    this.#events.onHead(status, rawHeaders);
    return null;
  }

  /** How long the body is (RFC 9112, section 6.3). */
  #frame(status: number, { length, chunked, coded }: Framing): string | null {
    if (coded && !chunked) return 'a transfer coding that is not chunked';
    if (coded && length !== -1) return 'both Content-Length and Transfer-Encoding';
    if (this.#headMethod || status === 204 || status === 304) this.#body.begin(0);
    else if (chunked) this.#body.begin(CHUNKED);
    else if (length === -1) {
      this.#body.begin(UNTIL_CLOSE);
      this.#keepAlive = false;
    } else this.#body.begin(length);
    return null;
  }
}

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
