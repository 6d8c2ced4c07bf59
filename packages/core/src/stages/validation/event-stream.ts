import type { JsonBodyCheck, ValueCheck } from '../../schema/schema-compiler.ts';
import { failedBy, malformed, passed, type BodyFailed, type BodyResult } from './body-result.ts';
import { ByteQueue, concatenate } from './byte-queue.ts';
import type { StreamCheck } from './format-check.ts';

const LF = 0x0a;
const CR = 0x0d;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const FIELDS = new Set(['event', 'id', 'retry']);
/** A comment without text: it still keeps a connection alive. */
const COMMENT = encoder.encode(':\n');

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
  /** Lines of the event that has not ended yet, each with what ended it. */
  #lines: Uint8Array[] = [];
  #held = 0;
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
    const result = this.#take();
    if (!result.ok) this.#failed = result;
    return result;
  }

  end(): BodyResult {
    return this.#failed ?? passed(new Uint8Array(0));
  }

  #take(): BodyResult {
    const pieces: Uint8Array[] = [];
    const dropped: string[] = [];
    for (;;) {
      const end = this.#endOfLine();
      if (end < 0) break;
      const line = this.#queue.take(end);
      this.#searched = 0;
      this.#lines.push(line);
      this.#held += line.length;
      if (this.#held > this.#maxItemBytes) break;
      if (contentLength(line) > 0) continue;
      const result = this.#checkEvent(this.#lines);
      this.#lines = [];
      this.#held = 0;
      if (!result.ok) return result;
      pieces.push(result.bytes);
      dropped.push(...result.dropped);
    }
    if (this.#held + this.#queue.length > this.#maxItemBytes)
      return malformed('size', `must not have an event of more than ${this.#maxItemBytes} bytes`);
    return passed(concatenate(pieces), dropped.slice(0, 20));
  }

  /** Length of the next line with its CR, LF or CRLF; -1 where it has not come yet. A CR at the end waits: an LF may follow. */
  #endOfLine(): number {
    for (let at = this.#searched; at < this.#queue.length; at += 1) {
      const byte = this.#queue.at(at);
      if (byte === LF) return at + 1;
      if (byte !== CR) continue;
      const next = this.#queue.at(at + 1);
      if (next === undefined) {
        this.#searched = at;
        return -1;
      }
      return next === LF ? at + 2 : at + 1;
    }
    this.#searched = this.#queue.length;
    return -1;
  }

  #checkEvent(lines: readonly Uint8Array[]): BodyResult {
    const fields: Record<string, unknown> = {};
    const data: string[] = [];
    const others: Uint8Array[] = [];
    let taken = 0;
    for (const line of lines) {
      const text = decodeLine(line);
      if (text === null) return malformed('utf8', 'must be UTF-8');
      // Readers skip one byte order mark at the start: what we took for an unknown field would be `data` to them.
      if (!this.#begun && text.startsWith('\ufeff'))
        return malformed('syntax', 'must not begin with a byte order mark');
      this.#begun = true;
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
    const whole = (): BodyResult =>
      taken === 0
        ? passed(concatenate(lines))
        : passed(concatenate(data.length === 0 ? others : [renderData(data), ...others]), ['']);
    if (data.length === 0) return whole();
    const text = data.join('\n');
    if (this.#data === null) {
      const issues = this.#event({ ...fields, data: text });
      return issues === null ? whole() : failedBy(issues);
    }
    const bytes = encoder.encode(text);
    const result = this.#data(bytes);
    if (!result.ok) return failedBy(result.issues, '/data');
    const left = result.bytes === bytes ? text : utf8.decode(result.bytes);
    // As it goes on: without what was dropped.
    const issues = this.#event({ ...fields, data: left });
    if (issues !== null) return failedBy(issues);
    if (result.bytes === bytes) return whole();
    const kept = [renderData(left.split('\n')), ...others];
    return passed(
      concatenate(kept),
      result.dropped.map((pointer) => `/data${pointer}`),
    );
  }
}

function decodeLine(line: Uint8Array): string | null {
  try {
    return utf8.decode(line.subarray(0, contentLength(line)));
  } catch {
    return null;
  }
}

function renderData(lines: readonly string[]): Uint8Array {
  return encoder.encode(lines.map((line) => `data: ${line}\n`).join(''));
}

/** Length of a line without what ends it. */
function contentLength(line: Uint8Array): number {
  let length = line.length;
  if (line[length - 1] === LF) length -= 1;
  if (line[length - 1] === CR) length -= 1;
  return length;
}
