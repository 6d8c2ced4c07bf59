import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileReason } from '../file-reason.ts';
import { StoreError } from './store-error.ts';

/** How every SQLite database begins that is not empty. */
const HEADER = Buffer.from('SQLite format 3\0');

/**
 * Throws a `StoreError` where no SQLite database is at a path, nor can be made there: for a folder, for a file of another kind, and where the
 * folder that it belongs in is not there. Looked at before the key is: its file stands beside the database, and would be what is missed.
 */
export function checkSqlitePath(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) checkFolder(path);
  else if (found.isDirectory())
    throw new StoreError(
      'settings',
      `the store, ${path}, is a folder: name a file, such as sqlite:${path}/sallyport.db`,
    );
  else if (found.size > 0 && !isInUse(path) && !beginsAsDatabase(path))
    throw new StoreError(
      'settings',
      `the store, ${path}, is no SQLite database: name another file, or put a backup back`,
    );
}

function checkFolder(path: string): void {
  const folder = dirname(path);
  let reason = 'it is no folder';
  try {
    if (statSync(folder).isDirectory()) return;
  } catch (error) {
    reason = error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is none' : fileReason(error);
  }
  throw new StoreError(
    'settings',
    `the store, ${path}, cannot be made in the folder ${folder}: ${reason}; make that folder, or name another path`,
  );
}

/** One that is open has this beside it. This process may have it open itself, and would give up its locks (fcntl) by reading it here. */
function isInUse(path: string): boolean {
  return existsSync(`${path}-wal`);
}

function beginsAsDatabase(path: string): boolean {
  const begin = Buffer.alloc(HEADER.length);
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    // What may not be read is told when it is opened.
    return true;
  }
  try {
    return readSync(file, begin, 0, begin.length, 0) === begin.length && begin.equals(HEADER);
  } finally {
    closeSync(file);
  }
}
