import { accessSync, chmodSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';
import type { SqlRow, SqlValue } from './sql-driver.ts';
import { describeSqliteFailure } from './sqlite-failure.ts';
import { IN_MEMORY, type SqliteAnswer, type SqliteRequest } from './sqlite-messages.ts';

/** How long another process's write is waited for. This thread waits, never the one that answers requests. */
const BUSY_TIMEOUT_MS = 5000;
const SQLITE_CANTOPEN = 14;

let database: DatabaseSync | null = null;
/** Where it is, for messages; null before it was to be opened. */
let openedPath: string | null = null;
const statements = new Map<string, StatementSync>();

function open(path: string, makes: boolean): void {
  database?.close();
  database = null;
  statements.clear();
  openedPath = path;
  if (path !== IN_MEMORY) {
    // Made by hand, so that it is never readable for others; its companions (-wal, -shm) take over its mode.
    if (makes && !existsSync(path)) closeSync(openSync(path, 'a', 0o600));
    // Asked about and not opened: closing it would give up the locks that another connection of this process has on it (fcntl).
    accessSync(path, constants.R_OK | constants.W_OK);
    if (process.platform !== 'win32') chmodSync(path, 0o600);
  }
  database = new DatabaseSync(path, {
    timeout: BUSY_TIMEOUT_MS,
    defensive: true,
    allowExtension: false,
    enableDoubleQuotedStringLiterals: false,
  });
  // FULL: in WAL mode anything less loses acknowledged writes with the power. A schema changed by others runs no functions with effects.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;');
}

function query(sql: string, values: readonly SqlValue[]): readonly SqlRow[] {
  if (database === null) throw Object.assign(new Error('the database is not open'), { errcode: SQLITE_CANTOPEN });
  let statement = statements.get(sql);
  if (statement === undefined) {
    statement = database.prepare(sql);
    if (statements.size > 64) statements.clear();
    statements.set(sql, statement);
  }
  if (values.length === 0) return statement.all() as SqlRow[];
  return statement.all(Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]))) as SqlRow[];
}

parentPort?.on('message', ({ id, open: path, makes = false, sql, values }: SqliteRequest) => {
  let answer: SqliteAnswer;
  try {
    if (path !== undefined) open(path, makes);
    answer = { id, rows: sql === undefined ? [] : query(sql, values ?? []) };
  } catch (error) {
    answer = { id, error: describeSqliteFailure(error, openedPath) };
  }
  parentPort?.postMessage(answer);
});
