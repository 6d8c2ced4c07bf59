import { hash } from 'node:crypto';
import { appendAudit, readAudit, verifyAudit } from './audit-chain.ts';
import { CHANGE_COLUMNS, ofFamily, toKeyChange, writeKeyLimits } from './key-limit-rows.ts';
import { createGrantRows } from './grant-rows.ts';
import { fromRow, NEW_KEY_COLUMNS, toColumns } from './key-row.ts';
import { migrate, requireCurrent, type Dialect } from './migrations.ts';
import { liftRevocation, listRevocations, revocationsSince, writeRevocation } from './revocation-rows.ts';
import { createOneTimeRows } from './one-time-rows.ts';
import { noteTimes } from './note-times.ts';
import { readSigningKeys, writeSigningKey } from './signing-key-rows.ts';
import { createSealing } from './sealing.ts';
import { reseal } from './reseal.ts';
import type { Sealer } from './key-ring.ts';
import { createSqlSessions } from './sql-sessions.ts';
import { revocationName } from '../identity/revocations/revocation-name.ts';
import { StoreError } from './store-error.ts';
import type { NewKey, Store } from './store-port.ts';
import type { SqlDriver, SqlSession, SqlValue } from './sql-driver.ts';

/** Rows of one INSERT: far below what any database takes in parameters. */
const ROWS_AT_ONCE = 100;
/** Ids of imported keys that the audit trail names one by one. */
const NAMED_IDS = 1000;
/** Longer than a token that a key obtained is accepted: an hour and the largest tolerance for clocks. */
const MINTED_LIFE_MS = 2 * 3_600_000;

/** The store over a database that speaks SQL. `readKeys` gives the keys that secrets are sealed under, the newest first; it is asked when the store is opened. */
export function createSqlStore(
  driver: SqlDriver,
  dialect: Dialect,
  readKeys: () => readonly string[],
  { migrates = true }: { readonly migrates?: boolean } = {},
): Store {
  const sealing = createSealing(driver);
  const { ring } = sealing;
  return {
    async open() {
      const keys = readKeys();
      await driver.open();
      await (migrates ? migrate(driver, dialect) : requireCurrent(driver, dialect));
      await sealing.open(keys);
    },
    createKey: (key, by) =>
      driver.transaction(async (session) => {
        await insertKeys(session, [key], await sealing.within(session));
        await appendAudit(session, ring(), { ...by, act: 'key.create', target: key.id, details: detailsOf(key) });
      }),
    importKeys: (keys, by) =>
      driver.transaction(async (session) => {
        await insertKeys(session, keys, await sealing.within(session));
        const ids = keys.slice(0, NAMED_IDS).map(({ id }) => id);
        await appendAudit(session, ring(), {
          ...by,
          act: 'key.import',
          target: keys[0]?.scheme ?? '',
          details: { keys: keys.length, ids },
        });
      }),
    rotateKey: (id, next, endsAtMs, by) =>
      driver.transaction(async (session) => {
        const [row] = await session.query(
          `UPDATE sallyport_keys SET expires_at = CASE WHEN expires_at < $2 THEN expires_at ELSE $2 END, version = $3
           WHERE id = $1 AND revoked_at IS NULL RETURNING family, limits`,
          [id, endsAtMs, await nextVersion(session)],
        );
        if (row === undefined) throw new StoreError('unknown', `there is no key ${id} in use`);
        await insertKeys(session, [{ ...next, ...ofFamily(id, row) }], await sealing.within(session));
        await appendAudit(session, ring(), {
          ...by,
          act: 'key.rotate',
          target: id,
          details: { by: next.id, ends: new Date(endsAtMs).toISOString() },
        });
      }),
    revokeKey: (id, by) =>
      driver.transaction(async (session) => {
        const [row] = await session.query('SELECT revoked_at FROM sallyport_keys WHERE id = $1', [id]);
        if (row === undefined) throw new StoreError('unknown', `there is no key ${id}`);
        if (row['revoked_at'] !== null) return false;
        await session.query('UPDATE sallyport_keys SET revoked_at = $2, version = $3 WHERE id = $1', [
          id,
          by.atMs,
          await nextVersion(session),
        ]);
        // Tokens that it obtained go with it; none of them lives longer than this is kept.
        await writeRevocation(
          session,
          {
            // Cut off, two long ids would be one.
            id: id.length <= 240 ? `rev_key_${id}` : `rev_key_${hash('sha256', id, 'hex')}`,
            kind: 'key',
            name: revocationName('key', '', id),
            issuer: null,
            value: id,
            reason: null,
            atMs: by.atMs,
            expiresAtMs: by.atMs + MINTED_LIFE_MS,
          },
          by.atMs,
          Infinity,
        );
        await appendAudit(session, ring(), { ...by, act: 'key.revoke', target: id, details: {} });
        return true;
      }),
    limitKey: (id, limits, by) =>
      driver.transaction(async (session) =>
        writeKeyLimits(session, ring(), id, limits, by, await nextVersion(session)),
      ),
    async findKey(sha256) {
      const [row] = await driver.query('SELECT * FROM sallyport_keys WHERE sha256 = $1', [sha256]);
      return row === undefined ? null : fromRow(row, ring());
    },
    async getKey(id) {
      const [row] = await driver.query('SELECT * FROM sallyport_keys WHERE id = $1', [id]);
      return row === undefined ? null : fromRow(row, ring());
    },
    async listKeys(afterId, limit) {
      const rows = await driver.query('SELECT * FROM sallyport_keys WHERE id > $1 ORDER BY id LIMIT $2', [
        afterId,
        limit,
      ]);
      return rows.map((row) => fromRow(row, ring()));
    },
    async keysToLookAfter(nowMs, expiringMs, unusedMs) {
      const [row] = await driver.query(
        `SELECT COUNT(*) AS active,
           SUM(CASE WHEN expires_at <= $2 THEN 1 ELSE 0 END) AS expiring,
           SUM(CASE WHEN COALESCE(last_used_at, created_at) <= $3 THEN 1 ELSE 0 END) AS unused
         FROM sallyport_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)`,
        [nowMs, nowMs + expiringMs, nowMs - unusedMs],
      );
      const count = (name: string): number => Number(row?.[name] ?? 0);
      return { active: count('active'), expiring: count('expiring'), unused: count('unused') };
    },
    recordUses: (uses) => noteTimes(driver, 'sallyport_keys', 'last_used_at', uses),
    async changesSince(version, limit) {
      const rows = await driver.query(
        `SELECT ${CHANGE_COLUMNS} FROM sallyport_keys WHERE version > $1 ORDER BY version LIMIT $2`,
        [version, limit],
      );
      return rows.map(toKeyChange);
    },
    revoke: (revocation, by) =>
      driver.transaction(async (session) => {
        const id = await writeRevocation(session, revocation, by.atMs);
        const { kind, issuer, value, reason, expiresAtMs } = revocation;
        const expires = expiresAtMs === null ? null : new Date(expiresAtMs).toISOString();
        const details = { kind, issuer, value, reason, expires };
        await appendAudit(session, ring(), { ...by, act: 'revocation.create', target: id, details });
        return id;
      }),
    liftRevocation: (id, by) =>
      driver.transaction(async (session) => {
        const lifted = await liftRevocation(session, id, by.atMs);
        if (lifted) await appendAudit(session, ring(), { ...by, act: 'revocation.lift', target: id, details: {} });
        return lifted;
      }),
    listRevocations: (afterId, limit) => listRevocations(driver, afterId, limit),
    revocationsSince: (version, limit) => revocationsSince(driver, version, limit),
    ...createGrantRows(driver, ring),
    signingKeys: (nowMs) => readSigningKeys(driver, ring(), nowMs),
    addSigningKey: (key, newest, by) =>
      driver.transaction(async (session) => {
        if (!(await writeSigningKey(session, await sealing.within(session), key, newest, by.atMs))) return false;
        const details = { algorithm: key.algorithm, signsFrom: new Date(key.signsFromMs).toISOString() };
        await appendAudit(session, ring(), { ...by, act: 'signing-key.create', target: key.id, details });
        return true;
      }),
    endSigningKeys: (by) =>
      driver.transaction(async (session) => {
        const ended = await session.query('DELETE FROM sallyport_signing_keys RETURNING id');
        for (const row of ended)
          await appendAudit(session, ring(), {
            ...by,
            act: 'signing-key.end',
            target: String(row['id']),
            details: {},
          });
        return ended.length;
      }),
    onChange: (listener) => driver.onChange(listener),
    auditTrail: (afterSequence, limit) => readAudit(driver, afterSequence, limit),
    verifyAuditTrail: (noted) => verifyAudit(driver, ring(), noted ?? null),
    reseal: (by, onProgress = () => undefined) => reseal(driver, ring(), by, onProgress),
    cookies: () => sealing.cookies(),
    close: () => driver.close(),
    ...createSqlSessions(driver, sealing, dialect),
    ...createOneTimeRows(driver),
  };
}

async function nextVersion(session: SqlSession): Promise<number> {
  const [row] = await session.query('SELECT COALESCE(MAX(version), 0) AS version FROM sallyport_keys');
  return Number(row?.['version'] ?? 0) + 1;
}

async function insertKeys(session: SqlSession, keys: readonly NewKey[], sealer: Sealer): Promise<void> {
  let version = await nextVersion(session);
  for (let start = 0; start < keys.length; start += ROWS_AT_ONCE) {
    const values: SqlValue[] = [];
    const rows = keys.slice(start, start + ROWS_AT_ONCE).map((key) => {
      const places = toColumns(key, version++, sealer).map((value) => `$${values.push(value)}`);
      return `(${places.join(', ')})`;
    });
    try {
      await session.query(
        `INSERT INTO sallyport_keys (${NEW_KEY_COLUMNS.join(', ')}) VALUES ${rows.join(', ')}`,
        values,
      );
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'conflict')
        throw new StoreError(
          'conflict',
          keys.length === 1
            ? `a key with the id ${keys[0]?.id} or with this hash is there already`
            : 'a key with one of these ids or hashes is there already',
          { cause: error },
        );
      throw error;
    }
  }
}

function detailsOf(key: NewKey): Readonly<Record<string, unknown>> {
  return {
    scheme: key.scheme,
    owner: key.owner,
    subject: key.subject,
    scopes: key.scopes,
    roles: key.roles,
    addresses: key.addresses,
    ...(key.limits === undefined || key.limits.length === 0 ? {} : { limits: key.limits }),
    expires: key.expiresAtMs === null ? null : new Date(key.expiresAtMs).toISOString(),
  };
}
