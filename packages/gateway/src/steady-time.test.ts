import { describe, expect, it } from 'vitest';
import { createSteadyTime } from './steady-time.ts';

function setting() {
  const clock = { epochMs: 1_800_000_000_000, monotonicMs: 5_000 };
  const steadyMs = createSteadyTime(
    () => clock.epochMs,
    () => clock.monotonicMs,
  );
  const pass = (ms: number, byDateMs = ms): void => {
    clock.monotonicMs += ms;
    clock.epochMs += byDateMs;
  };
  return { clock, steadyMs, pass };
}

describe('createSteadyTime', () => {
  it('goes on where the clock of the machine is set back', () => {
    const { clock, steadyMs, pass } = setting();
    const startMs = steadyMs();
    pass(100);
    expect(steadyMs()).toBe(startMs + 100);
    clock.epochMs -= 3_600_000;
    expect(steadyMs()).toBe(startMs + 100);
    pass(50);
    expect(steadyMs()).toBe(startMs + 150);
  });

  it('skips what it is set forward by, as after a suspension, and does not return it', () => {
    const { clock, steadyMs, pass } = setting();
    const startMs = steadyMs();
    clock.epochMs += 3_600_000;
    pass(10);
    expect(steadyMs()).toBe(startMs + 3_600_010);
    clock.epochMs -= 3_600_000;
    pass(10);
    expect(steadyMs()).toBe(startMs + 3_600_020);
  });

  it('is no faster for a date in whole milliseconds, however often it is asked', () => {
    const { clock, steadyMs } = setting();
    const [startMs, epochMs] = [steadyMs(), clock.epochMs];
    for (let i = 1; i <= 10_000; i++) {
      clock.monotonicMs += 0.25;
      clock.epochMs = Math.floor(epochMs + i * 0.25);
      steadyMs();
    }
    expect(steadyMs()).toBe(startMs + 2_500);
  });

  it('law: never goes back, and is never behind either clock by more than a second', () => {
    const { clock, steadyMs, pass } = setting();
    const start = { steadyMs: steadyMs(), ...clock };
    let lastMs = start.steadyMs;
    for (let i = 0; i < 5_000; i++) {
      pass(1, i % 7 === 0 ? 2 : i % 501 === 0 ? -90_000 : 1);
      const nowMs = steadyMs();
      expect(nowMs).toBeGreaterThan(lastMs);
      lastMs = nowMs;
      expect(nowMs - start.steadyMs).toBeGreaterThanOrEqual(clock.monotonicMs - start.monotonicMs);
      expect(nowMs - start.steadyMs).toBeGreaterThan(clock.epochMs - start.epochMs - 1_001);
    }
  });
});
