import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSensitive } from './find-sensitive.ts';

/** What was found, as `type:text`. */
const found = (text: string, name = ''): string[] =>
  findSensitive(text, 100, name).map(({ type, start, end }) => `${type}:${text.slice(start, end)}`);

describe('findSensitive', () => {
  it.each([
    // Numbers that the issuers publish for tests.
    ['card-number', '4111111111111111'],
    ['card-number', '4111 1111 1111 1111'],
    ['card-number', '5555-5555-5555-4444'],
    ['card-number', '2223003122003222'],
    ['card-number', '378282246310005'],
    ['card-number', '3782 822463 10005'],
    ['card-number', '6011111111111117'],
    ['card-number', '30569309025904'],
    ['card-number', '3056 930902 5904'],
    ['card-number', '3530111333300000'],
    ['card-number', '6200000000000005'],
    ['card-number', '4222222222222'],
    // Examples of the registry of IBANs.
    ['iban', 'DE89370400440532013000'],
    ['iban', 'GB29 NWBK 6016 1331 9268 19'],
    ['iban', 'FR1420041010050500013M02606'],
    ['iban', 'NL91ABNA0417164300'],
    ['iban', 'MT84MALT011000012345MTLCAST001S'],
    ['iban', 'NO9386011117947'],
    ['email', 'alice@harbour.example'],
    ['email', "o'brien+tag@mail.sub-domain.co.uk"],
    ['phone', '+4915112345678'],
    ['phone', '+44 20 7946 0958'],
    ['phone', '+1 (415) 555-2671'],
    ['phone', '(415) 555-2671'],
    ['us-ssn', '536-22-8291'],
    ['uk-nino', 'AB123456C'],
    ['de-tax-id', '86 095 742 719'],
    ['fr-nir', '255081416802538'],
    ['fr-nir', '2 55 08 14 168 025 38'],
    ['es-dni', '12345678Z'],
    ['es-nie', 'X1234567L'],
    ['it-codice-fiscale', 'RSSMRA85T10A562S'],
    ['ch-ahv', '756.9217.0769.85'],
    ['br-cpf', '529.982.247-25'],
    ['se-personnummer', '811218-9876'],
    ['jwt', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl'],
    ['aws-key-id', 'AKIAIOSFODNN7EXAMPLE'],
    ['ghp-token', `ghp_${'a1B2'.repeat(9)}`],
    ['github-token', `github_pat_${'a'.repeat(22)}_${'b'.repeat(59)}`],
    ['glpat-token', `glpat-${'a1'.repeat(10)}`],
    ['xoxb-token', 'xoxb-123456789012-abcdefABCDEF'],
    ['sk-token', `sk_live_${'a1B2'.repeat(6)}`],
    ['google-key', `AIza${'Sy'.repeat(17)}a`],
    ['npm-token', `npm_${'a1B2'.repeat(9)}`],
    ['sp-token', `sp_live_${'a1B2'.repeat(8)}_0AbCd1`],
    ['private-key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----'],
    ['private-key', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl'],
  ])('finds a %s: %s', (type, text) => {
    expect(found(text)).toEqual([`${type}:${text}`]);
    expect(found(`It is ${text}, or so.`).join()).toContain(`${type}:`);
    expect(found(JSON.stringify({ value: text })).join()).toContain(`${type}:`);
  });

  it.each([
    ['nl-bsn', '111222333', 'bsn'],
    ['pl-pesel', '44051401359', 'pesel'],
    ['us-ssn', '536228291', 'ssn'],
    ['de-tax-id', '86095742719', 'taxId'],
    ['phone', '03012345678', 'phone'],
  ])('finds a %s without separators only where a word says what it is', (type, text, name) => {
    expect(found(text)).toEqual([]);
    expect(found(text, name)).toEqual([`${type}:${text}`]);
    expect(found(`{"${name}":"${text}"}`)).toEqual([`${type}:${text}`]);
  });

  it.each([
    ['a wrong check digit', '4111111111111112'],
    ['no issuer', '1234567812345670'],
    ['one digit over and over', '4444444444444448'],
    ['another length', '41111111111111111'],
    ['a part of a longer number', '94111111111111111119'],
    ['an IBAN with wrong check digits', 'DE88370400440532013000'],
    ['an IBAN of a wrong length', 'DE8937040044053201300'],
    ['a country without IBANs', 'US89370400440532013000'],
    ['an SSN that was never given out', '000-12-3456'],
    ['an SSN that was never given out', '666-12-3456'],
    ['an SSN that was never given out', '900-12-3456'],
    ['a NINO with letters never used', 'BG123456C'],
    ['a DNI with a wrong letter', '12345678A'],
    ['a codice fiscale with a wrong letter', 'RSSMRA85T10A562T'],
    ['a UUID', '550e8400-e29b-41d4-a716-446655440000'],
    ['a time', '2026-11-21T23:41:00+02:00'],
    ['milliseconds', '1763766630123'],
    ['a snowflake', '1541815603606036480'],
    ['a version', 'package@1.2.3'],
    ['a mention', '@someone and a@b'],
    ['a hash', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['a sum', '1+4915112345678'],
    ['base64', 'aGVsbG8gd29ybGQ+4915112345678/x'],
    ['a public key', '-----BEGIN PUBLIC KEY-----'],
    ['a publishable key', `pk_live_${'a1B2'.repeat(6)}`],
    ['an address of the net', '192.168.100.200'],
    ['a price list', '1 234 567 890 123 456'],
  ])('does not find %s', (_, text) => {
    expect(found(text)).toEqual([]);
  });

  it('finds several, in their order, and no more than it is asked for', () => {
    const text = 'a@example.org and 4111111111111111, b@example.org';
    expect(found(text)).toEqual(['email:a@example.org', 'card-number:4111111111111111', 'email:b@example.org']);
    expect(findSensitive(text, 2)).toHaveLength(2);
  });

  it('law: spans never overlap, lie inside the text, and are in order', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '4111111111111111',
        ' ',
        'a@b.co',
        '@',
        '+4915112345678',
        '-----BEGIN PRIVATE KEY-----',
        'eyJ',
        '.',
        '-',
        'DE89370400440532013000',
        'ghp_',
      ),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join('');
        let last = 0;
        for (const { start, end } of findSensitive(text, 1000)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          last = end;
        }
      }),
    );
  });
});
