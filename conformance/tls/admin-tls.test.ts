import { request as plainRequest } from 'node:http';
import { writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ADMIN_SCHEME, createStore, newStoredKey } from '@sallyport/gateway';
import { createTestAuthority, type Pair } from './certificates.ts';
import { createClientAuthority } from './client-authority.ts';
import { openDoor, type Door } from '../door.ts';
import { testSecret } from '../test-secret.ts';

/** The admin port with TLS, and administrators who prove themselves by certificate. */
const SEALING = 'a key for tests that is long enough';
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Administered', version: '1' },
  paths: { '/a': { get: { operationId: 'a', security: [{ key: [] }], responses: { 200: { description: 'ok' } } } } },
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
};
const servers = createTestAuthority();
const clients = createClientAuthority('Administrators');
const others = createClientAuthority('Customers');
afterAll(() => {
  servers?.close();
  clients?.close();
  others?.close();
});

let door: Door | null = null;
const agents: Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.destroy();
  await door?.close();
  door = null;
});

async function open(admin: string, files: Readonly<Record<string, string>> = {}): Promise<Door> {
  door = await openDoor({
    document: DOCUMENT,
    policy: `authentication: { key: { keys: store } }\nlimits: []\nstore: { url: 'sqlite:./store.db', key: seal.txt }\nadmin: { port: 0, ${admin} }\n`,
    files: { 'seal.txt': SEALING, ...files },
  });
  return door;
}

interface Asked {
  readonly status: number;
  readonly body: Record<string, unknown>;
}
type Ask = (method: string, path: string, headers?: Record<string, string>, body?: unknown) => Promise<Asked>;

function asking(at: Door, ca: string, pair?: Pick<Pair, 'certificate' | 'key'>, anyName = false): Ask {
  const agent = new Agent({
    connect: {
      ca,
      servername: 'localhost',
      ...(anyName ? { checkServerIdentity: () => undefined } : {}),
      ...(pair === undefined ? {} : { cert: pair.certificate, key: pair.key }),
    },
  });
  agents.push(agent);
  return async (method, path, headers = {}, body) => {
    const answer = await request(`https://127.0.0.1:${at.gateway.admin?.port}${path}`, {
      dispatcher: agent,
      method: method as 'GET',
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    return {
      status: answer.statusCode,
      body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
    };
  };
}

/** What plain HTTP gets from the port: a status, or null where the connection ends without one. */
function plainly(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const asked = plainRequest({ host: '127.0.0.1', port, path: '/healthz' }, (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    });
    asked.on('error', () => resolve(null));
    asked.end();
  });
}

describe.skipIf(servers === null || clients === null || others === null)('TLS on the admin port', () => {
  if (servers === null || clients === null || others === null) return;
  const server = servers.issue('localhost');
  const tls = 'certificate: cert.pem, key: key.pem';
  const files = { 'cert.pem': server.certificate, 'key.pem': server.key, 'ca.pem': clients.certificate };
  const alice = clients.issue({ subject: '/O=Ops/CN=alice' });
  const bob = clients.issue({ subject: '/CN=bob' });
  const trusted = `tls: { ${tls}, clientCertificates: { authorities: ca.pem } }, certificates: { subject: CN, allowed: [{ subject: alice, scopes: [keys:read, revocations:write, audit:read] }, { subject: bob, scopes: [keys:read] }] }`;

  it('self-signed is one word: https with the certificate of the folder, and no plain HTTP any more', async () => {
    const at = await open('tls: self-signed');
    const own = readFileSync(join(at.folder, '.sallyport', 'certificate.pem'), 'utf8');
    const ask = asking(at, own);
    expect(at.gateway.admin).toMatchObject({ tls: true });
    expect((await ask('GET', '/healthz')).status).toBe(200);
    expect((await ask('GET', '/metrics')).body['text']).toContain('sallyport_');
    expect(await plainly(at.gateway.admin?.port ?? 0)).toBe(403);
    await expect(asking(at, servers.certificate)('GET', '/healthz')).rejects.toThrow(/certificate/);
  });

  it('an admin key works over it; names of the certificate are named, foreign ones are not', async () => {
    const at = await open(`tls: { ${tls} }`, files);
    const store = createStore({
      location: { kind: 'sqlite', path: join(at.folder, 'store.db') },
      key: testSecret(SEALING),
      graceMs: 0,
    });
    await store.open();
    const { key, made } = newStoredKey(
      {
        scheme: ADMIN_SCHEME,
        owner: 'ops',
        scopes: ['keys:read'],
        roles: [],
        addresses: [],
        attributes: {},
        environment: 'admin',
      },
      Date.now(),
    );
    await store.createKey(key, { actor: 'test', atMs: Date.now() });
    await store.close();
    const ask = asking(at, servers.certificate);
    const headers = { 'x-sallyport-key': made.text };
    await expect.poll(async () => (await ask('GET', '/v1/keys', headers)).status, { timeout: 10_000 }).toBe(200);
    expect((await ask('GET', '/v1/keys')).status).toBe(401);
    // A browser would ask for the name of its page, and not mind what it was led to.
    const asPage = asking(at, servers.certificate, undefined, true);
    for (const [host, status] of [
      ['localhost', 200],
      ['10.1.2.3:9090', 200],
      ['rebound.example', 403],
    ] as const)
      expect((await asPage('GET', '/healthz', { host })).status, host).toBe(status);
  });

  it('a certificate proves an administrator, with the scopes of the policy, and stands in the audit trail', async () => {
    const at = await open(trusted, files);
    const ask = asking(at, servers.certificate, alice);
    expect((await ask('GET', '/v1/keys')).status).toBe(200);
    expect((await ask('POST', '/v1/keys', {}, { owner: 'billing' })).status).toBe(403);
    expect((await asking(at, servers.certificate)('GET', '/v1/keys')).status).toBe(401);
    const stranger = clients.issue({ subject: '/CN=mallory' });
    expect((await asking(at, servers.certificate, stranger)('GET', '/v1/keys')).status).toBe(401);
    // Vouched for by somebody whom this port does not believe.
    const foreign = others.issue({ subject: '/CN=alice' });
    expect((await asking(at, servers.certificate, foreign)('GET', '/v1/keys')).status).toBe(401);
    expect((await asking(at, servers.certificate)('GET', '/healthz')).status).toBe(200);

    const asBob = asking(at, servers.certificate, bob);
    expect((await asBob('GET', '/v1/keys')).status).toBe(200);
    const revoked = await ask('POST', '/v1/revocations', {}, { certificatePem: bob.certificate, reason: 'left' });
    expect(revoked.status).toBe(201);
    await expect.poll(async () => (await asBob('GET', '/v1/keys')).status, { timeout: 10_000 }).toBe(401);
    const { entries } = (await ask('GET', '/v1/audit-trail')).body as { entries: { act: string; actor: string }[] };
    expect(entries.at(-1)).toMatchObject({ act: 'revocation.create' });
    expect(entries.at(-1)?.actor).toMatch(/^admin:certificate:alice#[0-9A-F]+$/);
  });

  it('where a certificate is required, nothing is answered without, health neither; one on the revocation list is refused', async () => {
    const gone = clients.issue({ subject: '/CN=alice' });
    clients.revoke(gone);
    const at = await open(
      `host: 0.0.0.0, tls: { ${tls}, clientCertificates: { authorities: ca.pem, require: true, revocation: list.pem } }, certificates: { subject: CN, scopes: [keys:read] }`,
      { ...files, 'list.pem': clients.list() },
    );
    await expect(asking(at, servers.certificate)('GET', '/healthz')).rejects.toThrow();
    await expect(asking(at, servers.certificate, gone)('GET', '/v1/keys')).rejects.toThrow();
    expect((await asking(at, servers.certificate, alice)('GET', '/v1/keys')).status).toBe(200);
  });

  it('a reload takes a new certificate, and new connections get it', async () => {
    const at = await open(`tls: { ${tls} }`, files);
    const next = createTestAuthority();
    const renewed = next?.issue('localhost');
    writeFileSync(join(at.folder, 'cert.pem'), renewed?.certificate ?? '');
    writeFileSync(join(at.folder, 'key.pem'), renewed?.key ?? '');
    expect(await at.gateway.reload()).toBeNull();
    expect((await asking(at, next?.certificate ?? '')('GET', '/healthz')).status).toBe(200);
    next?.close();
  });

  it('a key that does not belong to the certificate is refused at start, by the name of the setting', async () => {
    const other = servers.issue('localhost');
    await expect(open(`tls: { ${tls} }`, { ...files, 'key.pem': other.key })).rejects.toThrow(/do not belong together/);
    await expect(open(`tls: { certificate: gone.pem, key: key.pem }`, files)).rejects.toThrow(/admin\.tls/);
  });
});
