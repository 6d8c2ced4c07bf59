import { describe, expect, it } from 'vitest';
import type { OwnerAnswer } from '@sallyport/core';
import { AnswerCache } from './answer-cache.ts';

const found = (askedMs: number, ...owners: string[]): OwnerAnswer => ({ state: 'found', owners: [owners], askedMs });

describe('AnswerCache', () => {
  it('gives nothing that was asked before the time that is named, and forgets it', () => {
    const cache = new AnswerCache();
    cache.set('a', found(100, 'alice'));
    expect(cache.get('a', 100, 200)).toEqual(found(100, 'alice'));
    expect(cache.get('a', 101, 200)).toBeNull();
    expect(cache.get('a', 0, 200)).toBeNull();
  });

  it('gives no answer of a time to come, as the clock was set back since', () => {
    const cache = new AnswerCache();
    cache.set('a', found(100, 'alice'));
    expect(cache.get('a', 0, 99)).toBeNull();
    expect(cache.get('a', 0, 100)).toBeNull();
  });

  it('keeps no failure, and nothing large', () => {
    const cache = new AnswerCache();
    cache.set('a', { state: 'failed', why: 'x', askedMs: 0 });
    cache.set('b', found(0, 'x'.repeat(3000)));
    cache.set('c', found(0, ...Array.from({ length: 500 }, () => 'x')));
    cache.set('d', { state: 'missing', askedMs: 0 });
    expect(cache.size).toBe(1);
  });

  it('holds 10,000 answers, and forgets the one used longest ago', () => {
    const cache = new AnswerCache();
    for (let i = 0; i < 10_000; i++) cache.set(`k${i}`, found(0, 'a'));
    expect(cache.get('k0', 0, 0)).not.toBeNull();
    cache.set('more', found(0, 'a'));
    expect(cache.size).toBe(10_000);
    expect([cache.get('k0', 0, 0) === null, cache.get('k1', 0, 0) === null]).toEqual([false, true]);
  });
});
