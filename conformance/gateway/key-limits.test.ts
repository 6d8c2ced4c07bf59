import { createHash, generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createStore, newStoredKey, successorOf, type Store } from '@sallyport/gateway';
import { openDoor, until, type Door } from '../door.ts';
import { testSecret } from '../test-secret.ts';

/** Limits of single keys, from the store to the answers of real doors. Windows are long, so that none ends while a test runs. */
const SEALING = 'a key for tests that is long enough';
const operation = (security: readonly object[]): object => ({
  get: { security, responses: { 200: { description: 'ok', content: { 'application/json': {} } } } },
});
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Limited keys', version: '1' },
  paths: {
    '/a': operation([{ key: [] }, { bearer: [] }]),
    '/url': operation([{ byUrl: [] }]),
    '/file': operation([{ filed: [] }]),
  },
  components: {
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      filed: { type: 'apiKey', in: 'header', name: 'X-Filed' },
      bearer: { type: 'http', scheme: 'bearer' },
      byUrl: { type: 'http', scheme: 'bearer' },
    },
  },
};
const ISSUER = 'http://127.0.0.1:8080';
const FILED = 'a-key-of-a-file-that-is-long-enough';
const policyOf = (limits = '[]', store = 'sqlite:./store.db'): string => `
authentication:
  key: { keys: store }
  filed: { keys: keys.yaml }
  bearer: { tokens: self }
  byUrl: { issuer: '${ISSUER}', audience: '${ISSUER}', jwks: jwks.json }
limits: ${limits}
store: { url: ${JSON.stringify(store)}, key: seal.txt }
tokens: { issuer: '${ISSUER}', rate: 100000/min, failures: 100000/min, keyFailures: 100000/min }
`;
const filesOf = (jwks = publishedKeys()) => ({
  'seal.txt': SEALING,
  'jwks.json': jwks,
  'keys.yaml': `keys: [{ id: f, sha256: ${createHash('sha256').update(FILED).digest('hex')}, limits: [1/30d] }]`,
});

const cleaning: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).toReversed()) await clean();
});
const opened = async (policy: string, files: Record<string, string>): Promise<Door> => {
  const door = await openDoor({ document: DOCUMENT, policy, files });
  cleaning.push(() => door.close());
  return door;
};
const storeIn = async (folder: string): Promise<Store> => {
  const path = join(folder, 'store.db');
  const store = createStore({ location: { kind: 'sqlite', path }, key: testSecret(SEALING), graceMs: 0 });
  await store.open();
  cleaning.push(() => store.close());
  return store;
};

async function open(limits?: string): Promise<{ readonly door: Door; readonly store: Store }> {
  const first = await opened(policyOf(limits), filesOf());
  return { door: first, store: await storeIn(first.folder) };
}

/** A file of keys as the entry by URL would find it: any set will do until the real keys are asked for. */
function publishedKeys(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return JSON.stringify({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'nobody', alg: 'ES256', use: 'sig' }],
  });
}

type NewbornKey = ReturnType<typeof newStoredKey>;
const BY = () => ({ actor: 'test', atMs: Date.now() });
async function create(store: Store, limits: readonly string[]): Promise<NewbornKey> {
  const wish = { scheme: 'key', owner: 'o', scopes: [], roles: [], addresses: [], attributes: {}, environment: 'test' };
  const born = newStoredKey({ ...wish, limits }, Date.now());
  await store.createKey(born.key, BY());
  return born;
}
async function rotate(store: Store, { key }: NewbornKey): Promise<NewbornKey> {
  const old = await store.getKey(key.id);
  if (old === null) throw new Error('the key is gone');
  const next = successorOf(old, {}, Date.now());
  await store.rotateKey(key.id, next.key, Date.now() + 3_600_000, BY());
  return next;
}
const asKey = ({ made }: NewbornKey): Record<string, string> => ({ 'X-Key': made.text });
const asToken = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

async function ask(door: Door, headers: Record<string, string>, path = '/a'): Promise<string> {
  const response = await fetch(door.url + path, { headers });
  const { code } = (await response.json()) as { code?: string };
  return code ?? String(response.status);
}
/** What a node learns of a change takes a moment. Refused requests take nothing from a limit. */
async function askUntil(door: Door, headers: Record<string, string>, wanted: string): Promise<void> {
  const deadline = Date.now() + 25_000;
  for (let got = ''; got !== wanted; got = await ask(door, headers))
    if (Date.now() > deadline) throw new Error(`no ${wanted}, but ${got}`);
}
async function tokenOf(door: Door, { key, made }: NewbornKey): Promise<string> {
  const deadline = Date.now() + 25_000;
  for (;;) {
    const response = await fetch(`${door.url}/token`, {
      method: 'POST',
      body: 'grant_type=client_credentials',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        Authorization: `Basic ${Buffer.from(`${key.id}:${made.text}`).toString('base64')}`,
      },
    });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (token !== undefined) return token;
    if (Date.now() > deadline) throw new Error('no token');
  }
}

describe('limits of single keys', () => {
  it('refuse with 429, Retry-After and the fields of the limit, and the record names limit and key', async () => {
    const { door, store } = await open();
    const key = await create(store, ['2/30d']);
    await askUntil(door, asKey(key), '200');
    expect(await ask(door, asKey(key))).toBe('200');
    const refused = await fetch(`${door.url}/a`, { headers: asKey(key) });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit-policy')).toBe('"@key-30d";q=2;w=2592000');
    expect(refused.headers.get('ratelimit')).toMatch(/^"@key-30d";r=0;t=\d+$/);
    expect(refused.headers.get('x-ratelimit-limit')).toBe('2');
    const { code, requestId } = (await refused.json()) as { code: string; requestId: string };
    expect(code).toBe('LIMIT_EXCEEDED');
    await until(() => door.log.some((line) => JSON.stringify(line).includes(requestId)));
    const line = JSON.stringify(door.log.find((entry) => JSON.stringify(entry).includes(requestId)));
    expect(line).toContain('limits/@key-30d');
    expect(line).toContain(key.key.id);
    expect(door.logText()).not.toContain(key.made.text);
  });

  it('are told together with those of the policy, the tightest as X-RateLimit', async () => {
    const { door, store } = await open('[{ by: principal, limit: 1000/h }]');
    const key = await create(store, ['500/m', '20/30d']);
    await askUntil(door, asKey(key), '200');
    const { headers } = await fetch(`${door.url}/a`, { headers: asKey(key) });
    expect(headers.get('ratelimit-policy')).toBe(
      '"@key-1m";q=500;w=60, "principal";q=1000;w=3600, "@key-30d";q=20;w=2592000',
    );
    expect(headers.get('x-ratelimit-limit')).toBe('20');
    expect(headers.get('x-ratelimit-remaining')).toBe('18');
  });

  it('reach every node when they are given, changed and taken away', async () => {
    const { door, store } = await open();
    const node = await opened(policyOf('[]', `sqlite:${join(door.folder, 'store.db')}`), filesOf());
    const key = await create(store, []);
    for (const each of [door, node]) await askUntil(each, asKey(key), '200');
    await store.limitKey(key.key.id, ['1/30d'], BY());
    for (const each of [door, node]) await askUntil(each, asKey(key), 'LIMIT_EXCEEDED');
    await store.limitKey(key.key.id, [], BY());
    for (const each of [door, node]) await askUntil(each, asKey(key), '200');
  });

  it('count a key and its successor as one', async () => {
    const { door, store } = await open();
    const key = await create(store, ['3/30d']);
    await askUntil(door, asKey(key), '200');
    const next = await rotate(store, key);
    await askUntil(door, asKey(next), '200');
    expect(await ask(door, asKey(key))).toBe('200');
    expect([await ask(door, asKey(next)), await ask(door, asKey(key))]).toEqual(['LIMIT_EXCEEDED', 'LIMIT_EXCEEDED']);
  });

  it('count a key and all its tokens as one, those too that were obtained before it had limits', async () => {
    const { door, store } = await open();
    const key = await create(store, []);
    const [early, other] = [await tokenOf(door, key), await tokenOf(door, key)];
    expect(await ask(door, asToken(early))).toBe('200');
    await store.limitKey(key.key.id, ['3/30d'], BY());
    await askUntil(door, asToken(early), 'LIMIT_EXCEEDED');
    for (const headers of [asToken(other), asToken(await tokenOf(door, key)), asKey(key)])
      expect(await ask(door, headers)).toBe('LIMIT_EXCEEDED');
    const next = await rotate(store, key);
    await askUntil(door, asToken(await tokenOf(door, next)), 'LIMIT_EXCEEDED');
    await until(() => door.logText().includes(`"key_id":"${next.key.id}"`));
    await store.limitKey(next.key.id, [], BY());
    await askUntil(door, asToken(early), '200');
  });

  it('hold for our own tokens by whatever entry of the policy they come', async () => {
    const { door, store } = await open();
    const key = await create(store, ['2/30d']);
    const token = await tokenOf(door, key);
    const jwks = await (await fetch(`${door.url}/.well-known/jwks.json`)).text();
    // Another node of the same store, which takes the tokens by issuer and key set, as it would anybody's.
    const node = await opened(policyOf('[]', `sqlite:${join(door.folder, 'store.db')}`), filesOf(jwks));
    expect(await ask(node, asToken(token), '/url')).toBe('200');
    expect(await ask(node, asToken(token))).toBe('200');
    expect(await ask(node, asToken(token), '/url')).toBe('LIMIT_EXCEEDED');
  });

  it('of the policy by key count a key and its tokens as one', async () => {
    const { door, store } = await open('[{ by: key, limit: 2/30d }]');
    const key = await create(store, []);
    const token = await tokenOf(door, key);
    expect([await ask(door, asToken(token)), await ask(door, asKey(key))]).toEqual(['200', '200']);
    expect([await ask(door, asToken(token)), await ask(door, asKey(key))]).toEqual([
      'LIMIT_EXCEEDED',
      'LIMIT_EXCEEDED',
    ]);
  });

  it('of a file of keys hold too', async () => {
    const { door } = await open();
    const headers = { 'X-Filed': FILED };
    expect([await ask(door, headers, '/file'), await ask(door, headers, '/file')]).toEqual(['200', 'LIMIT_EXCEEDED']);
  });
});
