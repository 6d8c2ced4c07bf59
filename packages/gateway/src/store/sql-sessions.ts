import { appendAudit } from './audit-chain.ts';
import { readMeta, writeMeta, type Dialect } from './migrations.ts';
import type { EndedCursor, NewSession, SessionChoice, SessionStore, StoredSession } from './session-port.ts';
import { noteTimes } from './note-times.ts';
import { prefixOf, type SealedCell } from './key-ring.ts';
import { whileSealedUnder, type Sealing } from './sealing.ts';
import { StoreError } from './store-error.ts';
import type { SqlDriver, SqlRow, SqlSession, SqlValue } from './sql-driver.ts';

/** Keys take over seldom; twice during one write is none. */
const ATTEMPTS = 3;
/** Counts ends of sessions. In a row of its own: rows of sessions are forgotten, and no version may come twice. */
const VERSION = 'session version';
/** After every id of a version. */
const LAST_ID = '~';

/** Sessions in a database that speaks SQL. */
export function createSqlSessions(driver: SqlDriver, sealing: Sealing, { shareLock }: Dialect): SessionStore {
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
  /** Writes what was sealed, once more where another key took over meanwhile. False where nothing was to be written. */
  async function sealed(
    id: string,
    secrets: string,
    write: (text: string, prefix: string) => Promise<readonly SqlRow[]>,
  ): Promise<boolean> {
    let key = sealing.known();
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const rows = await write(sealing.ring().under(key).seal(secrets, cellOf(id)), prefixOf(key));
      if (rows.length > 0) return true;
      const before = key;
      key = await sealing.look();
      if (key === before) return false;
    }
    return false;
  }
  return {
    async createSession(session) {
      const made = await sealed(session.id, session.secrets, (secrets, prefix) =>
        driver.query(
          `INSERT INTO sallyport_sessions (id, scheme, subject, issuer, provider_subject, provider_session, sealed, created_at, last_seen_at, expires_at, revision, claimed_until)
           SELECT $1, $2, $3, $4, $5, $6, $7, CAST($8 AS BIGINT), CAST($9 AS BIGINT), CAST($10 AS BIGINT), 0, 0
           WHERE ${whileSealedUnder('$11', shareLock)} RETURNING id`,
          [...columnsOf(session, secrets), prefix],
        ),
      );
      if (!made) throw new StoreError('unavailable', 'the key of the store is being changed again and again');
    },
    async findSession(id) {
      const [row] = await driver.query('SELECT * FROM sallyport_sessions WHERE id = $1', [id]);
      if (row === undefined) return null;
      const text = row['sealed'];
      return {
        ...fromRow(row),
        secrets: text === null || text === undefined ? '' : sealing.ring().unseal(String(text), cellOf(id)),
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
      if (secrets !== null)
        return sealed(id, secrets, (text, prefix) =>
          driver.query(
            `UPDATE sallyport_sessions SET sealed = $3, revision = revision + 1, claimed_until = 0
             WHERE id = $1 AND revision = $2 AND ended_at IS NULL AND ${whileSealedUnder('$4', shareLock)} RETURNING id`,
            [id, revision, text, prefix],
          ),
        );
      const rows = await driver.query(
        'UPDATE sallyport_sessions SET claimed_until = 0 WHERE id = $1 AND revision = $2 AND ended_at IS NULL RETURNING id',
        [id, revision],
      );
      return rows.length > 0;
    },
    recordSessionUses: (uses) => noteTimes(driver, 'sallyport_sessions', 'last_seen_at', uses),
    endSessions: (which, atMs) => driver.transaction((session) => end(session, which, atMs)),
    revokeSessions: (which, by) =>
      driver.transaction(async (session) => {
        const ended = await end(session, which, by.atMs);
        if (ended > 0)
          await appendAudit(session, sealing.ring(), {
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

function cellOf(id: string): SealedCell {
  return { table: 'sallyport_sessions', row: id, column: 'sealed' };
}

function columnsOf(session: NewSession, sealed: string): SqlValue[] {
  return [
    session.id,
    session.scheme,
    session.subject,
    session.issuer,
    session.providerSubject,
    session.providerSession,
    sealed,
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
