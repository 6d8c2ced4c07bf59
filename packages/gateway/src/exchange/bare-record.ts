import type { AccessRecord, Denial, Outcome } from '@sallyport/core';
import { randomHex } from './random-hex.ts';
import type { Door } from './guarded-api.ts';

/** What is known of a request that never became an exchange. */
export interface BareExchange {
  readonly requestId: string;
  readonly peerAddress: string;
  readonly method: string;
  readonly outcome: Outcome;
  readonly status: number;
  readonly denial: Denial | null;
  readonly bytes: number;
}

/** The access record of what never became an exchange: bytes that are no HTTP, or a request to the redirect port. */
export function bareRecord(
  door: Door,
  { requestId, peerAddress, method, outcome, status, denial, bytes }: BareExchange,
): AccessRecord {
  return {
    requestId,
    traceId: randomHex(32),
    spanId: randomHex(16),
    parentSpanId: null,
    atMs: Date.now(),
    method,
    path: '',
    query: null,
    rawHeaders: [],
    httpVersion: '',
    clientAddress: peerAddress,
    peerAddress,
    operation: null,
    principal: null,
    outcome,
    status,
    upstreamStatus: null,
    denial,
    observed: [],
    signals: [],
    fault: null,
    limits: [],
    requestBytes: 0,
    responseBytes: bytes,
    totalMs: 0,
    upstreamMs: 0,
    doorMs: 0,
    stripped: [],
    wouldStrip: [],
    unchecked: null,
    classified: door.api.classified,
  };
}
