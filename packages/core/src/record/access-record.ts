import type { Denial } from '../verdict/denial.ts';
import type { LimitState } from '../stages/limits/limit-state.ts';
import type { PlannedOperation } from '../plan/plan.ts';
import type { Principal } from '../principal.ts';

/**
 * How an exchange ended: `passed` to and from the upstream, `denied`, `answered` by Sallyport itself, `failed` by a fault or
 * the upstream, `aborted` by the client.
 */
export type Outcome = 'passed' | 'denied' | 'answered' | 'failed' | 'aborted';

/** Sensitive data that was found where nothing marks it. */
export interface Finding {
  readonly kind: string;
  /** More particularly: `us-ssn` of `national-id`. */
  readonly type: string;
  /** JSON Pointer into the body; items are `*`. */
  readonly pointer: string;
  readonly action: 'report' | 'mask' | 'block';
}
const SIGNALS = ['enumeration'] as const;
/** What an exchange can be a part of, though nothing about it alone is wrong. */
export type Signal = (typeof SIGNALS)[number];

/**
 * The one record of one exchange; logs, metrics and traces read nothing else. Values are as the client sent them where they
 * come from it: whoever writes them masks them first.
 */
export interface AccessRecord {
  readonly requestId: string;
  /** W3C trace context: 32 and 16 hex digits; the parent is null where the client sent none. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  /** Epoch milliseconds of the request's first byte. */
  readonly atMs: number;
  readonly method: string;
  /** Canonical path, percent-encoded; `''` when the head was refused before it was known. */
  readonly path: string;
  readonly query: string | null;
  readonly rawHeaders: readonly string[];
  readonly httpVersion: string;
  readonly clientAddress: string;
  readonly peerAddress: string;
  readonly operation: PlannedOperation | null;
  readonly principal: Principal | null;
  readonly outcome: Outcome;
  /** What the client got; 499 when it had gone before. */
  readonly status: number;
  /** What the upstream gave; null when it was not asked or did not answer. */
  readonly upstreamStatus: number | null;
  readonly denial: Denial | null;
  readonly observed: readonly Denial[];
  /** What the exchange is a part of, as far as it shows: `enumeration` of objects of others. */
  readonly signals: readonly Signal[];
  /** The cause of a fault, for the operator. */
  readonly fault: string | null;
  readonly limits: readonly { readonly limit: { readonly name: string }; readonly state: LimitState }[];
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly totalMs: number;
  /** Time spent waiting for the upstream, answer or none; 0 where it was not asked. The rest is the door's and the client's own. */
  readonly upstreamMs: number;
  /** Time from the first byte until the upstream was asked, or the denial was decided. */
  readonly doorMs: number;
  /** JSON Pointers of response members and names of response headers that were stripped. */
  readonly stripped: readonly string[];
  /** What would have been stripped where responses are only observed. */
  readonly wouldStrip: readonly string[];
  /** Why the response body was not checked; null when it was or there was none. */
  readonly unchecked: string | null;
  /** Sensitive data in unmarked places of the response, at most 20 places. */
  readonly findings?: readonly Finding[];
  /** Names of members that carry a data class, in lower case: what stands below them is not written down. */
  readonly classified: ReadonlySet<string>;
}
