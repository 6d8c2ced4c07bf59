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

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Carries a caller's trace on, or begins one (W3C Trace Context, section 3.2). An invalid `traceparent` is as none at all.
 * `random` gives that many random hex digits.
 */
export function continueTrace(traceparent: string | null, random: (digits: number) => string): TraceContext {
  const spanId = random(16);
  if (traceparent !== null && traceparent.length <= 512) {
    const [, version, traceId, parentSpanId, flags, rest] = TRACEPARENT.exec(traceparent) ?? [];
    const whole = version !== undefined && version !== 'ff' && (version !== '00' || rest === undefined);
    if (
      whole &&
      traceId !== undefined &&
      parentSpanId !== undefined &&
      flags !== undefined &&
      !/^0+$/.test(traceId) &&
      !/^0+$/.test(parentSpanId)
    )
      return { traceId, spanId, parentSpanId, flags };
  }
  return { traceId: random(32), spanId, parentSpanId: null, flags: '01' };
}

/** The `traceparent` for the next hop. */
export function renderTraceparent(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.flags}`;
}
