import { createKeyRing } from '../key-ring.ts';
import { migrate } from '../migrations.ts';
import { createSealing } from '../sealing.ts';
import type { SqlDriver } from '../sql-driver.ts';
import { createSqliteDriver, SQLITE_DIALECT } from '../sqlite-driver.ts';
import { IN_MEMORY } from '../sqlite-messages.ts';

export const KEY = 'a key for tests that is long enough';
export const ring = createKeyRing([KEY]);

/** The database of a new store, sealed under `KEY`, for tests of a part of it. Whoever asks closes it. */
export async function openInMemory(): Promise<SqlDriver> {
  const driver = createSqliteDriver(IN_MEMORY);
  await driver.open();
  await migrate(driver, SQLITE_DIALECT);
  await createSealing(driver).open([KEY]);
  return driver;
}
