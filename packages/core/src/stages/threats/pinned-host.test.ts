import { describe, expect, test } from 'vitest';
import { pinsHost } from './pinned-host.ts';

describe('pinsHost', () => {
  test.each([
    '^http://build/',
    '^https?:\\/\\/build(:\\d+)?\\/',
    '^https?://(build|registry\\.corp|10\\.0\\.0\\.5)(:[0-9]{2,5})?(/.*)?$',
    '^(?:http://a/|https://b/x$)',
    '^[hH][tT][tT][pP]://build[/?#]',
    '^http://build$',
    '^http://node[1-4]/',
    '^http://build:8080/job/[\\w.-]+$',
    '^http://build/.*@.*$',
    '^$',
  ])('is true of what names the host: %s', (pattern) => expect(pinsHost(pattern)).toBe(true));

  test.each([
    'http://build/',
    '^http://build',
    '^http://build.*',
    '^http://build:\\d+',
    '^http://build:\\d+@x/',
    '^http://build(:.*)?/',
    '^http://build\\\\',
    '^http://user@build/',
    '^http://[a-z]+/',
    '^http://.+/build/$',
    '^http://build.corp/',
    '^https?://(build|[a-z]+)/',
    '^(http://build/|.*)$',
    '^http://build/|ftp://',
    '^[a-z]+://build/',
    '^//build/',
    '^/build/',
    '^http:///build/',
    '^http:build/',
    '^(?!x)http://build/',
    '^(http)://\\1/',
    '^http://build\\b',
    '^(?:a{1,90}){1,90}',
    '^http://a*/',
    '(',
    '',
  ])('is false of what leaves it open: %s', (pattern) => expect(pinsHost(pattern)).toBe(false));

  test('takes no time over a pattern that could be written in many ways', () => {
    expect(pinsHost(`^${'[ab]?'.repeat(5_000)}`)).toBe(false);
    expect(pinsHost(`^${'(?:a|a)'.repeat(5_000)}$`)).toBe(true);
  });
});
