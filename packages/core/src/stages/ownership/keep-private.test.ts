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
  for (const name of ['Surrogate-Control', 'CDN-Cache-Control', 'Cloudflare-CDN-Cache-Control', 'X-Accel-Expires'])
    expect(kept(name, 'max-age=1', 'Age', '1')).toEqual(['Age', '1']);
});
