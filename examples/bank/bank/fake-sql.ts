/** What a database driver throws; the bank shows it to everybody. */
class SqlError extends Error {
  constructor(query: string) {
    super(`SQLSTATE[42601]: unterminated quoted string in: ${query}`);
    this.name = 'SqlError';
  }
}

const ALWAYS_TRUE = /'[^']*\bor\b\s+'?(\w+)'?\s*=\s*'?\1\b/i;

/**
 * Plays a database that is sent text put together by hand: keeps the rows that `honest` keeps, unless the values break out of their
 * quotes. `' OR 1=1--` then returns every row, and a lone quote is an error that shows the query.
 */
export function runQuery<Row>(rows: readonly Row[], where: string, honest: (row: Row) => boolean): Row[] {
  const query = `SELECT * FROM bookings WHERE ${where}`;
  if (ALWAYS_TRUE.test(where)) return [...rows];
  const live = where.replace(/--.*$/s, '');
  if ((live.match(/'/g)?.length ?? 0) % 2 === 1) throw new SqlError(query);
  return rows.filter(honest);
}
