import { appendAudit, readHead, writeHead } from './audit-chain.ts';
import { missingKey, prefixOf, PREFIX_CHARACTERS, sealedUnder, type KeyRing, type SealedCell } from './key-ring.ts';
import { readSealing, writeSealing } from './sealing.ts';
import type { SealingState } from './sealing-state.ts';
import { StoreError } from './store-error.ts';
import type { Actor } from './audit-port.ts';
import type { SqlDriver, SqlSession } from './sql-driver.ts';

/** Rows of one transaction: the other writers wait for that many and no longer. */
const ROWS_AT_ONCE = 100;
/** A batch may be called off by the database, as one that waits in a circle is. */
const ATTEMPTS = 5;

const TABLES = ['sallyport_keys', 'sallyport_sessions', 'sallyport_signing_keys'] as const;

/** What became of it. */
export interface ResealReport {
  /** The id of the key that everything is sealed under now. */
  readonly key: string;
  /** Rows that were sealed anew, by this call. */
  readonly keys: number;
  readonly sessions: number;
  readonly signingKeys: number;
  /** Rows that no key opens: they were changed by somebody else, and are as they were. */
  readonly unreadable: number;
}

interface Resealed {
  rows: number;
  unreadable: number;
}

/**
 * Seals everything under the first key of the ring, while nodes run: from the first transaction on they seal under it, and what was sealed before is taken in small
 * batches. It may be killed at any time and called again. Throws a `StoreError` where a key is missing that rows still need.
 */
export async function reseal(
  driver: SqlDriver,
  ring: KeyRing,
  by: Actor,
  onProgress: (rows: number) => void,
): Promise<ResealReport> {
  const [key] = ring.ids;
  const begun = await driver.transaction((session) => turnTo(session, ring, by));
  let done = 0;
  const counts: Resealed[] = [];
  for (const table of TABLES) {
    const counted = { rows: 0, unreadable: 0 };
    let after = '';
    for (;;) {
      const batch = await tryAgain(() => driver.transaction((session) => resealSome(session, ring, table, after)));
      if (batch === null) break;
      counted.rows += batch.rows;
      counted.unreadable += batch.unreadable;
      after = batch.last;
      done += batch.rows;
      onProgress(done);
    }
    counts.push(counted);
  }
  const [keys = 0, sessions = 0, signingKeys = 0] = counts.map(({ rows }) => rows);
  if (begun.older.length > 0 || done > 0)
    await driver.transaction((session) => finish(session, ring, by, { keys, sessions, signingKeys }));
  return { key, keys, sessions, signingKeys, unreadable: counts.reduce((sum, { unreadable }) => sum + unreadable, 0) };
}

/** Makes the newest key the current one. From then on the audit trail is vouched for by it; what was written before keeps its voucher. */
async function turnTo(session: SqlSession, ring: KeyRing, by: Actor): Promise<SealingState> {
  const state = await readSealing(session, ring);
  const [newest] = ring.ids;
  const missing = state.older.filter((id) => !ring.has(id));
  if (missing.length > 0) throw missingKey(missing);
  if (state.current === newest) return state;
  await appendAudit(session, ring, {
    ...by,
    act: 'store.reseal',
    target: newest,
    details: { from: state.current },
  });
  const head = await readHead(session, state);
  if (head === null) throw new StoreError('key', 'the head of the audit trail is not as it was written');
  const next: SealingState = {
    current: newest,
    older: [...state.older.filter((id) => id !== newest), state.current],
    vouchers: [...state.vouchers, { from: head.sequence + 1, key: ring.authenticating(newest).toString('hex') }],
  };
  await writeSealing(session, ring, next);
  await writeHead(session, head, next);
  return next;
}

/** The next rows after an id that are not sealed under the newest key; null where there are none. */
async function resealSome(
  session: SqlSession,
  ring: KeyRing,
  table: (typeof TABLES)[number],
  after: string,
): Promise<(Resealed & { readonly last: string }) | null> {
  const [newest] = ring.ids;
  const sealer = ring.under(newest);
  const rows = await session.query(
    `SELECT id, sealed FROM ${table} WHERE id > $1 AND sealed IS NOT NULL AND substr(sealed, 1, ${PREFIX_CHARACTERS}) <> $2 ORDER BY id LIMIT ${ROWS_AT_ONCE}`,
    [after, prefixOf(newest)],
  );
  const last = rows.at(-1);
  if (last === undefined) return null;
  const counted = { rows: 0, unreadable: 0, last: String(last['id']) };
  for (const row of rows) {
    const id = String(row['id']);
    const before = String(row['sealed']);
    const cell: SealedCell = { table, row: id, column: 'sealed' };
    const under = sealedUnder(before);
    if (under !== null && !ring.has(under)) throw missingKey([under]);
    let sealed: string;
    try {
      sealed = sealer.seal(ring.unseal(before, cell), cell);
    } catch {
      counted.unreadable += 1;
      continue;
    }
    // A session may have been renewed meanwhile: then it is under the newest key already.
    const changed = await session.query(`UPDATE ${table} SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING id`, [
      id,
      before,
      sealed,
    ]);
    counted.rows += changed.length;
  }
  return counted;
}

/** Nothing needs the older keys any more. */
async function finish(
  session: SqlSession,
  ring: KeyRing,
  by: Actor,
  rows: Pick<ResealReport, 'keys' | 'sessions' | 'signingKeys'>,
): Promise<void> {
  const state = await readSealing(session, ring);
  if (state.current !== ring.ids[0])
    throw new StoreError('conflict', 'meanwhile somebody else had the store sealed under another key: run it again');
  await writeSealing(session, ring, { ...state, older: [] });
  await appendAudit(session, ring, { ...by, act: 'store.resealed', target: state.current, details: { ...rows } });
}

async function tryAgain<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await run();
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof StoreError) || error.kind !== 'unavailable') throw error;
    }
}
