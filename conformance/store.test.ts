import { spawnSync } from 'node:child_process';
import {
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  existsSync,
  chmodSync,
  unlinkSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStore, type Store } from '@sallyport/gateway';
import type { StorePolicy } from '@sallyport/core';
import { describeReseal } from './reseal.suite.ts';
import { describeSessionStore } from './session-store.suite.ts';
import { describeStore } from './store.suite.ts';
import { newKey, STORE_KEY, type StoreUnderTest } from './store-under-test.ts';
import { postgresFolder, startPostgres, type Postgres } from './postgres.ts';
import { testSecret } from './test-secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function sqliteUnderTest(): StoreUnderTest {
  const path = join(folder, `store-${files++}.db`);
  const policy: StorePolicy = { location: { kind: 'sqlite', path }, key: testSecret(STORE_KEY), graceMs: 0 };
  return {
    policy,
    open: (key = STORE_KEY) => createStore({ ...policy, key: testSecret(key) }),
    async tamper(...statements) {
      const database = new DatabaseSync(path, { timeout: 5000 });
      try {
        for (const statement of statements) database.exec(statement);
      } finally {
        database.close();
      }
    },
    async dump() {
      const database = new DatabaseSync(path);
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.close();
      return readFileSync(path, 'latin1');
    },
  };
}

describeSessionStore('SQLite', sqliteUnderTest);
describeReseal('SQLite', sqliteUnderTest);
describeStore('SQLite', sqliteUnderTest, [
  'DROP TRIGGER sallyport_audit_update',
  'DROP TRIGGER sallyport_audit_delete',
]);

describe('SQLite by default', () => {
  const withStore = async (
    policy: StorePolicy,
    run: (store: Store, notices: readonly string[]) => Promise<void>,
  ): Promise<void> => {
    const notices: string[] = [];
    const store = createStore(policy, (text) => notices.push(text));
    try {
      await store.open();
      await run(store, notices);
    } finally {
      await store.close();
    }
  };
  const policy = (): StorePolicy & { readonly location: { readonly path: string } } => ({
    location: { kind: 'sqlite', path: join(folder, `default-${files++}.db`) },
    key: null,
    graceMs: 0,
  });

  it('makes a key beside the database once, and says so; nobody else may read either of them', async () => {
    const here = policy();
    await withStore(here, async (store, notices) => {
      expect(notices.join()).toContain('.db.key');
      await store.createKey(newKey(), { actor: 't', atMs: 0 });
      for (const name of ['', '-wal', '-shm', '.key'])
        expect(statSync(`${here.location.path}${name}`).mode & 0o777, name).toBe(0o600);
    });
    await withStore(here, async (_, notices) => expect(notices).toEqual([]));
  });

  it('mends the mode of files that a copy left open to others', async () => {
    const here = policy();
    await withStore(here, async () => undefined);
    for (const name of ['', '.key']) chmodSync(`${here.location.path}${name}`, 0o644);
    await withStore(here, async () => undefined);
    for (const name of ['', '.key']) expect(statSync(`${here.location.path}${name}`).mode & 0o777).toBe(0o600);
  });

  it('refuses a database whose key is gone, and makes no new one', async () => {
    const here = policy();
    await withStore(here, async (store) => store.createKey(newKey(), { actor: 't', atMs: 0 }));
    unlinkSync(`${here.location.path}.key`);
    await expect(withStore(here, async () => undefined)).rejects.toMatchObject({ kind: 'key' });
    expect(existsSync(`${here.location.path}.key`)).toBe(false);
  });

  it('refuses a database that was cut off, and names it', async () => {
    const here = policy();
    await withStore(here, async (store) => store.createKey(newKey(), { actor: 't', atMs: 0 }));
    truncateSync(here.location.path, 20_000);
    await expect(withStore(here, async () => undefined)).rejects.toMatchObject({
      kind: 'settings',
      message: expect.stringContaining(`${here.location.path}: database disk image is malformed`) as string,
    });
  });

  it('refuses a file that is no database, a folder that is not there, and a key that is too short', async () => {
    const here = policy();
    writeFileSync(here.location.path, 'this is not a database, and long enough to be looked at as one'.repeat(50));
    const keyed = { ...here, key: testSecret(STORE_KEY) };
    await expect(withStore(keyed, async () => undefined)).rejects.toMatchObject({
      kind: 'settings',
      message: expect.stringContaining(here.location.path) as string,
    });
    const nowhere: StorePolicy = { ...keyed, location: { kind: 'sqlite', path: join(folder, 'nowhere', 'x.db') } };
    await expect(withStore(nowhere, async () => undefined)).rejects.toMatchObject({ kind: 'settings' });
    await expect(withStore({ ...policy(), key: testSecret('short') }, async () => undefined)).rejects.toMatchObject({
      kind: 'settings',
    });
  });
});

const programs = postgresFolder();
describe.skipIf(programs === null)('with a real PostgreSQL', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres(programs ?? '');
  });
  afterAll(() => postgres.remove());

  const postgresUnderTest = (): StoreUnderTest => {
    const url = postgres.createDatabase();
    const policy: StorePolicy = {
      location: { kind: 'postgres', url: testSecret(url) },
      key: testSecret(STORE_KEY),
      graceMs: 0,
    };
    const run = (program: string, args: readonly string[]): string => {
      const { status, stdout, stderr } = spawnSync(join(programs ?? '', program), [...args, url], {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      });
      if (status !== 0) throw new Error(stderr);
      return stdout;
    };
    return {
      policy,
      open: (key = STORE_KEY) => createStore({ ...policy, key: testSecret(key) }),
      async tamper(...statements) {
        run('psql', ['-v', 'ON_ERROR_STOP=1', '-q', ...statements.flatMap((statement) => ['-c', statement])]);
      },
      dump: async () => run('pg_dump', []),
    };
  };

  describeSessionStore('PostgreSQL', postgresUnderTest);
  describeReseal('PostgreSQL', postgresUnderTest);
  describeStore('PostgreSQL', postgresUnderTest, ['DROP TRIGGER sallyport_audit_only_grows ON sallyport_audit']);

  it('tells another node of a change without being asked', async () => {
    const under = postgresUnderTest();
    const [one, two] = [under.open(), under.open()];
    await one.open();
    await two.open();
    await two.getKey('x');
    const told = new Promise<void>((resolve) => two.onChange(resolve));
    // The subscription is made in the background: a key is created until one is told of.
    let heard = false;
    void told.then(() => (heard = true));
    while (!heard) await one.createKey(newKey(), { actor: 't', atMs: 0 });
    await one.close();
    await two.close();
  });

  it('is unavailable while the server is away, and works again when it is back', async () => {
    const under = postgresUnderTest();
    const store = under.open();
    await store.open();
    const key = newKey();
    await store.createKey(key, { actor: 't', atMs: 0 });
    await postgres.stop();
    await expect(store.getKey(key.id)).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(under.open().open()).rejects.toMatchObject({ kind: 'unavailable' });
    await postgres.start();
    expect((await store.getKey(key.id))?.id).toBe(key.id);
    await store.close();
  });

  it('does not wait for somebody who is let in never: a database that is not there is a setting to correct', async () => {
    const { policy } = postgresUnderTest();
    const url = policy.location.kind === 'postgres' ? policy.location.url.reveal() : '';
    const store = createStore({ ...policy, location: { kind: 'postgres', url: testSecret(`${url}_absent`) } });
    await expect(store.open()).rejects.toMatchObject({ kind: 'settings' });
    await store.close();
  });
});
