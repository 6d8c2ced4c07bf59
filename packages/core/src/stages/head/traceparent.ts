/** What a `traceparent` says, in lower-case hexadecimal. */
export interface Traceparent {
  readonly traceId: string;
  readonly parentSpanId: string;
  /** Sampled and random alone. */
  readonly flags: string;
}

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const MAX_LENGTH = 512;
/** Sampled and random-trace-id; who does not know a flag sends zero on (W3C Trace Context Level 2, section 3.2.2.5). */
const KNOWN_FLAGS = 0b11;

/** Parses a `traceparent` (W3C Trace Context, section 3.2), those of later versions as far as they are known; null where it is none that is valid. */
export function parseTraceparent(text: string | null): Traceparent | null {
  if (text === null || text.length > MAX_LENGTH) return null;
  const [, version, traceId, parentSpanId, flags, rest] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || parentSpanId === undefined || flags === undefined) return null;
  if (version === '00' && rest !== undefined) return null;
  return { traceId, parentSpanId, flags: `0${Number.parseInt(flags, 16) & KNOWN_FLAGS}` };
}
