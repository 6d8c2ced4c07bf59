import { Buffer } from 'node:buffer';
import { HeadScan } from './head-scan.ts';
import { doomedHead, readRequestHead, wireError, type RequestHead } from './request-line.ts';
import type { WireError } from '../client-request.ts';
import type { BodyBytes, BodyReader } from './body-reader.ts';

/** Heads are read one after the other, each as soon as it was passed over. */
const SCAN = new HeadScan();
const CR = 0x0d;
const LF = 0x0a;

/** What came on a connection and was not read yet. Takes what comes as it is, and copies it where more comes or where it stays. */
export class ReceivedBytes implements BodyBytes {
  /** `[at, end)` of `#bytes`, which is our own to grow where `#owned`. */
  #bytes: Buffer | null = null;
  #at = 0;
  #end = 0;
  #owned = false;
  /** Up to where the beginning of a head was looked at. */
  #scanned = 0;
  /** Where that stands of a body which the last reading found. */
  #bodyStart = 0;
  #bodyEnd = 0;
  /** A head that was read where it came; all else came behind it. */
  #head: RequestHead | WireError | null = null;
  /** Nothing of the next head has come but empty lines, the last of which may not be whole. */
  #onlyEmptyLines = false;

  /** Nothing is here, and nothing is being read. */
  get empty(): boolean {
    return this.#bytes === null && this.#head === null;
  }

  /** Where no request is under way: something has come of the next head, and not only of empty lines before it. */
  get headBegun(): boolean {
    return this.#head !== null || (this.#bytes !== null && !this.#onlyEmptyLines);
  }

  /** How many bytes were not read yet. */
  get held(): number {
    return this.#end - this.#at;
  }

  /** Adds what came; twice the room each time, or a head that comes byte by byte would be copied for each of them. */
  take(chunk: Buffer): void {
    if (this.#bytes === null) {
      this.#bytes = chunk;
      this.#at = 0;
      this.#end = chunk.length;
      this.#owned = false;
      this.#scanned = 0;
      return;
    }
    let bytes = this.#bytes;
    if (!this.#owned || this.#end + chunk.length > bytes.length)
      bytes = this.#own(bytes, Math.max(this.held + 2 * chunk.length, 1024 - this.held));
    chunk.copy(bytes, this.#end);
    this.#end += chunk.length;
  }

  /**
   * Adds `bytes[0, length)`, which are only lent: they are copied. Not so a clean and whole head in front of them of at most `maxHeadBytes` (0 where
   * none is awaited), which is read at once.
   */
  takeLent(bytes: Buffer, length: number, maxHeadBytes: number): void {
    let read = 0;
    if (maxHeadBytes > 0 && this.empty) {
      const headEnd = SCAN.scan(bytes, 0, length);
      if (headEnd > 0 && headEnd <= maxHeadBytes && SCAN.lines > 0) {
        this.#head = readRequestHead(bytes, 0, headEnd, SCAN);
        read = headEnd;
      }
    }
    if (read === length) return;
    const own = Buffer.allocUnsafe(length - read);
    bytes.copy(own, 0, read, length);
    this.take(own);
  }

  /** Lets go of what was read, and of the larger buffer that what is left is a piece of. */
  settle(): void {
    if (this.#at === this.#end) this.#bytes = null;
    else if (this.#bytes !== null && !this.#owned) this.#own(this.#bytes, 0);
  }

  clear(): void {
    this.#bytes = null;
    this.#head = null;
    this.#at = this.#end = 0;
  }

  /**
   * Reads on in a body. Gives what has come of it in one piece, however many chunks it came in: a client decides how small they are, and each would cost
   * a hundred times its bytes. It stands here, and is only lent, but for the end of a body: nothing is ever written before what was read. Null for nothing.
   */
  readBody(reader: BodyReader): Buffer | null {
    const bytes = this.#bytes;
    if (bytes === null) return null;
    this.#bodyStart = this.#bodyEnd = this.#at;
    this.#at = reader.read(bytes, this.#at, this.#end, this);
    return this.#bodyStart === this.#bodyEnd ? null : bytes.subarray(this.#bodyStart, this.#bodyEnd);
  }

  onBody(bytes: Buffer, start: number, end: number): void {
    // Over the sizes of chunks, which were read.
    if (this.#bodyStart === this.#bodyEnd) this.#bodyStart = this.#bodyEnd = start;
    else bytes.copyWithin(this.#bodyEnd, start, end);
    this.#bodyEnd += end - start;
  }

  /** An empty line before a request is passed over (RFC 9112, section 2.2). */
  passEmptyLines(): void {
    const bytes = this.#bytes;
    if (bytes === null) return;
    while (this.#at + 1 < this.#end && bytes[this.#at] === CR && bytes[this.#at + 1] === LF) this.#at += 2;
    this.#onlyEmptyLines = this.held === 0 || (this.held === 1 && bytes[this.#at] === CR);
  }

  /** Reads a head of at most `maxHeadBytes`. Null where it is not whole, and could still become one. */
  readHead(maxHeadBytes: number): RequestHead | WireError | null {
    const ready = this.#head;
    if (ready !== null) {
      this.#head = null;
      return ready;
    }
    const bytes = this.#bytes;
    if (bytes === null) return null;
    this.passEmptyLines();
    if (this.#onlyEmptyLines) {
      if (this.held === 0) this.#bytes = null;
      return null;
    }
    // Nearly every head comes whole and clean: one pass, and nothing is looked for twice.
    const scanned = this.#scanned <= this.#at ? SCAN.scan(bytes, this.#at, this.#end) : -1;
    const headEnd = scanned < 0 ? this.#findHeadEnd(bytes) : scanned;
    if ((headEnd < 0 ? this.#end : headEnd) - this.#at > maxHeadBytes)
      return wireError('HEAD_SIZE', 'the head is too large');
    if (headEnd < 0) {
      const doomed = doomedHead(bytes, this.#at, this.#end, this.#scanned);
      this.#scanned = this.#end;
      return doomed;
    }
    if (scanned < 0 && SCAN.scan(bytes, this.#at, headEnd) !== headEnd)
      return wireError('LINE_END', 'the head holds control characters, or line ends that are not CRLF');
    const head = readRequestHead(bytes, this.#at, headEnd, SCAN);
    this.#at = headEnd;
    this.#scanned = headEnd;
    return head;
  }

  /** Where the head ends, of which a part was looked at already; -1 where its end has not come. */
  #findHeadEnd(bytes: Buffer): number {
    const found = bytes.indexOf('\r\n\r\n', Math.max(this.#at, this.#scanned - 3), 'latin1');
    return found < 0 || found + 4 > this.#end ? -1 : found + 4;
  }

  /** Copies what is left into memory of its own, with room for `more`: what a socket gives is a piece of a larger buffer, and would keep all of it. */
  #own(bytes: Buffer, more: number): Buffer {
    const left = this.held;
    const room = Buffer.allocUnsafeSlow(left + more);
    bytes.copy(room, 0, this.#at, this.#end);
    this.#bytes = room;
    this.#scanned = Math.max(0, this.#scanned - this.#at);
    this.#at = 0;
    this.#end = left;
    this.#owned = true;
    return room;
  }
}
