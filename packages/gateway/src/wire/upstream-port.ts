import type { Readable } from 'node:stream';
import type { Code, Exchange } from '@sallyport/core';

/** One request to the API behind the door. `headers` are names and values in turn; lengths and connection headers are the wire's business. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query exactly as they were matched. */
  readonly path: string;
  readonly headers: string[];
  /** Bytes already checked, a stream of `length` bytes (null: unknown, sent chunked), or nothing. */
  readonly body: Uint8Array | Readable | null;
  readonly length: number | null;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** For what answers within this process; never sent. */
  readonly exchange?: Exchange;
}

/** Why the upstream gave no whole answer. `cause` is for the operator. */
export interface UpstreamFailure {
  readonly code: Extract<Code, `UPSTREAM_${string}`>;
  readonly cause: string;
}

/** Receives one answer: the head once, data until the end, or one failure at any point. Nothing comes after an end or a failure. */
export interface UpstreamSink {
  onUpstreamHead(status: number, rawHeaders: string[]): void;
  /** False asks the upstream to pause until `resume`. */
  onUpstreamData(chunk: Buffer): boolean;
  onUpstreamEnd(): void;
  onUpstreamFailure(failure: UpstreamFailure): void;
}

/** A request under way. */
export interface UpstreamCall {
  /** Stops the request; the sink hears nothing more. Harmless when it has ended. */
  abort(): void;
  resume(): void;
}

/** The wire to the API behind the door. */
export interface UpstreamPort {
  send(request: UpstreamRequest, sink: UpstreamSink): UpstreamCall;
  /** Requests under way or waiting for a connection. */
  readonly pending: number;
  /** Lets requests under way finish, then closes every connection. */
  close(): Promise<void>;
}
