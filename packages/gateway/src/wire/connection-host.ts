import type { Http2Metrics } from '../metrics/http2-metrics.ts';
import type { ClientExchange, ClientPeer, ClientRequest, WireError } from './client-request.ts';

/** Where a connection's bytes that are no request can be answered. */
export interface MalformedPeer {
  readonly peer: ClientPeer;
  /** How many bytes of the body are sent; null where nobody is there any more. */
  refuse(status: number, headers: readonly string[], body: Uint8Array): number | null;
}

/** A connection of a listener, whatever is spoken on it. */
export interface HostedConnection {
  /** Looks for what is too late; `nowMs` is the host's `clockMs`. */
  tick(nowMs: number): void;
  /** Its next reply says that it is the last, where the protocol has a word for that. */
  endSoon(): void;
  /** Takes no more requests, and ends as soon as none is under way; one on which none has come yet is given a moment for it. */
  endIdle(): void;
  destroy(): void;
}

/** What a connection asks of its listener. */
export interface ConnectionHost {
  readonly maxHeadBytes: number;
  readonly headTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  /** How long a client may take nothing of what is written to it. */
  stallTimeoutMs(): number;
  /** Replies close their connections. */
  readonly draining: boolean;
  /** A time of the host's own, at most a tick old, which stands still while this process does. */
  readonly clockMs: number;
  readonly http2: Http2Metrics;
  open(request: ClientRequest): ClientExchange & { run(): void };
  /** Bytes that are no request; nothing was answered. */
  onMalformed(error: WireError, from: MalformedPeer): void;
  onClosed(connection: HostedConnection): void;
}
