import type { JsonBodyCheck } from '../../schema/schema-compiler.ts';
import { failedBy, malformed, passed, type BodyFailed, type BodyResult } from './body-result.ts';
import { ByteQueue, concatenate } from './byte-queue.ts';
import type { StreamCheck } from './format-check.ts';
import { TextEnd } from './text-end.ts';

const LF = 0x0a;
const RS = 0x1e;
const MAX_DROPPED = 20;

/**
 * Checks JSON texts one after the other: a line each (`lines`: NDJSON, JSON Lines), or each between RS and LF (RFC 7464). Each goes on with its LF, and is not kept until the
 * next one comes. Blank lines are passed; the last line may lack its LF, the last text of a sequence may not: it could have been cut. After a failure nothing more goes on.
 */
export class JsonStreamCheck implements StreamCheck {
  readonly #check: JsonBodyCheck;
  readonly #sequence: boolean;
  readonly #maxItemBytes: number;
  readonly #queue = new ByteQueue();
  #searched = 0;
  /** Of the text of a sequence that the queue begins with. */
  #text = new TextEnd();
  #item = 0;
  #failed: BodyFailed | null = null;

  constructor(check: JsonBodyCheck, sequence: boolean, maxItemBytes: number) {
    this.#check = check;
    this.#sequence = sequence;
    this.#maxItemBytes = maxItemBytes;
  }

  push(chunk: Uint8Array): BodyResult {
    return this.#failed ?? this.#take(chunk, false);
  }

  end(): BodyResult {
    return this.#failed ?? this.#take(new Uint8Array(0), true);
  }

  #take(chunk: Uint8Array, last: boolean): BodyResult {
    const queue = this.#queue;
    queue.push(chunk);
    const pieces: Uint8Array[] = [];
    const dropped: string[] = [];
    // Items that go on as they came are copied together: a client decides how small each is.
    let unchanged = 0;
    for (;;) {
      const blank = this.#blankLines();
      queue.skip(blank);
      unchanged += blank;
      const end = this.#endOfItem(last);
      if (end < 0) break;
      const result = this.#checkItem(end);
      this.#searched = 0;
      if (this.#sequence) this.#text = new TextEnd();
      if (result !== null && !result.ok) return this.#fail(result);
      if (result === null) {
        queue.skip(end);
        unchanged += end;
        continue;
      }
      if (unchanged > 0) pieces.push(queue.skipped(unchanged));
      unchanged = 0;
      queue.skip(end);
      pieces.push(result.bytes);
      for (const pointer of result.dropped) if (dropped.length < MAX_DROPPED) dropped.push(pointer);
    }
    if (unchanged > 0) pieces.push(queue.skipped(unchanged));
    if (queue.length > this.#maxItemBytes)
      return this.#fail(malformed('size', `must not have an item of more than ${this.#maxItemBytes} bytes`));
    return passed(pieces.length === 0 ? new Uint8Array(0) : concatenate(pieces), dropped);
  }

  #fail(failure: BodyFailed): BodyFailed {
    this.#failed = failure;
    return failure;
  }

  /** Length of the blank lines that come next, as far as they have come: a body may be nothing else, and a line cost more than to be gone past. */
  #blankLines(): number {
    if (this.#sequence || this.#searched > 0) return 0;
    let end = 0;
    for (let at = 0; at - end <= this.#maxItemBytes; at++) {
      const byte = this.#queue.at(at);
      if (byte === LF) end = at + 1;
      else if (!isBlankByte(byte)) break;
    }
    return end;
  }

  /** Length of the next whole item with what ends it; -1 where it has not come yet. */
  #endOfItem(last: boolean): number {
    const length = this.#queue.length;
    if (length === 0) return -1;
    if (this.#sequence) return this.#endOfText(length, last);
    const end = this.#queue.indexOf(LF, this.#searched);
    if (end >= 0) return end + 1;
    this.#searched = length;
    return last ? length : -1;
  }

  /** The same of a sequence: a text ends with its LF, or is cut off where the next begins; what stands between texts is an item of its own. */
  #endOfText(length: number, last: boolean): number {
    const queue = this.#queue;
    const next = queue.indexOf(RS, Math.max(this.#searched, 1));
    const end = next < 0 ? length : next;
    if (queue.at(0) !== RS) return end;
    for (let at = Math.max(this.#searched, 1); at < end; at++)
      if (this.#text.read(queue.at(at) as number)) return at + 1;
    this.#searched = length;
    return next >= 0 || last ? end : -1;
  }

  /** Null where the next item, `length` bytes with what ends it, goes on as it came. */
  #checkItem(length: number): BodyResult | null {
    const queue = this.#queue;
    if (length > this.#maxItemBytes + 2)
      return malformed('size', `must not have an item of more than ${this.#maxItemBytes} bytes`);
    const isEnded = queue.at(length - 1) === LF;
    if (this.#sequence && this.#item > 0 && isBlank(queue.view(0, length))) return null;
    if (this.#sequence && (queue.at(0) !== RS || !isEnded))
      return malformed('syntax', 'must have each text between RS and LF');
    const start = this.#sequence ? 1 : 0;
    const end = isEnded ? length - 1 : length;
    const text = queue.view(start, end);
    if (!this.#sequence && isBlank(text)) return null;
    const result = this.#check(text);
    const index = this.#item;
    this.#item += 1;
    if (!result.ok) return failedBy(result.issues, `/${index}`);
    if (result.bytes === text) return null;
    return passed(
      concatenate([queue.view(0, start), result.bytes, queue.view(end, length)]),
      result.dropped.map((one) => `/${index}${one}`),
    );
  }
}

function isBlank(text: Uint8Array): boolean {
  for (const byte of text) if (!isBlankByte(byte)) return false;
  return true;
}

function isBlankByte(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === LF;
}
