import type { JsonBodyCheck, ValueCheck } from '../../schema/schema-compiler.ts';
import { failedBy, malformed, passed, type BodyFailed, type BodyResult } from './body-result.ts';
import { ByteQueue, concatenate } from './byte-queue.ts';
import type { StreamCheck } from './format-check.ts';

const LF = 0x0a;
const CR = 0x0d;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const FIELDS = new Set(['event', 'id', 'retry']);
const LINES = /[^\r\n]*(?:\r\n?|\n)/g;
/** A comment without text: it still keeps a connection alive. */
const COMMENT = ':\n';
const MAX_DROPPED = 20;

/**
 * Checks server-sent events one by one (HTML, 9.2; OpenAPI 3.2, 4.14.3). An event is held against the schema as an object of `data`, `event`,
 * `id` and `retry`; where its schema gives `data` a `contentSchema`, the data is JSON and held against that. Comments and events
 * without data pass; with `bare`, the text of comments and fields that no reader knows are taken out. What the end cuts off is dropped, as every
 * reader drops it. After a failure nothing more goes on.
 */
export class EventStreamCheck implements StreamCheck {
  readonly #event: ValueCheck;
  readonly #data: JsonBodyCheck | null;
  readonly #bare: boolean;
  readonly #maxItemBytes: number;
  readonly #queue = new ByteQueue();
  /** Where the line begins that has not ended yet, of the event that the queue begins with. */
  #line = 0;
  #searched = 0;
  #begun = false;
  #failed: BodyFailed | null = null;

  constructor(event: ValueCheck, data: JsonBodyCheck | null, bare: boolean, maxItemBytes: number) {
    this.#event = event;
    this.#data = data;
    this.#bare = bare;
    this.#maxItemBytes = maxItemBytes;
  }

  push(chunk: Uint8Array): BodyResult {
    if (this.#failed !== null) return this.#failed;
    this.#queue.push(chunk);
    const result = this.#take(this.#queue.view(0, this.#queue.length));
    if (!result.ok) this.#failed = result;
    return result;
  }

  end(): BodyResult {
    return this.#failed ?? passed(new Uint8Array(0));
  }

  /** Checks the events that end in `bytes`, which is all of the queue. */
  #take(bytes: Uint8Array): BodyResult {
    const pieces: Uint8Array[] = [];
    const dropped: string[] = [];
    let event = 0;
    // From here on events go on as they came, and are copied together: a client decides how small each is.
    let unchanged = 0;
    for (;;) {
      const end = this.#endOfLine(bytes);
      if (end < 0) break;
      const isBlank = bytes[this.#line] === LF || bytes[this.#line] === CR;
      const isAlone = isBlank && this.#line === event;
      this.#line = end;
      this.#searched = end;
      if (end - event > this.#maxItemBytes) return this.#tooLarge();
      if (!isBlank) continue;
      // A blank line with nothing before it ends no event.
      const result = isAlone ? null : this.#checkEvent(bytes.subarray(event, end));
      this.#begun = true;
      if (result !== null) {
        if (!result.ok) return result;
        pieces.push(bytes.slice(unchanged, event), result.bytes);
        for (const pointer of result.dropped) if (dropped.length < MAX_DROPPED) dropped.push(pointer);
        unchanged = end;
      }
      event = end;
    }
    if (bytes.length - event > this.#maxItemBytes) return this.#tooLarge();
    pieces.push(bytes.slice(unchanged, event));
    this.#queue.skip(event);
    this.#line -= event;
    this.#searched -= event;
    return passed(concatenate(pieces), dropped);
  }

  /**
   * After the next line with its CR, LF or CRLF; -1 where it has not come yet. A CR at the end waits, for an LF may follow, unless it is a line by itself: the event is over
   * then, and an LF behind it is a blank line that ends none.
   */
  #endOfLine(bytes: Uint8Array): number {
    for (let at = this.#searched; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === LF) return at + 1;
      if (byte !== CR) continue;
      if (at + 1 < bytes.length) return bytes[at + 1] === LF ? at + 2 : at + 1;
      if (at === this.#line) return at + 1;
      this.#searched = at;
      return -1;
    }
    this.#searched = bytes.length;
    return -1;
  }

  #tooLarge(): BodyFailed {
    return malformed('size', `must not have an event of more than ${this.#maxItemBytes} bytes`);
  }

  /** Null where the event goes on as it came. */
  #checkEvent(event: Uint8Array): BodyResult | null {
    const fields: Record<string, unknown> = {};
    const data: string[] = [];
    const others: string[] = [];
    let taken = 0;
    const decoded = decode(event);
    if (decoded === null) return malformed('utf8', 'must be UTF-8');
    // Readers skip one byte order mark at the start: what we took for an unknown field would be `data` to them.
    if (!this.#begun && decoded.startsWith('\ufeff'))
      return malformed('syntax', 'must not begin with a byte order mark');
    for (const line of decoded.match(LINES) ?? []) {
      const text = withoutEnd(line);
      const colon = text.indexOf(':');
      const name = colon < 0 ? text : text.slice(0, colon);
      const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
      if (name === 'data') data.push(value);
      else if (!this.#bare || text === '' || FIELDS.has(name)) others.push(line);
      else {
        taken += 1;
        if (name === '') others.push(COMMENT);
      }
      if (name === 'event' || name === 'id') fields[name] = value;
      else if (name === 'retry' && /^[0-9]{1,15}$/.test(value)) fields[name] = Number(value);
    }
    const whole = (): BodyResult | null => (taken === 0 ? null : render(data, others, ['']));
    if (data.length === 0) return whole();
    const text = data.join('\n');
    if (this.#data === null) {
      fields['data'] = text;
      const issues = this.#event(fields);
      return issues === null ? whole() : failedBy(issues);
    }
    const bytes = encoder.encode(text);
    const result = this.#data(bytes);
    if (!result.ok) return failedBy(result.issues, '/data');
    const left = result.bytes === bytes ? text : utf8.decode(result.bytes);
    // As it goes on: without what was dropped.
    fields['data'] = left;
    const issues = this.#event(fields);
    if (issues !== null) return failedBy(issues);
    if (result.bytes === bytes) return whole();
    return render(
      left.split('\n'),
      others,
      result.dropped.map((pointer) => `/data${pointer}`),
    );
  }
}

function decode(event: Uint8Array): string | null {
  try {
    return utf8.decode(event);
  } catch {
    return null;
  }
}

/** The lines of data first, then the others with what ended them. */
function render(data: readonly string[], others: readonly string[], dropped: readonly string[]): BodyResult {
  const lines = data.map((line) => `data: ${line}\n`);
  return passed(encoder.encode([...lines, ...others].join('')), dropped);
}

/** A line without its CR, LF or CRLF. */
function withoutEnd(line: string): string {
  return line.slice(0, line.endsWith('\r\n') ? -2 : -1);
}
