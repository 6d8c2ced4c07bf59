import { Pool, type Dispatcher } from 'undici';
import type { UpstreamPolicy } from '@sallyport/core';
import type { UpstreamCall, UpstreamFailure, UpstreamPort, UpstreamRequest, UpstreamSink } from './upstream-port.ts';

/** What TLS towards the upstream needs, already read from its files. */
export interface UpstreamTls {
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
}

/** Requests that may wait for a connection, per connection; more are refused at once instead of timing out in a queue. */
const QUEUE_PER_CONNECTION = 8;
const MAX_HEAD_BYTES = 64 * 1024;

/** Connects to the upstream with a bounded pool of keep-alive connections, one request on each at a time: never pipelined, so strangers' requests are not coupled. */
export function createUndiciUpstream(policy: UpstreamPolicy, tls: UpstreamTls): UpstreamPort {
  const origin = new URL(policy.url).origin;
  const pool = new Pool(origin, {
    connections: policy.connections,
    pipelining: 1,
    headersTimeout: policy.firstByteTimeoutMs,
    bodyTimeout: policy.idleTimeoutMs,
    maxHeaderSize: MAX_HEAD_BYTES,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 600_000,
    allowH2: false,
    connect: {
      timeout: policy.connectTimeoutMs,
      rejectUnauthorized: policy.tls.verify,
      allowH2: false,
      ...(policy.tls.serverName === null ? {} : { servername: policy.tls.serverName }),
      ...(tls.ca === null ? {} : { ca: tls.ca }),
      ...(tls.certificate === null ? {} : { cert: tls.certificate }),
      ...(tls.key === null ? {} : { key: tls.key }),
    },
  });
  const counter = { pending: 0 };
  const maxPending = policy.connections * (1 + QUEUE_PER_CONNECTION);
  return {
    send(request, sink) {
      const call = new UndiciCall(pool, request, sink, counter);
      if (counter.pending >= maxPending) call.refuse({ code: 'UPSTREAM_BUSY', cause: `${counter.pending} requests under way, ${policy.connections} connections` });
      else call.start();
      return call;
    },
    get pending() {
      return counter.pending;
    },
    close: () => pool.close(),
  };
}

/** One dispatch. The handler is one class with fixed fields: closures per request cost more than the call itself. */
class UndiciCall implements UpstreamCall, Dispatcher.DispatchHandler {
  readonly #pool: Pool;
  readonly #request: UpstreamRequest;
  readonly #counter: { pending: number };
  #sink: UpstreamSink | null;
  #controller: Dispatcher.DispatchController | null = null;
  #headSeen = false;
  #retried = false;
  #counted = false;
  #aborted = false;

  constructor(pool: Pool, request: UpstreamRequest, sink: UpstreamSink, counter: { pending: number }) {
    this.#pool = pool;
    this.#request = request;
    this.#sink = sink;
    this.#counter = counter;
  }

  start(): void {
    this.#counted = true;
    this.#counter.pending += 1;
    this.#dispatch();
  }

  refuse(failure: UpstreamFailure): void {
    queueMicrotask(() => this.#fail(failure));
  }

  #dispatch(): void {
    const request = this.#request;
    const headers = request.headers;
    try {
      this.#pool.dispatch(
        {
          path: request.path,
          method: request.method as Dispatcher.HttpMethod,
          headers,
          body: request.body as Buffer | null,
          headersTimeout: request.firstByteTimeoutMs,
          bodyTimeout: request.idleTimeoutMs,
          // A stream's end is the end of the exchange: without this, undici would wait for the body of a request it could send again.
          idempotent: request.body === null,
        },
        this,
      );
    } catch (error) {
      this.#fail({ code: 'UPSTREAM_BROKEN', cause: describe(error) });
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted) controller.abort(new Error('the exchange is over'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    this.#headSeen = true;
    const raw = controller.rawHeaders as readonly Buffer[] | null;
    const headers = new Array<string>(raw?.length ?? 0);
    // latin1 keeps every byte as one character, so a header value passes byte for byte.
    if (raw !== null && raw !== undefined) for (let i = 0; i < raw.length; i++) headers[i] = (raw[i] as Buffer).toString('latin1');
    this.#sink?.onUpstreamHead(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#sink !== null && !this.#sink.onUpstreamData(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    const sink = this.#end();
    sink?.onUpstreamEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // A keep-alive connection that the upstream closed while we wrote: nothing of an answer was seen and the request has no
    // body and no effect by its method, so it is sent once more (RFC 9110, section 9.2.2).
    if (!this.#headSeen && !this.#retried && !this.#aborted && this.#request.body === null && isClosedByPeer(error) && isSafe(this.#request.method)) {
      this.#retried = true;
      this.#controller = null;
      this.#dispatch();
      return;
    }
    this.#fail(classify(error));
  }

  abort(): void {
    if (this.#sink === null) return;
    this.#end();
    this.#aborted = true;
    this.#controller?.abort(new Error('the exchange is over'));
  }

  resume(): void {
    if (this.#sink !== null) this.#controller?.resume();
  }

  #end(): UpstreamSink | null {
    const sink = this.#sink;
    this.#sink = null;
    if (this.#counted) {
      this.#counted = false;
      this.#counter.pending -= 1;
    }
    return sink;
  }

  #fail(failure: UpstreamFailure): void {
    this.#end()?.onUpstreamFailure(failure);
  }
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function errorCode(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

function isClosedByPeer(error: Error): boolean {
  const code = errorCode(error);
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);
const UNREACHABLE = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'ENOENT', 'EACCES']);

function classify(error: Error): UpstreamFailure {
  const code = errorCode(error);
  const cause = describe(error);
  if (TIMEOUTS.has(code)) return { code: 'UPSTREAM_TIMEOUT', cause };
  if (UNREACHABLE.has(code) || code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code.includes('CERT') || code.startsWith('UNABLE_TO'))
    return { code: 'UPSTREAM_UNREACHABLE', cause };
  return { code: 'UPSTREAM_BROKEN', cause };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = errorCode(error);
  return code === '' ? error.message : `${code}: ${error.message}`;
}
