import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import {
  asObserved,
  decideAnswer,
  decideResponseHead,
  deny,
  lookAtAnswer,
  passReplyHeaders,
  settle,
  UpstreamAnswer,
  withoutHeader,
  type Denial,
  type Exchange,
  type OperationChecks,
  type ResponseBytes,
  type ResponseDecision,
  type ResponseStream,
} from '@sallyport/core';
import { turnMs } from '../wire/turn.ts';
import type { ClientRequest } from '../wire/client-request.ts';
import type { GuardedApi } from './guarded-api.ts';
import { chooseGuards, NO_GUARDS, type AnswerGuards } from './answer-guards.ts';
import { DroppedPlaces } from './dropped-places.ts';
import { GuardedPieces } from './guarded-pieces.ts';
import { SentBytes } from './sent-bytes.ts';
import { textsOf } from './whole-texts.ts';
import type { OwnedTarget } from '../ownership/owned-sink.ts';
import type { UpstreamFailure } from '../wire/upstream-port.ts';

const EMPTY = Buffer.alloc(0);
const NOTHING: readonly string[] = Object.freeze([]);

/** What an answer's way asks of the exchange that it is part of. */
export interface AnswerOwner {
  readonly finished: boolean;
  /** Adds the headers that Sallyport itself sends with what passes. */
  addHeaders(headers: string[]): void;
  /** The answer is not for the client: the call is given up and a denial sent in its place. */
  denyAnswer(denial: Denial): void;
  /** The reply is out. */
  passed(status: number): void;
  /** The head is out already: the only honest way to say that the answer is not whole is to break the connection. */
  breakOff(denial: Denial): void;
  abandonUpstream(): void;
  fail(failure: UpstreamFailure): void;
  fault(error: unknown): void;
}

/** The way of one answer from the upstream to the client: its head is decided over, its body checked whole, item by item or not at all, and sent. */
export class AnswerPath implements OwnedTarget {
  readonly #owner: AnswerOwner;
  readonly #api: GuardedApi;
  readonly #client: ClientRequest;
  readonly #exchange: Exchange;
  readonly #checks: OperationChecks | null;
  #decision: ResponseDecision | null = null;
  #headers: string[] = [];
  /** What has come of a body that is collected; null where it is passed on as it comes. */
  #chunks: Buffer[] | null = null;
  #collected = 0;
  /** The answer is checked and passes as it came. */
  #observing = false;
  #guards: AnswerGuards = NO_GUARDS;
  /** Its way through the stages that look at it as it comes; null where none does. */
  #pieces: GuardedPieces | null = null;
  /** What has gone out of an answer that is passed on as it comes and looked at in the end. */
  #kept: SentBytes | null = null;
  #stripped: DroppedPlaces | null = null;
  #wouldStrip: DroppedPlaces | null = null;
  /** What went out and is looked at after it. */
  #seen: UpstreamAnswer | null = null;
  /** When its head came, in `performance.now` time, and when it was whole or failed; 0 before. What waits its turn here waits for the door. */
  answeredMs = 0;
  endedMs = 0;
  status: number | null = null;
  bytes = 0;
  unchecked: string | null = null;

  constructor(
    owner: AnswerOwner,
    api: GuardedApi,
    client: ClientRequest,
    exchange: Exchange,
    checks: OperationChecks | null,
  ) {
    this.#owner = owner;
    this.#api = api;
    this.#client = client;
    this.#exchange = exchange;
    this.#checks = checks;
  }

  /** JSON Pointers of members and names of headers that were left out. */
  get stripped(): readonly string[] {
    return this.#stripped?.list ?? NOTHING;
  }

  /** What the document does not declare, and went out because responses are only observed. */
  get wouldStrip(): readonly string[] {
    return this.#wouldStrip?.list ?? NOTHING;
  }

  onAnswerRefused(status: number, denial: Denial): void {
    if (this.#owner.finished) return;
    this.answeredMs = performance.now();
    this.endedMs = this.answeredMs;
    this.status = status;
    this.#owner.denyAnswer(denial);
  }

  onItemsRemoved(places: readonly string[]): void {
    this.#strip(places);
  }

  onAnswerFault(error: unknown): void {
    this.#owner.abandonUpstream();
    this.#owner.fault(error);
  }

  onUpstreamHead(status: number, rawHeaders: string[]): void {
    this.answeredMs = turnMs();
    this.status = status;
    try {
      const response = this.#checks?.response ?? null;
      const { method } = this.#exchange;
      const rule = response?.rule ?? this.#api.plan.unguardedResponse;
      let decision = decideResponseHead(rule, status, rawHeaders, method);
      if (response !== null && settle(decision.denial, response.mode, this.#exchange) !== null)
        return this.#owner.denyAnswer(decision.denial as Denial);
      this.#observing = response?.mode === 'observe';
      if (this.#observing) decision = asObserved(decision, rawHeaders, status, method);
      this.#decision = decision;
      if (decision.undeclared.length > 0) this.#tellUndeclared(decision.undeclared);
      this.unchecked = decision.unchecked;
      const guards = chooseGuards(this.#checks, status, decision, this.#exchange);
      this.#guards = guards;
      const denial = this.#checks?.headers?.(decision.headers, this.#exchange) ?? null;
      if (denial !== null) return this.#owner.denyAnswer(denial);
      // A stage may change the body: what the upstream said of its length holds no longer.
      if (guards.any) withoutHeader(decision.headers, 'content-length');
      const headers = passReplyHeaders(this.#api.plan.replyHeaders, decision.headers, this.#exchange);
      this.#owner.addHeaders(headers);
      this.#headers = headers;
      if (guards.inPieces !== null) {
        const texts = textsOf(decision);
        this.#pieces = new GuardedPieces(guards.inPieces, status, headers, this.#exchange, this.#api.ports, texts);
      }
      if (decision.body === 'collect' || (guards.any && guards.inPieces === null && decision.body === 'stream'))
        this.#chunks = [];
      else if (decision.body === 'stream') {
        if (guards.looks.length > 0) this.#kept = new SentBytes();
        this.#client.begin(status, headers);
      }
    } catch (error) {
      this.#owner.abandonUpstream();
      this.#owner.fault(error);
    }
  }

  onUpstreamData(chunk: Buffer): boolean {
    const decision = this.#decision;
    if (decision === null || decision.body === 'none') return true;
    if (this.#chunks !== null) return this.#collect(this.#chunks, decision, chunk);
    const checked = decision.stream === null ? chunk : this.#checkItems(decision.stream, chunk);
    const passing = checked === null ? null : this.#guardPiece(checked, false);
    return passing === null ? true : this.#write(passing);
  }

  onUpstreamEnd(): void {
    if (this.#owner.finished) return;
    this.endedMs = turnMs();
    const decision = this.#decision;
    if (decision === null) return;
    try {
      if (this.#chunks !== null) this.#sendCollected(decision, this.#chunks);
      else if (decision.body === 'none') this.#send(EMPTY, false);
      else this.#endStream(decision);
    } catch (error) {
      this.#owner.fault(error);
    }
  }

  onUpstreamFailure(failure: UpstreamFailure): void {
    if (this.#owner.finished) return;
    this.endedMs = performance.now();
    this.#owner.fail(failure);
  }

  #collect(chunks: Buffer[], decision: ResponseDecision, chunk: Buffer): boolean {
    this.#collected += chunk.length;
    if (this.#collected <= decision.maxBytes) {
      chunks.push(chunk);
      return true;
    }
    const denial = deny('RESPONSE_TOO_LARGE', 'response', { facts: { maxBytes: decision.maxBytes } });
    if (this.#settle(denial) !== null || this.#guards.must) {
      this.#owner.denyAnswer(denial);
      return true;
    }
    // Where it is only observed, a body too large to check goes on unchecked, as it would without the rule.
    this.#guards = NO_GUARDS;
    this.#chunks = null;
    this.unchecked ??= 'larger than responses.maxBodyBytes';
    this.#client.begin(this.status ?? 502, this.#headers);
    for (const earlier of chunks) this.#write(earlier);
    return this.#write(chunk);
  }

  #sendCollected(decision: ResponseDecision, chunks: readonly Buffer[]): void {
    const collected = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, this.#collected);
    if (this.#guards.opens) this.#open(decision, collected);
    else this.#check(decision, collected);
  }

  #endStream(decision: ResponseDecision): void {
    const rest = decision.stream?.end() ?? null;
    if (rest !== null && !rest.ok) return this.#owner.breakOff(rest.denial);
    if (rest !== null) this.#note(rest);
    const passing = this.#guardPiece(rest?.bytes ?? EMPTY, true);
    if (this.#owner.finished) return;
    if (passing !== null && passing.length > 0) this.#write(passing);
    this.#client.end();
    const status = this.status ?? 502;
    this.#kept?.end();
    this.#owner.passed(status);
  }

  /** Asks the stages between answer and reply where one of them looks at this answer, then replies. */
  #send(bytes: Uint8Array, withBody: boolean): void {
    const status = this.status ?? 502;
    if (!this.#guards.any) return this.#reply(status, this.#headers, withBody ? bytes : null);
    const answer = new UpstreamAnswer(status, this.#headers, bytes);
    const decided = decideAnswer(this.#checks?.answer ?? [], answer, this.#exchange, this.#api.ports);
    if (decided instanceof Promise)
      decided
        .then((denial) => this.#afterGuard(denial, answer, withBody))
        .catch((error: unknown) => this.#owner.fault(error));
    else this.#afterGuard(decided, answer, withBody);
  }

  #afterGuard(denial: Denial | null, answer: UpstreamAnswer, withBody: boolean): void {
    if (this.#owner.finished) return;
    if (denial !== null) return this.#owner.denyAnswer(denial);
    if (answer.dropped.length > 0) this.#strip(answer.dropped);
    this.#reply(answer.status, answer.headers, withBody ? answer.bytes() : null);
  }

  #reply(status: number, headers: readonly string[], body: Uint8Array | null): void {
    this.bytes = body?.length ?? 0;
    this.#client.reply(status, headers, body);
    this.#seen =
      this.#guards.looks.length > 0 && body !== null ? new UpstreamAnswer(status, this.#headers, body) : null;
    this.#owner.passed(status);
  }

  /** What is still to be looked at, now that it has gone out; null where nothing is. */
  get look(): (() => void) | null {
    const seen = this.#seen;
    const kept = this.#kept;
    if (seen === null && kept === null) return null;
    return () => {
      const answer = seen ?? kept?.toAnswer(this.status ?? 502, this.#headers) ?? null;
      if (answer !== null) lookAtAnswer(this.#guards.looks, answer, this.#exchange);
    };
  }

  /** Decrypts fields before anything is held against the schema. */
  #open(decision: ResponseDecision, whole: Uint8Array): void {
    const answer = new UpstreamAnswer(this.status ?? 502, this.#headers, whole);
    const opened = this.#checks?.opening?.open(answer, this.#exchange, this.#api.ports) ?? null;
    if (opened instanceof Promise)
      opened
        .then((denial) => this.#afterOpening(denial, decision, answer))
        .catch((error: unknown) => this.#owner.fault(error));
    else this.#afterOpening(opened, decision, answer);
  }

  #afterOpening(denial: Denial | null, decision: ResponseDecision, answer: UpstreamAnswer): void {
    if (this.#owner.finished) return;
    if (denial !== null) this.#owner.denyAnswer(denial);
    else this.#check(decision, answer.bytes());
  }

  #check(decision: ResponseDecision, whole: Uint8Array): void {
    const bytes =
      decision.stream === null ? this.#checkWhole(decision, whole) : this.#checkAllItems(decision.stream, whole);
    if (bytes !== null) this.#send(bytes, true);
  }

  /** Bytes to send on, or null when the answer was denied instead. */
  #checkWhole(decision: ResponseDecision, whole: Uint8Array): Uint8Array | null {
    if (decision.check === null) return whole;
    const result = decision.check(whole);
    if (result.ok) {
      this.#note(result);
      return result.bytes;
    }
    if (this.#settle(result.denial) === null) return whole;
    this.#owner.denyAnswer(result.denial);
    return null;
  }

  /** A stream that was collected all the same, because a stage looks at the whole of it. */
  #checkAllItems(stream: ResponseStream, whole: Uint8Array): Uint8Array | null {
    const out: Uint8Array[] = [];
    for (const result of [stream.push(whole), stream.end()]) {
      if (!result.ok) {
        this.#owner.denyAnswer(result.denial);
        return null;
      }
      this.#note(result);
      out.push(result.bytes);
    }
    return Buffer.concat(out);
  }

  #checkItems(stream: ResponseStream, chunk: Buffer): Uint8Array | null {
    const result = stream.push(chunk);
    if (result.ok) {
      this.#note(result);
      return result.bytes;
    }
    this.#owner.abandonUpstream();
    this.#owner.breakOff(result.denial);
    return null;
  }

  /** What of the next piece of a stream goes on; null where nothing more does. */
  #guardPiece(piece: Uint8Array, isLast: boolean): Uint8Array | null {
    if (this.#pieces === null) return piece;
    const taken = this.#pieces.take(piece, isLast);
    if ('bytes' in taken) {
      if (taken.dropped.length > 0) this.#strip(taken.dropped);
      return taken.bytes;
    }
    this.#owner.abandonUpstream();
    this.#owner.breakOff(taken);
    return null;
  }

  #note(result: Extract<ResponseBytes, { ok: true }>): void {
    if (result.dropped.length > 0) this.#tellUndeclared(result.dropped);
    if (result.observed !== null) this.#exchange.observed.push(result.observed);
  }

  #strip(places: readonly string[]): void {
    this.#stripped ??= new DroppedPlaces();
    this.#stripped.add(places);
  }

  /** What the check of responses leaves out, or would. */
  #tellUndeclared(places: readonly string[]): void {
    if (!this.#observing) return this.#strip(places);
    this.#wouldStrip ??= new DroppedPlaces();
    this.#wouldStrip.add(places);
  }

  #settle(denial: Denial): Denial | null {
    return settle(denial, this.#checks?.response?.mode ?? 'off', this.#exchange);
  }

  #write(bytes: Uint8Array): boolean {
    this.bytes += bytes.length;
    this.#kept?.add(bytes);
    return this.#client.write(bytes);
  }
}
