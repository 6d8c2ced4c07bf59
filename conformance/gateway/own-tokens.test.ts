import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { createStore, makeKey, makeRevocation, readSources, type NewKey, type Store } from '@sallyport/gateway';
import { ConfigurationError } from '@sallyport/core';
import { createProofKey, proofOf } from '../identity/proof-key.ts';
import { openDoor, until, type Door } from '../door.ts';
import { testSecret } from '../test-secret.ts';

/** Tokens for API keys, from the request for one to the operation that takes it, with a real store. */
const SEALING = 'a key for tests that is long enough';
const operation = (security: object): object => ({
  get: { security: [security], responses: { 200: { description: 'ok', content: { 'application/json': {} } } } },
});
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Tokens', version: '1' },
  paths: { '/read': operation({ bearer: ['a:read'] }), '/write': operation({ bearer: ['a:write'] }) },
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
    },
  },
};
const ISSUER = 'http://127.0.0.1:8080';
const policyOf = (tokens = '', bearer = '', store = 'sqlite:./store.db'): string => `
authentication: { bearer: { tokens: self${bearer} }, key: { keys: store } }
limits: []
store: { url: ${JSON.stringify(store)}, key: seal.txt }
tokens: { issuer: '${ISSUER}', failures: 100000/min, keyRate: 100000/min, keyFailures: 100000/min${tokens.includes('rate') ? '' : ', rate: 100000/min'}${tokens} }
`;

const cleaning: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).toReversed()) await clean();
});

async function open(policy = policyOf()): Promise<{ readonly door: Door; readonly store: Store }> {
  const door = await openDoor({ document: DOCUMENT, policy, files: { 'seal.txt': SEALING } });
  cleaning.push(() => door.close());
  const store = createStore({
    location: { kind: 'sqlite', path: join(door.folder, 'store.db') },
    key: testSecret(SEALING),
    graceMs: 0,
  });
  await store.open();
  cleaning.push(() => store.close());
  return { door, store };
}

const BY = (): { actor: string; atMs: number } => ({ actor: 'test', atMs: Date.now() });
let made = 0;
async function create(
  store: Store,
  more: Partial<NewKey> = {},
): Promise<{ readonly id: string; readonly text: string }> {
  const { text, sha256, hint } = makeKey('test');
  const key: NewKey = {
    id: `key-${made++}`,
    sha256,
    hint,
    scheme: 'key',
    owner: 'o',
    contact: null,
    subject: 'billing',
    scopes: ['a:read', 'a:write'],
    roles: [],
    addresses: [],
    attributes: {},
    createdAtMs: Date.now() - 10_000,
    expiresAtMs: null,
    replaces: null,
    ...more,
  };
  await store.createKey(key, BY());
  return { id: key.id, text };
}

const basic = (id: string, key: string): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(key)}`).toString('base64')}`,
});
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly access_token?: string; readonly error?: string; readonly [name: string]: unknown };
}
async function post(door: Door, body: string, headers: Record<string, string> = {}, path = '/token'): Promise<Answer> {
  const response = await fetch(door.url + path, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}
const GRANT = 'grant_type=client_credentials';
/** What a node learns of a new key takes a moment. */
async function obtain(
  door: Door,
  key: { id: string; text: string },
  more = '',
  headers: Record<string, string> = {},
): Promise<string> {
  const deadline = Date.now() + 25_000;
  for (;;) {
    const { body } = await post(door, GRANT + more, { ...basic(key.id, key.text), ...headers });
    if (body.access_token !== undefined) return body.access_token;
    if (Date.now() > deadline) throw new Error(`no token: ${JSON.stringify(body)}`);
  }
}
const ask = async (door: Door, path: string, token: string): Promise<string> => {
  const response = await fetch(door.url + path, { headers: { Authorization: `Bearer ${token}` } });
  const { code } = (await response.json()) as { code?: string };
  return code ?? String(response.status);
};
async function askUntil(door: Door, path: string, token: string, wanted: string): Promise<void> {
  const deadline = Date.now() + 25_000;
  for (let got = ''; got !== wanted; got = await ask(door, path, token))
    if (Date.now() > deadline) throw new Error(`no ${wanted}, but ${got}`);
}

describe('tokens for API keys', () => {
  it.each(['ES256', 'EdDSA'])(
    'are signed with %s, verify with the published keys, and let in where their scopes do',
    async (algorithm) => {
      const { door, store } = await open(policyOf(`, algorithm: ${algorithm}`));
      const key = await create(store);
      const token = await obtain(door, key, '&scope=a%3Aread');
      const answer = await post(door, GRANT, basic(key.id, key.text));
      expect(answer).toMatchObject({
        status: 200,
        body: { token_type: 'Bearer', expires_in: 300, scope: 'a:read a:write' },
      });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const metadata = (await (await fetch(`${door.url}/.well-known/oauth-authorization-server`)).json()) as object;
      expect(metadata).toMatchObject({
        issuer: ISSUER,
        token_endpoint: `${ISSUER}/token`,
        jwks_uri: `${ISSUER}/.well-known/jwks.json`,
      });
      const published = await fetch(`${door.url}/.well-known/jwks.json`);
      expect(published.headers.get('cache-control')).toBe('public, max-age=300');
      const jwks = (await published.json()) as JSONWebKeySet;
      expect(JSON.stringify(jwks)).not.toContain('"d"');
      const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), {
        issuer: ISSUER,
        audience: ISSUER,
      });
      expect(protectedHeader).toMatchObject({ alg: algorithm, typ: 'at+jwt' });
      expect(payload).toMatchObject({ sub: 'billing', client_id: key.id, scope: 'a:read' });
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
      expect(await ask(door, '/read', token)).toBe('200');
      expect(await ask(door, '/write', token)).toBe('AUTHZ_SCOPE_MISSING');
      expect(door.logText()).not.toContain(token);
      expect(door.logText()).not.toContain(key.text);
    },
  );

  it('takes the key in the body too, and refuses what is not as RFC 6749 has it', async () => {
    const { door, store } = await open();
    const key = await create(store, { addresses: ['127.0.0.0/8'] });
    const away = await create(store, { addresses: ['10.0.0.0/8'] });
    await obtain(door, key);
    const inBody = `&client_id=${key.id}&client_secret=${key.text}`;
    expect((await post(door, GRANT + inBody)).status).toBe(200);
    const right = basic(key.id, key.text);
    const cases: [string, Record<string, string>, number, string][] = [
      ['', right, 400, 'invalid_request'],
      ['grant_type=password', right, 400, 'unsupported_grant_type'],
      [`${GRANT}&${GRANT}`, right, 400, 'invalid_request'],
      [`${GRANT}&a=%zz`, right, 400, 'invalid_request'],
      [GRANT + inBody, right, 400, 'invalid_request'],
      [`${GRANT}&client_id=other`, right, 400, 'invalid_request'],
      [`${GRANT}&scope=a:read%20a:admin`, right, 400, 'invalid_scope'],
      [`${GRANT}&scope=%22`, right, 400, 'invalid_scope'],
      [GRANT, {}, 401, 'invalid_client'],
      [GRANT, { Authorization: `Bearer ${key.text}` }, 401, 'invalid_client'],
      [GRANT, { Authorization: 'Basic !' }, 401, 'invalid_client'],
      [GRANT, basic('other', key.text), 401, 'invalid_client'],
      [GRANT, basic(key.id, makeKey('test').text), 401, 'invalid_client'],
      [GRANT, basic(away.id, away.text), 401, 'invalid_client'],
    ];
    for (const [body, headers, status, error] of cases) {
      const answer = await post(door, body, headers);
      expect([answer.status, answer.body.error], `${body} ${JSON.stringify(headers)}`).toEqual([status, error]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.has('www-authenticate')).toBe(status === 401);
    }
    expect((await post(door, GRANT, right, `/token?client_secret=${key.text}`)).body.error).toBe('invalid_request');
    expect((await post(door, '{}', { ...right, 'Content-Type': 'application/json' })).body.error).toBe(
      'invalid_request',
    );
    expect((await fetch(`${door.url}/token`)).status).toBe(405);
    expect((await post(door, GRANT.padEnd(20_000, '&')).catch(() => null))?.status).toBe(413);
    await until(() => door.logText().includes('AUTHN_KEY_ADDRESS'));
    expect(door.seen).toEqual([]);
  });

  it('are limited by address', async () => {
    const { door, store } = await open(policyOf(', rate: 3/h'));
    const key = await create(store);
    const statuses = [];
    for (let index = 0; index < 5; index++) statuses.push((await post(door, GRANT, basic(key.id, key.text))).status);
    expect(statuses.slice(-2)).toEqual([429, 429]);
    expect((await fetch(`${door.url}/.well-known/jwks.json`)).status).toBe(200);
  });

  it('carry the roles of their key, and none where it has none', async () => {
    const { door, store } = await open();
    const [clerk, plain] = [await create(store, { roles: ['clerk', 'viewer'] }), await create(store)];
    expect(decodeJwt(await obtain(door, clerk))['roles']).toEqual(['clerk', 'viewer']);
    expect(decodeJwt(await obtain(door, plain))).not.toHaveProperty('roles');
  });

  it('go with their key, and with its subject; another key of it is not touched', async () => {
    const { door, store } = await open();
    const [revoked, other] = [await create(store), await create(store)];
    const [token, kept] = [await obtain(door, revoked), await obtain(door, other)];
    expect(await ask(door, '/read', token)).toBe('200');
    await store.revokeKey(revoked.id, BY());
    await askUntil(door, '/read', token, 'AUTHN_KEY_REVOKED');
    expect(await ask(door, '/read', kept)).toBe('200');
    expect((await post(door, GRANT, basic(revoked.id, revoked.text))).body.error).toBe('invalid_client');
    const { policy } = readSources({
      policyFile: join(door.folder, 'sallyport.yaml'),
      overrides: {},
      environment: () => undefined,
    });
    const nowMs = Date.now();
    const context = { policy, authorities: null, nowMs, expiresAtMs: null, reason: null };
    await store.revoke(makeRevocation({ kind: 'subject', value: 'billing', issuer: null }, context), BY());
    await askUntil(door, '/read', kept, 'AUTHN_SUBJECT_REVOKED');
  });

  it('may be used from where their key may, at every node', async () => {
    const behindProxy = (store?: string): string => `${policyOf('', '', store)}trustedProxies: [127.0.0.1]\n`;
    const { door, store } = await open(behindProxy());
    const key = await create(store, { addresses: ['10.1.0.0/16'] });
    const from = (address: string): Record<string, string> => ({ 'X-Forwarded-For': address });
    const token = await obtain(door, key, '', from('10.1.0.9'));
    const use = async (node: Door, headers: Record<string, string>): Promise<string> => {
      const response = await fetch(`${node.url}/read`, { headers: { Authorization: `Bearer ${token}`, ...headers } });
      return ((await response.json()) as { code?: string }).code ?? String(response.status);
    };
    expect(await use(door, from('10.1.200.1'))).toBe('200');
    const other = await openDoor({
      document: DOCUMENT,
      policy: behindProxy(`sqlite:${join(door.folder, 'store.db')}`),
      files: { 'seal.txt': SEALING },
    });
    cleaning.push(() => other.close());
    for (const node of [door, other]) {
      for (const elsewhere of [from('10.2.0.1'), from('2001:db8::1'), {}])
        expect(await use(node, elsewhere)).not.toBe('200');
      expect(node.logText()).toContain('AUTHN_KEY_ADDRESS');
      expect(await use(node, from('10.1.0.9'))).toBe('200');
    }
    expect(door.seen).toHaveLength(2);
  });

  it('live no longer than their key', async () => {
    const { door, store } = await open();
    const key = await create(store, { expiresAtMs: Date.now() + 30_000 });
    expect(decodeJwt(await obtain(door, key)).exp).toBeLessThan(Date.now() / 1000 + 31);
  });

  it('are bound to the key of a DPoP proof, and are worth nothing without it', async () => {
    const { door, store } = await open(policyOf('', ', dpop: optional'));
    const key = await create(store);
    await obtain(door, key);
    const proofKey = await createProofKey();
    const proof = (): Promise<string> =>
      proofOf(proofKey, { url: `${door.url}/token`, claims: { htm: 'POST', ath: undefined } });
    const once = await proof();
    const answer = await post(door, GRANT, { ...basic(key.id, key.text), DPoP: once });
    expect(answer.body).toMatchObject({ token_type: 'DPoP' });
    const token = answer.body.access_token ?? '';
    expect(decodeJwt(token)['cnf']).toEqual({ jkt: proofKey.thumbprint });
    expect(await ask(door, '/read', token)).toBe('AUTHN_CREDENTIAL_INVALID');
    const shown = await proofOf(proofKey, { url: `${door.url}/read`, token });
    const used = await fetch(`${door.url}/read`, { headers: { Authorization: `DPoP ${token}`, DPoP: shown } });
    expect(used.status).toBe(200);
    for (const bad of [
      once,
      'x',
      await proofOf(proofKey, { url: `${door.url}/read`, claims: { htm: 'POST', ath: undefined } }),
    ])
      expect((await post(door, GRANT, { ...basic(key.id, key.text), DPoP: bad })).body.error).toBe(
        'invalid_dpop_proof',
      );
  });

  it('are good at every node, and none is good any more once the signing keys are ended', async () => {
    const { door, store } = await open();
    const other = await openDoor({
      document: DOCUMENT,
      policy: policyOf('', '', `sqlite:${join(door.folder, 'store.db')}`),
      files: { 'seal.txt': SEALING },
    });
    cleaning.push(() => other.close());
    const key = await create(store);
    const token = await obtain(door, key);
    for (const node of [door, other]) expect(await ask(node, '/read', token)).toBe('200');
    expect(await store.signingKeys(Date.now())).toHaveLength(1);
    expect(await store.endSigningKeys(BY())).toBe(1);
    for (const node of [door, other]) await askUntil(node, '/read', token, 'AUTHN_CREDENTIAL_INVALID');
    const next = await obtain(other, key);
    for (const node of [door, other]) await askUntil(node, '/read', next, '200');
    expect(decodeProtectedHeader(next).kid).not.toBe(decodeProtectedHeader(token).kid);
    expect((await store.verifyAuditTrail()).faults).toEqual([]);
  });

  it('of another issuer, or signed by nobody, are refused', async () => {
    const { door, store } = await open();
    const token = await obtain(door, await create(store));
    const [header, payload = '', signature] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const changed = Buffer.from(JSON.stringify({ ...claims, scope: 'a:admin' })).toString('base64url');
    expect(await ask(door, '/read', `${header}.${changed}.${signature}`)).toBe('AUTHN_CREDENTIAL_INVALID');
    await until(() => door.logText().includes('AUTHN_TOKEN_SIGNATURE'));
  });

  it.each([
    ['a path that the document has', policyOf(', path: /read'), /operation at \/read/],
    ['a scheme that takes them and nobody who issues them', policyOf().replace(/^tokens:.*$/m, ''), /tokens: self/],
    [
      'no scheme whose keys could obtain them',
      policyOf().replace('keys: store', `keys: [{ id: a, sha256: ${createHash('sha256').update('x').digest('hex')} }]`),
      /no scheme has its keys/,
    ],
    ['a path that would be read in two ways', policyOf(', path: /a/../b'), /plain segments/],
  ])('are refused at start for %s', async (_, policy, said) => {
    const refused: unknown = await open(policy).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
    if (refused instanceof ConfigurationError) expect(refused.message).toMatch(said);
  });
});
