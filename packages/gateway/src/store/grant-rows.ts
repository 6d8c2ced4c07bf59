import { hash } from 'node:crypto';
import { appendAudit } from './audit-chain.ts';
import { MAX_GRANTS, type GrantKey, type GrantStore, type StoredGrant } from './grant-port.ts';
import { noteTimes } from './note-times.ts';
import type { KeyRing } from './key-ring.ts';
import type { SqlDriver, SqlRow, SqlSession } from './sql-driver.ts';
import { StoreError } from './store-error.ts';

/** The grants of a store over a database that speaks SQL. */
export function createGrantRows(driver: SqlDriver, ring: () => KeyRing, maxGrants = MAX_GRANTS): GrantStore {
  return {
    grantRole: (grant, by) =>
      driver.transaction(async (session) => {
        const id = idOf(grant);
        const [known] = await session.query('SELECT revoked_at, expires_at FROM sallyport_grants WHERE id = $1', [id]);
        const counts = known !== undefined && known['revoked_at'] === null && !isOver(known['expires_at'], by.atMs);
        if (!counts) await refuseFull(session, by.atMs, maxGrants);
        const { issuer, subject, role, reason, expiresAtMs } = grant;
        await session.query(
          `INSERT INTO sallyport_grants (id, issuer, subject, role, reason, granted_by, granted_at, expires_at, version)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, granted_by = excluded.granted_by,
             granted_at = excluded.granted_at, expires_at = excluded.expires_at, revoked_at = NULL,
             version = excluded.version`,
          [id, issuer, subject, role, reason, by.actor, by.atMs, expiresAtMs, await nextVersion(session)],
        );
        const expires = expiresAtMs === null ? null : new Date(expiresAtMs).toISOString();
        const details = { issuer, role, expires, reason };
        await appendAudit(session, ring(), {
          ...by,
          act: counts ? 'role.renew' : 'role.grant',
          target: subject,
          details,
        });
        return counts ? 'renewed' : 'granted';
      }),
    revokeRole: (grant, by) =>
      driver.transaction(async (session) => {
        const id = idOf(grant);
        const [row] = await session.query('SELECT revoked_at FROM sallyport_grants WHERE id = $1', [id]);
        if (row === undefined)
          throw new StoreError('unknown', 'this role was never granted to this subject of this issuer');
        if (row['revoked_at'] !== null) return false;
        await session.query('UPDATE sallyport_grants SET revoked_at = $2, version = $3 WHERE id = $1', [
          id,
          by.atMs,
          await nextVersion(session),
        ]);
        const { issuer, subject, role } = grant;
        await appendAudit(session, ring(), { ...by, act: 'role.revoke', target: subject, details: { issuer, role } });
        return true;
      }),
    async listGrants(afterId, limit) {
      const rows = await driver.query('SELECT * FROM sallyport_grants WHERE id > $1 ORDER BY id LIMIT $2', [
        afterId,
        limit,
      ]);
      return rows.map(fromRow);
    },
    async grantsSince(version, limit) {
      const rows = await driver.query('SELECT * FROM sallyport_grants WHERE version > $1 ORDER BY version LIMIT $2', [
        version,
        limit,
      ]);
      return rows.map((row) => ({ version: Number(row['version']), grant: fromRow(row) }));
    },
    recordGrantUses: (uses) => noteTimes(driver, 'sallyport_grants', 'last_seen_at', uses),
  };
}

/** Hashed, for an index of a database has a longest entry, and as JSON, so that no two grants run together. */
function idOf({ issuer, subject, role }: GrantKey): string {
  return hash('sha256', JSON.stringify([issuer, subject, role]), 'hex');
}

function isOver(expires: SqlRow[string] | undefined, nowMs: number): boolean {
  return expires !== null && expires !== undefined && Number(expires) <= nowMs;
}

async function refuseFull(session: SqlSession, nowMs: number, maxGrants: number): Promise<void> {
  const [row] = await session.query(
    'SELECT COUNT(*) AS count FROM sallyport_grants WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1)',
    [nowMs],
  );
  if (Number(row?.['count'] ?? 0) >= maxGrants)
    throw new StoreError(
      'full',
      `${maxGrants} roles are granted, as many as a gateway keeps: give them by a claim instead`,
    );
}

async function nextVersion(session: SqlSession): Promise<number> {
  const [row] = await session.query('SELECT COALESCE(MAX(version), 0) AS version FROM sallyport_grants');
  return Number(row?.['version'] ?? 0) + 1;
}

function fromRow(row: SqlRow): StoredGrant {
  const text = (name: string): string => String(row[name]);
  const maybeTime = (name: string): number | null => (row[name] === null ? null : Number(row[name]));
  return {
    id: text('id'),
    issuer: text('issuer'),
    subject: text('subject'),
    role: text('role'),
    reason: row['reason'] === null ? null : text('reason'),
    grantedBy: text('granted_by'),
    grantedAtMs: Number(row['granted_at']),
    expiresAtMs: maybeTime('expires_at'),
    revokedAtMs: maybeTime('revoked_at'),
    lastSeenAtMs: maybeTime('last_seen_at'),
  };
}
