import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { STRING_FORMATS } from '../schema/formats/formats.ts';
import { BYTE_FORMATS } from './byte-formats.ts';

const RUNS = Number(process.env['SALLYPORT_WALKER_RUNS'] ?? 1000);

/** What the bytes tell, with bytes of other values before and after that a test must not look at. */
function verdictOf(format: string, text: string): number | undefined {
  const bytes = new TextEncoder().encode(`9Z${text}0.=`);
  return BYTE_FORMATS.get(format)?.(bytes, 2, bytes.length - 3);
}

function expectAgreement(format: string, text: string): void {
  const verdict = verdictOf(format, text);
  if (verdict !== -1)
    expect(verdict, `${format} ${JSON.stringify(text)}`).toBe(STRING_FORMATS.get(format)?.(text) ? 1 : 0);
}

const two = (most: number) => fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(2, '0'));
const edgy = fc.constantFrom('00', '01', '12', '13', '22', '23', '24', '28', '29', '30', '31', '32', '59', '60', '61');
const part = (most: number) => fc.oneof(two(most), edgy);
const year = fc.oneof(fc.stringMatching(/^\d{4}$/), fc.constantFrom('0000', '1900', '2000', '2023', '2024', '2100'));
const date = fc.tuple(year, part(12), part(31)).map((parts) => parts.join('-'));
const zone = fc.oneof(
  fc.constantFrom('Z', 'z', '', 'A', '+00:00', '-23:59', '+24:00', '+1:00', '+0100', '+01:60'),
  fc.tuple(fc.constantFrom('+', '-'), part(23), part(59)).map(([sign, hour, minute]) => `${sign}${hour}:${minute}`),
);
const time = fc
  .tuple(part(23), part(59), part(60), fc.constantFrom('', '.', '.0', '.123456789', ',5'), zone)
  .map(([hour, minute, second, fraction, offset]) => `${hour}:${minute}:${second}${fraction}${offset}`);
/** 23:59:60 in UTC, said with every offset. */
const leapSecond = fc
  .tuple(fc.integer({ min: -1439, max: 1439 }), fc.constantFrom(0, 0, 0, 1, -1))
  .map(([offset, error]) => {
    const clock = (minutes: number) =>
      [Math.floor(minutes / 60), minutes % 60].map((value) => String(value).padStart(2, '0')).join(':');
    const local = (1439 + offset + error + 2880) % 1440;
    return `${clock(local)}:60${offset < 0 ? '-' : '+'}${clock(Math.abs(offset))}`;
  });
const label = fc.stringMatching(/^[A-Za-z0-9-]{0,5}$/);
const host = fc.oneof(
  fc
    .array(fc.oneof(label, fc.constantFrom('xn--nxasmq6b', 'ab--c', 'a', 'a'.repeat(63), 'b'.repeat(64))), {
      maxLength: 6,
    })
    .map((labels) => labels.join('.')),
  fc.domain(),
);
const octet = fc.oneof(
  fc.integer({ min: 0, max: 300 }).map(String),
  fc.constantFrom('00', '01', '', '255', '256', '0x1'),
);
const ipv4 = fc.array(octet, { minLength: 3, maxLength: 5 }).map((octets) => octets.join('.'));
const mailbox = fc.oneof(
  fc
    .tuple(
      fc.oneof(fc.stringMatching(/^[a-z.!#%+'"@ ]{0,8}$/), fc.constantFrom('a'.repeat(64), 'a'.repeat(65), '"a b"')),
      fc.oneof(host, fc.constantFrom('[127.0.0.1]', '[IPv6:::1]', 'c'.repeat(300))),
    )
    .map((parts) => parts.join('@')),
  fc.emailAddress(),
);
const piece = fc.constantFrom(
  'http',
  'a',
  '9',
  ':',
  '/',
  '//',
  '?',
  '#',
  '@',
  '%',
  '%41',
  '%4',
  '[::1]',
  '.',
  '-',
  '~',
  ':80',
  ' ',
  '\\',
  '|',
  '+',
  '&',
  '=',
);
const reference = fc.oneof(
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join('')),
);
const base64 = fc.oneof(fc.base64String(), fc.stringMatching(/^[A-Za-z0-9+/_-]{0,9}={0,4}$/));

const NEAR: Readonly<Record<string, fc.Arbitrary<string>>> = {
  date,
  time: fc.oneof(time, leapSecond),
  'date-time': fc
    .tuple(date, fc.constantFrom('T', 't', ' ', '\u0014', '_'), fc.oneof(time, leapSecond))
    .map((parts) => parts.join('')),
  uuid: fc.oneof(
    fc.uuid(),
    fc.uuid().map((text) => text.toUpperCase()),
  ),
  ipv4,
  hostname: host,
  email: mailbox,
  uri: reference,
  'uri-reference': reference,
  byte: base64,
  base64url: base64,
};

const character = fc.constantFrom(
  '',
  '0',
  '9',
  ':',
  '-',
  '.',
  'é',
  '😀',
  'ŀ',
  ' ',
  '\n',
  'Z',
  'g',
  '@',
  '/',
  '=',
  '\u007f',
  '`',
  '{',
  '[',
);
/** A text with a character put in, replaced or left out. */
const damaged = (text: fc.Arbitrary<string>) =>
  fc.tuple(text, fc.nat(), character, fc.integer({ min: 0, max: 1 })).map(([whole, place, added, cut]) => {
    const at = place % (whole.length + 1);
    return (whole.slice(0, at) + added + whole.slice(at + cut)).toWellFormed();
  });
const anyText = fc.string({ unit: 'grapheme' }).map((text) => text.toWellFormed());

const SAMPLES: readonly (readonly [format: string, text: string])[] = [
  ['date-time', '2024-02-29T23:59:60Z'],
  ['date-time', '2024-02-29T12:00:00.5+01:00'],
  ['time', '00:29:60+00:30'],
  ['time', '23:59:60z'],
  ['date', '2024-02-29'],
  ['uuid', '2EB8AA08-aa98-11ea-b4aa-73b441d16380'],
  ['ipv4', '255.0.0.1'],
  ['hostname', 'api-1.example.com'],
  ['email', "o'neil+tag.x@mail.example.com"],
  ['uri', 'https://example.com:8443/a/b%20c?x=1&y=2#part'],
  ['uri', 'urn:isbn:0451450523'],
  ['uri-reference', '/users/7?expand=all'],
  ['uri-reference', ''],
  ['byte', 'YWI='],
  ['base64url', 'YWI'],
  ['password', 'é'],
  ['url', 'no url: é'],
];

describe('BYTE_FORMATS', () => {
  it('are formats that texts are tested for', () => {
    expect([...BYTE_FORMATS.keys()].filter((name) => !STRING_FORMATS.has(name))).toEqual([]);
  });

  test.each([...BYTE_FORMATS.keys()])('bytes_agree_with_text: %s', (format) => {
    const near = NEAR[format] ?? fc.constant('');
    fc.assert(
      fc.property(
        fc.oneof(
          { arbitrary: near, weight: 4 },
          { arbitrary: damaged(near), weight: 4 },
          damaged(fc.oneof(...Object.values(NEAR))),
          anyText,
        ),
        (text) => expectAgreement(format, text),
      ),
      { numRuns: RUNS },
    );
  });

  test.each(SAMPLES)('bytes_agree_with_text: %s %s with each byte of ASCII in each place', (format, sample) => {
    const told = STRING_FORMATS.get(format);
    for (let at = 0; at <= sample.length; at++)
      for (let code = 0; code < 0x80; code++)
        for (const cut of [0, 1]) {
          const text = sample.slice(0, at) + String.fromCharCode(code) + sample.slice(at + cut);
          const verdict = verdictOf(format, text);
          if (verdict !== -1 && verdict !== (told?.(text) ? 1 : 0))
            expect.fail(`${verdict} for ${JSON.stringify(text)}`);
        }
  });

  test('every day of four years, and each that does not exist, is told', () => {
    for (const years of ['1900', '2000', '2023', '2024'])
      for (let month = 0; month <= 13; month++)
        for (let day = 0; day <= 32; day++) {
          const text = `${years}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
          expect(verdictOf('date', text), text).toBe(STRING_FORMATS.get('date')?.(text) ? 1 : 0);
        }
  });

  test.each(SAMPLES)('%s %s is told to be valid', (format, text) => expect(verdictOf(format, text)).toBe(1));

  test.each([
    ['date-time', '2024-02-30T00:00:00Z'],
    ['date-time', '2024-02-29T23:59:60+01:00'],
    ['time', '12:59:60Z'],
    ['time', '23:58:60Z'],
    ['time', '23:59:60+23:59'],
    ['date', '2024-01-0é'],
    ['uuid', '2eb8aa08-aa98-11ea-b4aa-73b441d1638g'],
    ['ipv4', '127.0.0.01'],
    ['hostname', 'a_b.example'],
    ['email', 'a@b@example.com'],
    ['byte', 'YWI'],
  ])('%s %s is told to be invalid', (format, text) => expect(verdictOf(format, text)).toBe(0));

  test.each([
    ['hostname', 'xn--nxasmq6b.example'],
    ['email', '"a b"@example.com'],
    ['email', 'a@[127.0.0.1]'],
    ['uri', 'http://user@[::1]/'],
    ['uri-reference', 'relative/path'],
  ])('%s %s is left to the text', (format, text) => expect(verdictOf(format, text)).toBe(-1));
});
