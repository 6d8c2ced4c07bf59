import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSqliteDriver } from './sqlite-driver.ts';
import { checkSqlitePath } from './sqlite-path.ts';
import type { SqlDriver, SqlRow } from './sql-driver.ts';

let folder: string;
let driver: SqlDriver;
let note: (thread: Worker) => void = () => undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'));
  driver = createSqliteDriver(join(folder, 'store.db'));
  await driver.open();
});
afterEach(async () => {
  process.off('worker', note);
  await driver.close();
  rmSync(folder, { recursive: true, force: true });
});

async function pragma(name: string): Promise<SqlRow[string] | undefined> {
  const [row] = await driver.query(`PRAGMA ${name}`);
  return row?.[name];
}

it('a write is on the disk before it is acknowledged', async () => {
  expect([await pragma('journal_mode'), await pragma('synchronous')]).toEqual(['wal', 2]);
});

it('what others put into the schema runs no function with effects, and the schema is not written by hand', async () => {
  expect(await pragma('trusted_schema')).toBe(0);
  await driver.query('PRAGMA writable_schema = ON');
  await expect(driver.query("DELETE FROM sqlite_schema WHERE name = 'x'")).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('may not be modified') as string,
  });
});

it('loads no extension, and takes a name in double quotes for no text', async () => {
  await expect(driver.query("SELECT load_extension('x')")).rejects.toThrow('not authorized');
  await expect(driver.query('SELECT "x"')).rejects.toThrow('no such column');
});

it('a transaction that fails leaves nothing, and the next one begins anew', async () => {
  await driver.query('CREATE TABLE notes (text TEXT PRIMARY KEY)');
  const failing = driver.transaction(async (session) => {
    await session.query("INSERT INTO notes VALUES ('a')");
    throw new Error('broken off');
  });
  const meanwhile = driver.query("INSERT INTO notes VALUES ('b')");
  await expect(failing).rejects.toThrow('broken off');
  await meanwhile;
  expect(await driver.transaction((session) => session.query('SELECT text FROM notes'))).toEqual([{ text: 'b' }]);
});

it('waits for its turn to write before it looks, so that of two processes none decides by what the other is changing', async () => {
  const other = createSqliteDriver(join(folder, 'store.db'));
  await other.open();
  await driver.query('CREATE TABLE notes (number INTEGER)');
  await driver.query('INSERT INTO notes VALUES (0)');
  const increase = (by: SqlDriver): Promise<unknown> =>
    by.transaction(async (session) => {
      const [row] = await session.query('SELECT number FROM notes');
      await session.query('UPDATE notes SET number = $1', [Number(row?.['number']) + 1]);
    });
  await Promise.all(Array.from({ length: 20 }, (_, turn) => increase(turn % 2 === 0 ? driver : other)));
  expect(await driver.query('SELECT number FROM notes')).toEqual([{ number: 20 }]);
  await other.close();
});

const LOCKS = '/proc/locks';
it.skipIf(!existsSync(LOCKS))('leaves the locks of another connection of the process as they are', async () => {
  const locks = (): number => {
    const inode = `:${statSync(join(folder, 'store.db')).ino} `;
    const lines = readFileSync(LOCKS, 'utf8').split('\n');
    return lines.filter((line) => line.includes(inode)).length;
  };
  await driver.query('CREATE TABLE notes (text TEXT)');
  const held = locks();
  expect(held).toBeGreaterThan(0);
  checkSqlitePath(join(folder, 'store.db'));
  expect(locks()).toBe(held);
  const other = createSqliteDriver(join(folder, 'store.db'));
  await other.open();
  expect(locks()).toBe(held);
  await other.close();
  expect(locks()).toBe(held);
});

it('is unavailable before it is opened and after it is closed, and not for good', async () => {
  const other = createSqliteDriver(join(folder, 'store.db'));
  await expect(other.query('SELECT 1')).rejects.toMatchObject({ kind: 'unavailable' });
  await other.open();
  await other.close();
  await expect(other.query('SELECT 1')).rejects.toMatchObject({ kind: 'unavailable' });
  await other.open();
  expect(await other.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await other.close();
});

/** A driver, and the threads that it has started so far. */
async function openWatched(
  path: string,
): Promise<{ readonly watched: SqlDriver; readonly threads: readonly Worker[] }> {
  const threads: Worker[] = [];
  note = (thread) => threads.push(thread);
  process.on('worker', note);
  const watched = createSqliteDriver(path);
  await watched.open();
  return { watched, threads };
}

it('goes on in another thread where the one before died, with all that was acknowledged', async () => {
  const { watched, threads } = await openWatched(join(folder, 'store.db'));
  await watched.query('CREATE TABLE notes (text TEXT)');
  await watched.query("INSERT INTO notes VALUES ('kept')");
  await threads[0]?.terminate();
  expect(await watched.query('SELECT text FROM notes')).toEqual([{ text: 'kept' }]);
  await threads[1]?.terminate();
  await watched.transaction((session) => session.query("INSERT INTO notes VALUES ('more')"));
  expect(await driver.query('SELECT text FROM notes')).toEqual([{ text: 'kept' }, { text: 'more' }]);
  expect(threads).toHaveLength(3);
  await watched.close();
});

it('a transaction that its thread dies in leaves nothing, and none of it runs in the next thread', async () => {
  const { watched, threads } = await openWatched(join(folder, 'store.db'));
  await watched.query('CREATE TABLE notes (text TEXT)');
  const dying = watched.transaction(async (session) => {
    await session.query("INSERT INTO notes VALUES ('a')");
    const under = session.query('SELECT text FROM notes');
    await threads[0]?.terminate();
    await under.catch(() => undefined);
    await session.query("INSERT INTO notes VALUES ('b')");
  });
  const next = watched.query("INSERT INTO notes VALUES ('c')");
  await expect(dying).rejects.toMatchObject({ kind: 'unavailable' });
  await next;
  expect(await watched.query('SELECT text FROM notes')).toEqual([{ text: 'c' }]);
  await watched.close();
});

it('makes no new database in place of one that is gone when its thread dies, and takes it where it is back', async () => {
  const path = join(folder, 'other.db');
  const { watched, threads } = await openWatched(path);
  await watched.query('CREATE TABLE notes (text TEXT)');
  await watched.query('PRAGMA wal_checkpoint(TRUNCATE)');
  await threads[0]?.terminate();
  renameSync(path, `${path}.away`);
  await expect(watched.query('SELECT text FROM notes')).rejects.toMatchObject({
    kind: 'settings',
    message: expect.stringContaining('other.db') as string,
  });
  expect(existsSync(path)).toBe(false);
  renameSync(`${path}.away`, path);
  expect(await watched.query('SELECT text FROM notes')).toEqual([]);
  await watched.close();
});

it('starts no thread again after it was closed', async () => {
  const { watched, threads } = await openWatched(join(folder, 'store.db'));
  await watched.close();
  await expect(watched.query('SELECT 1')).rejects.toMatchObject({ kind: 'unavailable' });
  expect(threads).toHaveLength(1);
});
