import { describe, expect, it } from 'vitest';
import { LookBudget } from './look-budget.ts';

describe('LookBudget', () => {
  it('gives so many in a window, and as many in the next', () => {
    const budget = new LookBudget(2, 1_000);
    expect([0, 1, 2, 999].map((ms) => budget.take(ms))).toEqual([true, true, false, false]);
    expect([1_000, 1_001, 1_002].map((ms) => budget.take(ms))).toEqual([true, true, false]);
  });

  it('saves nothing up', () => {
    const budget = new LookBudget(1, 1_000);
    budget.take(0);
    expect([10_000, 10_001].map((ms) => budget.take(ms))).toEqual([true, false]);
  });

  it('goes on where the clock was set back', () => {
    const budget = new LookBudget(1, 1_000);
    budget.take(50_000);
    expect(budget.take(10)).toBe(true);
  });
});
