import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createClientAuthority } from './client-authority.ts';
import { createOcspResponder } from './ocsp-responder.ts';
import { handshake, hasProgram, runClient } from './tls-clients.ts';
import { openDoor, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY } from '../gateway/documents.ts';

/** What the largest public scanner of TLS finds: nothing, beside what no server on loopback can change. */
const authority = hasProgram('testssl') ? createClientAuthority() : null;
const responder = authority === null ? null : await createOcspResponder(authority);
let door: Door;
afterEach(() => door.close());
afterAll(async () => {
  await responder?.stop();
  authority?.close();
});

/** Ids of findings, and why they say nothing of the door. */
const NOT_THE_DOOR: Readonly<Record<string, string>> = {
  engine_problem: 'of the openssl that scans',
  DNS_CAArecord: 'a record of the DNS, which loopback has none of',
  // In TLS 1.3 a ticket comes after the handshake (RFC 8446, section 4.6.1), and this client leaves before it has come: openssl's own server
  // gets the same warning. That sessions are resumed is shown by clients that stay.
  sessionresumption_ticket: 'the client does not wait for the ticket',
  sessionresumption_ID: 'the client does not wait for the ticket',
};
/** All but what takes minutes and finds nothing more: the simulation of fifty clients, and the order of ciphers of each version. */
const CHECKS = ['-p', '-s', '-f', '-S', '-h', '-U'];

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

describe.skipIf(authority === null || responder === null)('testssl', () => {
  if (authority === null || responder === null) return;

  it('finds nothing at or above LOW in protocols, ciphers, key exchange, certificate, headers and known weaknesses', {
    timeout: 400_000,
  }, async () => {
    // Random, as authorities make them; and ninety days, as they give.
    writeFileSync(join(authority.folder, 'serial'), '5A17C0FFEE6B3D9184E2A70D35B8F1946CD2\n');
    const ends = new Date(Date.now() + 89 * 86_400_000).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
    const pair = authority.issue({
      subject: '/CN=localhost',
      to: ends,
      extensions: `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost\nauthorityInfoAccess=OCSP;URI:${responder.url}\ncrlDistributionPoints=URI:http://crl.example.com/ca.crl\n`,
    });
    await responder.start();
    door = await openDoor({
      document: SMALL_API,
      policy: `${SMALL_POLICY}egress: { allow: [127.0.0.1] }\nlisten: { tls: { certificate: cert.pem, key: key.pem } }\n`,
      files: {
        'cert.pem': pair.certificate + authority.certificate,
        'key.pem': pair.key,
        'ca.pem': authority.certificate,
      },
    });
    const { port } = door.gateway;
    const deadline = Date.now() + 10_000;
    while (!(await handshake(port, ['-status'])).text.includes('Cert Status: good'))
      if (Date.now() > deadline) throw new Error('nothing is stapled');
    const report = join(door.folder, 'report.json');
    const words = ['--quiet', '--warnings', 'off', '--color', '0', '-n', 'none', '--ip', '127.0.0.1'];
    const { text } = await runClient(
      'testssl',
      [...words, '--add-ca', join(door.folder, 'ca.pem'), '--jsonfile', report, ...CHECKS, `localhost:${port}`],
      '',
      390_000,
    );
    const findings = JSON.parse(readFileSync(report, 'utf8')) as readonly Finding[];
    const severe = findings.filter(({ severity, id }) => !['OK', 'INFO'].includes(severity) && !(id in NOT_THE_DOOR));
    expect(severe, text).toEqual([]);
    // It has really looked: at every part that was asked for.
    const seen = new Map(findings.map(({ id, severity }) => [id, severity]));
    for (const id of ['TLS1_3', 'PFS', 'cert_trust', 'OCSP_stapling', 'HSTS_time', 'heartbleed', 'ROBOT', 'LUCKY13'])
      expect([id, seen.get(id)]).toEqual([id, 'OK']);
  });
});
