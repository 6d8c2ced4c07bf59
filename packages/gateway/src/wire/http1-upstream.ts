import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { isIP, type LookupFunction } from 'node:net';
import type { UpstreamPolicy } from '@sallyport/core';
import { Connection, type ConnectionCall, type ConnectionOwner, type Endpoint } from './http1/connection.ts';
import { turnMs } from './turn.ts';
import type { UpstreamCall, UpstreamFailure, UpstreamPort, UpstreamRequest, UpstreamSink } from './upstream-port.ts';

/** What TLS towards the upstream needs, already read from its files. */
export interface UpstreamTls {
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
}

/** Requests that may wait for a connection, per connection; more are refused at once instead of timing out in a queue. */
const QUEUE_PER_CONNECTION = 8;
/** An idle connection is closed before the upstream is likely to: Node's servers keep one for five seconds. */
const IDLE_MS = 4_000;
const MAX_IDLE_MS = 60_000;
/** How long each request has a connection of its own, after bytes came that none had asked for. */
const DISTRUST_MS = 10 * 60_000;
/** How often what is too late is looked for. */
const TICK_MS = 50;

/** What is told of, and asked about, each connection. */
export interface UpstreamWatch {
  /** It ends because bytes came on it that no request had asked for. Default: nobody hears of it. */
  readonly onStray?: () => void;
  /** Whether it leads to this door itself. Default: none does. */
  readonly leadsBack?: Endpoint['leadsBack'];
}

/**
 * The wire to the upstream: a bounded pool of HTTP/1.1 keep-alive connections, one request on each at a time and never pipelined, so that
 * strangers' requests are not coupled. A GET, HEAD or OPTIONS without a body that meets a connection which the upstream has just closed is sent once
 * more (RFC 9110, section 9.2.2); nothing else ever is.
 */
export function createHttp1Upstream(
  policy: UpstreamPolicy,
  tls: UpstreamTls,
  lookup: LookupFunction | null = null,
  { onStray = () => undefined, leadsBack = () => false }: UpstreamWatch = {},
): UpstreamPort {
  return new Http1Upstream(policy, { ...endpointOf(policy, tls), lookup, leadsBack }, onStray);
}

function endpointOf(policy: UpstreamPolicy, tls: UpstreamTls): Omit<Endpoint, 'lookup' | 'leadsBack'> {
  const url = new URL(policy.url);
  const secure = url.protocol === 'https:';
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  const serverName = policy.tls.serverName ?? (isIP(host) === 0 ? host : null);
  return {
    host,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    connectTimeoutMs: policy.connectTimeoutMs,
    tls: secure
      ? {
          rejectUnauthorized: policy.tls.verify,
          ALPNProtocols: ['http/1.1'],
          minVersion: 'TLSv1.2',
          ...(serverName === null ? {} : { servername: serverName }),
          ...(tls.ca === null ? {} : { ca: tls.ca }),
          ...(tls.certificate === null ? {} : { cert: tls.certificate }),
          ...(tls.key === null ? {} : { key: tls.key }),
        }
      : null,
  };
}

class Http1Upstream implements UpstreamPort, ConnectionOwner {
  readonly #endpoint: Endpoint;
  readonly #maxConnections: number;
  readonly #tellStray: () => void;
  readonly #connections = new Set<Connection>();
  /** Last used first: what is used stays warm, the rest ages and is closed. */
  readonly #idle: Connection[] = [];
  /** Those that wait for a connection, in their order; who gives up leaves, so they are no more than may be pending. */
  readonly #waiting = new Set<Call>();
  /** Until then no connection carries a second request: what comes late for the first would be its answer. */
  #distrustUntilMs = Number.NEGATIVE_INFINITY;
  #pending = 0;
  #timer: NodeJS.Timeout | null = null;
  #closed: (() => void) | null = null;

  constructor(policy: UpstreamPolicy, endpoint: Endpoint, onStray: () => void) {
    this.#endpoint = endpoint;
    this.#tellStray = onStray;
    this.#maxConnections = policy.connections;
  }

  get pending(): number {
    return this.#pending;
  }

  send(request: UpstreamRequest, sink: UpstreamSink): UpstreamCall {
    const call = new Call(this, request, sink);
    if (this.#pending >= this.#maxConnections * (1 + QUEUE_PER_CONNECTION)) {
      queueMicrotask(() =>
        call.refuse({
          code: 'UPSTREAM_BUSY',
          cause: `${this.#pending} requests under way, ${this.#maxConnections} connections`,
        }),
      );
      return call;
    }
    this.#pending += 1;
    call.counted = true;
    this.place(call, false);
    return call;
  }

  /** Gives a call a connection: an idle one unless `fresh`, a new one, or the next that is free. */
  place(call: Call, fresh: boolean): void {
    this.#watch();
    const idle = fresh ? null : this.#takeIdle();
    const connection = idle ?? (this.#connections.size < this.#maxConnections ? this.#open() : null);
    if (connection === null) {
      call.waitsSinceMs = performance.now();
      this.#waiting.add(call);
    } else {
      call.connection = connection;
      connection.carry(call);
    }
  }

  #takeIdle(): Connection | null {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (idle.isUsable()) return idle;
    return null;
  }

  #open(): Connection {
    const connection = new Connection(this, this.#endpoint);
    this.#connections.add(connection);
    return connection;
  }

  ended(call: Call): void {
    if (!call.counted) return;
    call.counted = false;
    if (this.#waiting.size > 0) this.#waiting.delete(call);
    this.#pending -= 1;
    if (this.#pending === 0) this.#closed?.();
  }

  onStray(): void {
    this.#distrustUntilMs = performance.now() + DISTRUST_MS;
    for (const connection of this.#idle.splice(0)) connection.retire();
    this.#tellStray();
  }

  onIdle(connection: Connection): void {
    if (turnMs() < this.#distrustUntilMs) return connection.retire();
    const next = this.#nextWaiting();
    if (next !== null) {
      next.connection = connection;
      connection.carry(next);
      return;
    }
    const { keepAliveSeconds } = connection;
    const idleMs =
      keepAliveSeconds === null ? IDLE_MS : Math.min(Math.max(keepAliveSeconds * 1000 - 1_000, 0), MAX_IDLE_MS);
    if (idleMs === 0 || this.#closed !== null) connection.destroy();
    else {
      connection.idleUntilMs = turnMs() + idleMs;
      this.#idle.push(connection);
    }
  }

  onGone(connection: Connection): void {
    this.#connections.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    const next = this.#nextWaiting();
    if (next !== null) this.place(next, false);
  }

  #nextWaiting(): Call | null {
    if (this.#waiting.size === 0) return null;
    const [next] = this.#waiting as Iterable<Call>;
    this.#waiting.delete(next as Call);
    return next as Call;
  }

  #watch(): void {
    if (this.#timer !== null) return;
    // Not before what has come is read: timers go first after a stall of ours, and what waits in the kernel is not the upstream's delay.
    this.#timer = setInterval(() => setImmediate(() => this.#tick()), TICK_MS);
    this.#timer.unref();
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) if (connection.deadlineMs < nowMs) connection.expire(nowMs);
    while (this.#idle[0] !== undefined && this.#idle[0].idleUntilMs < nowMs) this.#idle[0].destroy();
    for (const call of this.#waiting)
      if (call.waitsSinceMs + call.request.firstByteTimeoutMs < nowMs)
        call.refuse({ code: 'UPSTREAM_TIMEOUT', cause: 'no connection was free in time' });
    if (this.#connections.size > 0 || this.#waiting.size > 0) return;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  async close(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => (this.#closed = resolve));
    this.#closed = () => undefined;
    for (const connection of this.#connections) connection.destroy();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

/** A request under way. */
class Call implements UpstreamCall, ConnectionCall {
  readonly #upstream: Http1Upstream;
  readonly request: UpstreamRequest;
  /** When it began to wait for a connection. */
  waitsSinceMs = 0;
  #sink: UpstreamSink | null;
  #retried = false;
  unanswered = true;
  counted = false;
  connection: Connection | null = null;

  constructor(upstream: Http1Upstream, request: UpstreamRequest, sink: UpstreamSink) {
    this.#upstream = upstream;
    this.request = request;
    this.#sink = sink;
  }

  onHead(status: number, rawHeaders: string[]): void {
    this.unanswered = false;
    this.#sink?.onUpstreamHead(status, rawHeaders);
  }

  onBody(bytes: Buffer, start: number, end: number): boolean {
    // The buffer is lent, and the sink keeps or sends what it gets.
    const sink = this.#sink;
    if (sink === null) return true;
    const chunk = Buffer.allocUnsafe(end - start);
    bytes.copy(chunk, 0, start, end);
    return sink.onUpstreamData(chunk);
  }

  onEnd(): void {
    this.connection = null;
    this.#end()?.onUpstreamEnd();
  }

  onFailure(failure: UpstreamFailure, stale: boolean): void {
    this.connection = null;
    const { method, body } = this.request;
    if (
      stale &&
      !this.#retried &&
      this.#sink !== null &&
      body === null &&
      (method === 'GET' || method === 'HEAD' || method === 'OPTIONS')
    ) {
      this.#retried = true;
      this.#upstream.place(this, true);
      return;
    }
    this.refuse(failure);
  }

  refuse(failure: UpstreamFailure): void {
    this.#end()?.onUpstreamFailure(failure);
  }

  abort(): void {
    if (this.#end() === null) return;
    const connection = this.connection;
    this.connection = null;
    connection?.destroy();
  }

  resume(): void {
    this.connection?.resume();
  }

  #end(): UpstreamSink | null {
    const sink = this.#sink;
    if (sink === null) return null;
    this.#sink = null;
    this.#upstream.ended(this);
    return sink;
  }
}
