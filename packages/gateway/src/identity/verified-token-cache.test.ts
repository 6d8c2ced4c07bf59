import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Principal } from '@sallyport/core';
import { VerifiedTokenCache } from './verified-token-cache.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const accepted = (subject: string) => ({ ok: true, principal: { subject } as Principal }) as const;

describe('VerifiedTokenCache', () => {
  test('weighs claims that are not in the token', () => {
    const cache = new VerifiedTokenCache(100, 10_000);
    const result = accepted('anna');
    cache.set('a', result, 1_000, { untilMs: 1_000, claimsBytes: 6_000 });
    expect(cache.get('a', 0)).toBeNull();
    for (let index = 0; index < 50; index++)
      cache.set(`t${index}`, result, 1_000, { untilMs: 1_000, claimsBytes: 3_000 });
    expect(cache.size).toBeLessThanOrEqual(2);
  });

  test('gives what it was given until it expires, to the millisecond', () => {
    const cache = new VerifiedTokenCache();
    cache.set('a', accepted('anna'), 1000);
    expect(cache.get('a', 999)).toEqual(accepted('anna'));
    expect(cache.get('a', 1000)).toBeNull();
    expect(cache.get('a', 999)).toBeNull();
    expect(cache.get('A', 0)).toBeNull();
  });

  test('keeps a token that is used while others pass by', () => {
    const cache = new VerifiedTokenCache(10);
    cache.set('used', accepted('anna'), 1e12);
    for (let i = 0; i < 100; i++) {
      cache.set(`other ${i}`, accepted('other'), 1e12);
      expect(cache.get('used', 0)).not.toBeNull();
    }
  });

  test('keeps nothing of the head that a token came in', () => {
    const cache = new VerifiedTokenCache();
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let at = 0; at < 200; at++) {
      const head = Buffer.alloc(65_536, `${String(at).padStart(40, '0')}\r\nCookie: x`).toString('latin1');
      cache.set(head.slice(0, 40), accepted('anna'), 1e12);
    }
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4_000_000);
    expect(cache.get('7'.padStart(40, '0'), 0)).not.toBeNull();
  });

  test('does not keep a token that is larger than half of its bytes', () => {
    const cache = new VerifiedTokenCache(10, 2000);
    cache.set('a'.repeat(1000), accepted('anna'), 1e12);
    expect(cache.size).toBe(0);
  });

  test('never takes a token for another one that ends alike', () => {
    const end = 'e'.repeat(40);
    const cache = new VerifiedTokenCache();
    cache.set(`a.${end}`, accepted('anna'), 1e12);
    expect(cache.get(`b.${end}`, 0)).toBeNull();
    expect(cache.get(end, 0)).toBeNull();
    cache.set(`b.${end}`, accepted('bob'), 1e12);
    expect(cache.get(`b.${end}`, 0)).toEqual(accepted('bob'));
    expect(cache.get(`a.${end}`, 0)).toBeNull();
    expect(cache.size).toBe(1);
  });

  test('forgets everything on clear', () => {
    const cache = new VerifiedTokenCache();
    cache.set('a', accepted('anna'), 1e12);
    cache.clear();
    expect(cache.get('a', 0)).toBeNull();
  });

  test('never_grows_beyond_its_bounds: whatever is put in and asked for', () => {
    const step = fc.tuple(fc.boolean(), fc.nat(40), fc.nat(200), fc.nat(100));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (steps, maxEntries) => {
        const maxBytes = 8000;
        const cache = new VerifiedTokenCache(maxEntries, maxBytes);
        for (const [put, name, length, atMs] of steps) {
          const token = String(name).padEnd(length, '.');
          if (put) cache.set(token, accepted(token), atMs);
          else {
            const found = cache.get(token, atMs);
            if (found !== null) expect(found.principal.subject).toBe(token);
          }
          expect(cache.size).toBeLessThanOrEqual(maxEntries);
          expect(cache.size * 512).toBeLessThanOrEqual(maxBytes);
        }
      }),
    );
  });
});
