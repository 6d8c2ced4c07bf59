import { parseTraceparent } from '../stages/head/traceparent.ts';

/** W3C Trace Context of one exchange. */
export interface TraceContext {
  readonly traceId: string;
  /** Our own span. */
  readonly spanId: string;
  /** The caller's span; null where the caller sent none that is valid. */
  readonly parentSpanId: string | null;
  /** Two hex digits. */
  readonly flags: string;
}

/**
 * Carries a caller's trace on, or begins one (W3C Trace Context, section 3.2). An invalid `traceparent` is as none at all.
 * `random` gives that many random hex digits.
 */
export function continueTrace(traceparent: string | null, random: (digits: number) => string): TraceContext {
  const spanId = random(16);
  const caller = parseTraceparent(traceparent);
  return caller === null
    ? { traceId: random(32), spanId, parentSpanId: null, flags: '01' }
    : { traceId: caller.traceId, spanId, parentSpanId: caller.parentSpanId, flags: caller.flags };
}

/** The `traceparent` for the next hop. */
export function renderTraceparent(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.flags}`;
}
