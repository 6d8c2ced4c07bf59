import { readMeta, writeMeta } from './migrations.ts';
import type { NewRevocation, Revocation, RevocationChange, RevocationKind } from './store-port.ts';
import type { SqlRow, SqlSession } from './sql-driver.ts';
import { StoreError } from './store-error.ts';

/** Versions are counted apart from the rows: those go when they have expired, and a version must never come twice. */
const COUNTER = 'revocation version';
/** How long a row stays after it has expired or was lifted, so that people can look it up. */
const KEPT_MS = 86_400_000;
/** What one gateway keeps in 64 MiB. */
const MAX_REVOCATIONS = 2_000_000;

/** Within a transaction of the store. Returns the id that the revocation has now. */
export async function writeRevocation(
  session: SqlSession,
  revocation: NewRevocation,
  nowMs: number,
  maxRows = MAX_REVOCATIONS,
): Promise<string> {
  const counter = await readCounter(session);
  const removed = await session.query('DELETE FROM sallyport_revocations WHERE expires_at < $1 RETURNING id', [
    nowMs - KEPT_MS,
  ]);
  const rows = counter.rows - removed.length;
  const version = counter.version + 1;
  const { id, kind, name, issuer, value, reason, atMs, expiresAtMs } = revocation;
  const [known] = await session.query(
    `UPDATE sallyport_revocations SET version = $2, lifted_at = NULL, reason = COALESCE($3, reason),
       at = CASE WHEN lifted_at IS NULL AND at > $4 THEN at ELSE $4 END,
       expires_at = CASE WHEN lifted_at IS NOT NULL THEN $5 WHEN expires_at IS NULL OR expires_at > $5 THEN expires_at ELSE $5 END
     WHERE name = $1 RETURNING id`,
    [name, version, reason, atMs, expiresAtMs],
  );
  if (known === undefined) {
    if (rows >= maxRows)
      throw new StoreError(
        'full',
        `there are ${rows} revocations, as many as a gateway keeps: revoke a subject or a key instead of its tokens, or lift some`,
      );
    await session.query(
      `INSERT INTO sallyport_revocations (id, kind, name, issuer, value, reason, at, expires_at, version)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [id, kind, name, issuer, value, reason, atMs, expiresAtMs, version],
    );
  }
  await writeCounter(session, { version, rows: known === undefined ? rows + 1 : rows });
  return known === undefined ? id : String(known['id']);
}

export async function liftRevocation(session: SqlSession, id: string, nowMs: number): Promise<boolean> {
  const [row] = await session.query('SELECT lifted_at FROM sallyport_revocations WHERE id = $1', [id]);
  if (row === undefined) throw new StoreError('unknown', `there is no revocation ${id}`);
  if (row['lifted_at'] !== null) return false;
  const counter = await readCounter(session);
  const version = counter.version + 1;
  await session.query('UPDATE sallyport_revocations SET lifted_at = $2, expires_at = $2, version = $3 WHERE id = $1', [
    id,
    nowMs,
    version,
  ]);
  await writeCounter(session, { ...counter, version });
  return true;
}

export async function listRevocations(
  session: SqlSession,
  afterId: string,
  limit: number,
): Promise<readonly Revocation[]> {
  const rows = await session.query('SELECT * FROM sallyport_revocations WHERE id > $1 ORDER BY id LIMIT $2', [
    afterId,
    limit,
  ]);
  return rows.map((row) => ({
    id: String(row['id']),
    kind: String(row['kind']) as RevocationKind,
    name: String(row['name']),
    issuer: textOrNull(row, 'issuer'),
    value: textOrNull(row, 'value'),
    reason: textOrNull(row, 'reason'),
    atMs: Number(row['at']),
    expiresAtMs: numberOrNull(row, 'expires_at'),
    liftedAtMs: numberOrNull(row, 'lifted_at'),
  }));
}

export async function revocationsSince(
  session: SqlSession,
  version: number,
  limit: number,
): Promise<readonly RevocationChange[]> {
  const rows = await session.query(
    'SELECT version, name, at, expires_at, lifted_at FROM sallyport_revocations WHERE version > $1 ORDER BY version LIMIT $2',
    [version, limit],
  );
  return rows.map((row) => ({
    version: Number(row['version']),
    name: String(row['name']),
    atMs: Number(row['at']),
    expiresAtMs: row['lifted_at'] === null ? numberOrNull(row, 'expires_at') : 0,
  }));
}

interface Counter {
  readonly version: number;
  readonly rows: number;
}

async function readCounter(session: SqlSession): Promise<Counter> {
  const text = await readMeta(session, COUNTER);
  return text === null ? { version: 0, rows: 0 } : (JSON.parse(text) as Counter);
}

function writeCounter(session: SqlSession, counter: Counter): Promise<void> {
  return writeMeta(session, COUNTER, JSON.stringify(counter));
}

function textOrNull(row: SqlRow, name: string): string | null {
  return row[name] === null ? null : String(row[name]);
}

function numberOrNull(row: SqlRow, name: string): number | null {
  return row[name] === null ? null : Number(row[name]);
}
