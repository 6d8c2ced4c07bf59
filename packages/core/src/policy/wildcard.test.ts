import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PathWildcard, Wildcard } from './wildcard.ts';

describe('Wildcard', () => {
  test.each([
    ['accounts:*', 'accounts:read', true],
    ['accounts:*', 'accounts:', true],
    ['accounts:*', 'accounts', false],
    ['*:read', 'a:b:read', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['read', 'read', true],
    ['read', 'reader', false],
    ['a.c', 'abc', false],
  ])('%j and %j: %j', (pattern, text, matches) => {
    expect(new Wildcard(pattern).matches(text)).toBe(matches);
  });

  test('matches what the regular expression of the same meaning matches', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', '/'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/'), maxLength: 10 });
    fc.assert(
      fc.property(letters, text, (pattern, against) => {
        const source = pattern
          .split('*')
          .map((piece) => piece.replaceAll('.', '\\.'))
          .join('.*');
        expect(new Wildcard(pattern).matches(against)).toBe(new RegExp(`^${source}$`).test(against));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('PathWildcard', () => {
  test.each([
    ['/v1/**', '/v1/a/b', true],
    ['/v1/**', '/v1', true],
    ['/v1/**', '/v10/a', false],
    ['/v1/*', '/v1/{id}', true],
    ['/v1/*', '/v1/{id}/cards', false],
    ['/v1/*', '/v1', false],
    ['/**/cards', '/v1/accounts/{id}/cards', true],
    ['/**/cards', '/cards', true],
    ['/v1/**/{id}/**/cards', '/v1/a/{id}/b/{id}/c/cards', true],
    ['/v1/**/x/**/x', '/v1/x', false],
    ['/users/{id}', '/users/{id}', true],
    ['/users/{id}', '/users/{name}', false],
    ['/v*/users', '/v2/users', true],
    ['/v1/', '/v1', false],
    ['/**', '/', true],
  ])('%j and %j: %j', (pattern, path, matches) => {
    expect(new PathWildcard(pattern).matches(path)).toBe(matches);
  });

  test('matches what the regular expression of the same meaning matches', () => {
    const segment = fc.constantFrom('a', 'b', '*', 'a*', '**', 'ab');
    const pattern = fc.array(segment, { maxLength: 6 }).map((segments) => segments.map((each) => `/${each}`).join(''));
    const path = fc
      .array(fc.constantFrom('a', 'b', 'ab', ''), { minLength: 1, maxLength: 7 })
      .map((segments) => segments.map((each) => `/${each}`).join(''));
    fc.assert(
      fc.property(pattern, path, (glob, against) => {
        fc.pre(glob !== '');
        const source = glob
          .split('/')
          .slice(1)
          .map((each) => (each === '**' ? '(?:/[^/]*)*' : `/${each.replaceAll('*', '[^/]*')}`))
          .join('');
        expect(new PathWildcard(glob).matches(against), `${glob} ${against}`).toBe(
          new RegExp(`^${source}$`).test(against),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('takes linear time: a hundred thousand segments against many stars', () => {
    const path = '/a'.repeat(100_000);
    expect(new PathWildcard(`${'/**/a'.repeat(100)}/b`).matches(path)).toBe(false);
    expect(new Wildcard(`${'*a'.repeat(100)}b`).matches('a'.repeat(100_000))).toBe(false);
  });
});
