import type { OneTimeStore, OneTimeValue } from './one-time-port.ts';
import type { SqlDriver, SqlValue } from './sql-driver.ts';

/** What has been used and does not count again. */
export const ONE_TIME_TABLES: readonly string[] = [
  `CREATE TABLE sallyport_used (
    name TEXT PRIMARY KEY,
    ends_at BIGINT NOT NULL
  )`,
  'CREATE INDEX sallyport_used_end ON sallyport_used (ends_at)',
];

/** Rows of one INSERT: far below what any database takes in parameters. */
const ROWS_AT_ONCE = 100;
/** Rows of one DELETE: short enough that uses need not wait for it. */
const SWEPT_AT_ONCE = 10_000;

/** The one-time values of a store over a database that speaks SQL. No transaction of writers: nodes use values at the same time, and the primary key decides. */
export function createOneTimeRows(driver: SqlDriver): OneTimeStore {
  return {
    async useOnce(values) {
      const fresh = new Set<string>();
      // In one order everywhere: two nodes that each waited for a row of the other's would be a deadlock.
      const all = values.toSorted((one, other) => (one.name < other.name ? -1 : 1));
      for (let start = 0; start < all.length; start += ROWS_AT_ONCE)
        for (const name of await insert(driver, all.slice(start, start + ROWS_AT_ONCE))) fresh.add(name);
      return fresh;
    },
    async sweepUsed(beforeMs, limit) {
      for (;;) {
        const swept = await driver.query(
          'DELETE FROM sallyport_used WHERE name IN (SELECT name FROM sallyport_used WHERE ends_at < $1 LIMIT $2) RETURNING name',
          [beforeMs, SWEPT_AT_ONCE],
        );
        if (swept.length < SWEPT_AT_ONCE) break;
      }
      const [row] = await driver.query(
        'SELECT COUNT(*) AS count FROM (SELECT name FROM sallyport_used LIMIT $1) AS counted',
        [limit],
      );
      return Number(row?.['count'] ?? 0);
    },
  };
}

async function insert(driver: SqlDriver, part: readonly OneTimeValue[]): Promise<readonly string[]> {
  const values: SqlValue[] = [];
  // The time of a proof may have a fraction (RFC 7519, section 2) and a row may not: one that a client made up would take the others' with it.
  const rows = part.map(({ name, untilMs }) => `($${values.push(name)}, $${values.push(Math.ceil(untilMs))})`);
  const inserted = await driver.query(
    `INSERT INTO sallyport_used (name, ends_at) VALUES ${rows.join(', ')} ON CONFLICT (name) DO NOTHING RETURNING name`,
    values,
  );
  return inserted.map((row) => String(row['name']));
}
