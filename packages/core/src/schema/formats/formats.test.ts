import { expect, test } from 'vitest';
import { NUMBER_FORMATS, STRING_FORMATS } from './formats.ts';

// The JSON Schema test suite covers the formats that JSON Schema has; here is what it leaves out, and what attackers send.
test.each([
  ['date-time', '2024-02-29T23:59:60Z', true],
  ['date-time', '2024-02-29T23:59:60+01:00', false],
  ['date-time', '2024-02-30T00:00:00Z', false],
  ['date-time', '2024-02-29 00:00:00Z', false],
  ['date-time', '2024-02-29T00:00:00', false],
  ['date-time', '2024-02-29T24:00:00Z', false],
  ['date-time', '2024-02-29T00:00:00.123456789-00:00', true],
  ['date-time', '2024-02-29T00:00:00Z\n', false],
  ['date', '2023-02-29', false],
  ['date', '2023-00-10', false],
  ['date', '2023-13-10', false],
  ['duration', 'P1Y1D', false],
  ['duration', 'P1DT', false],
  ['duration', 'P', false],
  ['email', 'a@b.example', true],
  ['email', 'a@b@c.example', false],
  ['email', 'a@b.example\n', false],
  ['email', 'a\r\nBcc: c@d@b.example', false],
  ['email', `${'a'.repeat(65)}@b.example`, false],
  ['hostname', 'example.com.', false],
  ['hostname', 'a'.repeat(64), false],
  ['ipv4', '127.0.0.1', true],
  ['ipv4', '127.0.0.01', false],
  ['ipv4', '127.1', false],
  ['ipv4', '0x7f.0.0.1', false],
  ['ipv4', '1.2.3.4.', false],
  ['ipv6', '::1', true],
  ['ipv6', '::ffff:1.2.3.4', true],
  ['ipv6', '1:2:3:4:5:6:7::', true],
  ['ipv6', '1:2:3:4:5:6:7:8::', false],
  ['ipv6', 'fe80::1%eth0', false],
  ['ipv6', ':::', false],
  ['uri', 'http://[::1]:80/', true],
  ['uri', 'http://a b/', false],
  ['uri', 'javascript:alert(1)', true],
  ['uri', '//example.com', false],
  ['uri', 'http://a\\b', false],
  ['uuid', '2eb8aa08-aa98-11ea-b4aa-73b441d16380', true],
  ['uuid', 'urn:uuid:2eb8aa08-aa98-11ea-b4aa-73b441d16380', false],
  ['byte', 'YWJj', true],
  ['byte', 'YWI=', true],
  ['byte', 'YWI', false],
  ['byte', 'YWJj\nYWJj', false],
  ['base64url', 'YWI', true],
  ['base64url', 'YWI=', true],
  ['base64url', 'Y', false],
  ['base64url', 'YW+/', false],
  ['regex', '^a$', true],
  ['regex', '(', false],
  ['password', '', true],
])('%s %j: %s', (format, text, expected) => expect(STRING_FORMATS.get(format)?.(text)).toBe(expected));

test.each([
  ['int32', 2 ** 31 - 1, true],
  ['int32', 2 ** 31, false],
  ['int32', 0.5, false],
  ['int64', 2 ** 63, true],
  ['int64', -(2 ** 63), true],
  ['int64', 2 ** 64, false],
  ['int64', 0.5, false],
  ['float', Number.POSITIVE_INFINITY, false],
  ['double', 1e308, true],
])('%s %d: %s', (format, value, expected) => expect(NUMBER_FORMATS.get(format)?.(value)).toBe(expected));

test('every format comes to its end on long hostile texts', () => {
  const pumps = ['a', '0', '-', '.', ':', '/', '%', '%41', '@', 'a@', '{', '{a}', 'a.', 'xn--', '~', '~0', '(', '=', '1-', 'P1Y', '\u0628', '\u200d', '"', '\\'];
  for (const test of STRING_FORMATS.values()) {
    for (const pump of pumps) for (const [head, tail] of [['', '\n'], ['a', '!'], ['http://', '^'], ['P', 'x'], ['a@', '_']] as const) test(head + pump.repeat(30_000) + tail);
  }
});
