import { request } from 'node:https';
import type { Code } from '@sallyport/core';
import { createClientAuthority, type ClientPair } from './tls/client-authority.ts';
import { createTestAuthority } from './tls/certificates.ts';
import { openDoor, sendRaw, type Door } from './door.ts';

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Certificates', version: '1' },
  components: { securitySchemes: { client: { type: 'mutualTLS' } } },
  paths: {
    '/closed': {
      get: { operationId: 'closed', security: [{ client: [] }], responses: { 200: { description: 'ok' } } },
    },
  },
};
const POLICY = `
listen:
  tls: { certificate: cert.pem, key: key.pem, clientCertificates: { authorities: ca.pem, revocation: crl.pem } }
  redirect: { port: 0, names: [api.example.com] }
authentication: { client: { subject: CN, allowed: [known] } }
`;

/** A door that asks for certificates, and for each code of the handshake what leads to it: the whole answer as it came. */
export interface CertificateCodes {
  readonly scenarios: Readonly<Partial<Record<Code, (door: Door) => Promise<string>>>>;
  open(): Promise<Door>;
  close(): void;
}

/** Null where there is no openssl. */
export function createCertificateCodes(): CertificateCodes | null {
  const servers = createTestAuthority();
  const clients = createClientAuthority();
  const unlisted = createClientAuthority('No list');
  const strangers = createClientAuthority();
  if (servers === null || clients === null || unlisted === null || strangers === null) return null;
  const server = servers.issue('api.example.com');
  const subject = '/CN=known';
  const revoked = clients.issue({ subject });
  clients.revoke(revoked);
  const asking =
    (pair: ClientPair | null) =>
    (door: Door): Promise<string> =>
      answerTo(door, servers.certificate, pair);
  return {
    scenarios: {
      TLS_REQUIRED: (door) =>
        sendRaw(
          door.gateway.redirectPort ?? 0,
          'POST / HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 0\r\n\r\n',
        ),
      AUTHN_CERTIFICATE_MISSING: asking(null),
      AUTHN_CERTIFICATE_UNTRUSTED: asking(strangers.issue({ subject })),
      AUTHN_CERTIFICATE_EXPIRED: asking(clients.issue({ subject, from: '20200101000000Z', to: '20210101000000Z' })),
      AUTHN_CERTIFICATE_NOT_YET_VALID: asking(
        clients.issue({ subject, from: '20480101000000Z', to: '20490101000000Z' }),
      ),
      AUTHN_CERTIFICATE_REVOKED: asking(revoked),
      AUTHN_CERTIFICATE_PURPOSE: asking(clients.issue({ subject, extensions: 'extendedKeyUsage=serverAuth\n' })),
      AUTHN_CERTIFICATE_SUBJECT: asking(clients.issue({ subject: '/CN=unknown' })),
      AUTHN_REVOCATION_UNKNOWN: asking(unlisted.issue({ subject })),
    },
    open: () =>
      openDoor({
        document: DOCUMENT,
        policy: POLICY,
        files: {
          'cert.pem': server.certificate,
          'key.pem': server.key,
          'ca.pem': clients.certificate + unlisted.certificate,
          'crl.pem': clients.list(),
        },
      }),
    close() {
      for (const authority of [servers, clients, unlisted, strangers]) authority.close();
    },
  };
}

function answerTo(door: Door, ca: string, pair: ClientPair | null): Promise<string> {
  return new Promise((resolve, reject) => {
    const shown = pair === null ? {} : { cert: pair.certificate, key: pair.key };
    const options = { ...shown, port: door.gateway.port, host: '127.0.0.1', path: '/closed', ca, agent: false };
    const sent = request({ ...options, servername: 'api.example.com' }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve(`HTTP/1.1 ${response.statusCode} \r\n\r\n${body}`));
    });
    sent.on('error', reject);
    sent.end();
  });
}
