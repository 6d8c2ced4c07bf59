import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createClientAuthority } from './client-authority.ts';
import { readRevocationLists } from '../../packages/gateway/src/tls/revocation-list.ts';
import { readPemBlocks } from '../../packages/gateway/src/tls/pem.ts';

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
