import type { SealedCell, Sealer } from './key-ring.ts';
import type { SigningKey } from './store-port.ts';
import type { SqlSession } from './sql-driver.ts';

/** Keys whose tokens may still live, the oldest first. */
export async function readSigningKeys(
  session: SqlSession,
  opener: Pick<Sealer, 'unseal'>,
  nowMs: number,
): Promise<readonly SigningKey[]> {
  const rows = await session.query(
    'SELECT * FROM sallyport_signing_keys WHERE verified_until > $1 ORDER BY signs_from, id',
    [nowMs],
  );
  return rows.map((row) => ({
    id: String(row['id']),
    algorithm: String(row['algorithm']),
    publicJwk: String(row['public']),
    privateJwk: opener.unseal(String(row['sealed']), cellOf(String(row['id']))),
    signsFromMs: Number(row['signs_from']),
    signsUntilMs: Number(row['signs_until']),
    verifiedUntilMs: Number(row['verified_until']),
  }));
}

/** Within a transaction. False where another node was first: the newest key of the algorithm is not the one that was known. */
export async function writeSigningKey(
  session: SqlSession,
  sealer: Sealer,
  key: SigningKey,
  newest: string | null,
  nowMs: number,
): Promise<boolean> {
  const [last] = await session.query(
    'SELECT id FROM sallyport_signing_keys WHERE algorithm = $1 AND verified_until > $2 ORDER BY signs_from DESC, id DESC LIMIT 1',
    [key.algorithm, nowMs],
  );
  if ((last === undefined ? null : String(last['id'])) !== newest) return false;
  await session.query('DELETE FROM sallyport_signing_keys WHERE verified_until <= $1', [nowMs]);
  await session.query(
    `INSERT INTO sallyport_signing_keys (id, algorithm, public, sealed, signs_from, signs_until, verified_until)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [
      key.id,
      key.algorithm,
      key.publicJwk,
      sealer.seal(key.privateJwk, cellOf(key.id)),
      key.signsFromMs,
      key.signsUntilMs,
      key.verifiedUntilMs,
    ],
  );
  return true;
}

function cellOf(id: string): SealedCell {
  return { table: 'sallyport_signing_keys', row: id, column: 'sealed' };
}
