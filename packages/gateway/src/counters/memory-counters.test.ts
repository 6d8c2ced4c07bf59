import { describe, expect, it } from 'vitest';
import type { PlannedLimit } from '@sallyport/core';
import { createMemoryCounters } from './memory-counters.ts';

const LIMIT: PlannedLimit = { name: 'login', algorithm: 'fixed-window', limit: 2, windowMs: 60_000, burst: 2 };
const NOW = 1_800_000_000_000;

describe('createMemoryCounters', () => {
  it('refuses a capacity that is no positive integer', () => {
    for (const maxKeys of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => createMemoryCounters({ maxKeys })).toThrow(RangeError);
  });

  it('never holds more than maxKeys, whatever clients send', () => {
    const counters = createMemoryCounters({ maxKeys: 1000 });
    for (let index = 0; index < 20_000; index++) {
      counters.take(LIMIT, `key ${index}`, 1, NOW);
      counters.take({ ...LIMIT, name: `other ${index % 3}` }, `key ${index}`, 1, NOW);
      expect(counters.size).toBeLessThanOrEqual(1000 + 500);
    }
    expect(counters.size).toBeLessThanOrEqual(1000);
  });

  it('tells how many keys it holds, those of both generations', () => {
    const counters = createMemoryCounters({ maxKeys: 4 });
    const sizes = ['a', 'b', 'c', 'd', 'e'].map((key) => {
      counters.take(LIMIT, key, 1, NOW);
      return counters.size;
    });
    expect(sizes).toEqual([1, 2, 3, 4, 3]);
  });

  it('keeps a slow bucket where a fast one of the same name comes in', () => {
    const counters = createMemoryCounters();
    const slow: PlannedLimit = { name: '@key-1m', algorithm: 'token-bucket', limit: 1, windowMs: 60_000, burst: 1000 };
    counters.take(slow, 'slow', 1000, NOW);
    counters.take({ ...slow, limit: 10, burst: 10 }, 'fast', 1, NOW + 61_000);
    expect(counters.take(slow, 'slow', 5, NOW + 62_000).allowed).toBe(false);
  });

  it('does not let a flood under one limit reset a counter of another', () => {
    const counters = createMemoryCounters({ maxKeys: 1000 });
    counters.take(LIMIT, 'mallory', 2, NOW);
    for (let index = 0; index < 100_000; index++)
      counters.take({ ...LIMIT, name: 'by-header' }, `made up ${index}`, 1, NOW);
    expect(counters.take(LIMIT, 'mallory', 1, NOW).allowed).toBe(false);
  });

  it('keeps a counter that is in use through any flood under its own limit', () => {
    const counters = createMemoryCounters({ maxKeys: 1000 });
    counters.take(LIMIT, 'busy', 2, NOW);
    for (let index = 0; index < 100_000; index++) {
      counters.take(LIMIT, `made up ${index}`, 1, NOW);
      if (index % 400 === 0) expect(counters.take(LIMIT, 'busy', 1, NOW).allowed).toBe(false);
    }
  });

  it('forgets a counter in use only after half a table of other keys', () => {
    const counters = createMemoryCounters({ maxKeys: 1000 });
    counters.take(LIMIT, 'quiet', 2, NOW);
    for (let index = 0; index < 499; index++) counters.take(LIMIT, `other ${index}`, 1, NOW);
    expect(counters.take(LIMIT, 'quiet', 1, NOW).allowed).toBe(false);
  });

  it.each(['fixed-window', 'sliding-window', 'token-bucket'] as const)(
    'drops keys of a %s that count for nothing any more, and none that do',
    (algorithm) => {
      const limit: PlannedLimit = { ...LIMIT, algorithm };
      const counters = createMemoryCounters();
      counters.take(limit, 'a', 2, NOW);
      for (let ms = 0; ms <= 59_000; ms += 1000) counters.take(limit, `minute one ${ms}`, 1, NOW + ms);
      expect(counters.take(limit, 'a', 2, NOW).allowed).toBe(false);
      const later = NOW + 600_000;
      counters.take(limit, 'b', 1, later);
      expect(counters.size).toBe(1);
      expect(counters.take(limit, 'a', 2, later).allowed).toBe(true);
    },
  );

  it('keeps what was counted when the same limit comes anew, as after a reload', () => {
    const counters = createMemoryCounters();
    counters.take(LIMIT, 'a', 2, NOW);
    expect(counters.take({ ...LIMIT }, 'a', 1, NOW).allowed).toBe(false);
    expect(counters.take({ ...LIMIT, limit: 5, burst: 5 }, 'a', 1, NOW)).toMatchObject({ allowed: true, remaining: 2 });
    expect(counters.take({ ...LIMIT, windowMs: 1000 }, 'a', 2, NOW).allowed).toBe(true);
  });

  it('gives up tables of limits that nobody asks any more', () => {
    const counters = createMemoryCounters();
    const first = { ...LIMIT, name: 'first' };
    counters.take(first, 'a', 1, NOW);
    counters.take({ ...LIMIT, name: 'second' }, 'a', 1, NOW + 300_000);
    expect(counters.size).toBe(1);
    expect(counters.take(first, 'a', 2, NOW + 300_000).allowed).toBe(true);
    expect(counters.size).toBe(2);
  });
});
