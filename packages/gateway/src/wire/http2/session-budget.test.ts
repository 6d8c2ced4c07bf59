import { describe, expect, it } from 'vitest';
import { SessionBudget } from './session-budget.ts';

/** How many more it bears. */
function left(spend: () => boolean): number {
  let count = 0;
  while (spend()) count += 1;
  return count;
}
const resets = (budget: SessionBudget): number => left(() => budget.spendReset());
const idle = (budget: SessionBudget): number => left(() => budget.spendIdleFrame());

describe('SessionBudget', () => {
  it('bears 200 resets and 1,000 idle frames at once', () => {
    const budget = new SessionBudget(0);
    expect([resets(budget), idle(budget)]).toEqual([200, 1000]);
  });

  it('bears 20 resets and 50 idle frames more a second, and never more than at first', () => {
    const budget = new SessionBudget(0);
    for (let i = 0; i < 200; i += 1) budget.spendReset();
    for (let i = 0; i < 1000; i += 1) budget.spendIdleFrame();
    budget.tick(1000);
    expect([resets(budget), idle(budget)]).toEqual([20, 50]);
    budget.tick(10_000_000);
    expect([resets(budget), idle(budget)]).toEqual([200, 1000]);
  });

  it('bears more of who asks and is answered: a reset for each answer, idle frames for each request and for data', () => {
    const budget = new SessionBudget(0);
    for (let i = 0; i < 200; i += 1) budget.spendReset();
    for (let i = 0; i < 1000; i += 1) budget.spendIdleFrame();
    budget.noteAnswered();
    budget.noteRequest();
    budget.noteDataSent();
    expect([resets(budget), idle(budget)]).toEqual([1, 6]);
  });

  it('counts no reset that is no fault of the client', () => {
    const budget = new SessionBudget(0);
    budget.allowReset();
    expect(resets(budget)).toBe(201);
  });
});
