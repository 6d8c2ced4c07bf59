import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from './certificates.ts';
import { hasProgram, runClient } from './tls-clients.ts';
import { openDoor, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY } from '../gateway/documents.ts';

/** What a public scanner finds in the handshakes of the door. */
const authority = hasProgram('sslscan') ? createTestAuthority() : null;
afterAll(() => authority?.close());
let door: Door;
afterEach(() => door.close());

describe.skipIf(authority === null)('sslscan', () => {
  if (authority === null) return;
  it('finds TLS 1.2 and 1.3 with authenticated encryption and an ephemeral key exchange, and no weakness', async () => {
    const pair = authority.issue('localhost');
    door = await openDoor({
      document: SMALL_API,
      policy: `${SMALL_POLICY}listen: { tls: { certificate: cert.pem, key: key.pem } }\n`,
      files: { 'cert.pem': pair.certificate + authority.certificate, 'key.pem': pair.key },
    });
    const { text } = await runClient('sslscan', ['--no-colour', `localhost:${door.gateway.port}`]);
    for (const version of ['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1'])
      expect(text).toMatch(new RegExp(`^${version} +disabled$`, 'm'));
    for (const version of ['TLSv1.2', 'TLSv1.3']) expect(text).toMatch(new RegExp(`^${version} +enabled$`, 'm'));
    expect(text).toContain('Session renegotiation not supported');
    expect(text).not.toMatch(/^\S+ vulnerable|is vulnerable|Compression enabled|insecure/im);
    const accepted = [...text.matchAll(/^(?:Accepted|Preferred) +TLSv1\.\d +\d+ bits +(\S+)/gm)].map(
      ([, name]) => name,
    );
    expect(accepted.length).toBeGreaterThan(4);
    expect(accepted.filter((name) => !/^(?:TLS_|ECDHE-(?:ECDSA|RSA)-).*(?:GCM|CHACHA20)/.test(name ?? ''))).toEqual([]);
  });
});
