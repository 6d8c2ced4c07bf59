import { expect, it } from 'vitest';
import { keepPrivate } from './keep-private.ts';

const kept = (...headers: string[]): string[] => {
  keepPrivate(headers);
  return headers;
};

it.each([
  ['public, max-age=600', 'private, max-age=600'],
  ['s-maxage=600', 'private'],
  ['max-age=5, Public, S-MaxAge=9, proxy-revalidate, immutable', 'private, max-age=5, immutable'],
  ['private="Set-Cookie", max-age=5', 'private, max-age=5'],
  ['no-cache="a, public", max-age=1', 'private, max-age=1'],
  ['private, max-age=5', 'private, max-age=5'],
  ['no-store', 'private, no-store'],
  ['', 'private'],
])('keepPrivate makes %j %j', (sent, expected) => {
  expect(kept('Cache-Control', sent)).toEqual(['Cache-Control', expected]);
});

it('keepPrivate joins what stands twice, drops what is for networks in front, and adds nothing where nothing is said', () => {
  expect(kept('cache-control', 'public', 'A', '1', 'CACHE-CONTROL', 'max-age=1, max-age=1')).toEqual([
    'A',
    '1',
    'Cache-Control',
    'private, max-age=1',
  ]);
  for (const name of [
    'Surrogate-Control',
    'CDN-Cache-Control',
    'Cloudflare-CDN-Cache-Control',
    'X-Accel-Expires',
    'X-LiteSpeed-Cache-Control',
    'Fastly-Cache-Control',
    'Fastly-Surrogate-Control',
    'Edge-Control',
    'X-Vercel-CDN-Cache-Control',
  ])
    expect(kept(name, 'max-age=1', 'Age', '1')).toEqual(['Age', '1']);
});

it('keepPrivate makes private what Expires alone lets everybody keep', () => {
  const DATE = 'Sun, 22 Nov 2026 07:00:00 GMT';
  const LATER = 'Sun, 22 Nov 2026 08:00:00 GMT';
  const PRIVATE = ['Cache-Control', 'private'];
  expect(kept('Expires', LATER)).toEqual(['Expires', LATER, ...PRIVATE]);
  expect(kept('expires', LATER, 'Date', DATE)).toEqual(['expires', LATER, 'Date', DATE, ...PRIVATE]);
  expect(kept('Expires', LATER, 'Cache-Control', 'no-store')).toEqual([
    'Expires',
    LATER,
    'Cache-Control',
    'private, no-store',
  ]);
  // Expired already: whatever the policy says holds.
  for (const expired of ['0', '-1', '', DATE]) expect(kept('Date', DATE, 'Expires', expired)).toHaveLength(4);
});

it('keepPrivate knows a date in every form that caches read, and any of several', () => {
  const date = ['Date', 'Sun, 22 Nov 2026 07:00:00 GMT'];
  for (const later of ['Fri Nov  6 08:49:37 2037', 'Sun Nov 22 07:00:01 2026', '06 Nov 2037 08:49:37 GMT'])
    expect(kept(...date, 'Expires', later)).toEqual([...date, 'Expires', later, 'Cache-Control', 'private']);
  for (const expired of ['Sun Nov 22 06:59:59 2026', '2037', 'never'])
    expect(kept(...date, 'Expires', expired)).toHaveLength(4);
  const two = ['Expires', '0', 'Expires', 'Fri, 06 Nov 2037 08:49:37 GMT'];
  expect(kept(...two)).toEqual([...two, 'Cache-Control', 'private']);
  expect(kept(...two.slice(2), ...two.slice(0, 2)).at(-1)).toBe('private');
});
