import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, until, type Door } from '../door.ts';
import { createTestIssuer } from '../tokens.ts';
import { freePorts } from '../tls/pebble.ts';
import { postgresFolder, startPostgres, type Postgres } from '../postgres.ts';

/** What load balancers are told while the store is away: by what of the document can be answered without it. */
const OK = { responses: { 200: { description: 'ok' } } };
const KEY = { security: [{ key: [] }] };
const documentOf = (paths: object): object => ({
  openapi: '3.1.0',
  info: { title: 'Ready', version: '1' },
  paths,
  components: {
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      other: { type: 'http', scheme: 'basic' },
      token: { type: 'http', scheme: 'bearer' },
    },
  },
});
const CLOSED = { '/a': { get: { ...KEY, ...OK } }, '/b': { get: { security: [{ key: [], other: [] }], ...OK } } };

let door: Door;
afterEach(() => door.close());
const open = async (url: string, paths: object, more = '', store = ''): Promise<void> => {
  door = await openDoor({
    document: documentOf(paths),
    policy: `authentication: { key: { keys: store }, other: { users: users.txt } }
limits: []
store: { url: "${url}", key: seal.txt, grace: 1s${store} }
${more}`,
    files: { 'seal.txt': 'a key for tests that is long enough', 'users.txt': '' },
  });
};
const openTokens = async (url: string, how: string, store: string, more: object = {}, top = ''): Promise<void> => {
  const token = how.startsWith('tokens') ? how : `issuer: "https://id", audience: a, jwks: jwks.json, ${how}`;
  door = await openDoor({
    document: documentOf({ '/t': { get: { security: [{ token: [] }], ...OK } }, ...more }),
    policy: `authentication: { token: { ${token} }${top === '' ? '' : ', key: { keys: store }'} }
limits: []
store: { url: "${url}", key: seal.txt, grace: 1h, ${store} }
${top}
`,
    files: { 'seal.txt': 'a key for tests that is long enough', 'jwks.json': (await createTestIssuer()).jwks },
  });
};
const readyz = async (): Promise<readonly [number, string]> => {
  const answer = await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/readyz`);
  return [answer.status, (await answer.text()).trim()];
};
const ask = async (path: string): Promise<number> =>
  (await fetch(door.url + path, { headers: { 'X-Key': 'k' } })).status;

describe('/readyz of a door that has never reached its store', () => {
  let away = '';
  beforeAll(async () => {
    away = `postgres://door@127.0.0.1:${(await freePorts(1))[0]}/door`;
  });
  const NOT = [503, 'not ready: the store is away, and every operation needs it'];

  it('is not ready where every operation refuses everybody', async () => {
    await open(away, CLOSED);
    expect(await readyz()).toEqual(NOT);
  });

  it('is ready where an operation answers, and says how many do not', async () => {
    await open(away, {
      ...CLOSED,
      '/open': { get: { security: [], ...OK } },
      '/may': { get: { security: [{ key: [] }, {}], ...OK } },
    });
    expect(await readyz()).toEqual([
      200,
      'ready: the store is away, and 2 of 4 operations refuse everybody without it',
    ]);
    expect(await ask('/open')).toBe(200);
  });

  it('knows what is held against the store: all that is proved with revocations, and without them what is kept there', async () => {
    const other = { '/a': { get: { ...KEY, ...OK } }, '/c': { get: { security: [{ other: [] }], ...OK } } };
    await open(away, other);
    expect(await readyz()).toEqual(NOT);
    await door.close();
    await open(away, other, '', ', revocations: off');
    expect(await readyz()).toEqual([
      200,
      'ready: the store is away, and 1 of 2 operations refuse everybody without it',
    ]);
  });

  it('counts tokens that need a proof of possession, where proofs are held against the store', async () => {
    await openTokens(away, 'dpop: required', 'revocations: off');
    expect(await readyz()).toEqual(NOT);
    await door.close();
    for (const [dpop, store] of [
      ['dpop: optional', 'revocations: off'],
      ['dpop: required', 'revocations: off, proofs: memory'],
    ] as const) {
      await openTokens(away, dpop, store);
      expect([dpop, store, ...(await readyz())]).toEqual([dpop, store, 200, 'ready']);
      await door.close();
    }
    await openTokens(away, 'dpop: required', 'revocations: off', { '/open': { get: { security: [], ...OK } } });
    expect(await readyz()).toEqual([
      200,
      'ready: the store is away, and 1 of 2 operations refuse everybody without it',
    ]);
  });

  it('counts tokens of its own until the keys that sign them were read', async () => {
    const minted = 'tokens: { issuer: "https://door.example", audience: a }';
    await openTokens(away, 'tokens: self', 'revocations: off', {}, minted);
    expect(await readyz()).toEqual(NOT);
  });

  it('tells once that the store is away, where keys and granted roles are both in it', async () => {
    await open(away, CLOSED, 'authorization: { roles: { reader: ["GET /a", "GET /b"] }, grants: store }\n');
    await until(() => door.logText().includes('the store cannot be asked'));
    expect(door.logText().match(/the store cannot be asked/g)).toHaveLength(1);
  });

  it('is ready where authentication is only observed', async () => {
    await open(away, CLOSED, 'modes: { authentication: observe }\n');
    expect(await readyz()).toEqual([200, 'ready']);
    expect(await ask('/a')).toBe(200);
  });
});

const programs = postgresFolder();
describe.skipIf(programs === null)('/readyz of a door whose store goes away', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres(programs ?? '');
  });
  afterAll(() => postgres.remove());

  it('stays ready for the grace, is not when that is over, and is again by itself', async () => {
    await open(postgres.createDatabase(), CLOSED);
    await until(async () => (await readyz())[0] === 200);
    await postgres.stop();
    await until(async () => (await readyz())[0] === 503);
    expect(await ask('/a')).toBe(503);
    await postgres.start();
    await until(async () => (await readyz())[0] === 200);
  });

  it('is not ready at once, grace or not, where every operation needs a proof that the store has to take', async () => {
    const url = postgres.createDatabase();
    await openTokens(url, 'dpop: required', 'revocations: on');
    await until(async () => (await readyz())[0] === 200);
    await postgres.stop();
    await until(async () => (await readyz())[0] === 503);
    await door.close();
    await postgres.start();
    await openTokens(url, 'dpop: required', 'revocations: on, proofsWhileAway: alone');
    await until(() => door.logText().includes('the store can be asked'));
    await postgres.stop();
    await until(() => door.logText().includes('the store cannot be asked'));
    expect(await readyz()).toEqual([200, 'ready']);
    await postgres.start();
  });
});
