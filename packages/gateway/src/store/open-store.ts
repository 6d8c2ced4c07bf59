import type { StorePolicy } from '@sallyport/core';
import { createPostgresDriver, POSTGRES_DIALECT } from './postgres-driver.ts';
import { createSqliteDriver, SQLITE_DIALECT } from './sqlite-driver.ts';
import { createSqlStore } from './sql-store.ts';
import { readStoreKeys } from './store-key.ts';
import type { Store } from './store-port.ts';

/** The store that the policy names, not opened yet. `notice` is told what was made on the way, such as a key file. Paths are absolute by then. */
export function createStore(policy: StorePolicy, notice: (text: string) => void = () => undefined): Store {
  const readKeys = (): readonly string[] => readStoreKeys(policy, notice);
  return policy.location.kind === 'sqlite'
    ? createSqlStore(createSqliteDriver(policy.location.path), SQLITE_DIALECT, readKeys)
    : createSqlStore(createPostgresDriver(policy.location.url.reveal()), POSTGRES_DIALECT, readKeys);
}
