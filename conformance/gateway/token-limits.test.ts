import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createStore, newStoredKey, successorOf, type Store } from '@sallyport/gateway';
import { openDoor, until, type Door } from '../door.ts';
import { testSecret } from '../test-secret.ts';

/** Limits at the token endpoint, over a real door and a real store. Windows are long, so that none ends while a test runs. */
const SEALING = 'a key for tests that is long enough';
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Token limits', version: '1' },
  paths: {
    '/a': {
      get: { security: [{ key: [] }], responses: { 200: { description: 'ok', content: { 'application/json': {} } } } },
    },
  },
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
};
const policyOf = (tokens: string): string => `
authentication: { key: { keys: store } }
limits: []
store: { url: 'sqlite:./store.db', key: seal.txt }
tokens: { issuer: 'http://127.0.0.1:8080', ${tokens} }
`;

const cleaning: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).toReversed()) await clean();
});

type Key = ReturnType<typeof newStoredKey>;
interface Setting {
  readonly door: Door;
  readonly store: Store;
  /** A key that the door knows; nothing was asked of the token endpoint. */
  readonly create: () => Promise<Key>;
  readonly learn: (key: Key) => Promise<Key>;
}
const BY = () => ({ actor: 'test', atMs: Date.now() });

async function open(tokens: string): Promise<Setting> {
  const door = await openDoor({ document: DOCUMENT, policy: policyOf(tokens), files: { 'seal.txt': SEALING } });
  cleaning.push(() => door.close());
  const path = join(door.folder, 'store.db');
  const store = createStore({ location: { kind: 'sqlite', path }, key: testSecret(SEALING), graceMs: 0 });
  await store.open();
  cleaning.push(() => store.close());
  const learn = async (key: Key): Promise<Key> => {
    const deadline = Date.now() + 25_000;
    while ((await fetch(`${door.url}/a`, { headers: { 'X-Key': key.made.text } })).status !== 200)
      if (Date.now() > deadline) throw new Error('the door does not learn of the key');
    return key;
  };
  const create = async (): Promise<Key> => {
    const wish = {
      scheme: 'key',
      owner: 'o',
      scopes: [],
      roles: [],
      addresses: [],
      attributes: {},
      environment: 'test',
    };
    const born = newStoredKey(wish, Date.now());
    await store.createKey(born.key, BY());
    return learn(born);
  };
  return { door, store, create, learn };
}

async function post(
  door: Door,
  id: string,
  text: string,
  headers: Record<string, string> = {},
  body = 'grant_type=client_credentials',
) {
  const response = await fetch(`${door.url}/token`, {
    method: 'POST',
    body,
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: `Basic ${Buffer.from(`${id}:${text}`).toString('base64')}`,
      ...headers,
    },
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
const right = async (door: Door, { key, made }: Key): Promise<number> => (await post(door, key.id, made.text)).status;
const wrong = async (door: Door, id: string): Promise<number> => (await post(door, id, 'a-wrong-key')).status;
const times = async (count: number, ask: () => Promise<number>): Promise<number[]> => {
  const statuses = [];
  for (let index = 0; index < count; index++) statuses.push(await ask());
  return statuses;
};

function expectTooMany(answer: Awaited<ReturnType<typeof post>>): void {
  expect(answer.status).toBe(429);
  expect(answer.body).toEqual({
    error: 'temporarily_unavailable',
    error_description: 'too many requests, try again later',
  });
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(answer.headers.has('www-authenticate')).toBe(false);
}

describe('limits at the token endpoint', () => {
  it('refuse an address unheard that sent too many wrong credentials, and no client that proved its key from there before', async () => {
    const { door, create } = await open('failures: 3/30d');
    const [proved, other] = [await create(), await create()];
    expect(await right(door, proved)).toBe(200);
    expect(await times(4, () => wrong(door, 'guessed'))).toEqual([401, 401, 401, 429]);
    // The right key, from where guesses came from: who is right and who guesses cannot be told apart there.
    expectTooMany(await post(door, other.key.id, other.made.text));
    expect(await right(door, proved)).toBe(200);
    expect(await wrong(door, proved.key.id)).toBe(401);
    await until(() => door.logText().includes('LIMIT_EXCEEDED (limits/@token-failures)'));
  });

  it('refuse an id unheard for which too many wrong credentials came, and no other one', async () => {
    const { door, create } = await open('keyFailures: 2/30d, failures: 100000/min');
    const [proved, attacked, other] = [await create(), await create(), await create()];
    expect(await right(door, proved)).toBe(200);
    for (const { key } of [proved, attacked]) expect(await times(2, () => wrong(door, key.id))).toEqual([401, 401]);
    expectTooMany(await post(door, attacked.key.id, attacked.made.text));
    expect([await right(door, proved), await right(door, other)]).toEqual([200, 200]);
    await until(() => door.logText().includes('LIMIT_EXCEEDED (limits/@token-failures-by-id)'));
  });

  it('count credentials and proofs that are wrong, and no request that is malformed or asks for too much', async () => {
    const { door, create } = await open('failures: 3/30d');
    const key = await create();
    const { id } = key.key;
    await right(door, key);
    for (const body of ['grant_type=password', 'grant_type=client_credentials&scope=a:read', 'x'])
      expect((await post(door, id, key.made.text, {}, body)).status).toBe(400);
    expect((await post(door, '', '', { Authorization: 'Basic !' })).status).toBe(401);
    expect((await post(door, id, key.made.text, { DPoP: 'x' })).body['error']).toBe('invalid_dpop_proof');
    expect(await times(2, () => wrong(door, 'guessed'))).toEqual([401, 429]);
  });

  it('bound how many tokens a key obtains, its successors with it', async () => {
    const { door, store, create, learn } = await open('keyRate: 2/30d');
    const [key, other] = [await create(), await create()];
    const first = await post(door, key.key.id, key.made.text);
    expect(first.headers.get('ratelimit-policy')).toContain('"@tokens-by-key";q=2;w=2592000');
    expect(first.headers.get('ratelimit')).toMatch(/"@tokens-by-key";r=1;t=\d+/);
    const old = await store.getKey(key.key.id);
    if (old === null) throw new Error('the key is gone');
    const next = successorOf(old, {}, Date.now());
    await store.rotateKey(key.key.id, next.key, Date.now() + 3_600_000, BY());
    await learn(next);
    expect(await right(door, next)).toBe(200);
    expectTooMany(await post(door, key.key.id, key.made.text));
    expectTooMany(await post(door, next.key.id, next.made.text));
    expect(await right(door, other)).toBe(200);
    await until(() => door.logText().includes('LIMIT_EXCEEDED (limits/@tokens-by-key)'));
  });

  it('answer in the words of OAuth too where the stages refuse before the endpoint is asked, and leave the public keys alone', async () => {
    const { door, create } = await open('rate: 2/30d');
    const key = await create();
    expect(await times(2, () => right(door, key))).toEqual([200, 200]);
    expectTooMany(await post(door, key.key.id, key.made.text));
    expect((await fetch(`${door.url}/.well-known/jwks.json`)).status).toBe(200);
    // What is no matter of OAuth stays a problem.
    const problem = await fetch(`${door.url}/token`);
    expect([problem.status, problem.headers.get('content-type')]).toEqual([405, 'application/problem+json']);
  });
});
