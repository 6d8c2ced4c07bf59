import { describe, expect, it } from 'vitest';
import { ANONYMOUS, Exchange, type CounterPort, type Principal, type TokensPolicy } from '@sallyport/core';
import { createMemoryCounters } from '../counters/memory-counters.ts';
import { createTokenLimits } from './token-limits.ts';

const NOW = 1_800_000_000_000;
const MINUTE = { windowMs: 60_000 };
const POLICY = {
  keyRate: { limit: 2, ...MINUTE },
  failures: { limit: 3, ...MINUTE },
  keyFailures: { limit: 5, ...MINUTE },
} as TokensPolicy;
const from = (address: string, nowMs = NOW): Exchange => new Exchange('id', nowMs, 'POST', '/token', [], address, true);
const KEY: Principal = { ...ANONYMOUS, kind: 'key', keyId: 'a', keys: [{ family: 'first', limits: [] }] };

describe('createTokenLimits', () => {
  it('counts an IPv6 /64 as one address, and admits again when its window is over', async () => {
    const limits = createTokenLimits(POLICY, createMemoryCounters());
    for (let host = 1; host <= 3; host++) {
      expect(await limits.admit('x', from(`2001:db8::${host}`))).toBeNull();
      await limits.failed(null, from(`2001:db8::${host}`));
    }
    expect(await limits.admit('x', from('2001:db8::9'))).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      rule: 'limits/@token-failures',
    });
    expect(await limits.admit('x', from('2001:db8:0:1::1'))).toBeNull();
    expect(await limits.admit('x', from('2001:db8::9', NOW + 180_000))).toBeNull();
  });

  it('asks without counting: any number of admissions uses nothing up', async () => {
    const limits = createTokenLimits(POLICY, createMemoryCounters());
    for (let index = 0; index < 100; index++) expect(await limits.admit('x', from('192.0.2.1'))).toBeNull();
  });

  it('counts an id from everywhere, and exempts it only where its key was proved', async () => {
    const limits = createTokenLimits(POLICY, createMemoryCounters());
    expect(await limits.proved(KEY, from('192.0.2.1'))).toBeNull();
    for (let host = 1; host <= 5; host++) await limits.failed('a', from(`198.51.100.${host}`));
    expect(await limits.admit('a', from('192.0.2.1'))).toBeNull();
    expect(await limits.admit('a', from('203.0.113.1'))).toMatchObject({ rule: 'limits/@token-failures-by-id' });
    expect(await limits.admit('b', from('203.0.113.1'))).toBeNull();
  });

  it('refuses with LIMIT_STORE_UNAVAILABLE what cannot be counted', async () => {
    const counters: CounterPort = { take: () => Promise.reject(new Error('away')) };
    const limits = createTokenLimits(POLICY, counters);
    expect(await limits.admit('a', from('192.0.2.1'))).toMatchObject({ code: 'LIMIT_STORE_UNAVAILABLE' });
    expect(await limits.proved(KEY, from('192.0.2.1'))).toMatchObject({ code: 'LIMIT_STORE_UNAVAILABLE' });
    await expect(limits.failed('a', from('192.0.2.1'))).resolves.toBeUndefined();
  });
});
