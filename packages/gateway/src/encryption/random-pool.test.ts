import { expect, it } from 'vitest';
import { RandomPool } from './random-pool.ts';

it('law: gives no byte twice, and leaves alone what was taken', () => {
  const pool = new RandomPool();
  const taken: { readonly bytes: Buffer; readonly was: string }[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < 2_000; i++) {
    const bytes = pool.take(i % 2 === 0 ? 16 : 12);
    expect(bytes.length).toBe(i % 2 === 0 ? 16 : 12);
    taken.push({ bytes, was: bytes.toString('hex') });
    // Chance gives 96 bits twice once in 10^22 such runs.
    seen.add(bytes.toString('hex', 0, 12));
  }
  expect(seen.size).toBe(2_000);
  for (const { bytes, was } of taken) expect(bytes.toString('hex')).toBe(was);
});

it('gives whole pools, and an empty piece', () => {
  const pool = new RandomPool();
  expect([pool.take(0).length, pool.take(4096).length, pool.take(1).length]).toEqual([0, 4096, 1]);
});
