import { Buffer } from 'node:buffer';
import { HeadScan } from './head-scan.ts';
import { readFieldLines } from './field-lines.ts';

/** Takes the bytes of a body as they are read. They are only lent: whoever keeps them copies them, or knows that they stay. */
export interface BodyBytes {
  onBody(bytes: Buffer, start: number, end: number): void;
}

/** Lengths that are no number of bytes. */
export const CHUNKED = -1;
export const UNTIL_CLOSE = -2;

const MAX_CHUNK_LINE = 256;
const MAX_TRAILER_BYTES = 8 * 1024;
const TRAILER = new HeadScan();

const STATE = { counted: 0, untilClose: 1, chunkSize: 2, chunkData: 3, chunkEnd: 4, trailers: 5, done: 6 } as const;
type State = (typeof STATE)[keyof typeof STATE];

/**
 * Reads the body of one HTTP/1.1 message after the other: of a length, in chunks, or until the connection closes (RFC 9112, sections 6 and 7).
 * Strict: what two readers could take for different ends is a problem. Trailers are read and dropped, as nothing in them was checked.
 */
export class BodyReader {
  #state: State = STATE.done;
  #left = 0;
  /** What has come of a chunk line or trailer. */
  #partial: Buffer | null = null;
  #trailerBytes = 0;
  readonly #extensions: boolean;
  /** What is wrong with the bytes; after that the connection is good for nothing. */
  problem: string | null = null;

  /** `extensions` says whether a chunk's size may have any behind it (RFC 9112, section 7.1.1); they are dropped. */
  constructor(extensions: boolean) {
    this.#extensions = extensions;
  }

  get done(): boolean {
    return this.#state === STATE.done;
  }

  get untilClose(): boolean {
    return this.#state === STATE.untilClose;
  }

  /** Bytes still to come where the body has a length; Infinity where nobody can tell. */
  get left(): number {
    return this.#state === STATE.counted ? this.#left : this.done ? 0 : Number.POSITIVE_INFINITY;
  }

  /** Expects a body of `length` bytes, `CHUNKED`, or `UNTIL_CLOSE`. */
  begin(length: number): void {
    this.#partial = null;
    this.problem = null;
    this.#left = length;
    this.#trailerBytes = 0;
    this.#state =
      length === CHUNKED
        ? STATE.chunkSize
        : length === UNTIL_CLOSE
          ? STATE.untilClose
          : length === 0
            ? STATE.done
            : STATE.counted;
  }

  /** Nothing more is expected. */
  finish(): void {
    this.#state = STATE.done;
  }

  /** Reads `bytes[at, end)` up to the end of the body, and returns the index behind what it read. */
  read(bytes: Buffer, at: number, end: number, into: BodyBytes): number {
    while (at < end && this.#state !== STATE.done) {
      switch (this.#state) {
        case STATE.counted:
        case STATE.chunkData: {
          const take = Math.min(this.#left, end - at);
          this.#left -= take;
          if (this.#left === 0) this.#state = this.#state === STATE.chunkData ? STATE.chunkEnd : STATE.done;
          into.onBody(bytes, at, at + take);
          at += take;
          break;
        }
        case STATE.untilClose:
          into.onBody(bytes, at, end);
          return end;
        default: {
          const lineEnd = bytes.indexOf(0x0a, at) + 1;
          const whole = lineEnd !== 0 && lineEnd <= end;
          const line = this.#take(bytes, at, whole ? lineEnd : end, whole);
          at = whole ? lineEnd : end;
          if (line !== null) this.problem = this.#readLine(line);
          if (this.problem !== null) return at;
        }
      }
    }
    return at;
  }

  #take(bytes: Buffer, start: number, end: number, whole: boolean): string | null {
    const { length } = this.#partial ?? { length: 0 };
    if (length + end - start > MAX_CHUNK_LINE + MAX_TRAILER_BYTES) {
      this.problem = 'a chunk line is too long';
      return null;
    }
    if (whole && this.#partial === null) return bytes.toString('latin1', start, end);
    const piece = Buffer.from(bytes.subarray(start, end));
    this.#partial = this.#partial === null ? piece : Buffer.concat([this.#partial, piece]);
    if (!whole) return null;
    const line = this.#partial.toString('latin1');
    this.#partial = null;
    return line;
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
      this.#state = STATE.done;
      return null;
    }
    this.#trailerBytes += line.length;
    if (this.#trailerBytes > MAX_TRAILER_BYTES) return 'the trailers are larger than 8 KiB';
    const bytes = Buffer.from(`${line}\r\n`, 'latin1');
    const clean = TRAILER.scan(bytes, 0, bytes.length) === bytes.length;
    return clean && readFieldLines(line, bytes, 0, TRAILER, 0, []) instanceof Object ? null : 'a trailer is malformed';
  }

  #readChunkSize(line: string): string | null {
    if (line.length > MAX_CHUNK_LINE) return 'a chunk line is too long';
    const [, size, extension] = /^([0-9A-Fa-f]{1,12})([\t ]*;[\t\x20-\x7e]*)?\r\n$/.exec(line) ?? [];
    if (size === undefined) return 'a chunk size is malformed';
    // Readers differ on where a quoted one ends, and nobody sends them ("chunk extension smuggling").
    if (extension !== undefined && !this.#extensions) return 'a chunk has an extension';
    this.#left = Number.parseInt(size, 16);
    this.#trailerBytes = 0;
    this.#state = this.#left === 0 ? STATE.trailers : STATE.chunkData;
    return null;
  }
}
