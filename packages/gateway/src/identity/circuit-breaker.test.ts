import { describe, expect, test } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.ts';

function broken(): CircuitBreaker {
  const breaker = new CircuitBreaker();
  for (let i = 0; i < 5; i++) {
    expect(breaker.admits(0)).toBe(true);
    breaker.failed(0);
  }
  return breaker;
}

describe('CircuitBreaker', () => {
  test('leaves alone what failed five times in a row, for a second', () => {
    const breaker = broken();
    expect(breaker.admits(999)).toBe(false);
    expect(breaker.admits(1000)).toBe(true);
  });

  test('lets one question through after the pause, and no other until it was answered', () => {
    const breaker = broken();
    expect([breaker.admits(1000), breaker.admits(1000), breaker.admits(99_000)]).toEqual([true, false, false]);
    breaker.succeeded();
    expect([breaker.admits(99_000), breaker.admits(99_000)]).toEqual([true, true]);
  });

  test('doubles the pause with every failure, to half a minute', () => {
    const breaker = broken();
    let nowMs = 1000;
    for (const pauseMs of [2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      expect(breaker.admits(nowMs)).toBe(true);
      breaker.failed(nowMs);
      expect(breaker.admits(nowMs + pauseMs - 1)).toBe(false);
      nowMs += pauseMs;
    }
  });

  test('counts failures anew after a success', () => {
    const breaker = new CircuitBreaker();
    for (let i = 0; i < 20; i++) {
      breaker.failed(0);
      if (i % 4 === 3) breaker.succeeded();
    }
    expect(breaker.admits(0)).toBe(true);
  });
});
