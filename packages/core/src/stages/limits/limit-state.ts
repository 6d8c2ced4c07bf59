import type { LimitAlgorithm } from '../../policy/policy.ts';

/** What counters need of a limit: numbers only, so that every store decides alike. */
export interface PlannedLimit {
  /** Prefix of the counter's key; unique in the plan. */
  readonly name: string;
  readonly algorithm: LimitAlgorithm;
  readonly limit: number;
  readonly windowMs: number;
  /** Capacity of a token bucket; equals `limit` for the others. */
  readonly burst: number;
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
