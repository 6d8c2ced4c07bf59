import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { CounterPort, LimitState, PlannedLimit } from '@sallyport/core';
import { createMemoryCounters } from '@sallyport/gateway';

const NOW = 1_800_000_000_000;
let made = 0;

/** A limit of its own for each use, so that stores that outlive a test start empty. */
const limitOf = (
  algorithm: PlannedLimit['algorithm'],
  limit: number,
  windowMs: number,
  burst = limit,
): PlannedLimit => ({
  name: `conformance-${process.pid}-${made++}`,
  algorithm,
  limit,
  windowMs,
  burst,
});

/** The state of a counter that 3 were taken from 401 ms before, and nothing else. */
function sameWithout(limit: PlannedLimit, nowMs: number): LimitState {
  const memory = createMemoryCounters();
  memory.take(limit, 'k', 3, nowMs - 401);
  return memory.take(limit, 'k', 0, nowMs);
}

/** What every store of counters has to do alike. `create` gives one that is ready; `close` is called after each test. */
export function describeCounters(
  name: string,
  create: () => Promise<{ readonly counters: CounterPort; readonly close: () => Promise<void> }>,
): void {
  const withCounters = async (run: (counters: CounterPort) => Promise<void>): Promise<void> => {
    const { counters, close } = await create();
    try {
      await run(counters);
    } finally {
      await close();
    }
  };

  describe(`counters: ${name}`, () => {
    it('fixed-window allows its limit, refuses the next, and starts anew with the next window', () =>
      withCounters(async (counters) => {
        const limit = limitOf('fixed-window', 3, 1000);
        for (const remaining of [2, 1, 0]) {
          expect(await counters.take(limit, 'k', 1, NOW + 250)).toEqual({
            allowed: true,
            remaining,
            resetMs: 750,
            retryAfterMs: 0,
          });
        }
        expect(await counters.take(limit, 'k', 1, NOW + 999)).toEqual({
          allowed: false,
          remaining: 0,
          resetMs: 1,
          retryAfterMs: 1,
        });
        expect(await counters.take(limit, 'k', 1, NOW + 1000)).toEqual({
          allowed: true,
          remaining: 2,
          resetMs: 1000,
          retryAfterMs: 0,
        });
      }));

    it('sliding-window counts the window before by the share of it that is still covered', () =>
      withCounters(async (counters) => {
        const limit = limitOf('sliding-window', 4, 1000);
        expect(await counters.take(limit, 'k', 4, NOW + 900)).toMatchObject({ allowed: true, remaining: 0 });
        expect(await counters.take(limit, 'k', 1, NOW + 1000)).toEqual({
          allowed: false,
          remaining: 0,
          resetMs: 1000,
          retryAfterMs: 250,
        });
        expect(await counters.take(limit, 'k', 1, NOW + 1249)).toMatchObject({ allowed: false, retryAfterMs: 1 });
        expect(await counters.take(limit, 'k', 1, NOW + 1250)).toMatchObject({ allowed: true, remaining: 0 });
        expect(await counters.take(limit, 'k', 4, NOW + 3000)).toMatchObject({ allowed: true, remaining: 0 });
      }));

    it('token-bucket spends its burst and refills continuously', () =>
      withCounters(async (counters) => {
        const limit = limitOf('token-bucket', 2, 1000, 5);
        expect(await counters.take(limit, 'k', 5, NOW)).toEqual({
          allowed: true,
          remaining: 0,
          resetMs: 2500,
          retryAfterMs: 0,
        });
        expect(await counters.take(limit, 'k', 1, NOW + 100)).toEqual({
          allowed: false,
          remaining: 0,
          resetMs: 2400,
          retryAfterMs: 400,
        });
        expect(await counters.take(limit, 'k', 1, NOW + 500)).toEqual({
          allowed: true,
          remaining: 0,
          resetMs: 2500,
          retryAfterMs: 0,
        });
        expect(await counters.take(limit, 'k', 5, NOW + 86_400_000)).toMatchObject({ allowed: true, remaining: 0 });
      }));

    it.each(['fixed-window', 'sliding-window', 'token-bucket'] as const)(
      '%s refuses a cost above its capacity for ever and takes nothing',
      (algorithm) =>
        withCounters(async (counters) => {
          const limit = limitOf(algorithm, 3, 1000);
          expect(await counters.take(limit, 'k', 4, NOW)).toMatchObject({
            allowed: false,
            retryAfterMs: Number.POSITIVE_INFINITY,
          });
          expect(await counters.take(limit, 'k', 3, NOW)).toMatchObject({ allowed: true, remaining: 0 });
        }),
    );

    it.each(['fixed-window', 'sliding-window', 'token-bucket'] as const)(
      '%s has what a negative cost gives back at the time it was taken',
      (algorithm) =>
        withCounters(async (counters) => {
          const limit = limitOf(algorithm, 4, 1000);
          await counters.take(limit, 'k', 3, NOW - 400);
          const before = await counters.take(limit, 'k', 0, NOW);
          expect(await counters.take(limit, 'k', 1, NOW)).toMatchObject({ allowed: true });
          expect(await counters.take(limit, 'k', -1, NOW)).toEqual(before);
          expect(await counters.take(limit, 'k', 0, NOW + 1)).toEqual(sameWithout(limit, NOW + 1));
        }),
    );

    it('keeps keys and limits apart, whatever characters are in them', () =>
      withCounters(async (counters) => {
        const one = limitOf('fixed-window', 1, 60_000);
        const keys = ['', 'a', 'a:b', 'a b', 'ä', '\u0000', '__proto__', '{x}', 'x'.repeat(600), '*'];
        for (const key of keys) expect((await counters.take(one, key, 1, NOW)).allowed).toBe(true);
        for (const key of keys) expect((await counters.take(one, key, 1, NOW)).allowed).toBe(false);
        expect((await counters.take(limitOf('fixed-window', 1, 60_000), 'a', 1, NOW)).allowed).toBe(true);
      }));

    it('counts takes that are under way together one by one', () =>
      withCounters(async (counters) => {
        const limit = limitOf('token-bucket', 10, 60_000);
        const states = await Promise.all(
          Array.from({ length: 50 }, async () => await counters.take(limit, 'k', 1, NOW)),
        );
        expect(states.filter((state) => state.allowed)).toHaveLength(10);
      }));

    it('memory_and_this_store_decide_alike', () =>
      withCounters(async (counters) => {
        const memory = createMemoryCounters();
        const algorithm = fc.constantFrom('fixed-window' as const, 'sliding-window' as const, 'token-bucket' as const);
        const steps = fc.array(
          fc.record({
            afterMs: fc.nat(1500),
            cost: fc.integer({ min: 0, max: 4 }),
            key: fc.constantFrom('a', 'b'),
            isGivenBack: fc.boolean(),
          }),
          { maxLength: 25 },
        );
        await fc.assert(
          fc.asyncProperty(
            algorithm,
            fc.integer({ min: 1, max: 9 }),
            fc.integer({ min: 1, max: 9 }),
            fc.constantFrom(7, 1000, 3333),
            steps,
            async (kind, amount, burst, windowMs, takes) => {
              const limit = limitOf(kind, amount, windowMs, kind === 'token-bucket' ? burst : amount);
              let now = NOW;
              for (const { afterMs, cost, key, isGivenBack } of takes) {
                now += afterMs;
                const expected: LimitState = memory.take(limit, key, cost, now);
                expect(await counters.take(limit, key, cost, now)).toEqual(expected);
                if (!isGivenBack || !expected.allowed) continue;
                expect(await counters.take(limit, key, -cost, now)).toEqual(memory.take(limit, key, -cost, now));
              }
            },
          ),
          { numRuns: 60 },
        );
      }));
  });
}
