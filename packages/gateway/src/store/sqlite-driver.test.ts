import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSqliteDriver } from './sqlite-driver.ts';
import type { SqlDriver, SqlRow } from './sql-driver.ts';

let folder: string;
let driver: SqlDriver;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'));
  driver = createSqliteDriver(join(folder, 'store.db'));
  await driver.open();
});
afterEach(async () => {
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
