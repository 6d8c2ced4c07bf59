import { describe, expect, it } from 'vitest';
import { connectionBound } from './connection-bound.ts';

describe('connectionBound', () => {
  it.each([
    ['what was asked for, where the limit is not known', 10_000, 128, 1, null, 10_000],
    ['what was asked for, where there are descriptors for all', 10_000, 128, 1, 1_048_576, 10_000],
    ['what the connections to the upstream leave', 10_000, 128, 1, 1_024, 768],
    ['half, where the upstream may have more', 10_000, 5_000, 1, 1_128, 500],
    ['an even share of several listeners', 10_000, 128, 2, 1_024, 384],
    ['a few, however small the limit is', 10_000, 128, 1, 64, 8],
    ['no more than was asked for, however small', 2, 128, 1, 64, 2],
  ])('is %s', (_what, asked, upstream, listeners, descriptors, bound) => {
    expect(connectionBound(asked, upstream, listeners, descriptors)).toBe(bound);
  });
});
