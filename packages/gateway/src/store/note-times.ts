import type { SqlDriver, SqlValue } from './sql-driver.ts';

/** Rows of one UPDATE: far below what any database takes in parameters. */
const ROWS_AT_ONCE = 100;

/** Writes a time into one column of many rows, by their ids. A node whose clock or batch is behind never moves a time back. */
export async function noteTimes(
  driver: SqlDriver,
  table: string,
  column: string,
  times: ReadonlyMap<string, number>,
): Promise<void> {
  const all = [...times];
  for (let start = 0; start < all.length; start += ROWS_AT_ONCE) {
    const values: SqlValue[] = [];
    const part = all.slice(start, start + ROWS_AT_ONCE);
    const cases = part.map(([id, atMs]) => `WHEN $${values.push(id)} THEN CAST($${values.push(atMs)} AS BIGINT)`);
    const ids = part.map(([id]) => `$${values.push(id)}`);
    const last = `CASE id ${cases.join(' ')} END`;
    await driver.query(
      `UPDATE ${table} SET ${column} = ${last} WHERE id IN (${ids.join(', ')}) AND (${column} IS NULL OR ${column} < ${last})`,
      values,
    );
  }
}
