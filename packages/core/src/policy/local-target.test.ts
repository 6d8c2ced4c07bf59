import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAllowedTarget, isLocalTarget } from './local-target.ts';

const ORIGIN = 'https://here.example:8443';

describe('isLocalTarget', () => {
  it.each([
    '/',
    '/a',
    '/a/b/',
    '/a?b=//c',
    '/a?b=%2F%2Fc',
    '/a#//b',
    '/#/accounts/1',
    '/~a/b-c._d',
    '/a;b=1',
    '/a:b@c',
  ])('takes %j', (target) => expect(isLocalTarget(target)).toBe(true));

  it.each([
    '',
    'a',
    '//a',
    '///a',
    '/\\a',
    '\\/a',
    '/a\\..\\b',
    '/\t/a',
    '/\n/a',
    ' /a',
    '/a b',
    '/a/../b',
    '/a/./b',
    '/..//a',
    '/%2e%2e/a',
    '/%2F/a',
    '/%5ca',
    '/%00',
    '/%0d%0aX: y',
    '/%25%32%66a',
    '/a//b',
    '/ä',
    '/\u2028',
    'http://here.example/',
    'javascript:alert(1)',
    `/${'a'.repeat(512)}`,
  ])('refuses %j', (target) => expect(isLocalTarget(target)).toBe(false));

  it('no_target_leaves_the_origin, whatever drops tabs and line ends, turns slashes or decodes once more', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '//',
      '.',
      '..',
      '%2f',
      '%5C',
      '%09',
      '\t',
      '\n',
      '@',
      ':',
      'evil.example',
      '?',
      '#',
      'a',
      '%25',
      'https:',
    );
    const target = fc.oneof(
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => `/${text}`),
    );
    fc.assert(
      fc.property(target, (text) => {
        if (!isLocalTarget(text)) return;
        const readings = [text, text.replaceAll(/[\t\r\n]/g, ''), text.replaceAll('\\', '/'), safelyDecoded(text)];
        for (const reading of readings) expect(new URL(reading, ORIGIN).origin).toBe(ORIGIN);
      }),
      { numRuns: 5_000 },
    );
  });
});

/** The path once more decoded, as some servers do before they redirect; queries are not read as places. */
function safelyDecoded(target: string): string {
  const [path = ''] = target.split(/[?#]/);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

describe('isAllowedTarget', () => {
  it.each([
    ['/app', ['/app'], true],
    ['/app/a', ['/app'], true],
    ['/app?a', ['/app'], true],
    ['/app#a', ['/app'], true],
    ['/apple', ['/app'], false],
    ['/app', ['/app/'], false],
    ['/app/a', ['/app/'], true],
    ['/', ['/'], true],
    ['/x', ['/'], true],
    ['/x', [], false],
  ])('%s below %j: %s', (target, allowed, expected) => expect(isAllowedTarget(target, allowed)).toBe(expected));
});
