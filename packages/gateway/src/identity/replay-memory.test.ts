import { describe, expect, it } from 'vitest';
import { ReplayMemory, type UsedProof } from './replay-memory.ts';

const NOW_MS = 1_800_000_000_000;
const LIFE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Made at this time, and shown at once. */
const proof = (id: string, atMs: number): UsedProof => ({ holder: 'h', key: 'k', id, untilMs: atMs + LIFE_MS });

describe('ReplayMemory', () => {
  it('takes no used proof again where the clock is set forward, and back', () => {
    const memory = new ReplayMemory();
    const used = proof('used', NOW_MS);
    expect(memory.remember(used, NOW_MS)).toBe('new');
    expect(memory.remember(proof('meanwhile', NOW_MS + HOUR_MS), NOW_MS + HOUR_MS)).toBe('new');
    expect(memory.remember(used, NOW_MS + 5_000)).toBe('seen');
  });

  it('takes no used proof again where the clock is set back after it was forgotten, and soon takes new ones', () => {
    const memory = new ReplayMemory();
    const used = proof('used', NOW_MS);
    expect(memory.remember(used, NOW_MS)).toBe('new');
    expect(memory.remember(proof('later', NOW_MS + HOUR_MS), NOW_MS + HOUR_MS)).toBe('new');
    expect(memory.size).toBe(1);
    const backMs = NOW_MS + 1_000;
    expect(memory.remember(used, backMs)).toBe('seen');
    expect(memory.remember(proof('new', backMs + 15_000), backMs + 15_000)).toBe('new');
  });

  it('takes a proof at the end of its time whose request came before others had its like forgotten', () => {
    const memory = new ReplayMemory();
    memory.remember(proof('first', NOW_MS), NOW_MS);
    const endMs = NOW_MS + LIFE_MS;
    expect(memory.remember(proof('after', endMs + 15_000), endMs + 15_000)).toBe('new');
    expect(memory.remember(proof('slow', NOW_MS), endMs)).toBe('new');
  });

  it('holds no more than its bounds, in all and of one holder, whatever its keys, and forgets by time', () => {
    const memory = new ReplayMemory(4, 2);
    const at = (holder: string, id: string, nowMs: number, key = holder): string =>
      memory.remember({ holder, key, id, untilMs: nowMs + 20_000 }, nowMs);
    expect([at('a', '1', 0), at('a', '1', 0), at('a', '1', 0, 'another'), at('a', '3', 0, 'third')]).toEqual([
      'new',
      'seen',
      'new',
      'full',
    ]);
    expect([at('b', '1', 0), at('b', '2', 0), at('c', '1', 0)]).toEqual(['new', 'new', 'full']);
    expect(memory.size).toBe(4);
    expect(at('a', '1', 45_000)).toBe('seen');
    expect(at('a', '1', 45_001)).toBe('new');
    expect(memory.size).toBe(1);
  });
});
