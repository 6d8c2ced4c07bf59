import { GRANT_TABLES } from './grant-tables.ts';
import { ONE_TIME_TABLES } from './one-time-rows.ts';
import { SESSION_TABLES } from './session-tables.ts';
import { KEY_LIMIT_COLUMNS } from './key-limit-tables.ts';
import { StoreError } from './store-error.ts';
import { REVOCATION_TABLES } from './revocation-tables.ts';
import { SIGNING_KEY_TABLES } from './signing-key-tables.ts';
import type { SqlDriver, SqlSession } from './sql-driver.ts';

/** What dialects say differently. */
export interface Dialect {
  /** What keeps others from changing the rows that a condition looked at, until what was written on that condition is there. */
  readonly shareLock: string;
  /** How changes are forbidden of a table that only grows. */
  readonly appendOnly: (table: string) => readonly string[];
}

/** What takes the schema from one version to the next; the first from nothing. Never edited once released: a change is a new entry. */
function migrations({ appendOnly }: Dialect): readonly (readonly string[])[] {
  return [
    [
      `CREATE TABLE sallyport_keys (
        id TEXT PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        scheme TEXT NOT NULL,
        hint TEXT,
        owner TEXT NOT NULL,
        subject TEXT NOT NULL,
        scopes TEXT NOT NULL,
        roles TEXT NOT NULL,
        addresses TEXT NOT NULL,
        sealed TEXT,
        created_at BIGINT NOT NULL,
        expires_at BIGINT,
        revoked_at BIGINT,
        last_used_at BIGINT,
        replaces TEXT,
        version BIGINT NOT NULL UNIQUE
      )`,
      `CREATE TABLE sallyport_audit (
        sequence BIGINT PRIMARY KEY,
        at BIGINT NOT NULL,
        actor TEXT NOT NULL,
        act TEXT NOT NULL,
        target TEXT NOT NULL,
        details TEXT NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL
      )`,
      ...appendOnly('sallyport_audit'),
    ],
    REVOCATION_TABLES,
    GRANT_TABLES,
    SESSION_TABLES,
    SIGNING_KEY_TABLES,
    ONE_TIME_TABLES,
    // Nothing in the tables: from here on what is sealed names its key.
    [],
    KEY_LIMIT_COLUMNS,
  ];
}

/** Brings the database to this version, in one transaction. Refuses one that is newer: what it means is not known here. */
export async function migrate(driver: SqlDriver, dialect: Dialect): Promise<void> {
  const steps = migrations(dialect);
  await driver.transaction(async (session) => {
    await session.query('CREATE TABLE IF NOT EXISTS sallyport_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)');
    const version = await knownVersion(session, steps.length);
    if (version === steps.length) return;
    for (const statement of steps.slice(version).flat()) await session.query(statement);
    await writeMeta(session, 'version', String(steps.length));
  });
}

/** Changes nothing. Throws a `StoreError` unless the schema is the one that this program works with. */
export async function requireCurrent(driver: SqlDriver, dialect: Dialect): Promise<void> {
  const newest = migrations(dialect).length;
  if ((await knownVersion(driver, newest)) === newest) return;
  throw new StoreError(
    'settings',
    'an earlier version of Sallyport wrote the store: sallyport run, or sallyport keys list, brings it up to date',
  );
}

async function knownVersion(session: Pick<SqlSession, 'query'>, newest: number): Promise<number> {
  const version = Number((await readMeta(session, 'version')) ?? 0);
  if (Number.isInteger(version) && version <= newest) return version;
  throw new StoreError(
    'newer',
    `the store has schema version ${version} and this program knows ${newest}: run the version of Sallyport that wrote it, or a later one`,
  );
}

export async function readMeta(session: Pick<SqlSession, 'query'>, name: string): Promise<string | null> {
  const [row] = await session.query('SELECT value FROM sallyport_meta WHERE name = $1', [name]);
  return row === undefined ? null : String(row['value']);
}

export async function writeMeta(session: SqlSession, name: string, value: string): Promise<void> {
  await session.query(
    'INSERT INTO sallyport_meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    [name, value],
  );
}
