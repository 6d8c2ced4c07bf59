import { createCookieSealer, type CookieSealer } from './cookie-sealer.ts';
import {
  createKeyRing,
  missingKey,
  PREFIX_CHARACTERS,
  sealedUnder,
  type KeyRing,
  type SealedCell,
  type Sealer,
} from './key-ring.ts';
import { readMeta, writeMeta } from './migrations.ts';
import type { SealingState } from './sealing-state.ts';
import { StoreError } from './store-error.ts';
import type { SqlDriver, SqlSession } from './sql-driver.ts';

const KEPT = 'kept keys';
const KEPT_CELL: SealedCell = { table: 'sallyport_meta', row: KEPT, column: 'value' };
/** What told the one key of the store before keys had ids. */
const FORMER_CHECK = 'sealing check';

/** Reads the state, as a transaction sees it. Throws a `StoreError` where the ring has not the current key. */
export async function readSealing(session: SqlSession, ring: KeyRing): Promise<SealingState> {
  const sealed = await readMeta(session, KEPT);
  if (sealed === null) throw new StoreError('key', 'the store does not say which key it is sealed under');
  const current = sealedUnder(sealed) ?? '';
  if (!ring.has(current)) throw missingKey([current]);
  return { current, ...(JSON.parse(ring.unseal(sealed, KEPT_CELL)) as Omit<SealingState, 'current'>) };
}

/** Within a transaction. */
export function writeSealing(session: SqlSession, ring: KeyRing, { current, ...kept }: SealingState): Promise<void> {
  return writeMeta(session, KEPT, ring.under(current).seal(JSON.stringify(kept), KEPT_CELL));
}

/**
 * A condition that holds while everything is sealed under a key, whose prefix is the parameter `place`. With the `lock` of its dialect, what is written under it is
 * there before another key takes over, or not at all.
 */
export function whileSealedUnder(place: string, lock: string): string {
  return `EXISTS (SELECT 1 FROM sallyport_meta WHERE name = '${KEPT}' AND substr(value, 1, ${PREFIX_CHARACTERS}) = ${place}${lock})`;
}

/** Opens the sealing of a store: begins it with the first key that comes, and refuses a ring without a key that is still needed. */
async function openSealing(driver: SqlDriver, ring: KeyRing): Promise<SealingState> {
  if ((await readMeta(driver, KEPT)) === null)
    await driver.transaction(async (session) => {
      if ((await readMeta(session, KEPT)) === null) await begin(session, ring);
    });
  const state = await readSealing(driver, ring);
  const missing = state.older.filter((id) => !ring.has(id));
  if (missing.length > 0) throw missingKey(missing);
  return state;
}

async function begin(session: SqlSession, ring: KeyRing): Promise<void> {
  const check = await readMeta(session, FORMER_CHECK);
  const current = check === null ? ring.ids[0] : ring.openerOf(check, { ...KEPT_CELL, row: FORMER_CHECK });
  const key = ring.authenticating(current).toString('hex');
  await writeSealing(session, ring, { current, older: [], vouchers: [{ from: 1, key }] });
  await session.query('DELETE FROM sallyport_meta WHERE name = $1', [FORMER_CHECK]);
}

/** The sealing of one open store. */
export interface Sealing {
  /** Throws a `StoreError` before the store is open. */
  ring(): KeyRing;
  /** What to seal with inside a transaction. */
  within(session: SqlSession): Promise<Sealer>;
  /** The id of the key that was the current one when it was looked at last. */
  known(): string;
  /** Looks which it is now. */
  look(): Promise<string>;
  cookies(): CookieSealer;
  /** Reads the keys and opens the sealing. */
  open(keys: readonly string[]): Promise<void>;
}

export function createSealing(driver: SqlDriver): Sealing {
  let opened: { readonly ring: KeyRing; readonly state: SealingState; readonly cookies: CookieSealer } | null = null;
  const get = (): NonNullable<typeof opened> => {
    if (opened === null) throw new StoreError('unavailable', 'the store is not open');
    return opened;
  };
  const take = (ring: KeyRing, state: SealingState): void => {
    opened = { ring, state, cookies: createCookieSealer(ring, state) };
  };
  return {
    ring: () => get().ring,
    known: () => get().state.current,
    cookies: () => get().cookies,
    async within(session) {
      const { ring } = get();
      return ring.under((await readSealing(session, ring)).current);
    },
    async look() {
      const { ring } = get();
      const state = await readSealing(driver, ring);
      take(ring, state);
      return state.current;
    },
    async open(keys) {
      const ring = createKeyRing(keys);
      take(ring, await openSealing(driver, ring));
    },
  };
}
