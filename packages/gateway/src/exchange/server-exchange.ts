import { performance } from 'node:perf_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  asObserved,
  continueTrace,
  decideAnswer,
  decideData,
  corsHeaders,
  decideRequest,
  decideResponseHead,
  deny,
  Exchange,
  limitHeaders,
  passReplyHeaders,
  PROBLEM_TYPE,
  renderProblem,
  renderTraceparent,
  settle,
  UpstreamAnswer,
  upstreamHeaders,
  upstreamQuery,
  type Answer,
  type Denial,
  type OperationChecks,
  type Outcome,
  type ResponseBytes,
  type ResponseDecision,
  type ResponseStream,
  type TraceContext,
  type Verdict,
} from '@sallyport/core';
import { collectBody } from './collect-body.ts';
import { limitStream } from './limit-stream.ts';
import { randomHex } from './random-hex.ts';
import { beginOn, endAfterReply, endOn, type ConnectedExchange } from '../wire/connection.ts';
import { malformedDenial } from '../wire/refuse-malformed.ts';
import { writeWhole } from '../wire/reply.ts';
import type { Door, GuardedApi } from './guarded-api.ts';
import type { Readable } from 'node:stream';
import type { UpstreamCall, UpstreamFailure, UpstreamSink } from '../wire/upstream-port.ts';

const EMPTY = Buffer.alloc(0);
const NOTHING: readonly string[] = Object.freeze([]);
/** A refused request's unread body up to this size is read and dropped, so that the connection can be kept. */
const DRAIN_BYTES = 64 * 1024;
/** A body announced to be no larger is collected even where nothing looks into it. */
const COLLECT_BYTES = 64 * 1024;

/**
 * Runs one exchange from its head to its record: decides, collects or streams the body, asks the upstream, checks the answer
 * and replies. One object per request with fixed fields; every exit goes through `#finish`, which writes exactly one record.
 */
export class ServerExchange implements UpstreamSink, ConnectedExchange {
  readonly #door: Door;
  readonly #api: GuardedApi;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #exchange: Exchange;
  readonly #startedMs: number;
  readonly #trace: TraceContext;
  #askedMs = 0;
  #answeredMs = 0;
  #upstreamMs = 0;
  #requestBytes = 0;
  #responseBytes = 0;
  #upstreamStatus: number | null = null;
  #call: UpstreamCall | null = null;
  #checks: OperationChecks | null = null;
  #decision: ResponseDecision | null = null;
  #replyHeaders: string[] = [];
  #chunks: Buffer[] | null = null;
  #collected = 0;
  #bodyRead = false;
  #finished = false;
  #expectsContinue: boolean;
  #fault: string | null = null;
  #stalled = false;
  #drains = false;
  /** A stage between answer and reply looks at the whole of this one. */
  #guardsAnswer = false;
  /** The answer is checked and passes as it came. */
  #observing = false;
  #stripped: string[] = [];
  #unchecked: string | null = null;

  constructor(door: Door, request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) {
    this.#door = door;
    this.#api = door.api;
    this.#request = request;
    this.#response = response;
    this.#expectsContinue = expectsContinue;
    this.#startedMs = performance.now();
    const socket = request.socket;
    this.#exchange = new Exchange(
      door.nextRequestId(),
      Date.now(),
      request.method ?? '',
      request.url ?? '',
      request.rawHeaders,
      socket.remoteAddress ?? '',
      'encrypted' in socket && socket.encrypted === true,
    );
    if (this.#exchange.secure) {
      this.#exchange.connection = socket;
      this.#exchange.certificateThumbprint = door.api.thumbprint(socket, this.#exchange.nowMs);
    }
    this.#exchange.httpVersion = request.httpVersion;
    this.#trace = continueTrace(firstHeader(request.rawHeaders, 'traceparent'), randomHex);
  }

  /** Begins the exchange; never throws. */
  start(): void {
    this.#api.life.begin();
    // A bound that was set while an earlier answer on the connection was not read.
    if (this.#request.socket.timeout) this.#request.socket.setTimeout(0);
    this.#response.on('close', () => this.#onClose());
    beginOn(this.#request.socket, this);
  }

  run(): void {
    if (this.#finished) return;
    try {
      const verdict = decideRequest(this.#api.plan, this.#exchange, this.#api.ports);
      // Behind an offered upgrade Node drops what else the same read brought, and what comes then may be half a request.
      if (this.#offersUpgrade()) endAfterReply(this.#request.socket);
      if (verdict instanceof Promise)
        verdict.then((v) => this.#afterHead(v)).catch((error: unknown) => this.#onFault(error));
      else this.#afterHead(verdict);
    } catch (error) {
      this.#onFault(error);
    }
  }

  get requestOpen(): boolean {
    return !this.#request.complete;
  }

  breakRequest(error: Error & { code?: string }): void {
    if (this.#finished) {
      this.#request.socket.destroySoon();
      return;
    }
    this.#call?.abort();
    const denial = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? deny('BODY_TIMEOUT', 'body') : malformedDenial(error);
    this.#deny(denial);
    this.#response.end(() => this.#request.socket.destroySoon());
  }

  onConnectionClosed(): void {
    this.#onClose();
  }

  #afterHead(verdict: Verdict): void {
    if (this.#finished) return;
    if (verdict !== null) {
      if ('answer' in verdict) this.#answer(verdict);
      else this.#deny(verdict);
      return;
    }
    const exchange = this.#exchange;
    const operation = exchange.operation;
    if (operation === null) {
      this.#continue();
      this.#forward(this.#hasBody() ? this.#bodyStream(this.#api.plan.policy.requests.maxBodyBytes) : null);
      return;
    }
    this.#checks = operation.checks();
    const body = this.#checks.body;
    if (body !== null) {
      const denial = settle(body.rule.decideHead(exchange), body.mode, exchange);
      if (denial !== null) return this.#deny(denial);
    }
    if (!this.#hasBody()) {
      this.#bodyRead = true;
      return this.#guardData(null);
    }
    this.#continue();
    const maxBytes = body?.rule.maxBytes ?? this.#api.plan.policy.requests.maxBodyBytes;
    const collects =
      this.#isSmall() || body?.rule.collects(exchange) === true || this.#checks.data.some((step) => step.readsBody);
    if (!collects) return this.#guardData(maxBytes);
    collectBody(this.#request, exchange.headers.contentLength, maxBytes, (result) => this.#afterBody(result));
  }

  #afterBody(result: Buffer | 'too-large' | 'aborted'): void {
    if (this.#finished) return;
    // An exchange in the queue of a pipelining client has no socket yet, and its response never hears that the client has gone.
    if (result === 'aborted') return this.#onClose();
    try {
      const body = this.#checks?.body ?? null;
      if (result === 'too-large')
        return this.#deny(deny('BODY_TOO_LARGE', 'body', { facts: { maxBytes: body?.rule.maxBytes ?? null } }));
      this.#bodyRead = true;
      this.#requestBytes = result.length;
      this.#exchange.body = result;
      if (body !== null) {
        const denial = settle(body.rule.decide(this.#exchange), body.mode, this.#exchange);
        if (denial !== null) return this.#deny(denial);
      }
      if (body?.mode === 'observe') this.#exchange.body = result;
      this.#guardData(null);
    } catch (error) {
      this.#onFault(error);
    }
  }

  /** Asks the stages between body and upstream, then the upstream. `streamBytes` bounds a body that is still to come; null where it is here or there is none. */
  #guardData(streamBytes: number | null): void {
    const steps = this.#checks?.data ?? [];
    const decided = steps.length === 0 ? null : decideData(steps, this.#exchange, this.#api.ports);
    if (decided instanceof Promise)
      decided.then((denial) => this.#afterData(denial, streamBytes)).catch((error: unknown) => this.#onFault(error));
    else this.#afterData(decided, streamBytes);
  }

  #afterData(denial: Denial | null, streamBytes: number | null): void {
    if (this.#finished) return;
    if (denial !== null) this.#deny(denial);
    else this.#forward(streamBytes === null ? this.#exchange.body : this.#bodyStream(streamBytes));
  }

  /** Lets a client that asked first send its body (RFC 9110, section 10.1.1): only now, when whoever is asking may. */
  #continue(): void {
    if (this.#expectsContinue) this.#response.writeContinue();
    this.#expectsContinue = false;
  }

  #hasBody(): boolean {
    const headers = this.#exchange.headers;
    return headers.transferEncoding !== null || (headers.contentLength !== null && headers.contentLength !== '0');
  }

  /** A stream costs several times what a small body does, and a slow one would hold a connection to the upstream meanwhile. */
  #isSmall(): boolean {
    const { contentLength } = this.#exchange.headers;
    return contentLength !== null && Number(contentLength) <= COLLECT_BYTES;
  }

  /** The request's body as it arrives, cut off with a denial past `maxBytes`. */
  #bodyStream(maxBytes: number): Readable {
    return limitStream(
      this.#request,
      maxBytes,
      (bytes) => (this.#requestBytes += bytes),
      () => {
        this.#call?.abort();
        this.#deny(deny('BODY_TOO_LARGE', 'body', { facts: { maxBytes } }));
      },
    );
  }

  #forward(body: Uint8Array | Readable | null): void {
    const exchange = this.#exchange;
    const api = this.#api;
    const upstream = api.plan.policy.upstream;
    const query = upstreamQuery(exchange);
    const headers = upstreamHeaders(exchange, api.plan.head);
    headers.push('traceparent', renderTraceparent(this.#trace));
    const streamed = body !== null && !(body instanceof Uint8Array);
    this.#askedMs = performance.now();
    this.#call = api.upstream.send(
      {
        method: exchange.method,
        path: api.upstreamBasePath + (query === null || query === '' ? exchange.path : `${exchange.path}?${query}`),
        headers,
        body,
        length: streamed && exchange.headers.contentLength !== null ? Number(exchange.headers.contentLength) : null,
        firstByteTimeoutMs: exchange.operation?.timeoutMs ?? upstream.firstByteTimeoutMs,
        idleTimeoutMs: upstream.idleTimeoutMs,
      },
      this,
    );
  }

  onUpstreamHead(status: number, rawHeaders: string[]): void {
    this.#answeredMs = performance.now();
    this.#upstreamStatus = status;
    try {
      const response = this.#checks?.response ?? null;
      const { method } = this.#exchange;
      let decision = decideResponseHead(response?.rule ?? this.#api.plan.unguardedResponse, status, rawHeaders, method);
      const denial = response === null ? null : settle(decision.denial, response.mode, this.#exchange);
      if (denial !== null) return this.#denyResponse(denial);
      this.#observing = response?.mode === 'observe';
      if (this.#observing) decision = asObserved(decision, rawHeaders, status, method);
      this.#decision = decision;
      this.#stripped.push(...decision.undeclared);
      this.#unchecked = decision.unchecked;
      this.#guardsAnswer = this.#checks?.answer.some((step) => step.wants(status, this.#exchange)) ?? false;
      if (this.#guardsAnswer) this.#collectAnswer(decision);
      const headers = passReplyHeaders(this.#api.plan.replyHeaders, decision.headers);
      this.#pushOwn(headers, true);
      this.#replyHeaders = headers;
      if (decision.body === 'collect' || (this.#guardsAnswer && decision.body === 'stream')) this.#chunks = [];
      else if (decision.body === 'stream') this.#response.writeHead(status, headers);
    } catch (error) {
      this.#call?.abort();
      this.#onFault(error);
    }
  }

  onUpstreamData(chunk: Buffer): boolean {
    const decision = this.#decision;
    if (decision === null || decision.body === 'none') return true;
    if (this.#chunks !== null) {
      this.#collected += chunk.length;
      if (this.#collected > decision.maxBytes) {
        const denial = deny('RESPONSE_TOO_LARGE', 'response', { facts: { maxBytes: decision.maxBytes } });
        if (this.#settleResponse(denial) !== null || this.#enforcesAnswer()) {
          this.#denyResponse(denial);
          return true;
        }
        return this.#giveUpCollecting(chunk);
      }
      this.#chunks.push(chunk);
      return true;
    }
    const checked = decision.stream === null ? chunk : this.#checkStream(decision, chunk);
    return checked === null ? true : this.#writeOut(checked);
  }

  onUpstreamEnd(): void {
    if (this.#finished) return;
    this.#upstreamMs = performance.now() - this.#askedMs;
    const status = this.#upstreamStatus ?? 502;
    const decision = this.#decision;
    try {
      if (decision === null) return;
      if (decision.body === 'none') {
        if (this.#guardsAnswer) return this.#guardAnswer(EMPTY, false);
        writeWhole(this.#response, status, this.#replyHeaders, null);
      } else if (this.#chunks === null) {
        const rest = decision.stream?.end() ?? null;
        if (rest !== null && !rest.ok) return this.#breakOff(rest.denial);
        if (rest !== null && rest.bytes.length > 0) this.#writeOut(rest.bytes);
        this.#response.end();
      } else {
        const chunks = this.#chunks;
        const whole =
          chunks.length === 1
            ? (chunks[0] as Buffer)
            : chunks.length === 0
              ? EMPTY
              : Buffer.concat(chunks, this.#collected);
        const bytes = this.#checkWhole(decision, whole);
        if (bytes === null) return;
        if (this.#guardsAnswer) return this.#guardAnswer(bytes, true);
        this.#responseBytes = bytes.length;
        writeWhole(this.#response, status, this.#replyHeaders, bytes);
      }
      this.#finish('passed', status, null);
    } catch (error) {
      this.#onFault(error);
    }
  }

  onUpstreamFailure(failure: UpstreamFailure): void {
    if (this.#finished) return;
    this.#upstreamMs = performance.now() - this.#askedMs;
    const denial = deny(failure.code, 'upstream', { facts: { cause: failure.cause } });
    if (this.#response.headersSent) this.#breakOff(denial);
    else this.#deny(denial);
  }

  /** A stage may change the body or keep it back: what the upstream said of its length holds no longer, and an encoding would hide it. */
  #collectAnswer(decision: ResponseDecision): void {
    for (let i = decision.headers.length - 2; i >= 0; i -= 2)
      if ((decision.headers[i] as string).toLowerCase() === 'content-length') decision.headers.splice(i, 2);
  }

  #enforcesAnswer(): boolean {
    const status = this.#upstreamStatus ?? 502;
    return this.#checks?.answer.some((step) => step.mode === 'enforce' && step.wants(status, this.#exchange)) ?? false;
  }

  /** Asks the stages between answer and reply, then replies. */
  #guardAnswer(bytes: Uint8Array, withBody: boolean): void {
    const status = this.#upstreamStatus ?? 502;
    const answer = new UpstreamAnswer(status, this.#replyHeaders, bytes);
    const decided = decideAnswer(this.#checks?.answer ?? [], answer, this.#exchange, this.#api.ports);
    if (decided instanceof Promise)
      decided
        .then((denial) => this.#afterAnswer(denial, answer, withBody))
        .catch((error: unknown) => this.#onFault(error));
    else this.#afterAnswer(decided, answer, withBody);
  }

  #afterAnswer(denial: Denial | null, answer: UpstreamAnswer, withBody: boolean): void {
    if (this.#finished) return;
    if (denial !== null) return this.#denyResponse(denial);
    const out = withBody ? answer.bytes() : null;
    this.#stripped.push(...answer.dropped);
    this.#responseBytes = out?.length ?? 0;
    writeWhole(this.#response, answer.status, answer.headers, out);
    this.#finish('passed', answer.status, null);
  }

  /** Bytes to send on, or null when the response was denied instead. */
  #checkWhole(decision: ResponseDecision, whole: Uint8Array): Uint8Array | null {
    if (decision.stream !== null) return this.#checkItems(decision.stream, whole);
    if (decision.check === null) return whole;
    const result = decision.check(whole);
    if (result.ok) {
      this.#note(result);
      return result.bytes;
    }
    if (this.#settleResponse(result.denial) === null) return whole;
    this.#denyResponse(result.denial);
    return null;
  }

  /** A stream that was collected all the same, because a stage looks at the whole of it. */
  #checkItems(stream: ResponseStream, whole: Uint8Array): Uint8Array | null {
    const out: Uint8Array[] = [];
    for (const result of [stream.push(whole), stream.end()]) {
      if (!result.ok) {
        this.#denyResponse(result.denial);
        return null;
      }
      this.#note(result);
      out.push(result.bytes);
    }
    return Buffer.concat(out);
  }

  #checkStream(decision: ResponseDecision, chunk: Buffer): Uint8Array | null {
    const result = decision.stream?.push(chunk) ?? null;
    if (result === null) return chunk;
    if (result.ok) {
      this.#note(result);
      return result.bytes.length === 0 ? null : result.bytes;
    }
    this.#call?.abort();
    this.#breakOff(result.denial);
    return null;
  }

  #note(result: Extract<ResponseBytes, { ok: true }>): void {
    if (result.dropped.length > 0) this.#stripped.push(...result.dropped);
    if (result.observed !== null) this.#exchange.observed.push(result.observed);
  }

  #settleResponse(denial: Denial): Denial | null {
    return settle(denial, this.#checks?.response?.mode ?? 'off', this.#exchange);
  }

  /** In `observe` mode a body too large to check goes on unchecked, as it would without the rule. */
  #giveUpCollecting(chunk: Buffer): boolean {
    const chunks = this.#chunks ?? [];
    this.#chunks = null;
    this.#unchecked = 'larger than responses.maxBodyBytes';
    this.#response.writeHead(this.#upstreamStatus ?? 502, this.#replyHeaders);
    for (const earlier of chunks) this.#writeOut(earlier);
    return this.#writeOut(chunk);
  }

  #writeOut(bytes: Uint8Array): boolean {
    this.#responseBytes += bytes.length;
    const ready = this.#response.write(bytes);
    if (!ready && !this.#stalled) {
      this.#stalled = true;
      this.#boundStall();
      this.#response.once('drain', () => {
        this.#stalled = false;
        this.#request.socket.setTimeout(0);
        this.#call?.resume();
      });
    }
    return ready;
  }

  /** A client that does not read holds a connection to the upstream, and one for each would keep everyone else out ("slow read"). */
  #boundStall(): void {
    this.#request.socket.setTimeout(this.#api.plan.policy.upstream.idleTimeoutMs);
  }

  #pushOwn(headers: string[], passing: boolean, withCors = true): void {
    const exchange = this.#exchange;
    const policy = this.#api.plan.policy;
    headers.push('X-Request-Id', exchange.requestId);
    if (exchange.limits.length > 0) headers.push(...limitHeaders(exchange));
    if (exchange.replyHeaders.length > 0) headers.push(...exchange.replyHeaders);
    if (withCors && policy.cors !== null) headers.push(...corsHeaders(exchange, policy.cors));
    if (!passing) headers.push(...this.#api.ownHeaders);
    if (this.#door.draining || this.#offersUpgrade()) headers.push('Connection', 'close');
  }

  #offersUpgrade(): boolean {
    return this.#exchange.headers.upgrade !== null;
  }

  #answer(answer: Answer): void {
    const headers = [...answer.headers];
    this.#pushOwn(headers, false, false);
    this.#closeAfterUnreadBody(headers);
    writeWhole(this.#response, answer.status, headers, answer.status === 204 ? null : EMPTY);
    this.#finish('answered', answer.status, null);
  }

  #denyResponse(denial: Denial): void {
    this.#call?.abort();
    this.#upstreamMs = performance.now() - this.#askedMs;
    this.#deny(denial);
  }

  #deny(denial: Denial): void {
    if (this.#finished) return;
    if (this.#response.headersSent) return this.#breakOff(denial);
    const { status, body } = renderProblem(denial, this.#exchange.requestId);
    const headers = ['Content-Type', PROBLEM_TYPE, ...denial.headers];
    this.#pushOwn(headers, false);
    this.#closeAfterUnreadBody(headers);
    const bytes = Buffer.from(body);
    this.#responseBytes = bytes.length;
    if (this.#exchange.method === 'HEAD') {
      headers.push('Content-Length', String(bytes.length));
      this.#response.writeHead(status, headers);
      this.#response.end();
    } else writeWhole(this.#response, status, headers, bytes);
    this.#finish(denial.stage === 'upstream' || this.#fault !== null ? 'failed' : 'denied', status, denial);
  }

  /** The head is out already: the only honest way to say that the answer is not whole is to break the connection. */
  #breakOff(denial: Denial): void {
    this.#finish('failed', this.#upstreamStatus ?? 502, denial);
    this.#response.destroy();
  }

  /** A body that nobody reads would be taken for the next request; a small one is drained, else the connection ends with the reply. */
  #closeAfterUnreadBody(headers: string[]): void {
    if (this.#bodyRead || this.#request.complete) return;
    const { contentLength, transferEncoding } = this.#exchange.headers;
    const drainable =
      !this.#malformed() &&
      transferEncoding === null &&
      contentLength !== null &&
      Number(contentLength) <= DRAIN_BYTES &&
      !this.#expectsContinue;
    if (
      (contentLength === null && transferEncoding === null && this.#exchange.denial === null && !this.#malformed()) ||
      drainable
    ) {
      this.#drains = drainable;
      return;
    }
    if (!this.#door.draining && !this.#offersUpgrade()) headers.push('Connection', 'close');
    endAfterReply(this.#request.socket);
  }

  /** A head that was refused before its length was read says nothing about where the next request begins. */
  #malformed(): boolean {
    return this.#exchange.path === '';
  }

  #onFault(error: unknown): void {
    if (this.#finished) return;
    this.#fault = traceOf(error);
    this.#call?.abort();
    const denial = deny('INTERNAL_FAULT', this.#upstreamStatus === null ? 'head' : 'response');
    try {
      if (this.#response.headersSent) this.#breakOff(denial);
      else this.#deny(denial);
    } catch {
      this.#breakOff(denial);
    }
  }

  #onClose(): void {
    const socket = this.#request.socket;
    endOn(socket, this);
    if (!this.#finished) {
      this.#call?.abort();
      this.#finish('aborted', 499, null);
    } else if (!this.#request.complete && !this.#drains) {
      // The upstream answered before it had read the request: the rest of it must not be taken for the next one.
      socket.destroySoon();
    }
  }

  #finish(outcome: Outcome, status: number, denial: Denial | null): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#api.life.end();
    if (this.#request.socket.writableLength > 0) this.#boundStall();
    const exchange = this.#exchange;
    exchange.denial = denial;
    const endedMs = performance.now();
    this.#door.record({
      requestId: exchange.requestId,
      traceId: this.#trace.traceId,
      spanId: this.#trace.spanId,
      parentSpanId: this.#trace.parentSpanId,
      atMs: exchange.nowMs,
      method: exchange.method,
      path: exchange.path,
      query: exchange.query,
      rawHeaders: exchange.rawHeaders,
      httpVersion: exchange.httpVersion,
      clientAddress: exchange.clientAddress,
      peerAddress: exchange.peerAddress,
      operation: exchange.operation,
      principal: exchange.principal,
      outcome,
      status,
      upstreamStatus: this.#upstreamStatus,
      denial,
      observed: exchange.observed,
      fault: this.#fault,
      limits: exchange.limits,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      totalMs: endedMs - this.#startedMs,
      upstreamMs: this.#upstreamMs,
      doorMs:
        (this.#askedMs === 0 ? endedMs : this.#askedMs) -
        this.#startedMs +
        (this.#answeredMs === 0 ? 0 : endedMs - this.#answeredMs),
      stripped: this.#observing ? NOTHING : this.#stripped,
      wouldStrip: this.#observing ? this.#stripped : NOTHING,
      unchecked: this.#unchecked,
      classified: this.#api.classified,
    });
  }
}

/** The name of an error and its frames. Its message may quote what a client sent, line breaks and all: V8's own JSON errors do. */
function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return 'thrown: no error';
  const stack = error.stack ?? '';
  const frames = stack.startsWith(`${error.name}: ${error.message}`)
    ? stack.slice(error.name.length + 2 + error.message.length)
    : '';
  return `${error.name}${frames}`;
}

function firstHeader(rawHeaders: readonly string[], lowerName: string): string | null {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === lowerName.length && name.toLowerCase() === lowerName) return rawHeaders[i + 1] as string;
  }
  return null;
}
