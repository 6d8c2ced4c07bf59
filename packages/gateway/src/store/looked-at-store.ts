import { statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import type { StorePolicy } from '@sallyport/core';
import { createPostgresDriver, POSTGRES_DIALECT } from './postgres-driver.ts';
import { createSqliteDriver, SQLITE_DIALECT } from './sqlite-driver.ts';
import { checkSqlitePath } from './sqlite-path.ts';
import { IN_MEMORY } from './sqlite-messages.ts';
import { createSqlStore } from './sql-store.ts';
import { readStoreKeys } from './store-key.ts';
import type { Store } from './store-port.ts';

/**
 * The store that the policy names, not opened yet, for a program that leaves no trace in it: no use is noted, and a SQLite file that is not there
 * is an empty store that is not made. Opening rejects with a `StoreError` where an earlier version wrote the store: it is not brought up to date.
 */
export function createLookedAtStore(policy: StorePolicy): Store {
  const { location } = policy;
  const readKeys = (): readonly string[] => readStoreKeys(policy, () => undefined);
  const looks = { migrates: false };
  const store =
    location.kind === 'postgres'
      ? createSqlStore(createPostgresDriver(location.url.reveal()), POSTGRES_DIALECT, readKeys, looks)
      : isThere(location.path)
        ? createSqlStore(createSqliteDriver(location.path), SQLITE_DIALECT, readKeys, looks)
        : createSqlStore(createSqliteDriver(IN_MEMORY), SQLITE_DIALECT, () => {
            // Where a start could not make it, that is found now.
            checkSqlitePath(location.path);
            return [randomBytes(32).toString('base64')];
          });
  const nothing = (): Promise<void> => Promise.resolve();
  return { ...store, recordUses: nothing, recordGrantUses: nothing, recordSessionUses: nothing };
}

/** An empty file is what a start that was broken off leaves behind: nothing is in it. */
function isThere(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
