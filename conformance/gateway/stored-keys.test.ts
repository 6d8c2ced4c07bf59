import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStore, makeKey, type NewKey, type Store } from '@sallyport/gateway';
import { ConfigurationError } from '@sallyport/core';
import { openDoor, until, type Door } from '../door.ts';
import { postgresFolder, startPostgres, type Postgres } from '../postgres.ts';
import { testSecret } from '../test-secret.ts';

/** Keys of a store, from the command line's side of it to the answer of a door, with nothing replaced. */
const SEALING = 'a key for tests that is long enough';
const operation = (security: object): object => ({
  get: { security: [security], responses: { 200: { description: 'ok', content: { 'application/json': {} } } } },
});
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Keys', version: '1' },
  paths: { '/a': operation({ key: [] }), '/b': operation({ other: [] }) },
  components: {
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      other: { type: 'apiKey', in: 'header', name: 'X-Other' },
    },
  },
};
const policyOf = (store: string): string => `
authentication: { key: { keys: store }, other: { keys: store } }
limits: []
store: { url: ${JSON.stringify(store)}, key: seal.txt }
`;
const openStoreDoor = (store: string): Promise<Door> =>
  openDoor({ document: DOCUMENT, policy: policyOf(store), files: { 'seal.txt': SEALING } });

const OPEN_FILES = '/proc/self/fd';
/** Null for one that was closed since it was listed. */
function fileOf(descriptor: string): string | null {
  try {
    return readlinkSync(join(OPEN_FILES, descriptor));
  } catch {
    return null;
  }
}

const BY = { actor: 'test', atMs: Date.now() };
let made = 0;
async function create(
  store: Store,
  more: Partial<NewKey> = {},
): Promise<{ readonly text: string; readonly key: NewKey }> {
  const { text, sha256, hint } = makeKey('test');
  const key: NewKey = {
    id: `key-${made++}`,
    sha256,
    hint,
    scheme: 'key',
    owner: 'o',
    contact: null,
    subject: 'billing',
    scopes: [],
    roles: [],
    addresses: [],
    attributes: {},
    createdAtMs: BY.atMs,
    expiresAtMs: null,
    replaces: null,
    ...more,
  };
  await store.createKey(key, BY);
  return { text, key };
}

const ask = async (door: Door, key: string, path = '/a', header = 'X-Key'): Promise<number> =>
  (await fetch(door.url + path, { headers: { [header]: key } })).status;
/** Asks until the answer is `status`; what a node learns of a change takes a moment. */
async function askUntil(door: Door, key: string, status: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await ask(door, key)) !== status)
    if (Date.now() > deadline) throw new Error(`no ${status} within ten seconds`);
}
async function refusal(
  door: Door,
  key: string,
  path = '/a',
  header = 'X-Key',
): Promise<{ status: number; shown: string; logged: unknown }> {
  const response = await fetch(door.url + path, { headers: { [header]: key } });
  const { code, requestId } = (await response.json()) as { code: string; requestId: string };
  const line = () => door.log.find((entry) => JSON.stringify(entry).includes(requestId));
  await until(() => line() !== undefined);
  return { status: response.status, shown: code, logged: /AUTHN_[A-Z_]+/.exec(JSON.stringify(line()))?.[0] };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-keys-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function describeKeys(name: string, url: () => string): void {
  describe(`keys in ${name}`, () => {
    let store: Store;
    let door: Door;
    let node: Door;
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
      door = await openStoreDoor(where);
      node = await openStoreDoor(where);
    });
    afterAll(async () => {
      await door.close();
      await node.close();
      await store.close();
    });

    it('a key that is created works on every node, and one that is revoked works on none', async () => {
      const { text, key } = await create(store);
      for (const each of [door, node]) await askUntil(each, text, 200);
      await store.revokeKey(key.id, BY);
      for (const each of [door, node]) await askUntil(each, text, 401);
      expect(await refusal(node, text)).toEqual({
        status: 401,
        shown: 'AUTHN_KEY_REVOKED',
        logged: 'AUTHN_KEY_REVOKED',
      });
    });

    it('during the overlap of a rotation both keys work, after it only the new one', async () => {
      const { text, key } = await create(store);
      await askUntil(door, text, 200);
      const { text: next, sha256, hint } = makeKey('test');
      await store.rotateKey(
        key.id,
        { ...key, id: `${key.id}-next`, sha256, hint, replaces: key.id },
        Date.now() + 1500,
        BY,
      );
      await askUntil(door, next, 200);
      expect(await ask(door, text)).toBe(200);
      await askUntil(door, text, 401);
      expect(await refusal(door, text)).toMatchObject({ shown: 'AUTHN_KEY_EXPIRED', logged: 'AUTHN_KEY_EXPIRED' });
      expect(await ask(door, next)).toBe(200);
    });

    it('a key with a wrong checksum, and one that is made up, are refused as what they are, and told apart to nobody else', async () => {
      const { text } = await create(store);
      const last = text.endsWith('a') ? 'b' : 'a';
      expect(await refusal(door, text.slice(0, -1) + last)).toEqual({
        status: 401,
        shown: 'AUTHN_CREDENTIAL_INVALID',
        logged: 'AUTHN_KEY_CHECKSUM',
      });
      expect(await refusal(door, makeKey('test').text)).toEqual({
        status: 401,
        shown: 'AUTHN_CREDENTIAL_INVALID',
        logged: 'AUTHN_KEY_UNKNOWN',
      });
    });

    it('a key is refused from an address that it may not be used from', async () => {
      const { text: elsewhere } = await create(store, { addresses: ['10.0.0.0/8', 'fd00::/8'] });
      const { text: here } = await create(store, { addresses: ['10.0.0.0/8', '127.0.0.0/8'] });
      await askUntil(door, here, 200);
      expect(await refusal(door, elsewhere)).toEqual({
        status: 401,
        shown: 'AUTHN_CREDENTIAL_INVALID',
        logged: 'AUTHN_KEY_ADDRESS',
      });
    });

    it('a key of one scheme proves nothing to another', async () => {
      const { text } = await create(store, { scheme: 'other' });
      while ((await ask(door, text, '/b', 'X-Other')) !== 200);
      expect(await refusal(door, text)).toMatchObject({ status: 401, logged: 'AUTHN_KEY_UNKNOWN' });
    });

    it('a key that was imported by its hash works, whatever it looks like', async () => {
      const { createHash } = await import('node:crypto');
      const text = `old-key-${made++}`;
      const { key } = await create(store);
      await store.importKeys(
        [{ ...key, id: text, hint: null, sha256: createHash('sha256').update(text).digest('hex') }],
        BY,
      );
      await askUntil(door, text, 200);
    });

    it('notes the last use of a key at the latest when it stops, and writes the key down nowhere', async () => {
      const before = Date.now();
      const { text, key } = await create(store);
      const short = await openStoreDoor(url());
      await askUntil(short, text, 200);
      await short.close();
      expect((await store.getKey(key.id))?.lastUsedAtMs ?? 0).toBeGreaterThanOrEqual(before);
      expect(short.logText()).toContain(key.id);
      expect(short.logText()).not.toContain(text.slice(8, 40));
      expect(JSON.stringify(await store.listKeys('', 1000))).not.toContain(text.slice(8, 40));
    });
  });
}

describeKeys('SQLite', () => `sqlite:${join(folder, 'sallyport.db')}`);

it('a door whose thread of SQLite dies asks the store again by itself', async () => {
  const path = join(folder, 'dying.db');
  const store = createStore({ location: { kind: 'sqlite', path }, key: testSecret(SEALING), graceMs: 0 });
  await store.open();
  const threads: Worker[] = [];
  const note = (thread: Worker): void => void threads.push(thread);
  process.on('worker', note);
  const door = await openStoreDoor(`sqlite:${path}`);
  const before = await create(store);
  await askUntil(door, before.text, 200);
  for (const thread of [...threads]) await thread.terminate();
  const after = await create(store);
  await askUntil(door, after.text, 200);
  expect([threads.length, await ask(door, before.text)]).toEqual([2, 200]);
  process.off('worker', note);
  await door.close();
  await store.close();
});

it('starts nothing on a store of another key, with the line of the policy', async () => {
  const where = `sqlite:${join(folder, 'sallyport.db')}`;
  const refused: unknown = await openDoor({
    document: DOCUMENT,
    policy: policyOf(where),
    files: { 'seal.txt': 'x'.repeat(40) },
  }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ConfigurationError);
  if (refused instanceof ConfigurationError)
    expect(refused.problems).toMatchObject([{ code: 'STORE_KEY', path: '/store' }]);
});

it('goes on with its store where a reload names one of another key, and holds nothing of that open', async () => {
  const [here, other] = ['here.db', 'other.db'].map((name) => join(realpathSync(folder), name)) as [string, string];
  const sealed = createStore({
    location: { kind: 'sqlite', path: other },
    key: testSecret('x'.repeat(40)),
    graceMs: 0,
  });
  await sealed.open();
  await sealed.close();
  const door = await openStoreDoor(`sqlite:${here}`);
  const before = door.gateway.plan;
  const policy = join(door.folder, 'sallyport.yaml');
  writeFileSync(policy, readFileSync(policy, 'utf8').replace(here, other));
  for (let time = 0; time < 2; time++)
    expect((await door.gateway.reload())?.problems).toMatchObject([{ code: 'STORE_KEY', path: '/store' }]);
  expect(door.gateway.plan).toBe(before);
  // Where the system tells which files a process has open.
  const open = existsSync(OPEN_FILES) ? readdirSync(OPEN_FILES).map(fileOf) : [here];
  expect([open.includes(here), open.includes(other)]).toEqual([true, false]);
  expect((await fetch(`${door.url}/a`, { headers: { 'X-Key': makeKey('test').text } })).status).toBe(401);
  await door.close();
});

it('opens no store where no scheme has its keys there', async () => {
  const door = await openDoor({ document: { ...DOCUMENT, paths: {} }, policy: 'store: sqlite:./none.db' });
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

  describeKeys('PostgreSQL', () => database);

  it('while the store is away, known keys go on working, also over a reload; others are refused with 503; all is well when it is back', async () => {
    const where = postgres.createDatabase();
    const store = createStore({
      location: { kind: 'postgres', url: testSecret(where) },
      key: testSecret(SEALING),
      graceMs: 0,
    });
    await store.open();
    const known = await create(store);
    const unseen = await create(store);
    const door = await openStoreDoor(where);
    await askUntil(door, known.text, 200);
    await postgres.stop();
    await askUntil(door, unseen.text, 503);
    expect(await refusal(door, unseen.text)).toEqual({
      status: 503,
      shown: 'AUTHN_UNAVAILABLE',
      logged: 'AUTHN_STORE_UNAVAILABLE',
    });
    expect((await refusal(door, makeKey('test').text)).logged).toBe('AUTHN_STORE_UNAVAILABLE');
    expect(await ask(door, known.text)).toBe(200);
    expect(await door.gateway.reload()).toBeNull();
    expect(await ask(door, known.text)).toBe(200);
    const late = await openStoreDoor(where);
    expect((await refusal(late, known.text)).logged).toBe('AUTHN_STORE_UNAVAILABLE');
    expect(door.logText()).toContain('the store cannot be asked');
    await postgres.start();
    for (const each of [door, late]) await askUntil(each, unseen.text, 200);
    await store.revokeKey(known.key.id, BY);
    for (const each of [door, late]) await askUntil(each, known.text, 401);
    await door.close();
    await late.close();
    await store.close();
  });
});
