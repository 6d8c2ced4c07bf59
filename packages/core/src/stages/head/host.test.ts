import { describe, expect, it } from 'vitest';
import { isHost } from './host.ts';

describe('isHost', () => {
  it.each([
    'a',
    'api.example',
    'API_1.example-2.',
    '127.0.0.1',
    'api.example:1',
    'api.example:65535',
    '[::1]',
    '[2001:db8::1]:8443',
    'a'.repeat(255),
    `${'a'.repeat(255)}:65535`,
  ])('takes %j', (value) => expect(isHost(value)).toBe(true));

  it.each([
    '',
    ':80',
    'a:',
    'a:0',
    'a:00000',
    'a:65536',
    'a:000080',
    'a:8 0',
    'a:+80',
    'a:8a',
    'a::80',
    'a:80:80',
    'a/80',
    'a,80',
    'a@80',
    'a?80',
    'a#80',
    'a 80',
    'a%2e80',
    'a\u00e980',
    'a\\80',
    '[::1',
    '[::1]80',
    '[::1]x80',
    '[::1]:',
    '[::1]]:80',
    '[]',
    '[127.0.0.1]',
    '[a]:80',
    '::1',
    'a]',
    'a'.repeat(256),
    `${'a'.repeat(256)}:80`,
  ])('refuses %j', (value) => expect(isHost(value)).toBe(false));
});
