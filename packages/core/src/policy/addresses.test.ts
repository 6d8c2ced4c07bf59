import { describe, expect, it } from 'vitest';
import { isHost, isLoopbackHost, parseRange, reachesListener } from './addresses.ts';
import { parseDate } from './parse-date.ts';

describe('addresses', () => {
  it.each(['127.0.0.1', '127.255.0.9', '::1', '[::1]', 'localhost', 'LOCALHOST.', 'api.localhost', '::ffff:127.0.0.1'])(
    '%s is this machine',
    (host) => {
      expect(isLoopbackHost(host)).toBe(true);
    },
  );

  it.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    'localhost.example.com',
    '127.0.0.1.example.com',
    'mylocalhost',
    '',
    '0177.0.0.1',
    '2130706433',
  ])('%j is not taken for this machine', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['[::1]', '0:0:0:0:0:0:0:1'],
    ['API.internal.', 'api.internal'],
    ['localhost', '127.0.0.1'],
    ['127.0.0.1', 'localhost'],
    ['127.0.0.2', '0.0.0.0'],
    ['[::1]', '::'],
    ['127.0.0.1', '::'],
  ])('%s reaches who listens at %s', (host, listening) => {
    expect(reachesListener(host, listening)).toBe(true);
  });

  it.each([
    ['127.0.0.2', '127.0.0.1'],
    ['[::1]', '127.0.0.1'],
    ['[::1]', '0.0.0.0'],
    ['10.0.0.5', '0.0.0.0'],
    ['10.0.0.5', '127.0.0.1'],
    ['api.internal', '::'],
    ['localhost', '10.0.0.5'],
  ])('%s is not known to reach who listens at %s', (host, listening) => {
    expect(reachesListener(host, listening)).toBe(false);
  });

  it.each(['0.0.0.0', '::', 'api.internal', 'x'])('%s can be listened on', (host) => {
    expect(isHost(host)).toBe(true);
  });

  it.each(['', '127.0.0.1:80', '[::1]', '127.1', 'a..b', '-a', 'a b', 'fe80::1%eth0'])('%j cannot', (host) => {
    expect(isHost(host)).toBe(false);
  });

  it.each([
    ['10.0.0.5', '10.0.0.5/32'],
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['FD00::/8', 'fd00::/8'],
    ['fc00::/7', 'fc00::/7'],
    ['::ffff:10.1.2.3', '10.1.2.3/32'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
  ])('reads the range %s', (text, range) => {
    expect(parseRange(text)).toEqual({ ok: true, range });
  });

  it.each([
    ['0.0.0.0/0', 'too-wide'],
    ['128.0.0.0/1', 'too-wide'],
    ['::/0', 'too-wide'],
    ['2000::/3', 'too-wide'],
    ['::ffff:0:0/96', 'too-wide'],
    ['10.0.0.1/8', 'host-bits'],
    ['fd00::1/8', 'host-bits'],
    ['010.0.0.1', 'syntax'],
    ['10.0.0.0/08', 'syntax'],
    ['10.0.0.0/33', 'syntax'],
    ['fd00::/129', 'syntax'],
    ['10.0.0.0/', 'syntax'],
    ['10.0.0/8', 'syntax'],
    ['', 'syntax'],
  ])('refuses the range %s', (text, problem) => {
    expect(parseRange(text)).toEqual({ ok: false, problem });
  });
});

describe('parseDate', () => {
  it('reads days as midnight UTC and moments with their offset', () => {
    expect(parseDate('2026-01-01')).toEqual({ ok: true, value: Date.UTC(2026, 0, 1) });
    expect(parseDate('2026-01-01T02:00:00+02:00')).toEqual({ ok: true, value: Date.UTC(2026, 0, 1) });
    expect(parseDate('2028-02-29T23:59:59.5Z')).toEqual({ ok: true, value: Date.UTC(2028, 1, 29, 23, 59, 59, 500) });
  });

  it.each([
    '2026-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-1-1',
    '2026-01-01T00:00:00',
    '2026-01-01T25:00:00Z',
    '01.02.2026',
    '1969-12-31',
    'tomorrow',
    '',
  ])('refuses %j', (text) => {
    expect(parseDate(text)).toMatchObject({ ok: false, message: 'expected a date' });
  });
});
