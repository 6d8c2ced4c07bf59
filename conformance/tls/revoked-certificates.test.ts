import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { makeRevocation, readAuthorities, readSources, type RevocationRequest } from '@sallyport/gateway';
import { createClientAuthority } from './client-authority.ts';

const named = createClientAuthority('Partners');
const stranger = createClientAuthority('Strangers');
const folder = mkdtempSync(join(tmpdir(), 'sallyport-revoked-'));
afterAll(() => {
  named?.close();
  stranger?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Three ways in which a policy believes an authority. */
const OWN =
  'listen: { tls: { certificate: c.pem, key: c.key, clientCertificates: { authorities: ca.pem } } }\nauthentication: { client: { subject: CN } }';
const FORWARDED =
  'trustedProxies: [127.0.0.1/32]\nlisten: { forwardedCertificates: { header: Client-Cert, authorities: ca.pem } }\nauthentication: { client: { subject: CN } }';
const ADMIN =
  'admin: { tls: { certificate: c.pem, key: c.key, clientCertificates: { authorities: ca.pem } }, certificates: { subject: CN, scopes: ["keys:read"] } }';

describe.skipIf(named === null || stranger === null)('a revocation of a certificate', () => {
  if (named === null || stranger === null) return;
  const alice = named.issue({ subject: '/CN=alice' });
  const serial = new X509Certificate(alice.certificate).serialNumber;
  writeFileSync(join(folder, 'ca.pem'), named.certificate);
  writeFileSync(
    join(folder, 'api.yaml'),
    'openapi: 3.1.0\ninfo: { title: A, version: "1" }\npaths: {}\ncomponents: { securitySchemes: { client: { type: mutualTLS } } }\n',
  );
  const make = (request: RevocationRequest, settings: string): ReturnType<typeof makeRevocation> => {
    const policyFile = join(folder, 'sallyport.yaml');
    writeFileSync(policyFile, `api: api.yaml\nupstream: http://127.0.0.1:1\nstore: { revocations: on }\n${settings}\n`);
    const { policy } = readSources({ policyFile, overrides: {}, environment: () => undefined });
    return makeRevocation(request, {
      policy,
      authorities: readAuthorities(policy),
      nowMs: 1,
      expiresAtMs: null,
      reason: null,
    });
  };

  it.each([
    ['in handshakes', OWN],
    ['from a proxy', FORWARDED],
    ['on the admin port', ADMIN],
  ])('has one name, by its file and by its serial number, where its authority is believed %s', (_, settings) => {
    const byFile = make({ kind: 'certificate', pem: alice.certificate }, settings);
    const bySerial = make({ kind: 'certificate', serial, issuer: null }, settings);
    expect(byFile.name).toBe(bySerial.name);
    expect([byFile.issuer, byFile.value]).toEqual(['CN=Partners', serial]);
  });

  it('is refused for one of an authority that nobody names, which would never be looked up', () => {
    const other = stranger.issue({ subject: '/CN=alice' });
    expect(() => make({ kind: 'certificate', pem: other.certificate }, OWN)).toThrow(
      'was issued by CN=Strangers, which the policy does not name, so it is let in nowhere and its revocation would never count; named are: Partners.',
    );
    expect(() => make({ kind: 'certificate', pem: alice.certificate }, '')).toThrow('takes no certificate of a client');
  });

  it('is refused for the certificate of an authority, which is taken out of the file instead', () => {
    expect(() => make({ kind: 'certificate', pem: named.certificate }, OWN)).toThrow(
      'CN=Partners, is one of an authority',
    );
  });
});
