import { wireError } from '../http1/request-line.ts';
import type { Http2Metrics } from '../../metrics/http2-metrics.ts';
import type { WireError } from '../client-request.ts';
import type { Http2Request } from './http2-request.ts';
import { FieldCounter } from './field-counter.ts';
import type { SessionBudget } from './session-budget.ts';
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  GOAWAY,
  HEADERS,
  PADDED,
  PRIORITY,
  RST_STREAM,
  SETTINGS,
  type FrameSink,
} from './frame-reader.ts';

/** What is known of a stream from its frames alone. */
export interface StreamNote {
  /** Field lines of its head. */
  fields: number;
  /** The client has said that nothing more comes. */
  ended: boolean;
  /** The client has reset it. */
  reset: boolean;
  /** nghttp2 has told of it. */
  surfaced: boolean;
}

/** What is asked of the listener. */
interface HeadLimits {
  readonly maxHeadBytes: number;
  readonly headTimeoutMs: number;
  readonly clockMs: number;
  readonly http2: Http2Metrics;
}

/** CONTINUATION frames that one head may have: it fits into fewer ("CONTINUATION flood", CVE-2024-24549 and its kind). */
const MAX_CONTINUATIONS = 8;
/** How many times `maxHeadBytes` of a head are read to answer it; who sends more is cut off. */
export const READ_HEADS = 2;
const PRIORITY_BYTES = 5;
/** Heads that may be noted at once: those beyond what may be under way are refused and forgotten as soon as they are read. */
const MAX_NOTES = 10_000;

/** Looks at what a client sends: notes which heads, ends and resets have come, and says where it is too much. */
export class InboundFrames implements FrameSink {
  readonly #limits: HeadLimits;
  readonly #budget: SessionBudget;
  readonly #notes: Map<number, StreamNote>;
  readonly #request: (id: number) => Http2Request | undefined;
  readonly #counter = new FieldCounter();
  #lastId = 0;
  /** The stream whose head is being sent; 0 for none. */
  #headOf = 0;
  #isNew = false;
  #headBytes = 0;
  #continuations = 0;
  /** The payload is part of a head; bytes to pass over before that. */
  #inHead = false;
  #skip = 0;
  /** The first byte of the payload says how much padding it has, and what else is in it. */
  #awaitsPadding = false;
  #block = 0;
  #endsHead = false;
  /** The stream that the frame ends, or the head that it begins; 0 for none. */
  #ends = 0;
  /** When the head under way is too late; infinity without one. */
  headDeadlineMs = Number.POSITIVE_INFINITY;
  /** The client has sent its settings, which come first. */
  greeted = false;
  problem: WireError | null = null;

  constructor(
    limits: HeadLimits,
    budget: SessionBudget,
    notes: Map<number, StreamNote>,
    request: (id: number) => Http2Request | undefined,
  ) {
    this.#limits = limits;
    this.#budget = budget;
    this.#notes = notes;
    this.#request = request;
  }

  onFrame(type: number, flags: number, stream: number, length: number): void {
    this.#inHead = false;
    this.#awaitsPadding = false;
    this.#endsHead = false;
    if (type !== CONTINUATION)
      this.#ends = (type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0 ? stream : 0;
    if (type === HEADERS) this.#beginHead(flags, stream, length);
    else if (type === CONTINUATION) this.#continueHead(flags, stream, length);
    else if (type === RST_STREAM) this.#noteReset(stream);
    else if (type === DATA) this.#beginData(flags, length);
    else {
      // SETTINGS, PING, PRIORITY, WINDOW_UPDATE (CVE-2019-9511 to 9517), and what nobody knows.
      if (type === SETTINGS) this.greeted = true;
      if (type === GOAWAY) this.#limits.http2.goaway(null);
      this.#spendIdle();
    }
  }

  onPayload(bytes: Uint8Array, at: number, end: number): void {
    if (this.#awaitsPadding && at < end) {
      this.#awaitsPadding = false;
      this.#block -= bytes[at] as number;
      at += 1;
      if (!this.#inHead && this.#block <= 0) this.#spendIdle();
    }
    if (!this.#inHead) return;
    const passed = Math.min(this.#skip, end - at);
    this.#skip -= passed;
    at += passed;
    const taken = Math.max(0, Math.min(this.#block, end - at));
    this.#counter.read(bytes, at, at + taken);
    this.#block -= taken;
  }

  onFrameEnd(): void {
    if (this.#ends !== 0 && (this.#endsHead || !this.#inHead)) this.#noteEnd(this.#ends);
    if (!this.#endsHead) return;
    this.headDeadlineMs = Number.POSITIVE_INFINITY;
    const note = this.#isNew ? this.#notes.get(this.#headOf) : undefined;
    if (note !== undefined) note.fields = this.#counter.count;
    this.#headOf = 0;
  }

  /** The head under way is too late: should the rest of it come, nobody looks at it. */
  leaveHead(): void {
    this.headDeadlineMs = Number.POSITIVE_INFINITY;
    const note = this.#isNew ? this.#notes.get(this.#headOf) : undefined;
    if (note !== undefined) note.reset = true;
  }

  #beginHead(flags: number, stream: number, length: number): void {
    this.#headOf = stream;
    this.#headBytes = 0;
    this.#continuations = 0;
    this.#counter.begin();
    // A second head of a stream is its trailers, or one on a stream that has ended, which nghttp2 passes over.
    this.#isNew = stream > this.#lastId;
    if (this.#isNew) {
      this.#lastId = stream;
      this.#notes.set(stream, { fields: -1, ended: false, reset: false, surfaced: false });
      this.#limits.http2.streamOpened();
      this.#budget.noteRequest();
      if (this.#notes.size > MAX_NOTES) this.#fail('FLOOD', 'too many streams at once');
    } else this.#spendIdle();
    this.headDeadlineMs = this.#limits.clockMs + this.#limits.headTimeoutMs;
    this.#awaitsPadding = (flags & PADDED) !== 0;
    this.#skip = (flags & PRIORITY) !== 0 ? PRIORITY_BYTES : 0;
    this.#takeBlock(flags, length, length - (this.#awaitsPadding ? 1 : 0) - this.#skip);
  }

  #continueHead(flags: number, stream: number, length: number): void {
    this.#continuations += 1;
    if (this.#continuations > MAX_CONTINUATIONS) this.#fail('FLOOD', 'too many CONTINUATION frames');
    this.#skip = 0;
    if (stream === this.#headOf) this.#takeBlock(flags, length, length);
  }

  #takeBlock(flags: number, length: number, block: number): void {
    this.#inHead = true;
    this.#block = block;
    this.#endsHead = (flags & END_HEADERS) !== 0;
    this.#headBytes += length;
    // Compressed, it is no larger than what it becomes.
    if (this.#headBytes > READ_HEADS * this.#limits.maxHeadBytes) this.#fail('HEAD_SIZE', 'the head is too large');
  }

  /** DATA with nothing in it but padding asks for nothing, unless it says that nothing more comes (CVE-2019-9518). */
  #beginData(flags: number, length: number): void {
    if (this.#ends !== 0) return;
    if (length === 0) this.#spendIdle();
    this.#awaitsPadding = (flags & PADDED) !== 0;
    this.#block = length - 1;
  }

  #spendIdle(): void {
    if (!this.#budget.spendIdleFrame()) this.#fail('FLOOD', 'too many frames that ask for nothing');
  }

  #noteEnd(stream: number): void {
    const note = this.#notes.get(stream);
    if (note === undefined || note.reset) return;
    note.ended = true;
    const request = this.#request(stream);
    if (request !== undefined) request.endSeen = true;
  }

  #noteReset(stream: number): void {
    this.#limits.http2.reset(null);
    const note = this.#notes.get(stream);
    if (note !== undefined) note.reset = true;
    if (this.#budget.spendReset()) this.#request(stream)?.onReset();
    else this.#fail('FLOOD', 'too many streams that were reset');
  }

  #fail(code: string, message: string): void {
    this.problem ??= wireError(code, message);
  }
}
