import { appendAudit } from './audit-chain.ts';
import { StoreError } from './store-error.ts';
import type { Actor } from './audit-port.ts';
import type { KeyChange, StoredKey } from './store-port.ts';
import type { KeyRing } from './key-ring.ts';
import type { SqlRow, SqlSession, SqlValue } from './sql-driver.ts';

/** Writes the limits of a key and of its family, each with a version of its own, so that every node hears of each. */
export async function writeKeyLimits(
  session: SqlSession,
  ring: KeyRing,
  id: string,
  limits: readonly string[],
  by: Actor,
  nextVersion: number,
): Promise<readonly string[]> {
  const [row] = await session.query('SELECT family FROM sallyport_keys WHERE id = $1 AND revoked_at IS NULL', [id]);
  if (row === undefined) throw new StoreError('unknown', `there is no key ${id} in use`);
  const family = String(row['family'] ?? id);
  const members = await session.query(
    'SELECT id FROM sallyport_keys WHERE (id = $1 OR family = $1) AND revoked_at IS NULL ORDER BY id',
    [family],
  );
  const ids = members.map((member) => String(member['id']));
  for (const [index, member] of ids.entries())
    await session.query('UPDATE sallyport_keys SET limits = $2, version = $3 WHERE id = $1', [
      member,
      JSON.stringify(limits),
      nextVersion + index,
    ]);
  await appendAudit(session, ring, { ...by, act: 'key.limit', target: id, details: { limits, keys: ids } });
  return ids;
}

/** What a successor has from the row of the key `id`: whoever made it may have read that before its limits changed. */
export function ofFamily(id: string, { family, limits }: SqlRow): Pick<StoredKey, 'family' | 'limits'> {
  return { family: String(family ?? id), limits: readTexts(limits) };
}

function readTexts(texts: SqlValue | undefined): readonly string[] {
  return typeof texts === 'string' ? (JSON.parse(texts) as readonly string[]) : [];
}

/** The columns of a change, and what they say. */
export const CHANGE_COLUMNS = `version, sha256, family, limits, addresses,
  CASE WHEN family IS NULL AND limits IS NULL AND addresses = '[]' THEN NULL ELSE id END AS counted`;

export function toKeyChange({ version, sha256, counted, family, limits, addresses }: SqlRow): KeyChange {
  return {
    version: Number(version),
    sha256: String(sha256),
    counted:
      counted === null || counted === undefined
        ? null
        : {
            id: String(counted),
            family: String(family ?? counted),
            limits: readTexts(limits),
            addresses: readTexts(addresses),
          },
  };
}
