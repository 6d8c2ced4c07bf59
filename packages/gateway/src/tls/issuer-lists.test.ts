import { expect, it } from 'vitest';
import { CLOCK_SKEW_MS } from './clock-skew.ts';
import { IssuerLists } from './issuer-lists.ts';
import type { RevocationList } from './revocation-list.ts';

const list = (beginMs: number, nextUpdateMs: number, ...revoked: string[]): RevocationList => ({
  issuer: 'ca',
  thisUpdateMs: beginMs + CLOCK_SKEW_MS,
  nextUpdateMs,
  revoked: new Set(revoked),
  isSignedBy: () => true,
});

it('of several lists the newest that has begun counts, in whatever order they stand', () => {
  const [first, second, third] = [list(0, 500, 'a'), list(100, 600, 'b'), list(200, 700, 'c')];
  for (const lists of [new IssuerLists(first, second, third), new IssuerLists(third, first, second)]) {
    expect([0, 99, 100, 199, 200, 900].map((nowMs) => lists.at(nowMs))).toEqual([
      first,
      first,
      second,
      second,
      third,
      third,
    ]);
    expect([0, 100, 150, 200].map((nowMs) => lists.nextBeginMs(nowMs))).toEqual([100, 200, 200, Infinity]);
    expect(lists.endsAtMs).toBe(700);
  }
});

it('what a list to come has revoked is revoked already, and what a newer one has taken off is not', () => {
  const lists = new IssuerLists(list(0, 500, 'a'), list(100, 600, 'b'));
  expect(['a', 'b', 'c'].map((serial) => lists.isRevoked(serial, 50))).toEqual([true, true, false]);
  expect(['a', 'b', 'c'].map((serial) => lists.isRevoked(serial, 100))).toEqual([false, true, false]);
});

it('of lists that are all to come the first one is told', () => {
  const first = list(100, 500);
  expect(new IssuerLists(list(200, 600), first).at(0)).toBe(first);
});
