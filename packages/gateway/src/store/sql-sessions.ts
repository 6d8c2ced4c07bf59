import { appendAudit } from './audit-chain.ts';
import { readMeta, writeMeta } from './migrations.ts';
import type { EndedCursor, NewSession, SessionChoice, SessionStore, StoredSession } from './session-port.ts';
import type { Sealer } from './sealer.ts';
import type { SqlDriver, SqlRow, SqlSession, SqlValue } from './sql-driver.ts';

const ROWS_AT_ONCE = 100;
/** Counts ends of sessions. In a row of its own: rows of sessions are forgotten, and no version may come twice. */
const VERSION = 'session version';
/** After every id of a version. */
const LAST_ID = '~';

/** Sessions in a database that speaks SQL. */
export function createSqlSessions(driver: SqlDriver, sealer: () => Sealer): SessionStore {
  async function end(session: SqlSession, which: SessionChoice, atMs: number): Promise<number> {
    const { condition, values } = conditionOf(which, 3);
    const version = Number((await readMeta(session, VERSION)) ?? 0) + 1;
    const rows = await session.query(
      `UPDATE sallyport_sessions SET ended_at = $1, version = $2, sealed = NULL WHERE ended_at IS NULL AND ${condition} RETURNING id`,
      [atMs, version, ...values],
    );
    if (rows.length > 0) await writeMeta(session, VERSION, String(version));
    return rows.length;
  }
  return {
    async createSession(session) {
      await driver.query(
        `INSERT INTO sallyport_sessions (id, scheme, subject, issuer, provider_subject, provider_session, sealed, created_at, last_seen_at, expires_at, revision, claimed_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0)`,
        columnsOf(session, sealer()),
      );
    },
    async findSession(id) {
      const [row] = await driver.query('SELECT * FROM sallyport_sessions WHERE id = $1', [id]);
      if (row === undefined) return null;
      const sealed = row['sealed'];
      return {
        ...fromRow(row),
        secrets: sealed === null || sealed === undefined ? '' : sealer().unseal(String(sealed), placeOf(id)),
      };
    },
    async listSessions(afterId, limit, subject) {
      const rows =
        subject === undefined
          ? await driver.query('SELECT * FROM sallyport_sessions WHERE id > $1 ORDER BY id LIMIT $2', [afterId, limit])
          : await driver.query('SELECT * FROM sallyport_sessions WHERE id > $1 AND subject = $3 ORDER BY id LIMIT $2', [
              afterId,
              limit,
              subject,
            ]);
      return rows.map(fromRow);
    },
    async claimSession(id, revision, nowMs, untilMs) {
      const rows = await driver.query(
        'UPDATE sallyport_sessions SET claimed_until = $4 WHERE id = $1 AND revision = $2 AND ended_at IS NULL AND claimed_until <= $3 RETURNING id',
        [id, revision, nowMs, untilMs],
      );
      return rows.length > 0;
    },
    async renewSession(id, revision, secrets) {
      const rows =
        secrets === null
          ? await driver.query(
              'UPDATE sallyport_sessions SET claimed_until = 0 WHERE id = $1 AND revision = $2 AND ended_at IS NULL RETURNING id',
              [id, revision],
            )
          : await driver.query(
              'UPDATE sallyport_sessions SET sealed = $3, revision = revision + 1, claimed_until = 0 WHERE id = $1 AND revision = $2 AND ended_at IS NULL RETURNING id',
              [id, revision, sealer().seal(secrets, placeOf(id))],
            );
      return rows.length > 0;
    },
    recordSessionUses: (uses) => recordUses(driver, uses),
    endSessions: (which, atMs) => driver.transaction((session) => end(session, which, atMs)),
    revokeSessions: (which, by) =>
      driver.transaction(async (session) => {
        const ended = await end(session, which, by.atMs);
        if (ended > 0)
          await appendAudit(session, sealer(), {
            ...by,
            act: 'session.revoke',
            target: 'id' in which ? which.id : which.subject,
            details: { sessions: ended, ...('id' in which ? {} : { by: 'subject' }) },
          });
        return ended;
      }),
    async endedCursor() {
      return { version: Number((await readMeta(driver, VERSION)) ?? 0), id: LAST_ID };
    },
    async endedSince({ version, id }, limit) {
      const rows = await driver.query(
        'SELECT version, id FROM sallyport_sessions WHERE version > $1 OR (version = $1 AND id > $2) ORDER BY version, id LIMIT $3',
        [version, id, limit],
      );
      return rows.map((row): EndedCursor => ({ version: Number(row['version']), id: String(row['id']) }));
    },
    async sweepSessions(beforeMs) {
      await driver.query('DELETE FROM sallyport_sessions WHERE expires_at < $1 OR ended_at < $1', [beforeMs]);
    },
  };
}

function conditionOf(which: SessionChoice, from: number): { readonly condition: string; readonly values: SqlValue[] } {
  if ('id' in which) return { condition: `id = $${from}`, values: [which.id] };
  if ('subject' in which) return { condition: `subject = $${from}`, values: [which.subject] };
  const [column, value] =
    'providerSession' in which
      ? ['provider_session', which.providerSession]
      : ['provider_subject', which.providerSubject];
  return {
    condition: `issuer = $${from} AND ${column} = $${from + 1} AND created_at < $${from + 2}`,
    values: [which.issuer, value, which.createdBeforeMs],
  };
}

function placeOf(id: string): string {
  return `session ${id}`;
}

function columnsOf(session: NewSession, sealer: Sealer): SqlValue[] {
  return [
    session.id,
    session.scheme,
    session.subject,
    session.issuer,
    session.providerSubject,
    session.providerSession,
    sealer.seal(session.secrets, placeOf(session.id)),
    session.createdAtMs,
    session.lastSeenAtMs,
    session.expiresAtMs,
  ];
}

function fromRow(row: SqlRow): Omit<StoredSession, 'secrets'> {
  const text = (name: string): string => String(row[name]);
  return {
    id: text('id'),
    scheme: text('scheme'),
    subject: text('subject'),
    issuer: text('issuer'),
    providerSubject: text('provider_subject'),
    providerSession: row['provider_session'] === null ? null : text('provider_session'),
    createdAtMs: Number(row['created_at']),
    lastSeenAtMs: Number(row['last_seen_at']),
    expiresAtMs: Number(row['expires_at']),
    endedAtMs: row['ended_at'] === null ? null : Number(row['ended_at']),
    revision: Number(row['revision']),
  };
}

async function recordUses(driver: SqlDriver, uses: ReadonlyMap<string, number>): Promise<void> {
  const all = [...uses];
  for (let start = 0; start < all.length; start += ROWS_AT_ONCE) {
    const values: SqlValue[] = [];
    const part = all.slice(start, start + ROWS_AT_ONCE);
    const cases = part.map(([id, atMs]) => `WHEN $${values.push(id)} THEN CAST($${values.push(atMs)} AS BIGINT)`);
    const ids = part.map(([id]) => `$${values.push(id)}`);
    const last = `CASE id ${cases.join(' ')} END`;
    await driver.query(
      `UPDATE sallyport_sessions SET last_seen_at = ${last} WHERE id IN (${ids.join(', ')}) AND last_seen_at < ${last}`,
      values,
    );
  }
}
