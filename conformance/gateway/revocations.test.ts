import { createHash, X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createStore,
  hashPassword,
  makeKey,
  makeRevocation,
  readSources,
  type NewKey,
  type RevocationRequest,
  type Store,
} from '@sallyport/gateway';
import { createClientAuthority } from '../tls/client-authority.ts';
import { createTestAuthority } from '../tls/certificates.ts';
import { createTestIssuer, type TestIssuer } from '../tokens.ts';
import { answerOf, curl, hasProgram } from '../tls/tls-clients.ts';
import { openDoor, until, type Door } from '../door.ts';
import { postgresFolder, startPostgres, type Postgres } from '../postgres.ts';
import { testSecret } from '../test-secret.ts';

/** Revocations, from the store to the answer of a door, with nothing replaced. */
const SEALING = 'a key for tests that is long enough';
const BY = { actor: 'test', atMs: 0 };
const operation = (...schemes: string[]): object => ({
  get: {
    security: [Object.fromEntries(schemes.map((scheme) => [scheme, []]))],
    responses: { 200: { description: 'ok', content: { 'application/json': {} } } },
  },
});
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Revocations', version: '1' },
  paths: {
    '/token': operation('bearer'),
    '/opaque': operation('opaque'),
    '/key': operation('key'),
    '/listed': operation('listed'),
    '/basic': operation('basic'),
  },
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      opaque: { type: 'http', scheme: 'bearer' },
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      listed: { type: 'apiKey', in: 'header', name: 'X-Listed' },
      basic: { type: 'http', scheme: 'basic' },
    },
  },
};

const cleaning: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).toReversed()) await clean();
});

interface Setting {
  readonly door: Door;
  readonly store: Store;
  readonly issuer: TestIssuer;
  revoke(request: RevocationRequest, more?: { readonly atMs: number }): Promise<string>;
}

const policyOf = (issuer: Pick<TestIssuer, 'issuer'>, url: string, introspection = 9, more = ''): string => `
authentication:
  bearer: { issuer: ${issuer.issuer}, audience: api, algorithms: [RS256, ES256], jwks: jwks.json }
  opaque: { audience: api, introspection: { endpoint: 'http://127.0.0.1:${introspection}/', clientId: a, clientSecret: '\${file:seal.txt}' } }
  key: { keys: store }
  listed: { keys: [{ id: one, subject: lister, sha256: ${createHash('sha256').update('a-listed-key').digest('hex')} }] }
  basic: { users: users.txt }
limits: []
store: { url: ${JSON.stringify(url)}, key: seal.txt, grace: 1s }
${more}`;

async function open(
  url: string,
  more: { readonly introspection?: number; readonly keys?: readonly object[] } = {},
): Promise<Setting> {
  const issuer = await createTestIssuer();
  const own = JSON.parse(issuer.jwks) as { keys: object[] };
  const door = await openDoor({
    document: DOCUMENT,
    policy: policyOf(issuer, url, more.introspection),
    files: {
      'seal.txt': SEALING,
      'jwks.json': JSON.stringify({ keys: [...own.keys, ...(more.keys ?? [])] }),
      'users.txt': `ada:${await hashPassword('right')}\n`,
    },
  });
  cleaning.push(() => door.close());
  return { door, issuer, ...(await openStore(url, door)) };
}

async function openStore(url: string, door: Door): Promise<Pick<Setting, 'store' | 'revoke'>> {
  const { policy } = readSources({
    policyFile: join(door.folder, 'sallyport.yaml'),
    overrides: {},
    environment: () => undefined,
  });
  const path = policy.store?.location.kind === 'sqlite' ? policy.store.location.path : null;
  const store = createStore({
    location: path === null ? { kind: 'postgres', url: testSecret(url) } : { kind: 'sqlite', path },
    key: testSecret(SEALING),
    graceMs: 0,
  });
  await store.open();
  cleaning.push(() => store.close());
  return {
    store,
    revoke(request, more) {
      const nowMs = more?.atMs ?? Date.now();
      const context = { policy, authorities: null, nowMs, expiresAtMs: null, reason: null };
      return store.revoke(makeRevocation(request, context), { ...BY, atMs: nowMs });
    },
  };
}

const sqlite = (): string => 'sqlite:./store.db';
const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });
const basic = { Authorization: `Basic ${Buffer.from('ada:right').toString('base64')}` };
const ask = async (door: Pick<Door, 'url'>, path: string, headers: Record<string, string>): Promise<string> => {
  const response = await fetch(door.url + path, { headers });
  const { code } = (await response.json()) as { code?: string };
  return code ?? String(response.status);
};
/** What a node learns of a change takes a moment. */
async function askUntil(
  door: Pick<Door, 'url'>,
  path: string,
  headers: Record<string, string>,
  wanted: string,
): Promise<void> {
  const deadline = Date.now() + 25_000;
  for (let got = ''; got !== wanted; got = await ask(door, path, headers))
    if (Date.now() > deadline) throw new Error(`no ${wanted} in time, but ${got}`);
}

describe('a token that is revoked', () => {
  it('is refused although it was verified before, and another one of the same user is not', async () => {
    const { door, issuer, revoke } = await open(sqlite());
    const [token, other] = [await issuer.sign({ jti: 'a' }), await issuer.sign({ jti: 'b' })];
    for (const one of [token, other]) expect(await ask(door, '/token', bearer(one))).toBe('200');
    await revoke({ kind: 'token', token });
    await askUntil(door, '/token', bearer(token), 'AUTHN_TOKEN_REVOKED');
    expect(await ask(door, '/token', bearer(other))).toBe('200');
    await until(() => door.logText().includes('AUTHN_TOKEN_REVOKED'));
    expect(door.logText()).not.toContain(token.split('.')[1]);
  });

  it('is refused with the other signature that everybody can make of an ECDSA signature too', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'ec', alg: 'ES256' };
    const { door, issuer, revoke } = await open(sqlite(), { keys: [jwk] });
    const now = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({ iss: issuer.issuer, aud: 'api', sub: 'alice', iat: now, exp: now + 600 })
      .setProtectedHeader({ alg: 'ES256', kid: 'ec', typ: 'JWT' })
      .sign(privateKey);
    const twin = withOtherSignature(token);
    expect(twin).not.toBe(token);
    for (const one of [token, twin]) expect(await ask(door, '/token', bearer(one))).toBe('200');
    await revoke({ kind: 'token', token });
    for (const one of [token, twin]) await askUntil(door, '/token', bearer(one), 'AUTHN_TOKEN_REVOKED');
  });

  it('is refused by its jti, of the named issuer alone where one is named, and accepted again when that is lifted', async () => {
    const { door, issuer, store, revoke } = await open(sqlite());
    const token = await issuer.sign({ jti: 'once' });
    await revoke({ kind: 'jti', value: 'other', issuer: null });
    await revoke({ kind: 'jti', value: 'once', issuer: 'listed' });
    expect(await ask(door, '/token', bearer(token))).toBe('200');
    const id = await revoke({ kind: 'jti', value: 'once', issuer: issuer.issuer });
    await askUntil(door, '/token', bearer(token), 'AUTHN_TOKEN_REVOKED');
    await store.liftRevocation(id, { ...BY, atMs: Date.now() });
    await askUntil(door, '/token', bearer(token), '200');
  });

  it('is refused although its issuer still calls it active, and although that answer is remembered', async () => {
    const endpoint = createServer((_, response) =>
      response
        .writeHead(200, { 'Content-Type': 'application/json' })
        .end('{"active":true,"sub":"eve","aud":"api","token_type":"Bearer"}'),
    );
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    cleaning.push(() => endpoint.close());
    const { door, revoke } = await open(sqlite(), { introspection: (endpoint.address() as AddressInfo).port });
    for (const token of ['opaque-1', 'opaque-2']) expect(await ask(door, '/opaque', bearer(token))).toBe('200');
    await revoke({ kind: 'token', token: 'opaque-1' });
    await askUntil(door, '/opaque', bearer('opaque-1'), 'AUTHN_TOKEN_REVOKED');
    expect(await ask(door, '/opaque', bearer('opaque-2'))).toBe('200');
    // The answer says nothing of when it was issued: every token of the subject is refused.
    await revoke({ kind: 'subject', value: 'eve', issuer: null });
    await askUntil(door, '/opaque', bearer('opaque-2'), 'AUTHN_SUBJECT_REVOKED');
  });

  it('is refused from the first request on by a gateway that starts later, and over a reload', async () => {
    const { door, issuer, revoke } = await open(sqlite());
    const token = await issuer.sign();
    await revoke({ kind: 'token', token });
    await askUntil(door, '/token', bearer(token), 'AUTHN_TOKEN_REVOKED');
    expect(await door.gateway.reload()).toBeNull();
    expect(await ask(door, '/token', bearer(token))).toBe('AUTHN_TOKEN_REVOKED');
    const later = await openDoor({
      document: DOCUMENT,
      policy: policyOf(issuer, `sqlite:${join(door.folder, 'store.db')}`),
      files: { 'seal.txt': SEALING, 'jwks.json': issuer.jwks, 'users.txt': '' },
    });
    cleaning.push(() => later.close());
    expect(await ask(later, '/token', bearer(token))).toBe('AUTHN_TOKEN_REVOKED');
  });
});

describe('a subject that is revoked', () => {
  it('has no token from before that moment, nor one that does not say; later ones are good', async () => {
    const { door, issuer, revoke } = await open(sqlite());
    const now = Math.floor(Date.now() / 1000);
    const before = await issuer.sign({ iat: now - 60 });
    const silent = await issuer.sign({ iat: undefined });
    const other = await issuer.sign({ sub: 'bob', iat: now - 60 });
    await revoke({ kind: 'subject', value: 'alice', issuer: null });
    await askUntil(door, '/token', bearer(before), 'AUTHN_SUBJECT_REVOKED');
    expect(await ask(door, '/token', bearer(silent))).toBe('AUTHN_SUBJECT_REVOKED');
    expect(await ask(door, '/token', bearer(other))).toBe('200');
    // A clock may stand still between revoking and signing: a token of the same second is refused.
    const after = await issuer.sign({ iat: Math.floor(Date.now() / 1000) + 2 });
    expect(await ask(door, '/token', bearer(after))).toBe('200');
    // Revoked again, at a later moment, it loses that one too.
    await revoke({ kind: 'subject', value: 'alice', issuer: issuer.issuer }, { atMs: Date.now() + 60_000 });
    await askUntil(door, '/token', bearer(after), 'AUTHN_SUBJECT_REVOKED');
  });

  it('has no key from before, no key that does not tell when it was made, and no password, until it is lifted', async () => {
    const { door, store, revoke } = await open(sqlite());
    const create = async (createdAtMs: number): Promise<string> => {
      const { text, sha256, hint } = makeKey('test');
      const key: NewKey = {
        id: `key-${createdAtMs}`,
        sha256,
        hint,
        scheme: 'key',
        owner: 'o',
        contact: null,
        subject: 'lister',
        scopes: [],
        roles: [],
        addresses: [],
        attributes: {},
        createdAtMs,
        expiresAtMs: null,
        replaces: null,
      };
      await store.createKey(key, BY);
      return text;
    };
    const key = await create(Date.now());
    await askUntil(door, '/key', { 'X-Key': key }, '200');
    const id = await revoke({ kind: 'subject', value: 'lister', issuer: null });
    await revoke({ kind: 'subject', value: 'ada', issuer: 'basic' });
    await askUntil(door, '/key', { 'X-Key': key }, 'AUTHN_SUBJECT_REVOKED');
    await askUntil(door, '/listed', { 'X-Listed': 'a-listed-key' }, 'AUTHN_SUBJECT_REVOKED');
    await askUntil(door, '/basic', basic, 'AUTHN_SUBJECT_REVOKED');
    const next = await create(Date.now() + 1);
    await askUntil(door, '/key', { 'X-Key': next }, '200');
    await store.liftRevocation(id, { ...BY, atMs: Date.now() });
    await askUntil(door, '/listed', { 'X-Listed': 'a-listed-key' }, '200');
    expect(await ask(door, '/basic', basic)).toBe('AUTHN_SUBJECT_REVOKED');
  });
});

it('a policy that keeps no keys in the store opens none, unless it says so', async () => {
  const issuer = await createTestIssuer();
  for (const store of ['', 'store: sqlite:./store.db', 'store: { url: "sqlite:./store.db", revocations: off }']) {
    const door = await openDoor({
      document: { ...DOCUMENT, paths: { '/token': operation('bearer') } },
      policy: `authentication: { bearer: { issuer: ${issuer.issuer}, audience: api, algorithms: [RS256], jwks: jwks.json } }\n${store}`,
      files: { 'jwks.json': issuer.jwks },
    });
    cleaning.push(() => door.close());
    expect(await ask(door, '/token', bearer(await issuer.sign()))).toBe('200');
    for (const name of ['store.db', 'sallyport.db'])
      expect(() => readFileSync(join(door.folder, name))).toThrow(/ENOENT/);
  }
});

const servers = createTestAuthority();
const clients = hasProgram('curl') ? createClientAuthority('Partners') : null;
const others = clients === null ? null : createClientAuthority('Others');
afterAll(() => {
  servers?.close();
  clients?.close();
  others?.close();
});
describe.skipIf(servers === null || clients === null || others === null)('a certificate that is revoked', () => {
  if (servers === null || clients === null || others === null) return;
  const server = servers.issue('127.0.0.1');
  const alice = clients.issue({ subject: '/CN=alice' });
  const bob = clients.issue({ subject: '/CN=bob' });
  const carol = others.issue({ subject: '/CN=carol' });
  const authorities = clients.certificate + others.certificate;
  const serialOf = (pair: { readonly certificate: string }): string =>
    new X509Certificate(pair.certificate).serialNumber;

  it('is refused by the serial number of its authority, with its subject, and with what is bound to it', async () => {
    const issuer = await createTestIssuer();
    const door = await openDoor({
      document: {
        ...DOCUMENT,
        paths: { '/closed': operation('client'), '/bound': operation('bearer') },
        components: { securitySchemes: { ...DOCUMENT.components.securitySchemes, client: { type: 'mutualTLS' } } },
      },
      policy: `
listen: { tls: { certificate: cert.pem, key: key.pem, clientCertificates: { authorities: ca.pem } } }
authentication:
  client: { subject: CN }
  bearer: { issuer: ${issuer.issuer}, audience: api, algorithms: [RS256], jwks: jwks.json }
limits: []
store: { url: 'sqlite:./store.db', key: seal.txt, revocations: on }
`,
      files: {
        'cert.pem': server.certificate,
        'key.pem': server.key,
        'ca.pem': authorities,
        'seal.txt': SEALING,
        'jwks.json': issuer.jwks,
      },
    });
    cleaning.push(() => door.close());
    writeFileSync(join(door.folder, 'servers.pem'), servers.certificate);
    const { store } = await openStore('sqlite:./store.db', door);
    const { policy } = readSources({
      policyFile: join(door.folder, 'sallyport.yaml'),
      overrides: {},
      environment: () => undefined,
    });
    const revoke = (request: RevocationRequest): Promise<string> => {
      const nowMs = Date.now();
      return store.revoke(makeRevocation(request, { policy, authorities, nowMs, expiresAtMs: null, reason: null }), BY);
    };
    const shown = async (path: string, pair: typeof alice, ...words: string[]): Promise<string> => {
      const files = [
        '--cacert',
        join(door.folder, 'servers.pem'),
        '--cert',
        pair.certificateFile,
        '--key',
        pair.keyFile,
      ];
      const { status, code } = answerOf(await curl(door.url + path, [...files, ...words]));
      return code ?? String(status);
    };
    const shownUntil = async (wanted: string, ...asked: Parameters<typeof shown>): Promise<void> => {
      for (let tries = 0; (await shown(...asked)) !== wanted; tries++)
        if (tries > 200) throw new Error(`no ${wanted}, but ${await shown(...asked)}`);
    };
    const thumbprint = createHash('sha256').update(new X509Certificate(alice.certificate).raw).digest('base64url');
    const token = await issuer.sign({ cnf: { 'x5t#S256': thumbprint } });
    const withToken = ['-H', `Authorization: Bearer ${token}`];
    for (const pair of [alice, bob, carol]) expect(await shown('/closed', pair)).toBe('200');
    expect(await shown('/bound', alice, ...withToken)).toBe('200');

    expect(() => revoke({ kind: 'certificate', serial: serialOf(alice), issuer: null })).toThrow(/Partners, Others/);
    await revoke({ kind: 'certificate', serial: serialOf(bob), issuer: 'Others' });
    await revoke({ kind: 'certificate', serial: serialOf(alice).toLowerCase(), issuer: 'Partners' });
    await shownUntil('AUTHN_CREDENTIAL_INVALID', '/closed', alice);
    await until(() => door.logText().includes('AUTHN_CERTIFICATE_REVOKED'));
    expect(await shown('/bound', alice, ...withToken)).toBe('AUTHN_CREDENTIAL_INVALID');
    await until(() => door.logText().includes('AUTHN_TOKEN_CERTIFICATE'));
    expect(await shown('/closed', bob)).toBe('200');

    await revoke({ kind: 'certificate', pem: bob.certificate });
    await shownUntil('AUTHN_CREDENTIAL_INVALID', '/closed', bob);
    await revoke({ kind: 'subject', value: 'carol', issuer: 'client' });
    await shownUntil('AUTHN_SUBJECT_REVOKED', '/closed', carol);
  });
});

const programs = postgresFolder();
describe.skipIf(programs === null)('with a real PostgreSQL', () => {
  let postgres: Postgres;
  let folder = '';
  beforeAll(async () => {
    postgres = await startPostgres(programs ?? '');
    folder = mkdtempSync(join(tmpdir(), 'sallyport-nodes-'));
  });
  afterAll(async () => {
    await postgres.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('two gateway processes refuse what the command line revoked, and one that is killed and started again too', async () => {
    const url = postgres.createDatabase();
    const upstream = createServer((_, response) => response.setHeader('Content-Type', 'application/json').end('{}'));
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    cleaning.push(() => {
      upstream.closeAllConnections();
      upstream.close();
    });
    const issuer = await createTestIssuer();
    const files = {
      'openapi.json': JSON.stringify({ ...DOCUMENT, paths: { '/token': operation('bearer') } }),
      'jwks.json': issuer.jwks,
      'seal.txt': SEALING,
      'sallyport.yaml': `api: openapi.json
upstream: http://127.0.0.1:${(upstream.address() as AddressInfo).port}
admin: off
authentication: { bearer: { issuer: ${issuer.issuer}, audience: api, algorithms: [RS256], jwks: jwks.json } }
store: { url: ${JSON.stringify(url)}, key: seal.txt, revocations: on }
`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const one = await startNode(folder);
    const two = await startNode(folder);
    const [token, jti] = [await issuer.sign(), await issuer.sign({ jti: 'x' })];
    for (const node of [one, two]) await askUntil(node, '/token', bearer(token), '200');
    expect(await command(folder, ['revoke', '--token-file', '-'], `${token}\n`)).toMatch(/^Revoked token \(rev_/);
    for (const node of [one, two]) await askUntil(node, '/token', bearer(token), 'AUTHN_TOKEN_REVOKED');
    const killed = new Promise((resolve) => one.process.once('exit', resolve));
    one.process.kill('SIGKILL');
    await killed;
    expect(await command(folder, ['revoke', '--jti', 'x', '--json'])).toContain('"kind": "jti"');
    const again = await startNode(folder);
    for (const node of [two, again]) {
      await askUntil(node, '/token', bearer(jti), 'AUTHN_TOKEN_REVOKED');
      expect(await ask(node, '/token', bearer(token))).toBe('AUTHN_TOKEN_REVOKED');
    }
  }, 120_000);

  it('while the store is away what is revoked stays so, good tokens go on for the grace, and then nobody is believed', async () => {
    const url = postgres.createDatabase();
    const { door, issuer, revoke } = await open(url);
    const [bad, good] = [await issuer.sign({ jti: 'bad' }), await issuer.sign({ jti: 'good' })];
    await revoke({ kind: 'token', token: bad });
    await askUntil(door, '/token', bearer(bad), 'AUTHN_TOKEN_REVOKED');
    await postgres.stop();
    await until(() => door.logText().includes('the store cannot be asked'));
    expect(await ask(door, '/token', bearer(bad))).not.toBe('200');
    await askUntil(door, '/token', bearer(good), 'AUTHN_UNAVAILABLE');
    expect(await ask(door, '/token', bearer(bad))).toBe('AUTHN_UNAVAILABLE');
    expect(await ask(door, '/basic', basic)).toBe('AUTHN_UNAVAILABLE');
    expect(door.logText()).toContain('AUTHN_STORE_UNAVAILABLE');
    await postgres.start();
    await askUntil(door, '/token', bearer(good), '200');
    expect(await ask(door, '/token', bearer(bad))).toBe('AUTHN_TOKEN_REVOKED');
  });
});

const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts');
interface Node {
  readonly url: string;
  readonly process: ChildProcess;
}

async function startNode(folder: string): Promise<Node> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--conditions=sallyport-source', MAIN, 'run', '--port', String(port)], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  cleaning.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let said = '';
  const heard = (chunk: Buffer): void => void (said += chunk.toString());
  child.stdout.on('data', heard);
  child.stderr.on('data', heard);
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + 40_000;
  while ((await fetch(url).catch(() => null)) === null)
    if (Date.now() > deadline || child.exitCode !== null) throw new Error(`the gateway did not start: ${said}`);
  return { url, process: child };
}

function command(folder: string, words: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=sallyport-source', MAIN, ...words], { cwd: folder });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.on('close', (status) => (status === 0 ? resolve(text) : reject(new Error(text))));
    child.stdin.end(input);
  });
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** (r, n − s) for (r, s): as good a signature of the same text, made without the key. */
function withOtherSignature(token: string): string {
  const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const [header, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const other = (n - s).toString(16).padStart(64, '0');
  return `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 32), Buffer.from(other, 'hex')]).toString('base64url')}`;
}
