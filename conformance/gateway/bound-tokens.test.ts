import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../tls/certificates.ts';
import { createClientAuthority } from '../tls/client-authority.ts';
import { createTestIssuer } from '../tokens.ts';
import { answerOf, curl, hasProgram } from '../tls/tls-clients.ts';
import { openDoor, until, type Door } from '../door.ts';

const servers = createTestAuthority();
const clients = hasProgram('curl') ? createClientAuthority() : null;
afterAll(() => {
  servers?.close();
  clients?.close();
});

let door: Door;
afterEach(() => door.close());

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Bound', version: '1' },
  components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, client: { type: 'mutualTLS' } } },
  paths: {
    '/client': {
      get: { operationId: 'client', security: [{ client: [] }], responses: { 200: { description: 'ok' } } },
    },
    '/bound': { get: { operationId: 'bound', security: [{ bearer: [] }], responses: { 200: { description: 'ok' } } } },
  },
};

describe.skipIf(servers === null || clients === null)('a token bound to a certificate (RFC 8705)', () => {
  if (servers === null || clients === null) return;
  const server = servers.issue('127.0.0.1');
  const alice = clients.issue({ subject: '/CN=alice' });
  const mallory = clients.issue({ subject: '/CN=mallory' });

  it('is taken over the connection of that certificate, and over no other', async () => {
    const issuer = await createTestIssuer();
    door = await openDoor({
      document: DOCUMENT,
      policy: `listen: { tls: { certificate: cert.pem, key: key.pem, clientCertificates: { authorities: ca.pem } } }
authentication: { client: { subject: CN }, bearer: { issuer: ${issuer.issuer}, audience: ${issuer.audience}, algorithms: [RS256], jwks: jwks.json } }
limits: []
`,
      files: {
        'cert.pem': server.certificate,
        'key.pem': server.key,
        'ca.pem': clients.certificate,
        'jwks.json': issuer.jwks,
      },
    });
    writeFileSync(join(door.folder, 'servers.pem'), servers.certificate);
    const der = new X509Certificate(readFileSync(alice.certificateFile)).raw;
    const token = await issuer.sign({ cnf: { 'x5t#S256': createHash('sha256').update(der).digest('base64url') } });
    const ask = async (...shown: string[]): Promise<number> =>
      answerOf(
        await curl(`${door.url}/bound`, [
          '--cacert',
          join(door.folder, 'servers.pem'),
          ...shown,
          '-H',
          `Authorization: Bearer ${token}`,
        ]),
      ).status;
    expect(await ask('--cert', alice.certificateFile, '--key', alice.keyFile)).toBe(200);
    expect(await ask('--cert', mallory.certificateFile, '--key', mallory.keyFile)).toBe(401);
    expect(await ask()).toBe(401);
    await until(() => door.log.length === 3);
  });
});
