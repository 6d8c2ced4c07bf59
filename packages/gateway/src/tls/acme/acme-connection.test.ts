import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createEgress } from '../../egress/egress.ts';
import { signOwnCertificate } from '../sign-own-certificate.ts';
import { createAcmeConnection } from './acme-connection.ts';

it('names listen.tls.acme.ca where nobody vouches for the certificate of the authority', async () => {
  const now = Date.now();
  const { key, certificate } = signOwnCertificate({
    commonName: 'acme',
    dnsNames: [],
    addresses: [],
    fromMs: now - 60_000,
    toMs: now + 60_000,
  });
  const server = createServer({ key, cert: certificate }, (_, response) => response.end('{}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const account = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const signal = new AbortController().signal;
  const connection = createAcmeConnection(`${origin}/dir`, null, account, signal, createEgress());
  try {
    await expect(connection.directory()).rejects.toThrow(
      `${origin}: DEPTH_ZERO_SELF_SIGNED_CERT: no authority that is trusted vouches for its certificate; name its own under listen.tls.acme.ca`,
    );
  } finally {
    await connection.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
