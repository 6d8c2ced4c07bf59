import { fileReason } from '../file-reason.ts';
import type { SqliteAnswer } from './sqlite-messages.ts';

const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const CONSTRAINT = 19;
const NOTADB = 26;

/** What to look at, by SQLite's primary result code. */
const LOOK_AT: ReadonlyMap<number, string> = new Map([
  [BUSY, 'another process has been writing to it for too long: see who has it open'],
  [READONLY, 'see that this user may write to it, to its folder and to the -wal and -shm files beside it'],
  [IOERR, 'see whether its disk is full, failing or away'],
  [CORRUPT, 'put a backup back'],
  [FULL, 'make room on its disk'],
  [CANTOPEN, 'see that this user may read and write it, its folder and the -wal and -shm files beside it'],
  [NOTADB, 'name another file in store, or put a backup back'],
]);

/** A file that may not be opened, is damaged or is none of SQLite's stays so until somebody helps. */
const STAYS: ReadonlySet<number> = new Set([CORRUPT, CANTOPEN, NOTADB]);

/** A failure of SQLite as it is told to an operator: which database, what happened, what to look at. Never a value of a statement. */
export function describeSqliteFailure(error: unknown, path: string | null): NonNullable<SqliteAnswer['error']> {
  const message = error instanceof Error ? error.message : String(error);
  const primary =
    error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : null;
  if (primary === CONSTRAINT) return { kind: 'conflict', message: `SQLite: ${message}` };
  const database = path === null ? 'SQLite' : `the SQLite database ${path}`;
  // What the system said of the file repeats its path.
  if (primary === null) return { kind: 'settings', message: `${database}: ${systemReason(error) ?? message}` };
  const lookAt = LOOK_AT.get(primary);
  return {
    kind: STAYS.has(primary) ? 'settings' : 'unavailable',
    message: `${database}: ${message}${lookAt === undefined ? '' : `; ${lookAt}`}`,
  };
}

function systemReason(error: unknown): string | null {
  return error instanceof Error && 'syscall' in error ? fileReason(error) : null;
}
