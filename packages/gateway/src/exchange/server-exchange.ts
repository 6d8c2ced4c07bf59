import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import {
  boundBody,
  continueTrace,
  corsHeaders,
  decideBodyHead,
  decideData,
  decideRequest,
  deny,
  Exchange,
  limitHeaders,
  PROBLEM_TYPE,
  renderProblem,
  renderTraceparent,
  settle,
  upstreamHeaders,
  upstreamQuery,
  type Answer,
  type BodyBound,
  type Denial,
  type OperationChecks,
  type Outcome,
  type Signal,
  type TraceContext,
  type Verdict,
} from '@sallyport/core';
import { accessRecord, type EndedExchange } from './access-record.ts';
import { AnswerPath, type AnswerOwner } from './answer-path.ts';
import { askForReadable } from './ask-for-readable.ts';
import { askForWhole, OwnedSink } from '../ownership/owned-sink.ts';
import type { Collected } from './body-collector.ts';
import { collectBody, collectOrStream, isSmall, streamBody } from './request-path.ts';
import { malformedDenial } from '../wire/refuse-malformed.ts';
import { randomHex } from './random-hex.ts';
import { traceOf } from './fault-trace.ts';
import { turnEpochMs, turnMs } from '../wire/turn.ts';
import type { ClientExchange, ClientRequest, WireError } from '../wire/client-request.ts';
import type { Door, GuardedApi } from './guarded-api.ts';
import type { Readable } from 'node:stream';
import type { UpstreamCall, UpstreamFailure } from '../wire/upstream-port.ts';

const EMPTY = Buffer.alloc(0);

/** A body that goes on as it comes. */
interface BodyToCome {
  readonly bound: BodyBound;
  /** Null where nothing of it was read. */
  readonly begun: Readable | null;
}

const NO_SIGNALS: readonly Signal[] = Object.freeze([]);
const ENUMERATION: readonly Signal[] = Object.freeze(['enumeration']);

/**
 * Runs one exchange from its head to its record: decides, collects or streams the body, asks the upstream, lets the answer go its way
 * and replies. One object per request with fixed fields; every exit goes through `#finish`, which writes exactly one record.
 */
export class ServerExchange implements ClientExchange, AnswerOwner, EndedExchange {
  readonly #door: Door;
  readonly api: GuardedApi;
  readonly #client: ClientRequest;
  readonly exchange: Exchange;
  readonly startedMs: number;
  readonly trace: TraceContext;
  askedMs = 0;
  requestBytes = 0;
  ownBytes = 0;
  #call: UpstreamCall | null = null;
  /** What is wrong with the body is known, and only observed. */
  #bodyTold = false;
  #checks: OperationChecks | null = null;
  answerPath: AnswerPath | null = null;
  faultTrace: string | null = null;
  finished = false;

  constructor(door: Door, client: ClientRequest) {
    this.#door = door;
    this.api = door.api;
    this.#client = client;
    this.startedMs = turnMs();
    const { peer } = client;
    const exchange = new Exchange(
      door.nextRequestId(),
      turnEpochMs(),
      client.method,
      client.target,
      client.rawHeaders,
      peer.address,
      peer.tls !== null,
    );
    const passedOn = door.api.forwarded?.(peer.address, client.rawHeaders);
    const connection = passedOn === undefined ? peer.tls : passedOn;
    if (connection !== null) {
      exchange.connection = connection;
      exchange.certificateThumbprint = door.api.thumbprint(connection, exchange.nowMs);
    }
    exchange.httpVersion = client.httpVersion;
    exchange.headChecked = true;
    exchange.bodyFollows = client.hasBody;
    this.exchange = exchange;
    this.trace = continueTrace(firstHeader(client.rawHeaders, 'traceparent'), randomHex);
  }

  /** Begins the exchange; once. Never throws. */
  run(): void {
    this.api.life.begin();
    try {
      const { refusal } = this.api;
      if (refusal !== undefined) return this.#deny(refusal);
      const verdict = decideRequest(this.api.plan, this.exchange, this.api.ports);
      // What comes behind an offered upgrade may be of the other protocol, and be half a request of ours.
      if (this.exchange.headers.upgrade !== null) this.#client.endConnection();
      if (verdict instanceof Promise)
        verdict.then((v) => this.#afterHead(v)).catch((error: unknown) => this.fault(error));
      else this.#afterHead(verdict);
    } catch (error) {
      this.fault(error);
    }
  }

  onBroken(error: WireError): void {
    if (this.finished) return;
    this.#call?.abort();
    this.#deny(malformedDenial(error));
  }

  onGone(): void {
    if (this.finished) return;
    this.#call?.abort();
    this.#finish('aborted', 499, null);
  }

  onDrain(): void {
    this.#call?.resume();
  }

  #afterHead(verdict: Verdict): void {
    if (this.finished) return;
    if (verdict !== null) {
      if ('answer' in verdict && verdict.afterBody !== undefined) this.#answerAfterBody(verdict.afterBody);
      else if ('answer' in verdict) this.#answer(verdict);
      else this.#deny(verdict);
      return;
    }
    const exchange = this.exchange;
    const { plan } = this.api;
    const { hasBody } = this.#client;
    if (exchange.operation === null)
      return this.#forward(hasBody ? this.#bodyStream({ bound: this.#bound(), begun: null }) : null);
    const checks = exchange.operation.checks();
    this.#checks = checks;
    const head = decideBodyHead(plan, exchange);
    if (head.denial !== null) return this.#deny(head.denial);
    this.#bodyTold = head.told;
    if (!hasBody) return this.#guardData(null);
    const { body, data } = checks;
    const bound = this.#bound();
    const collects =
      isSmall(exchange) || body?.rule.collects(exchange) === true || data.some((step) => step.readsBody(exchange));
    if (!collects) this.#guardData({ bound, begun: null });
    else if (bound.mode === 'enforce')
      collectBody(this.#client, exchange, bound.maxBytes, (result) => this.#afterBody(result));
    else
      collectOrStream(this.#client, exchange, bound.maxBytes, (result) => {
        if (result instanceof Uint8Array) this.#afterBody(result);
        else this.#afterLargeBody({ bound, begun: result });
      });
  }

  #bound(): BodyBound {
    const bound = boundBody(this.api.plan, this.exchange);
    return this.api.takesWhole === true ? { maxBytes: bound.maxBytes, mode: 'enforce' } : bound;
  }

  #afterLargeBody(toCome: BodyToCome): void {
    if (this.finished) return;
    try {
      this.#guardData(toCome);
    } catch (error) {
      this.fault(error);
    }
  }

  #afterBody(result: Collected): void {
    // Who has gone is told by `onGone`.
    if (this.finished || result === 'aborted') return;
    try {
      const body = this.#checks?.body ?? null;
      if (result === 'too-large') return this.#denyTooLarge(body?.rule.maxBytes ?? null);
      this.requestBytes = result.length;
      this.exchange.body = result;
      if (body !== null && !this.#bodyTold) {
        const denial = settle(body.rule.decide(this.exchange), body.mode, this.exchange);
        if (denial !== null) return this.#deny(denial);
        if (body.mode === 'observe') this.exchange.body = result;
      }
      this.#guardData(null);
    } catch (error) {
      this.fault(error);
    }
  }

  #denyTooLarge(maxBytes: number | null): void {
    this.#client.stopBody();
    this.#deny(deny('BODY_TOO_LARGE', 'body', { facts: { maxBytes } }));
  }

  /** Asks the stages between body and upstream, then the upstream. `toCome` is null where the body is here or there is none. */
  #guardData(toCome: BodyToCome | null): void {
    const steps = this.#checks?.data ?? [];
    const decided = steps.length === 0 ? null : decideData(steps, this.exchange, this.api.ports);
    if (decided instanceof Promise)
      decided.then((denial) => this.#afterData(denial, toCome)).catch((error: unknown) => this.fault(error));
    else this.#afterData(decided, toCome);
  }

  #afterData(denial: Denial | null, toCome: BodyToCome | null): void {
    if (this.finished) return;
    if (denial !== null) this.#deny(denial);
    else this.#forward(toCome === null ? this.exchange.body : this.#bodyStream(toCome));
  }

  /** The request's body as it arrives; past its bound it is cut off with a denial, or passes and is told of. */
  #bodyStream({ bound: { maxBytes, mode }, begun }: BodyToCome): Readable {
    const count = (bytes: number): void => {
      this.requestBytes += bytes;
      if (this.requestBytes <= maxBytes || this.#bodyTold) return;
      this.#bodyTold = true;
      settle(deny('BODY_TOO_LARGE', 'body', { facts: { maxBytes } }), mode, this.exchange);
    };
    return streamBody(this.#client, begun, mode === 'enforce' ? maxBytes : Number.POSITIVE_INFINITY, count, () => {
      this.#call?.abort();
      this.#denyTooLarge(maxBytes);
    });
  }

  #forward(body: Uint8Array | Readable | null): void {
    const exchange = this.exchange;
    const api = this.api;
    const upstream = api.plan.policy.upstream;
    const query = upstreamQuery(exchange);
    const path = exchange.upstreamPath ?? exchange.path;
    const headers = upstreamHeaders(exchange, api.plan.head);
    headers.push('traceparent', renderTraceparent(this.trace));
    const checks = this.#checks;
    const form = checks?.form ?? 'any';
    if (form !== 'any') askForReadable(headers, form === 'whole');
    const owned = checks?.owned ?? null;
    if (owned !== null) askForWhole(owned, headers);
    const streamed = body !== null && !(body instanceof Uint8Array);
    this.askedMs = performance.now();
    const answerPath = new AnswerPath(this, api, this.#client, exchange, this.#checks);
    this.answerPath = answerPath;
    this.#call = api.upstream.send(
      {
        method: exchange.method,
        path: api.upstreamBasePath + (query === null || query === '' ? path : `${path}?${query}`),
        headers,
        body,
        length: streamed && exchange.headers.contentLength !== null ? Number(exchange.headers.contentLength) : null,
        firstByteTimeoutMs: exchange.operation?.timeoutMs ?? upstream.firstByteTimeoutMs,
        idleTimeoutMs: upstream.idleTimeoutMs,
        exchange,
      },
      owned === null ? answerPath : new OwnedSink(owned, exchange, answerPath, api.plan.policy.responses.maxBodyBytes),
    );
  }

  // ---- what the answer's way asks ----

  addHeaders(headers: string[]): void {
    this.#pushOwn(headers, true);
  }

  denyAnswer(denial: Denial): void {
    this.#call?.abort();
    this.#deny(denial);
  }

  passed(status: number): void {
    this.#finish('passed', status, null);
  }

  breakOff(denial: Denial): void {
    this.#finish('failed', this.answerPath?.status ?? 502, denial);
    this.#client.breakOff();
  }

  abandonUpstream(): void {
    this.#call?.abort();
  }

  fail(failure: UpstreamFailure): void {
    const denial = deny(failure.code, 'upstream', { facts: { cause: failure.cause } });
    if (this.#client.replied) this.breakOff(denial);
    else this.#deny(denial);
  }

  fault(error: unknown): void {
    if (this.finished) return;
    this.faultTrace = traceOf(error);
    this.#call?.abort();
    const denial = deny('INTERNAL_FAULT', (this.answerPath?.status ?? null) === null ? 'head' : 'response');
    try {
      if (this.#client.replied) this.breakOff(denial);
      else this.#deny(denial);
    } catch {
      this.breakOff(denial);
    }
  }

  // ---- how it ends ----

  #pushOwn(headers: string[], passing: boolean, withCors = true): void {
    const exchange = this.exchange;
    const policy = this.api.plan.policy;
    headers.push('X-Request-Id', exchange.requestId);
    if (exchange.limits.length > 0) limitHeaders(exchange, headers);
    if (exchange.replyHeaders.length > 0) headers.push(...exchange.replyHeaders);
    if (withCors && policy.cors !== null) headers.push(...corsHeaders(exchange, policy.cors));
    if (!passing) headers.push(...this.api.ownHeaders);
  }

  #answerAfterBody({ maxBytes, respond }: NonNullable<Answer['afterBody']>): void {
    const hand = (body: Uint8Array): void =>
      void respond(body)
        .then((verdict) => this.#afterHead(verdict))
        .catch((error: unknown) => this.fault(error));
    if (!this.#client.hasBody) return hand(EMPTY);
    collectBody(this.#client, this.exchange, maxBytes, (result) => {
      if (this.finished || result === 'aborted') return;
      if (result === 'too-large') return this.#denyTooLarge(maxBytes);
      this.requestBytes = result.length;
      hand(result);
    });
  }

  #answer(answer: Answer): void {
    const headers = [...answer.headers];
    this.#pushOwn(headers, false, false);
    this.#client.reply(answer.status, headers, answer.status === 204 ? null : EMPTY);
    this.#finish('answered', answer.status, null);
  }

  #deny(denial: Denial): void {
    if (this.finished) return;
    if (this.#client.replied) return this.breakOff(denial);
    // A head that was refused before its length was read says nothing about where the next request begins.
    if (this.exchange.path === '') this.#client.endConnection();
    const told = this.api.renderDenial?.(denial) ?? null;
    const { status, body } = told ?? renderProblem(denial, this.exchange.requestId);
    const headers = [...(told?.headers ?? ['Content-Type', PROBLEM_TYPE]), ...denial.headers];
    this.#pushOwn(headers, false);
    const bytes = Buffer.from(body);
    // Of a problem, HEAD gets the length alone.
    this.ownBytes = this.#client.method === 'HEAD' ? 0 : bytes.length;
    this.#client.reply(status, headers, bytes);
    this.#finish(denial.stage === 'upstream' || this.faultTrace !== null ? 'failed' : 'denied', status, denial);
  }

  #finish(outcome: Outcome, status: number, denial: Denial | null): void {
    if (this.finished) return;
    this.finished = true;
    this.api.life.end();
    const exchange = this.exchange;
    exchange.denial = denial;
    exchange.end();
    const signals = this.api.enumeration?.note(exchange) === true ? ENUMERATION : NO_SIGNALS;
    this.#door.record(accessRecord(this, outcome, status, signals), this.answerPath?.look ?? null);
  }
}

function firstHeader(rawHeaders: readonly string[], lowerName: string): string | null {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === lowerName.length && name.toLowerCase() === lowerName) return rawHeaders[i + 1] as string;
  }
  return null;
}
