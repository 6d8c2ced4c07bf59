import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createClientAuthority } from './client-authority.ts';
import { readRevocationLists } from '../../packages/gateway/src/tls/revocation-list.ts';
import { readPemBlocks, writePem } from '../../packages/gateway/src/tls/pem.ts';
import { DER, writeElement, writeObjectIdentifier, writeTime } from '../../packages/gateway/src/tls/der.ts';

/** Lists that a real openssl made. */
const authority = createClientAuthority();
afterAll(() => authority?.close());

describe.skipIf(authority === null)('readRevocationLists', () => {
  if (authority === null) return;
  const { publicKey } = new X509Certificate(authority.certificate);

  it('reads an empty list, in PEM and in DER', () => {
    const pem = authority.list();
    const [der] = readPemBlocks(pem, 'X509 CRL');
    for (const file of [Buffer.from(pem), der ?? Buffer.of()]) {
      const [list] = readRevocationLists(file);
      expect(list?.revoked.size).toBe(0);
      expect(list?.isSignedBy(publicKey)).toBe(true);
      expect((list?.nextUpdateMs ?? 0) - (list?.thisUpdateMs ?? 0)).toBe(30 * 86_400_000);
    }
  });

  it('holds every one of 100,000 serial numbers, and sees one changed byte', () => {
    authority.revokeMany(100_000);
    const file = Buffer.from(authority.list());
    const [list] = readRevocationLists(file);
    expect(list?.revoked.size).toBe(100_000);
    expect(list?.revoked.has(Buffer.from('4000000000', 'hex').toString('latin1'))).toBe(true);
    expect(list?.revoked.has(Buffer.from('400001869f', 'hex').toString('latin1'))).toBe(true);
    expect(list?.revoked.has(Buffer.from('40000186a0', 'hex').toString('latin1'))).toBe(false);
    expect(list?.isSignedBy(publicKey)).toBe(true);
    const der = Buffer.from(readPemBlocks(file.toString(), 'X509 CRL')[0] ?? []);
    // The last byte of some serial number: somebody is taken off the list, and somebody else put on.
    const at = der.indexOf(Buffer.from('400000abcd', 'hex')) + 4;
    der[at] = (der[at] ?? 0) ^ 1;
    expect(readRevocationLists(der)[0]?.isSignedBy(publicKey)).toBe(false);
  });

  it.each([
    ['for some certificates only', 'issuingDistributionPoint=critical,@part\n[part]\nonlyuser=TRUE\n'],
    ['of what has changed since another', '2.5.29.27=critical,ASN1:INTEGER:1\n'],
  ])('refuses a list %s', (_, extension) => {
    const configuration = join(authority.folder, 'part.cnf');
    const whole = readFileSync(join(authority.folder, 'ca.cnf'), 'utf8');
    writeFileSync(configuration, `${whole}[extensions]\n${extension}`);
    const words = ['ca', '-config', configuration, '-gencrl', '-crlexts', 'extensions', '-out', 'part.pem'];
    execFileSync('openssl', words, { cwd: authority.folder, stdio: 'ignore' });
    expect(() => readRevocationLists(readFileSync(join(authority.folder, 'part.pem')))).toThrow('it is a delta');
  });

  it('refuses what is cut off, at every length, and what has a byte behind its end', () => {
    const pem = createClientAuthority();
    const [der] = readPemBlocks(pem?.list() ?? '', 'X509 CRL');
    pem?.close();
    expect(() => readRevocationLists(Buffer.concat([der ?? Buffer.of(), Buffer.of(0)]))).toThrow('follows its end');
    for (let length = 1; length < (der?.length ?? 0); length += 1)
      expect(() => readRevocationLists((der ?? Buffer.of()).subarray(0, length))).toThrow();
  });
});

/** Lists that no program would make, put together element by element. */
describe('readRevocationLists, of a list by hand,', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const ED25519 = '1.3.101.112';
  const REASON = '2.5.29.21';
  const ISSUER = '2.5.29.29';
  const sequence = (...parts: readonly Buffer[]): Buffer => writeElement(DER.SEQUENCE, ...parts);
  const algorithm = (id = ED25519): Buffer => sequence(writeObjectIdentifier(id));
  const flag = (value: number): Buffer => writeElement(DER.BOOLEAN, Buffer.of(value));
  const extension = (id: string, ...critical: readonly Buffer[]): Buffer =>
    sequence(writeObjectIdentifier(id), ...critical, writeElement(DER.OCTET_STRING, sequence()));
  const entry = (serial: string, ...extensions: readonly Buffer[]): Buffer =>
    sequence(
      writeElement(DER.INTEGER, Buffer.from(serial, 'hex')),
      writeTime(0),
      ...(extensions.length === 0 ? [] : [sequence(...extensions)]),
    );
  const version = writeElement(DER.INTEGER, Buffer.of(1));
  const head = [algorithm(), sequence(), writeTime(1000), writeTime(2000)];
  const list = (parts: readonly Buffer[], ...behind: readonly Buffer[]): Buffer => {
    const signed = sequence(...parts);
    const signature = writeElement(DER.BIT_STRING, Buffer.of(0), sign(null, signed, privateKey));
    return sequence(signed, algorithm(), signature, ...behind);
  };
  const serials = (file: Buffer): readonly string[] =>
    readRevocationLists(file).flatMap(({ revoked }) =>
      [...revoked].map((serial) => Buffer.from(serial, 'latin1').toString('hex')),
    );

  it('takes one with entries or none, of either version', () => {
    for (const before of [[], [version]]) {
      expect(serials(list([...before, ...head]))).toEqual([]);
      expect(serials(list([...before, ...head, sequence()]))).toEqual([]);
      const [one] = readRevocationLists(list([...before, ...head, sequence(entry('05'))]));
      expect(one).toMatchObject({ thisUpdateMs: 1000, nextUpdateMs: 2000 });
      expect(one?.isSignedBy(publicKey)).toBe(true);
    }
  });

  it('takes one that ends after 2049, which is written in another form', () => {
    const endMs = Date.UTC(2051, 0, 2, 3, 4, 5);
    const [one] = readRevocationLists(list([version, ...head.slice(0, 3), writeTime(endMs), sequence(entry('05'))]));
    expect(one?.nextUpdateMs).toBe(endMs);
  });

  it('knows a serial number whether its authority wrote leading zeros or not', () => {
    expect(serials(list([...head, sequence(entry('00'), entry('0080'), entry('80'), entry('0102'))]))).toEqual([
      '00',
      '80',
      '0102',
    ]);
  });

  it('takes entries that say why, and refuses a list with an entry of another issuer', () => {
    const why = extension(REASON);
    expect(
      serials(list([version, ...head, sequence(entry('05', why), entry('06', extension(REASON, flag(0))))])),
    ).toEqual(['05', '06']);
    for (const of of [[extension(ISSUER, flag(0xff))], [why, extension(ISSUER, flag(0xff))]])
      for (const entries of [
        [entry('05', ...of), entry('06')],
        [entry('06'), entry('05', ...of)],
      ])
        expect(() => readRevocationLists(list([version, ...head, sequence(...entries)]))).toThrow(
          'an entry is for another issuer',
        );
  });

  it('takes extensions of the list that need not be understood, and refuses those that must be', () => {
    const tagged = (...extensions: readonly Buffer[]): Buffer => writeElement(0xa0, sequence(...extensions));
    const number = extension('2.5.29.20');
    for (const entries of [[], [sequence(entry('05'))]]) {
      expect(serials(list([version, ...head, ...entries, tagged(number)]))).toHaveLength(entries.length);
      expect(() =>
        readRevocationLists(list([version, ...head, ...entries, tagged(number, extension('2.5.29.28', flag(0xff)))])),
      ).toThrow('for some certificates only');
    }
  });

  it.each<[string, Buffer, string]>([
    [
      'two signature algorithms',
      list([algorithm('1.2.840.10045.4.3.2'), ...head.slice(1)]),
      'two signature algorithms',
    ],
    ['no nextUpdate', list(head.slice(0, 3)), 'no nextUpdate'],
    ['entries instead of nextUpdate', list([...head.slice(0, 3), sequence(entry('05'))]), 'no nextUpdate'],
    ['an element behind its entries', list([...head, sequence(), version]), 'another type'],
    ['an element behind its extensions', list([...head, writeElement(0xa0, sequence()), version]), 'another type'],
    ['an element behind its signature', list(head, version), 'follows its end'],
  ])('refuses one with %s', (_, file, said) => {
    expect(() => readRevocationLists(file)).toThrow(said);
  });

  it('reads every list of a file in PEM, and refuses a file that has none', () => {
    const [one, two] = ['05', '06'].map((serial) => writePem(list([...head, sequence(entry(serial))]), 'X509 CRL'));
    expect(serials(Buffer.from(`a comment\n${one}\n${two}`))).toEqual(['05', '06']);
    for (const nothing of ['', 'a comment', one?.replaceAll('X509 CRL', 'CERTIFICATE') ?? ''])
      expect(() => readRevocationLists(Buffer.from(nothing))).toThrow('there is no revocation list in it');
  });
});
