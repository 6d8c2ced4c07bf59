import { describe, expect, it } from 'vitest';
import { measureMemory } from '../../bench/memory.ts';

describe('memory', () => {
  it('grows by less than 5 % over 20,000 requests of which no two are alike', { timeout: 180_000 }, async () => {
    const result = await measureMemory({ requests: 20_000, warmUp: 20_000, every: 20_000 });
    expect([...result.statuses.keys()].sort()).toEqual(['200', '401', '404', '415']);
    expect(result.ratio).toBeLessThan(1.05);
  });
});
