import { performance } from 'node:perf_hooks';
import type { AccessRecord, Exchange, Outcome, Signal, TraceContext } from '@sallyport/core';
import type { AnswerPath } from './answer-path.ts';
import type { GuardedApi } from './guarded-api.ts';

const NOTHING: readonly string[] = Object.freeze([]);

/** What an exchange knows of itself when it ends. Times are of `performance.now`; 0 is never. */
export interface EndedExchange {
  readonly api: GuardedApi;
  readonly exchange: Exchange;
  readonly trace: TraceContext;
  /** Null where the upstream was not asked. */
  readonly answerPath: AnswerPath | null;
  readonly startedMs: number;
  readonly askedMs: number;
  readonly requestBytes: number;
  /** Bytes of a reply of Sallyport's own. */
  readonly ownBytes: number;
  readonly faultTrace: string | null;
}

/** The record of an exchange that ends now. */
export function accessRecord(
  ended: EndedExchange,
  outcome: Outcome,
  status: number,
  signals: readonly Signal[],
): AccessRecord {
  const { exchange, trace, answerPath: answer, startedMs, askedMs, ownBytes } = ended;
  const endedMs = performance.now();
  const answeredMs = answer?.answeredMs ?? 0;
  return {
    requestId: exchange.requestId,
    traceId: trace.traceId,
    spanId: trace.spanId,
    parentSpanId: trace.parentSpanId,
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
    upstreamStatus: answer?.status ?? null,
    denial: exchange.denial,
    observed: exchange.observed,
    signals,
    fault: ended.faultTrace,
    limits: exchange.limits,
    requestBytes: ended.requestBytes,
    responseBytes: ownBytes === 0 ? (answer?.bytes ?? 0) : ownBytes,
    totalMs: endedMs - startedMs,
    upstreamMs: askedMs === 0 ? 0 : (answer?.endedMs === 0 ? endedMs : (answer?.endedMs ?? endedMs)) - askedMs,
    doorMs: (askedMs === 0 ? endedMs : askedMs) - startedMs + (answeredMs === 0 ? 0 : endedMs - answeredMs),
    stripped: answer?.stripped ?? NOTHING,
    wouldStrip: answer?.wouldStrip ?? NOTHING,
    unchecked: answer?.unchecked ?? null,
    findings: exchange.findings,
    classified: ended.api.classified,
  };
}
