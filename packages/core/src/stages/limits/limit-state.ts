import type { LimitAlgorithm } from '../../policy/limit-algorithm.ts';

/** What counters need of a limit: numbers only, so that every store decides alike. */
export interface PlannedLimit {
  /** Prefix of the counter's key; unique in the plan. */
  readonly name: string;
  readonly algorithm: LimitAlgorithm;
  readonly limit: number;
  readonly windowMs: number;
  /** Capacity of a token bucket; equals `limit` for the others. */
  readonly burst: number;
  /** Counted, but not held against anyone and not told: the rule's own mode is `observe`. Absent: false. */
  readonly observed?: boolean;
}

/** The state of one counter after a request asked for its cost. A refused request takes nothing. */
export interface LimitState {
  readonly allowed: boolean;
  /** Whole units left now. */
  readonly remaining: number;
  /** Milliseconds until the counter is full again (token bucket) or its window ends. */
  readonly resetMs: number;
  /** Milliseconds until this cost would be allowed; 0 when it was. Infinity for a cost above the capacity. */
  readonly retryAfterMs: number;
}

/** The state of a counter that could not be asked. Compared by identity. */
export const COUNTER_UNAVAILABLE: LimitState = Object.freeze({
  allowed: false,
  remaining: 0,
  resetMs: 0,
  retryAfterMs: 0,
});
