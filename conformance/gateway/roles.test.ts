import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStore, hashPassword, type Store } from '@sallyport/gateway';
import { ConfigurationError } from '@sallyport/core';
import { createTestIssuer, type TestIssuer } from '../tokens.ts';
import { openDoor, until, type Door } from '../door.ts';
import { postgresFolder, startPostgres, type Postgres } from '../postgres.ts';
import { testSecret } from '../test-secret.ts';

/** Roles from claims, keys, users and grants in a real store, from what is granted to what a door answers, with nothing replaced. */
const SEALING = 'a key for tests that is long enough';
const KEY = 'key-of-a-clerk';
const guarded = (id: string, tag: string, ...security: object[]): object => ({
  get: {
    operationId: id,
    tags: [tag],
    security,
    responses: { 200: { description: 'ok', content: { 'application/json': {} } } },
  },
});
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Roles', version: '1' },
  paths: {
    '/posts': guarded('readPosts', 'posts', { token: [] }, { key: [] }, { user: [] }),
    '/admin': guarded('administer', 'admin', { token: [] }, { key: [] }, { user: [] }),
    '/forgotten': guarded('forgotten', 'none', { token: [] }),
    '/open': {
      get: { operationId: 'open', responses: { 200: { description: 'ok', content: { 'application/json': {} } } } },
    },
  },
  components: {
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer' },
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      user: { type: 'http', scheme: 'basic' },
    },
  },
};
const policyOf = (issuer: TestIssuer, more = ''): string => `
authentication:
  token: { issuer: ${issuer.issuer}, audience: ${issuer.audience}, algorithms: [RS256], jwks: jwks.json }
  key: { keys: [{ id: clerk, sha256: ${createHash('sha256').update(KEY).digest('hex')}, roles: [clerk] }] }
  user: { users: users.txt }
limits: []
${more}`;
const ROLES = `
  roles:
    clerk: ['tag:posts']
    chief: { inherits: [clerk], permissions: ['tag:admin'] }`;

let issuer: TestIssuer;
let files: Readonly<Record<string, string>>;
let folder: string;
beforeAll(async () => {
  issuer = await createTestIssuer();
  folder = mkdtempSync(join(tmpdir(), 'sallyport-roles-'));
  files = {
    'jwks.json': issuer.jwks,
    'seal.txt': SEALING,
    'users.txt': `ada:${await hashPassword('right')}:chief\nbob:${await hashPassword('right')}\n`,
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (more: string): Promise<Door> => openDoor({ document: DOCUMENT, policy: policyOf(issuer, more), files });
const asToken = async (claims: Record<string, unknown>): Promise<Record<string, string>> => ({
  Authorization: `Bearer ${await issuer.sign(claims)}`,
});
const asUser = (name: string): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${name}:right`).toString('base64')}`,
});
const ask = async (door: Door, path: string, headers: Record<string, string>): Promise<number> => {
  const response = await fetch(door.url + path, { headers });
  await response.arrayBuffer();
  return response.status;
};
/** What the client is told, and what stands in the log. */
async function refusal(
  door: Door,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; told: Record<string, unknown>; text: string; logged: Record<string, unknown> }> {
  const response = await fetch(door.url + path, { headers });
  const text = await response.text();
  const told = JSON.parse(text) as Record<string, unknown>;
  const line = (): Record<string, unknown> | undefined =>
    door.log.find((entry) => entry['http.request.id'] === told['requestId']);
  await until(() => line() !== undefined);
  return { status: response.status, told, text, logged: (line()?.['sallyport'] ?? {}) as Record<string, unknown> };
}

describe('roles', () => {
  let door: Door;
  beforeAll(async () => {
    door = await open(`authorization:${ROLES}`);
  });
  afterAll(() => door.close());

  it('come from claims, keys and the file of users; what no role may call is refused, what is public is not', async () => {
    expect(await ask(door, '/posts', await asToken({ roles: ['clerk'] }))).toBe(200);
    expect(await ask(door, '/admin', await asToken({ roles: ['clerk'] }))).toBe(403);
    expect(await ask(door, '/posts', await asToken({ roles: ['chief'] }))).toBe(200);
    expect(await ask(door, '/admin', await asToken({ roles: ['chief'] }))).toBe(200);
    expect(await ask(door, '/posts', await asToken({}))).toBe(403);
    expect(await ask(door, '/posts', { 'X-Key': KEY })).toBe(200);
    expect(await ask(door, '/admin', { 'X-Key': KEY })).toBe(403);
    expect(await ask(door, '/admin', asUser('ada'))).toBe(200);
    expect(await ask(door, '/posts', asUser('bob'))).toBe(403);
    expect(await ask(door, '/forgotten', await asToken({ roles: ['chief', 'clerk'] }))).toBe(403);
    expect(await ask(door, '/open', {})).toBe(200);
    expect(await ask(door, '/posts', {})).toBe(401);
  });

  it('AUTHZ_ROLE_MISSING names the roles that would do to the operator, and nothing to the client', async () => {
    const { status, told, text, logged } = await refusal(
      door,
      '/admin',
      await asToken({ roles: ['clerk', 'stranger'] }),
    );
    expect([status, told['code']]).toEqual([403, 'AUTHZ_ROLE_MISSING']);
    expect(text).not.toMatch(/chief|clerk|stranger/);
    expect(logged).toMatchObject({
      code: 'AUTHZ_ROLE_MISSING',
      stage: 'authorization',
      rule: 'roles',
      facts: { wanted: 'chief', held: 'clerk' },
    });
  });

  it('refuses to start over a role of a file that nothing knows, with its line', async () => {
    const wrong: unknown = await openDoor({
      document: DOCUMENT,
      policy: policyOf(issuer, "authorization: { roles: { clerk: ['*'] } }"),
      files,
    }).catch((error: unknown) => error);
    if (!(wrong instanceof ConfigurationError)) throw new Error('it started');
    expect(wrong.problems).toMatchObject([
      { code: 'PASSWORD_FILE_INVALID', line: 1, message: 'there is no such role' },
    ]);
  });
});

describe('effective roles', () => {
  it('go to the upstream with those inherited, whether an operation asks for roles or not', async () => {
    const seen: (string | undefined)[] = [];
    const upstream = createServer((request, response) => {
      seen.push(request.headers['x-roles'] as string | undefined);
      response.setHeader('Content-Type', 'application/json');
      response.end('{}');
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const { port } = upstream.address() as AddressInfo;
    const door = await openDoor({
      document: DOCUMENT,
      files,
      upstreamUrl: `{ url: 'http://127.0.0.1:${port}', principalHeaders: { roles: X-Roles } }`,
      policy: policyOf(issuer, `authorization:${ROLES}\noperations: { readPosts: { modes: { roles: 'off' } } }`),
    });
    const chief = { ...(await asToken({ roles: ['chief', 'stranger'] })), 'X-Roles': 'emperor' };
    for (const path of ['/admin', '/posts']) expect(await ask(door, path, chief)).toBe(200);
    expect(await ask(door, '/posts', asUser('bob'))).toBe(200);
    expect(await ask(door, '/open', { 'X-Roles': 'emperor' })).toBe(200);
    expect(seen).toEqual(['chief,stranger,clerk', 'chief,stranger,clerk', '', undefined]);
    await until(() => door.log.some((line) => 'user.roles' in line));
    expect(door.log.find((line) => 'user.roles' in line)?.['user.roles']).toEqual(['chief', 'stranger', 'clerk']);
    await door.close();
    upstream.closeAllConnections();
    upstream.close();
  });
});

describe('observed roles', () => {
  it('refuse nobody, and record who would have been refused', async () => {
    const door = await open(`authorization:${ROLES}\nmodes: { roles: observe }`);
    expect(await ask(door, '/admin', await asToken({ roles: ['clerk'] }))).toBe(200);
    await until(() => door.logText().includes('AUTHZ_ROLE_MISSING'));
    expect(door.log.find((line) => 'observed' in ((line['sallyport'] as object | undefined) ?? {}))).toMatchObject({
      'user.roles': ['clerk'],
      sallyport: { verdict: 'passed', observed: [{ code: 'AUTHZ_ROLE_MISSING', facts: { wanted: 'chief' } }] },
    });
    await door.close();
  });
});

function describeGranted(name: string, url: () => string): void {
  describe(`roles granted in ${name}`, () => {
    let store: Store;
    let door: Door;
    let node: Door;
    const by = { actor: 'test', atMs: Date.now() };
    beforeAll(async () => {
      const where = url();
      store = createStore({
        location: where.startsWith('sqlite:')
          ? { kind: 'sqlite', path: where.slice('sqlite:'.length) }
          : { kind: 'postgres', url: testSecret(where) },
        key: testSecret(SEALING),
        graceMs: 0,
      });
      await store.open();
      [door, node] = await Promise.all([open(granting(where)), open(granting(where))]);
    });
    afterAll(async () => {
      await door.close();
      await node.close();
      await store.close();
    });
    const grant = (more: object = {}) => ({
      issuer: issuer.issuer,
      subject: 'alice',
      role: 'chief',
      reason: null,
      expiresAtMs: null,
      ...more,
    });

    it('count on every node from when they are granted until they are taken back', async () => {
      const alice = await asToken({ sub: 'alice' });
      expect(await ask(door, '/admin', alice)).toBe(403);
      await store.grantRole(grant(), by);
      for (const each of [door, node]) await askUntil(each, '/admin', alice, 200);
      expect(await ask(door, '/admin', await asToken({ sub: 'bob' }))).toBe(403);
      await store.revokeRole(grant(), by);
      for (const each of [door, node]) await askUntil(each, '/admin', alice, 403);
    });

    it('end by themselves, on time', async () => {
      const carol = await asToken({ sub: 'carol' });
      await store.grantRole(grant({ subject: 'carol', expiresAtMs: Date.now() + 1500 }), by);
      await askUntil(door, '/posts', carol, 200);
      await askUntil(door, '/posts', carol, 403);
    });

    it('are of one issuer: the same name at another scheme is somebody else', async () => {
      await store.grantRole(grant({ subject: 'bob' }), by);
      await askUntil(door, '/posts', await asToken({ sub: 'bob' }), 200);
      expect(await ask(door, '/posts', asUser('bob'))).toBe(403);
      await store.grantRole(grant({ subject: 'bob', issuer: 'user' }), by);
      await askUntil(door, '/posts', asUser('bob'), 200);
    });

    it('a role that the policy does not declare counts for nothing', async () => {
      await store.grantRole(grant({ subject: 'dora', role: 'emperor' }), by);
      await store.grantRole(grant({ subject: 'dora', role: 'clerk' }), by);
      const dora = await asToken({ sub: 'dora' });
      await askUntil(door, '/posts', dora, 200);
      expect((await refusal(door, '/admin', dora)).logged).toMatchObject({ facts: { held: 'clerk' } });
    });

    it('their use is noted at the latest when the door closes', async () => {
      const before = Date.now();
      const short = await open(granting(url()));
      await store.grantRole(grant({ subject: 'erin' }), by);
      await askUntil(short, '/posts', await asToken({ sub: 'erin' }), 200);
      await short.close();
      const used = (await store.listGrants('', 1000)).find(({ subject }) => subject === 'erin');
      expect(used?.lastSeenAtMs ?? 0).toBeGreaterThanOrEqual(before);
    });
  });
}

const granting = (where: string, grace = '5m'): string =>
  `authorization:${ROLES}\n  grants: store\nstore: { url: ${JSON.stringify(where)}, key: seal.txt, grace: ${grace} }`;
/** Asks until the answer is `status`; what a node learns of a change takes a moment. */
async function askUntil(door: Door, path: string, headers: Record<string, string>, status: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await ask(door, path, headers)) !== status)
    if (Date.now() > deadline) throw new Error(`no ${status} within ten seconds`);
}

describeGranted('SQLite', () => `sqlite:${join(folder, 'sallyport.db')}`);

it('opens no store where no roles are granted there', async () => {
  const door = await open(`authorization:${ROLES}\nstore: sqlite:./none.db`);
  expect(() => readFileSync(join(door.folder, 'none.db'))).toThrow(/ENOENT/);
  await door.close();
});

const programs = postgresFolder();
describe.skipIf(programs === null)('with a real PostgreSQL', () => {
  let postgres: Postgres;
  let database = '';
  beforeAll(async () => {
    postgres = await startPostgres(programs ?? '');
    database = postgres.createDatabase();
  });
  afterAll(() => postgres.remove());

  describeGranted('PostgreSQL', () => database);

  it('AUTHZ_GRANTS_UNAVAILABLE: while the store is away, what was granted goes on for the grace; then only what credentials say counts', async () => {
    const where = postgres.createDatabase();
    const store = createStore({
      location: { kind: 'postgres', url: testSecret(where) },
      key: testSecret(SEALING),
      graceMs: 0,
    });
    await store.open();
    const by = { actor: 'test', atMs: Date.now() };
    await store.grantRole(
      { issuer: issuer.issuer, subject: 'alice', role: 'clerk', reason: null, expiresAtMs: null },
      by,
    );
    const door = await open(granting(where));
    const strict = await open(granting(where, '0s'));
    const [alice, bob, chief] = [
      await asToken({ sub: 'alice' }),
      await asToken({ sub: 'bob' }),
      await asToken({ sub: 'eve', roles: ['chief'] }),
    ];
    for (const each of [door, strict]) await askUntil(each, '/posts', alice, 200);
    await postgres.stop();
    for (const each of [door, strict]) await until(() => each.logText().includes('the store cannot be asked'));
    expect(await ask(door, '/posts', alice)).toBe(200);
    expect(await ask(door, '/posts', bob)).toBe(403);
    for (const somebody of [alice, bob])
      expect(await refusal(strict, '/posts', somebody)).toMatchObject({
        status: 503,
        told: { code: 'AUTHZ_GRANTS_UNAVAILABLE' },
        logged: { code: 'AUTHZ_GRANTS_UNAVAILABLE' },
      });
    expect(await ask(strict, '/admin', chief)).toBe(200);
    await postgres.start();
    await askUntil(strict, '/posts', alice, 200);
    await askUntil(strict, '/posts', bob, 403);
    await strict.close();
    await door.close();
    await store.close();
  });
});
