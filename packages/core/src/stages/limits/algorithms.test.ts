import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { LimitAlgorithm } from '../../policy/limit-algorithm.ts';
import { CELL_SIZE, clearCell, idleMs, takeFromCell } from './algorithms.ts';
import type { LimitState, PlannedLimit } from './limit-state.ts';

const NOW = 1_800_000_000_000;
const ALGORITHMS = ['fixed-window', 'sliding-window', 'token-bucket'] as const;

const limitOf = (algorithm: LimitAlgorithm, limit: number, windowMs: number, burst = limit): PlannedLimit => ({
  name: 'x',
  algorithm,
  limit,
  windowMs,
  burst,
});

class Counter {
  readonly limit: PlannedLimit;
  cells = new Float64Array(CELL_SIZE);

  constructor(limit: PlannedLimit) {
    this.limit = limit;
    clearCell(this.cells, 0);
  }

  take(cost: number, nowMs: number): LimitState {
    return takeFromCell(this.limit, this.cells, 0, cost, nowMs);
  }

  copy(): Counter {
    const copy = new Counter(this.limit);
    copy.cells = this.cells.slice();
    return copy;
  }
}

interface Take {
  readonly at: number;
  readonly cost: number;
}

const shape = fc.record({
  limit: fc.integer({ min: 1, max: 20 }),
  burst: fc.integer({ min: 1, max: 30 }),
  windowMs: fc.constantFrom(1, 7, 1000, 1001, 60_000, 86_400_000),
});
/** Gaps as shares of the window, so that boundaries are met often; sometimes a long idle time. */
const steps = fc.array(
  fc.record({
    gap: fc.oneof(fc.double({ min: 0, max: 0.6, noNaN: true }), fc.constantFrom(0, 0, 1, 2, 5, 1000)),
    cost: fc.integer({ min: 0, max: 5 }),
  }),
  { maxLength: 60 },
);

const planOf = (
  algorithm: LimitAlgorithm,
  { limit, burst, windowMs }: { limit: number; burst: number; windowMs: number },
): PlannedLimit => limitOf(algorithm, limit, windowMs, algorithm === 'token-bucket' ? burst : limit);

/** Plays the steps and returns what was allowed; `check` sees each state with the counter as it was before. */
function play(
  counter: Counter,
  taken: readonly { gap: number; cost: number }[],
  check: (before: Counter, state: LimitState, take: Take) => void = () => undefined,
): Take[] {
  const allowed: Take[] = [];
  let now = NOW;
  for (const { gap, cost } of taken) {
    now += Math.floor(gap * counter.limit.windowMs);
    const before = counter.copy();
    const state = counter.take(cost, now);
    check(before, state, { at: now, cost });
    if (state.allowed) allowed.push({ at: now, cost });
  }
  return allowed;
}

const sum = (takes: readonly Take[]): number => takes.reduce((total, { cost }) => total + cost, 0);

describe('laws of the algorithms', () => {
  it.each(['fixed-window', 'sliding-window'] as const)(
    'never_more_than_limit_in_window: %s, aligned windows',
    (algorithm) => {
      fc.assert(
        fc.property(shape, steps, (numbers, taken) => {
          const counter = new Counter(planOf(algorithm, numbers));
          const windows = Map.groupBy(play(counter, taken), ({ at }) => Math.floor(at / numbers.windowMs));
          for (const takes of windows.values()) expect(sum(takes)).toBeLessThanOrEqual(numbers.limit);
        }),
        { numRuns: 500 },
      );
    },
  );

  it('sliding_window_stays_within_its_bound_of_the_exact_log', () => {
    fc.assert(
      fc.property(shape, steps, (numbers, taken) => {
        const { windowMs, limit } = numbers;
        const allowed = play(new Counter(planOf('sliding-window', numbers)), taken);
        for (const { at } of allowed) {
          const inSliding = sum(allowed.filter((take) => take.at > at - windowMs && take.at <= at));
          expect(inSliding).toBeLessThanOrEqual(limit * (1 + (at % windowMs) / windowMs));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('sliding_window_is_one_request_a_window_from_the_exact_log_on_even_traffic', () => {
    const counter = new Counter(limitOf('sliding-window', 60, 60_000));
    // One a second is exactly the limit: an exact log refuses none of these, the weighted counter at most one a window.
    let refused = 0;
    for (let second = 0; second < 600; second++) refused += counter.take(1, NOW + second * 1000).allowed ? 0 : 1;
    expect(refused).toBeLessThanOrEqual(10);
  });

  it('token_bucket_never_exceeds_burst_plus_rate_times_t', () => {
    fc.assert(
      fc.property(shape, steps, (numbers, taken) => {
        const { limit, burst, windowMs } = numbers;
        const allowed = play(new Counter(planOf('token-bucket', numbers)), taken);
        for (let from = 0; from < allowed.length; from++) {
          let total = 0;
          for (let to = from; to < allowed.length; to++) {
            total += allowed[to]?.cost ?? 0;
            const elapsed = (allowed[to]?.at ?? 0) - (allowed[from]?.at ?? 0);
            expect(total * windowMs).toBeLessThanOrEqual(burst * windowMs + limit * elapsed);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('token_bucket_allows_all_that_burst_and_rate_allow', () => {
    const counter = new Counter(limitOf('token-bucket', 3, 1000, 3));
    for (let index = 0; index < 3; index++) expect(counter.take(1, NOW).allowed).toBe(true);
    let allowed = 0;
    for (let ms = 1; ms <= 100_000; ms++) allowed += counter.take(1, NOW + ms).allowed ? 1 : 0;
    expect(allowed).toBe(300);
  });

  it.each(ALGORITHMS)('refused_request_takes_nothing: %s', (algorithm) => {
    fc.assert(
      fc.property(shape, steps, fc.nat(3000), (numbers, taken, laterMs) => {
        const counter = new Counter(planOf(algorithm, numbers));
        play(counter, taken, (before, state, { at }) => {
          if (state.allowed) return;
          const after = counter.copy();
          for (const cost of [1, 2, 5])
            expect(after.copy().take(cost, at + laterMs)).toEqual(before.copy().take(cost, at + laterMs));
        });
      }),
      { numRuns: 300 },
    );
  });

  it.each(ALGORITHMS)('waiting_retry_after_is_enough_and_no_less_is: %s', (algorithm) => {
    fc.assert(
      fc.property(shape, steps, (numbers, taken) => {
        const counter = new Counter(planOf(algorithm, numbers));
        play(counter, taken, (_, state, { at, cost }) => {
          if (state.allowed) {
            expect(state.retryAfterMs).toBe(0);
            return;
          }
          const capacity = counter.limit.burst;
          expect(Number.isFinite(state.retryAfterMs)).toBe(cost <= capacity);
          if (cost > capacity) return;
          expect(state.retryAfterMs).toBeGreaterThanOrEqual(1);
          expect(counter.copy().take(cost, at + state.retryAfterMs).allowed).toBe(true);
          expect(counter.copy().take(cost, at + state.retryAfterMs - 1).allowed).toBe(false);
        });
      }),
      { numRuns: 500 },
    );
  });

  it.each(ALGORITHMS)('remaining_is_what_could_be_taken_now: %s', (algorithm) => {
    fc.assert(
      fc.property(shape, steps, (numbers, taken) => {
        const counter = new Counter(planOf(algorithm, numbers));
        play(counter, taken, (_, state, { at }) => {
          expect(state.remaining).toBeGreaterThanOrEqual(0);
          expect(counter.copy().take(state.remaining, at).allowed).toBe(true);
          expect(counter.copy().take(state.remaining + 1, at).allowed).toBe(false);
        });
      }),
      { numRuns: 300 },
    );
  });

  it.each(['fixed-window', 'sliding-window'] as const)('reset_is_the_end_of_the_aligned_window: %s', (algorithm) => {
    fc.assert(
      fc.property(shape, steps, (numbers, taken) => {
        play(new Counter(planOf(algorithm, numbers)), taken, (_, { resetMs }, { at }) => {
          expect(resetMs).toBe(numbers.windowMs - (at % numbers.windowMs));
        });
      }),
      { numRuns: 100 },
    );
  });

  it('reset_is_when_the_bucket_is_full_and_no_sooner', () => {
    fc.assert(
      fc.property(shape, steps, (numbers, taken) => {
        const counter = new Counter(planOf('token-bucket', numbers));
        play(counter, taken, (_, { resetMs }, { at }) => {
          const fullAt = (ms: number): boolean => counter.copy().take(numbers.burst, ms).allowed;
          expect(resetMs).toBeGreaterThanOrEqual(0);
          expect(fullAt(at + resetMs)).toBe(true);
          if (resetMs > 0) expect(fullAt(at + resetMs - 1)).toBe(false);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('reset_of_a_bucket_counts_from_a_clock_that_went_back', () => {
    const counter = new Counter(limitOf('token-bucket', 10, 1000));
    counter.take(10, NOW);
    const back = counter.take(1, NOW - 500);
    expect(back).toEqual({ allowed: false, remaining: 0, resetMs: 1500, retryAfterMs: 600 });
    expect(counter.take(1, NOW + 100)).toMatchObject({ allowed: true, remaining: 0, resetMs: 1000 });
  });

  it.each(ALGORITHMS)('an_idle_counter_is_as_good_as_new: %s', (algorithm) => {
    fc.assert(
      fc.property(shape, steps, (numbers, taken) => {
        const limit = planOf(algorithm, numbers);
        const counter = new Counter(limit);
        let last = NOW;
        play(counter, taken, (_, __, { at }) => (last = at));
        const later = last + idleMs(limit);
        expect(counter.take(1, later)).toEqual(new Counter(limit).take(1, later));
      }),
      { numRuns: 300 },
    );
  });

  it.each(ALGORITHMS)('a_clock_that_jumps_back_within_a_window_frees_nothing: %s', (algorithm) => {
    fc.assert(
      fc.property(
        shape,
        fc.array(fc.record({ offset: fc.nat(1000), cost: fc.integer({ min: 1, max: 3 }) }), { maxLength: 60 }),
        (numbers, taken) => {
          // Times lie anywhere within one window's length, in any order.
          const limit = planOf(algorithm, numbers);
          const counter = new Counter(limit);
          let total = 0;
          for (const { offset, cost } of taken)
            total += counter.take(cost, NOW + Math.floor((offset / 1000) * numbers.windowMs)).allowed ? cost : 0;
          // At most two aligned windows are touched, or one window's refill.
          expect(total).toBeLessThanOrEqual(algorithm === 'token-bucket' ? limit.burst + limit.limit : 2 * limit.limit);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the algorithms at their edges', () => {
  it.each(ALGORITHMS)('%s goes on after the clock jumped back by an hour', (algorithm) => {
    const counter = new Counter(limitOf(algorithm, 2, 1000));
    counter.take(2, NOW);
    const state = counter.take(1, NOW - 3_600_000);
    expect(state.allowed).toBe(false);
    expect(state.retryAfterMs).toBeLessThanOrEqual(2000);
    expect(counter.take(1, NOW - 3_600_000 + state.retryAfterMs).allowed).toBe(true);
  });

  it.each(ALGORITHMS)('%s refuses a cost that is no number, and everything where the limit is zero', (algorithm) => {
    expect(new Counter(limitOf(algorithm, 5, 1000)).take(Number.NaN, NOW)).toMatchObject({
      allowed: false,
      retryAfterMs: Number.POSITIVE_INFINITY,
    });
    expect(new Counter(limitOf(algorithm, 0, 1000)).take(1, NOW)).toMatchObject({
      allowed: false,
      remaining: 0,
      retryAfterMs: Number.POSITIVE_INFINITY,
    });
  });

  it.each(ALGORITHMS)('%s allows a cost of nothing on an empty counter', (algorithm) => {
    const counter = new Counter(limitOf(algorithm, 1, 1000));
    counter.take(1, NOW);
    expect(counter.take(0, NOW)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it.each(ALGORITHMS)('%s gives back no more than was taken', (algorithm) => {
    const limit = limitOf(algorithm, 3, 1000);
    const counter = new Counter(limit);
    const unused = new Counter(limit).take(0, NOW);
    expect(counter.take(-2, NOW)).toEqual(unused);
    expect(counter.take(4, NOW).allowed).toBe(false);
    counter.take(1, NOW);
    expect(counter.take(-2, NOW)).toEqual(unused);
    expect(counter.take(3, NOW)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it('token-bucket is full from the start even where filling would take longer than since the epoch', () => {
    expect(new Counter(limitOf('token-bucket', 1, 2_678_400_000, 100_000)).take(100_000, NOW).allowed).toBe(true);
  });

  it('takes fractions of milliseconds for the millisecond they are in', () => {
    const counter = new Counter(limitOf('fixed-window', 1, 1000));
    expect(counter.take(1, NOW + 999.9)).toMatchObject({ allowed: true, resetMs: 1 });
  });
});
