import { join } from 'node:path';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ADMIN_SCHEME, createStore, newStoredKey, type Store } from '@sallyport/gateway';
import { ConfigurationError } from '@sallyport/core';
import { createTestIssuer, type TestIssuer } from '../tokens.ts';
import { openDoor, until, type Door } from '../door.ts';
import { testSecret } from '../test-secret.ts';

/** The admin API over its real port, with a real store, and what it does at the door. */
const SEALING = 'a key for tests that is long enough';
const operation = (id: string, security: object): object => ({
  get: {
    operationId: id,
    security: [security],
    responses: { 200: { description: 'ok', content: { 'application/json': {} } } },
  },
});
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Administered', version: '1' },
  paths: { '/key': operation('key', { key: [] }), '/token': operation('token', { bearer: [] }) },
  components: {
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      bearer: { type: 'http', scheme: 'bearer' },
    },
  },
};
const policyOf = (issuer: TestIssuer, admin = ''): string => `
authentication:
  key: { keys: store }
  bearer: { issuer: ${issuer.issuer}, audience: api, algorithms: [RS256], jwks: jwks.json }
limits: []
store: { url: 'sqlite:./store.db', key: seal.txt }
admin: { port: 0${admin} }
`;

const cleaning: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).toReversed()) await clean();
});

interface Setting {
  readonly door: Door;
  readonly store: Store;
  readonly issuer: TestIssuer;
  readonly url: string;
}

async function open(admin = '', more = ''): Promise<Setting> {
  const issuer = await createTestIssuer();
  const door = await openDoor({
    document: DOCUMENT,
    policy: policyOf(issuer, admin) + more,
    files: { 'seal.txt': SEALING, 'jwks.json': issuer.jwks },
  });
  cleaning.push(() => door.close());
  const store = createStore({
    location: { kind: 'sqlite', path: join(door.folder, 'store.db') },
    key: testSecret(SEALING),
    graceMs: 0,
  });
  await store.open();
  cleaning.push(() => store.close());
  return { door, store, issuer, url: `http://127.0.0.1:${door.gateway.admin?.port}` };
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}
type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>;

async function send(url: string, headers: Record<string, string>, method: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    body: json ? (JSON.parse(text) as Record<string, unknown>) : { text },
  };
}

/** Asks again until the answer has this status, and no faster than the limit of the port. */
async function askUntil(ask: Ask, path: string, wanted: number): Promise<void> {
  await until(async () => (await ask('GET', path)).status === wanted, undefined, { everyMs: 60 });
}

/** An administrator with these scopes, known to the gateway. */
async function administrator({ store, url }: Setting, ...scopes: string[]): Promise<Ask> {
  const nowMs = Date.now();
  const { key, made } = newStoredKey(
    { scheme: ADMIN_SCHEME, owner: 'ops', scopes, roles: [], addresses: [], attributes: {}, environment: 'admin' },
    nowMs,
  );
  await store.createKey(key, { actor: 'test', atMs: nowMs });
  const ask: Ask = (method, path, body) => send(url + path, { 'X-Sallyport-Key': made.text }, method, body);
  await askUntil(ask, '/v1/openapi.json', 200);
  return ask;
}

const atDoor = async (door: Door, path: string, headers: Record<string, string>): Promise<string> => {
  const { status, body } = await send(door.url + path, headers, 'GET');
  return typeof body['code'] === 'string' ? body['code'] : String(status);
};
async function atDoorUntil(door: Door, path: string, headers: Record<string, string>, wanted: string): Promise<void> {
  const deadline = Date.now() + 25_000;
  for (let got = ''; got !== wanted; got = await atDoor(door, path, headers))
    if (Date.now() > deadline) throw new Error(`no ${wanted}, but ${got}`);
}

describe('the admin API', () => {
  it('gives a key limits of its own, which hold at the door, and takes them away', async () => {
    const setting = await open();
    const ask = await administrator(setting, 'keys:read', 'keys:write');
    const made = await ask('POST', '/v1/keys', { id: 'ci', owner: 'billing', limits: ['2/30d', '50/1s burst 100'] });
    expect(made).toMatchObject({ status: 201, body: { limits: ['50/s burst 100', '2/30d'] } });
    const key = { 'X-Key': made.body['key'] as string };
    await atDoorUntil(setting.door, '/key', key, 'LIMIT_EXCEEDED');
    expect(await ask('PUT', '/v1/keys/ci/limits', { limits: ['5000/h'] })).toMatchObject({
      status: 200,
      body: { id: 'ci', limits: ['5000/h'], keys: ['ci'] },
    });
    await atDoorUntil(setting.door, '/key', key, '200');
    expect((await ask('GET', '/v1/keys/ci')).body['limits']).toEqual(['5000/h']);
    expect((await ask('PUT', '/v1/keys/ci/limits', { limits: [] })).body['limits']).toEqual([]);
    for (const [path, body, status] of [
      ['ci', { limits: ['1/20m'] }, 400],
      ['ci', { limits: ['1/m', '2/m'] }, 400],
      ['ci', {}, 422],
      ['ci', { limits: ['1/s', '1/m', '1/h', '1/d', '1/7d'] }, 422],
      ['nobody', { limits: ['1/m'] }, 404],
    ] as const)
      expect((await ask('PUT', `/v1/keys/${path}/limits`, body)).status, JSON.stringify(body)).toBe(status);
    const admin = (await setting.store.listKeys('', 10)).find(({ scheme }) => scheme === ADMIN_SCHEME)?.id ?? '';
    expect((await ask('PUT', `/v1/keys/${admin}/limits`, { limits: [] })).status).toBe(403);
    await setting.store.limitKey(admin, ['1/30d'], { actor: 'test', atMs: Date.now() });
    await askUntil(ask, '/v1/keys', 429);
  });

  it('a life of a key: made, shown once, listed, rotated, revoked; each act is in the audit trail with who did it', async () => {
    const setting = await open();
    const ask = await administrator(setting, 'keys:read', 'keys:write', 'audit:read');
    const made = await ask('POST', '/v1/keys', {
      id: 'ci',
      owner: 'billing',
      scopes: ['a:read'],
      addresses: ['127.0.0.1'],
    });
    expect(made).toMatchObject({ status: 201, body: { id: 'ci', scheme: 'key', state: 'active', owner: 'billing' } });
    expect(made.headers.get('cache-control')).toBe('no-store');
    const text = made.body['key'] as string;
    await atDoorUntil(setting.door, '/key', { 'X-Key': text }, '200');
    const shown = await ask('GET', '/v1/keys/ci');
    expect(shown.body).toMatchObject({ id: 'ci', addresses: ['127.0.0.1/32'] });
    expect(JSON.stringify(shown.body)).not.toMatch(new RegExp(`${text}|sha256`));
    const list = await ask('GET', '/v1/keys?limit=1');
    expect(list.body).toMatchObject({ keys: [{ id: 'ci' }], next: 'ci' });
    const rotated = await ask('POST', '/v1/keys/ci/rotate', { id: 'ci-2', overlap: '1h' });
    expect(rotated).toMatchObject({ status: 201, body: { id: 'ci-2', replaces: 'ci' } });
    expect(await ask('POST', '/v1/keys/ci/revoke')).toMatchObject({ status: 200, body: { id: 'ci', revoked: true } });
    expect((await ask('POST', '/v1/keys/ci/revoke')).body).toEqual({ id: 'ci', revoked: false });
    await atDoorUntil(setting.door, '/key', { 'X-Key': text }, 'AUTHN_KEY_REVOKED');
    await atDoorUntil(setting.door, '/key', { 'X-Key': rotated.body['key'] as string }, '200');
    const trail = await ask('GET', '/v1/audit-trail');
    expect(trail.body['entries']).toMatchObject([
      { actor: 'test', act: 'key.create' },
      { actor: expect.stringMatching(/^admin:key:key_/) as string, act: 'key.create', target: 'ci' },
      { act: 'key.rotate', target: 'ci' },
      { act: 'key.revoke', target: 'ci' },
    ]);
    expect((await ask('GET', '/v1/audit-trail/verification')).body).toMatchObject({ whole: true, entries: 4 });
    await until(() => setting.door.logText().includes('sallyport.keys.create'));
    expect(setting.door.logText()).not.toContain(text);
  });

  it('makes no key with a role that the policy does not declare, where it declares any', async () => {
    const setting = await open('', 'authorization: { roles: { clerk: [key], auditor: [token] } }\n');
    const ask = await administrator(setting, 'keys:read', 'keys:write');
    expect(await ask('POST', '/v1/keys', { id: 'ci', owner: 'billing', roles: ['clerk', 'auditr'] })).toMatchObject({
      status: 400,
      body: { detail: 'The policy declares no role "auditr". Did you mean auditor?' },
    });
    expect((await ask('GET', '/v1/keys/ci')).status).toBe(404);
    expect((await ask('POST', '/v1/keys', { owner: 'billing', roles: ['clerk', 'auditor'] })).status).toBe(201);
    const free = await open();
    const asFree = await administrator(free, 'keys:write');
    expect((await asFree('POST', '/v1/keys', { owner: 'billing', roles: ['whatever'] })).status).toBe(201);
  });

  it('asks for a credential and its scope on every operation, from wherever the request comes', async () => {
    const setting = await open();
    const ask = await administrator(setting, 'status:read');
    const { body: document } = await ask('GET', '/v1/openapi.json');
    const paths = document['paths'] as Record<string, Record<string, { operationId: string; security: object[] }>>;
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [method.toUpperCase(), path.replace('{id}', 'x')] as const),
    );
    expect(operations.length).toBeGreaterThan(12);
    for (const [method, path] of operations) {
      const body = method === 'POST' ? { owner: 'o', subject: 's' } : undefined;
      const bare = await send(setting.url + path, {}, method, body);
      expect([path, bare.status, bare.body['code']]).toEqual([path, 401, 'AUTHN_CREDENTIAL_MISSING']);
      const wrong = await send(setting.url + path, { 'X-Sallyport-Key': 'sp_admin_x' }, method, body);
      expect([path, wrong.status]).toEqual([path, 401]);
      if (path === '/v1/status' || path === '/v1/openapi.json') continue;
      const lacking = await ask(method, path, body);
      expect([path, lacking.status, lacking.body['code']]).toEqual([path, 403, 'AUTHZ_SCOPE_MISSING']);
    }
    expect((await ask('GET', '/v1/status')).body).toMatchObject({ ready: true, operations: 2, store: 'up' });
    expect((await setting.store.listKeys('', 100)).length).toBe(1);
  });

  it('a key of the API proves nothing here, and an admin key nothing at the door', async () => {
    const setting = await open();
    const ask = await administrator(setting, 'keys:write', 'keys:read');
    const key = (await ask('POST', '/v1/keys', { owner: 'o', scopes: ['keys:write'] })).body['key'] as string;
    await atDoorUntil(setting.door, '/key', { 'X-Key': key }, '200');
    expect((await send(`${setting.url}/v1/keys`, { 'X-Sallyport-Key': key }, 'GET')).status).toBe(401);
    for (const scheme of ['@admin', 'bearer', 'nowhere'])
      expect((await ask('POST', '/v1/keys', { owner: 'o', scheme })).status).toBe(400);
    const { keys } = (await ask('GET', '/v1/keys')).body as { keys: { id: string; scheme: string }[] };
    const admin = keys.find(({ scheme }) => scheme === ADMIN_SCHEME)?.id ?? '';
    expect((await ask('POST', `/v1/keys/${admin}/rotate`, {})).status).toBe(403);
    // Whoever may revoke keys may give back its own.
    expect((await ask('POST', `/v1/keys/${admin}/revoke`)).body).toEqual({ id: admin, revoked: true });
    await askUntil(ask, '/v1/keys', 401);
  });

  it('revokes a token and lifts it again', async () => {
    const setting = await open();
    const ask = await administrator(setting, 'revocations:read', 'revocations:write');
    const token = await setting.issuer.sign({ jti: 'a' });
    const bearer = { Authorization: `Bearer ${token}` };
    expect(await atDoor(setting.door, '/token', bearer)).toBe('200');
    const made = await ask('POST', '/v1/revocations', { token, reason: 'stolen' });
    expect(made).toMatchObject({
      status: 201,
      body: { kind: 'token', value: null, state: 'active', reason: 'stolen' },
    });
    await atDoorUntil(setting.door, '/token', bearer, 'AUTHN_TOKEN_REVOKED');
    const listed = await ask('GET', '/v1/revocations');
    expect(listed.body).toMatchObject({ revocations: [{ id: made.body['id'] }], next: null });
    expect(JSON.stringify(listed.body) + setting.door.logText()).not.toContain(token.split('.')[1]);
    expect((await ask('POST', `/v1/revocations/${String(made.body['id'])}/lift`)).body).toMatchObject({ lifted: true });
    await atDoorUntil(setting.door, '/token', bearer, '200');
    for (const body of [{}, { token, jti: 'a' }, { subject: 'a', issuer: 'nobody' }, { certificate: '01' }])
      expect((await ask('POST', '/v1/revocations', body)).status).toBe(400);
  });

  it.each<[string, string, unknown, number]>([
    ['POST', '/v1/keys', { owner: '' }, 422],
    ['POST', '/v1/keys', { owner: 'o', admin: true }, 422],
    ['POST', '/v1/keys', { owner: 'o', scopes: ['a"b'] }, 422],
    ['POST', '/v1/keys', { owner: 'o', addresses: ['10.0.0.1/8'] }, 400],
    ['POST', '/v1/keys', { owner: 'o', expires: '2020-01-01T00:00:00Z' }, 400],
    ['POST', '/v1/keys', 'text', 422],
    ['POST', '/v1/keys/gone/rotate', {}, 404],
    ['POST', '/v1/keys/gone/revoke', undefined, 404],
    ['GET', '/v1/keys/gone', undefined, 404],
    ['GET', '/v1/keys?limit=5000', undefined, 400],
    ['GET', '/v1/keys?order=up', undefined, 400],
    ['POST', '/v1/revocations/gone/lift', undefined, 404],
    ['GET', '/v1/audit-trail?after=x', undefined, 400],
    ['GET', '/v1/audit-trail/verification?head=x', undefined, 400],
    ['DELETE', '/v1/keys/gone', undefined, 405],
    ['GET', '/v2/keys', undefined, 404],
  ])('%s %s with %j is %i, with nothing done', async (method, path, body, status) => {
    const setting = await open();
    const ask = await administrator(setting, 'keys:read', 'keys:write', 'revocations:write', 'audit:read');
    const answer = await ask(method, path, body);
    expect([answer.status, answer.body]).toEqual([status, expect.objectContaining({ status })]);
    expect((await setting.store.verifyAuditTrail()).entries).toBe(1);
  });

  it('refuses the second key of one id, and a name of a foreign page', async () => {
    const setting = await open();
    const ask = await administrator(setting, 'keys:write');
    expect((await ask('POST', '/v1/keys', { owner: 'o', id: 'one' })).status).toBe(201);
    expect((await ask('POST', '/v1/keys', { owner: 'o', id: 'one' })).status).toBe(409);
    const port = setting.door.gateway.admin?.port ?? 0;
    for (const path of ['/v1/status', '/metrics', '/healthz']) {
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(port, '127.0.0.1');
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
        socket.on('close', () => resolve(text));
        socket.write(`GET ${path} HTTP/1.1\r\nHost: rebound.example:${port}\r\nConnection: close\r\n\r\n`);
      });
      expect(answer, path).toMatch(/^HTTP\/1\.1 403/);
    }
  });

  it('shows what is guarded, page by page', async () => {
    const ask = await administrator(await open(), 'plan:read');
    const { body } = await ask('GET', '/v1/operations?limit=1');
    expect(body).toMatchObject({ operations: [{ id: 'key', method: 'GET', paths: ['/key'] }], next: 1 });
    expect(JSON.stringify(body)).toContain('key (API key in header X-Key)');
    expect((await ask('GET', '/v1/operations?after=1')).body).toMatchObject({
      operations: [{ id: 'token' }],
      next: null,
    });
  });

  it('takes tokens of an issuer of its own, by their scopes', async () => {
    const { door, url } = await open(
      ", tokens: { issuer: 'https://staff.example', audience: sallyport, algorithms: [RS256], jwks: staff.json }",
    ).catch(() => ({ door: null, url: '' }));
    // The file is not there: nothing starts.
    expect([door, url]).toEqual([null, '']);
    const staff = await createTestIssuer('https://staff.example', 'sallyport');
    const issuer = await createTestIssuer();
    const other = await openDoor({
      document: DOCUMENT,
      policy: policyOf(
        issuer,
        ", metrics: credential, tokens: { issuer: 'https://staff.example', audience: sallyport, algorithms: [RS256], jwks: staff.json }",
      ),
      files: { 'seal.txt': SEALING, 'jwks.json': issuer.jwks, 'staff.json': staff.jwks },
    });
    cleaning.push(() => other.close());
    const admin = `http://127.0.0.1:${other.gateway.admin?.port}`;
    const as = async (
      signer: TestIssuer,
      scope: string,
      path: string,
      method = 'GET',
      body?: unknown,
    ): Promise<Answer> => send(admin + path, { Authorization: `Bearer ${await signer.sign({ scope })}` }, method, body);
    expect((await as(staff, 'status:read', '/v1/status')).status).toBe(200);
    expect((await as(staff, 'keys:read', '/v1/status')).status).toBe(403);
    expect((await as(issuer, 'status:read', '/v1/status')).status).toBe(401);
    expect(await as(staff, 'keys:write', '/v1/keys', 'POST', { owner: 'o' })).toMatchObject({ status: 201 });
    expect((await as(staff, 'status:read', '/metrics')).body['text']).toContain('sallyport_requests_total');
    expect((await send(`${admin}/metrics`, {}, 'GET')).status).toBe(401);
    expect((await send(`${admin}/healthz`, {}, 'GET')).status).toBe(200);
    expect(await atDoor(other, '/token', { Authorization: `Bearer ${await staff.sign()}` })).toBe(
      'AUTHN_CREDENTIAL_INVALID',
    );
  });

  it('goes on over a reload, and is not there where it is off or no store is opened', async () => {
    const setting = await open();
    const ask = await administrator(setting, 'status:read');
    expect(await setting.door.gateway.reload()).toBeNull();
    expect((await ask('GET', '/v1/status')).status).toBe(200);
    const metrics = (await send(`${setting.url}/metrics`, {}, 'GET')).body['text'] as string;
    expect(metrics).toContain('\nsallyport_store_up 1\n');
    expect(metrics).toMatch(/\nsallyport_store_seconds_count [1-9]/);
    expect(metrics).toContain('\nsallyport_revocations 0\n');
    const off = await open(', api: off');
    expect((await send(`${off.url}/v1/status`, {}, 'GET')).status).toBe(404);
    expect((await send(`${off.url}/metrics`, {}, 'GET')).status).toBe(200);
    const refused: unknown = await open(', api: off, metrics: credential').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
  });
});
