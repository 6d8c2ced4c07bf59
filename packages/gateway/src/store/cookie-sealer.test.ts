import { describe, expect, it } from 'vitest';
import { createCookieSealer, type CookieSealer } from './cookie-sealer.ts';
import { createKeyRing } from './key-ring.ts';
import { StoreError } from './store-error.ts';

const KEYS = Array.from({ length: 7 }, (_, index) => `key ${index} for tests that is long enough`);
const ids = KEYS.map((key) => createKeyRing([key]).ids[0]);

/** Cookies of a node that has keys of these numbers, in a store that is sealed under one of them; `former` were what it was sealed under before. */
function cookies(named: readonly number[], current: number, former: readonly number[] = []): CookieSealer {
  const key = (index: number): string => KEYS[index] ?? '';
  const voucher = (index: number): string =>
    createKeyRing([key(index)])
      .authenticating(ids[index] ?? '')
      .toString('hex');
  return createCookieSealer(createKeyRing(named.map(key)), {
    current: ids[current] ?? '',
    older: [],
    vouchers: [...former, current].map((index, at) => ({ from: at + 1, key: voucher(index) })),
  });
}

describe('cookies of a store', () => {
  it('are known at every node, before and after the store is sealed under another key', () => {
    const before = cookies([1, 0], 0);
    const after = cookies([1, 0], 1, [0]);
    const without = cookies([1], 1, [0]);
    for (const from of [before, after])
      for (const at of [before, after, without]) {
        expect(at.isMac('a session', from.mac('a session'))).toBe(true);
        expect(at.isMac('another session', from.mac('a session'))).toBe(false);
      }
    expect(before.mac('a session')).not.toBe(after.mac('a session'));
    expect(before.mac('a session')).toMatch(/^[0-9a-f]{32}$/);
    expect(after.unseal(before.seal('a secret', 'login'), 'login')).toBe('a secret');
    expect(before.unseal(after.seal('a secret', 'login'), 'login')).toBe('a secret');
    expect(() => without.unseal(before.seal('a secret', 'login'), 'login')).toThrow(StoreError);
  });

  it('are none of a key that was never in use here, nor of one that went long ago', () => {
    const mac = (index: number): string => cookies([index], index).mac('a session');
    const now = cookies([6], 6, [1, 2, 3, 4, 5]);
    expect([0, 1, 2, 3, 4, 5, 6].map((index) => now.isMac('a session', mac(index)))).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      true,
    ]);
  });

  it('open in the place that they were sealed for only, and nothing else has their mac', () => {
    const node = cookies([0], 0);
    expect(() => node.unseal(node.seal('a secret', 'login'), 'session')).toThrow(StoreError);
    const mac = node.mac('a session');
    for (const other of ['', mac.slice(1), `${mac}0`, mac.toUpperCase(), 'é'.repeat(32)])
      expect(node.isMac('a session', other)).toBe(false);
  });
});
