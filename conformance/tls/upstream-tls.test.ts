import { createServer, type Server } from 'node:https';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority, type Pair } from './certificates.ts';
import { detailOf, SMALL_API, SMALL_POLICY } from '../gateway/documents.ts';
import { openDoor, until, type Door } from '../door.ts';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

const authority = createTestAuthority();
const stranger = createTestAuthority();
afterAll(() => {
  authority?.close();
  stranger?.close();
});

let server: Server;
let door: Door;
afterEach(async () => {
  await door.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Opens a door to an upstream with this certificate; `tls` is what stands in `upstream.tls`. */
async function status(
  pair: Pair,
  tls: string,
  files: Record<string, string> = {},
  requestCert = false,
): Promise<{ status: number; code: unknown; client: string }> {
  let client = '';
  server = createServer(
    {
      cert: pair.certificate,
      key: pair.key,
      requestCert,
      rejectUnauthorized: requestCert,
      ...(requestCert && authority !== null ? { ca: authority.certificate } : {}),
    },
    (request, response) => {
      client = (request.socket as TLSSocket).getPeerCertificate().subject?.CN?.toString() ?? '';
      response.setHeader('Content-Type', 'application/json').end('{"ok":true}');
    },
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  door = await openDoor({
    document: SMALL_API,
    policy: SMALL_POLICY,
    upstreamUrl: `{ url: 'https://127.0.0.1:${port}', tls: { ${tls} } }`,
    files: { 'ca.pem': authority?.certificate ?? '', ...files },
  });
  const response = await fetch(`${door.url}/fast`);
  await until(() => door.log.length === 1);
  return { status: response.status, code: detailOf(door.log[0])['code'], client };
}

describe.skipIf(authority === null || stranger === null)('TLS towards the upstream', () => {
  if (authority === null || stranger === null) return;
  const good = authority.issue('127.0.0.1');
  const unreachable = { status: 502, code: 'UPSTREAM_UNREACHABLE', client: '' };

  it('takes a certificate of the named authority', async () => {
    expect(await status(good, 'ca: ca.pem')).toMatchObject({ status: 200 });
  });
  it('refuses an authority that nobody named', async () => {
    expect(await status(good, '')).toEqual(unreachable);
  });
  it('refuses a certificate of another authority', async () => {
    expect(await status(stranger.issue('127.0.0.1'), 'ca: ca.pem')).toEqual(unreachable);
  });
  it('refuses a certificate of another name', async () => {
    expect(await status(authority.issue('api.example'), 'ca: ca.pem')).toEqual(unreachable);
  });
  it('takes another name where the policy says so', async () => {
    expect(await status(authority.issue('api.example'), 'ca: ca.pem, serverName: api.example')).toMatchObject({
      status: 200,
    });
  });
  it('refuses a certificate that has expired', async () => {
    expect(await status(authority.issue('127.0.0.1', -1), 'ca: ca.pem')).toEqual(unreachable);
  });
  it('presents its own certificate', async () => {
    const own = authority.issue('door.example');
    expect(
      await status(
        good,
        'ca: ca.pem, certificate: own.pem, key: own.key',
        { 'own.pem': own.certificate, 'own.key': own.key },
        true,
      ),
    ).toEqual({ status: 200, code: undefined, client: 'door.example' });
  });
  it('presents the one that took its place on disk after a reload', async () => {
    const [own, next] = [authority.issue('door.example'), authority.issue('next.example')];
    const files = { 'own.pem': own.certificate, 'own.key': own.key };
    const first = await status(good, 'ca: ca.pem, certificate: own.pem, key: own.key', files, true);
    expect(first.client).toBe('door.example');
    let client = '';
    server.on('request', (request: { readonly socket: unknown }) => {
      client = (request.socket as TLSSocket).getPeerCertificate().subject?.CN?.toString() ?? '';
    });
    writeFileSync(join(door.folder, 'own.pem'), next.certificate);
    // Half of a renewal: the pair does not fit together, and the running one stays.
    expect(await door.gateway.reload()).not.toBeNull();
    expect((await fetch(`${door.url}/fast`)).status).toBe(200);
    expect(client).toBe('door.example');
    writeFileSync(join(door.folder, 'own.key'), next.key);
    expect(await door.gateway.reload()).toBeNull();
    expect((await fetch(`${door.url}/fast`)).status).toBe(200);
    expect(client).toBe('next.example');
  });
  it('is refused without one by an upstream that asks for it', async () => {
    // In TLS 1.3 the refusal comes after the handshake, when the connection looked good.
    expect(await status(good, 'ca: ca.pem', {}, true)).toMatchObject({ status: 502, client: '' });
  });
});
