import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { StoreError } from './store-error.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FORM = 'v2.';
/** As it was before keys had ids. */
const FORMER_FORM = 'v1.';
const ID_CHARACTERS = 12;
const NAMED = /^v2\.([A-Za-z0-9_-]{12})\./;

/** The shortest text that may be a store's key. */
export const MIN_KEY_CHARACTERS = 32;
/** What every text begins with that was sealed under the key `id`. */
export const prefixOf = (id: string): string => `${FORM}${id}.`;
export const PREFIX_CHARACTERS = prefixOf('x'.repeat(ID_CHARACTERS)).length;

/** Where a sealed text belongs: moved to another row, column or table, it does not open. */
export interface SealedCell {
  readonly table: 'sallyport_keys' | 'sallyport_sessions' | 'sallyport_signing_keys' | 'sallyport_meta' | 'cookie';
  readonly row: string;
  readonly column: string;
}

/** Seals under one key, and opens what was sealed under any. */
export interface Sealer {
  /** AES-256-GCM under a new nonce. */
  seal(text: string, cell: SealedCell): string;
  /** Throws a `StoreError` for what was not sealed here for this cell. */
  unseal(sealed: string, cell: SealedCell): string;
}

/** The keys that `store.key` names. */
export interface KeyRing extends Pick<Sealer, 'unseal'> {
  /** Of the keys in the order in which they are named; the first is the newest. An id says nothing of its key. */
  readonly ids: readonly [string, ...string[]];
  has(id: string): boolean;
  /** Throws a `StoreError` where the key is not named. */
  under(id: string): Sealer;
  /** Which key opens a text of before keys had ids. Throws a `StoreError` where none does. */
  openerOf(sealed: string, cell: SealedCell): string;
  /** What vouches for rows of the audit trail and for cookies. Throws a `StoreError` where the key is not named. */
  authenticating(id: string): Buffer;
}

interface RingKey {
  readonly id: string;
  readonly sealing: KeyObject;
  readonly authenticating: Buffer;
}

/** Makes a ring of the store's keys, random texts of which there is one at least. One key for each use is derived from each (HKDF, RFC 5869). */
export function createKeyRing(texts: readonly string[]): KeyRing {
  const keys = new Map<string, RingKey>();
  for (const text of texts) {
    const key = toKey(text);
    keys.set(key.id, key);
  }
  const [newest, ...older] = [...keys.keys()];
  if (newest === undefined) throw new StoreError('settings', 'store.key names no key');
  const find = (id: string): RingKey => {
    const key = keys.get(id);
    if (key === undefined) throw missingKey([id]);
    return key;
  };
  const openFormer = (sealed: string, cell: SealedCell): { readonly id: string; readonly text: string } => {
    let failure: unknown = new Error('unknown form');
    for (const key of sealed.startsWith(FORMER_FORM) ? keys.values() : [])
      try {
        return { id: key.id, text: open(sealed.slice(FORMER_FORM.length), key, formerData(cell)) };
      } catch (error) {
        failure = error;
      }
    throw failure instanceof StoreError ? failure : unopened(failure);
  };
  const unseal = (sealed: string, cell: SealedCell): string => {
    const id = sealedUnder(sealed);
    return id === null
      ? openFormer(sealed, cell).text
      : open(sealed.slice(PREFIX_CHARACTERS), find(id), cellData(id, cell));
  };
  return {
    ids: [newest, ...older],
    has: (id) => keys.has(id),
    unseal,
    under(id) {
      const key = find(id);
      return {
        unseal,
        seal(text, cell) {
          const nonce = randomBytes(NONCE_BYTES);
          const cipher = createCipheriv('aes-256-gcm', key.sealing, nonce).setAAD(cellData(id, cell));
          const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
          return prefixOf(id) + Buffer.concat([nonce, bytes, cipher.getAuthTag()]).toString('base64url');
        },
      };
    },
    openerOf: (sealed, cell) => openFormer(sealed, cell).id,
    authenticating: (id) => find(id).authenticating,
  };
}

/** The id of the key that a text was sealed under; null for one of before keys had ids. */
export function sealedUnder(sealed: string): string | null {
  return NAMED.exec(sealed)?.[1] ?? null;
}

/** Told where a key is needed that is not named. */
export function missingKey(ids: readonly string[]): StoreError {
  const which =
    ids.length === 1
      ? `a key that store.key does not name (id ${ids[0]})`
      : `keys that store.key does not name (ids ${ids.join(', ')})`;
  return new StoreError(
    'key',
    `what is in the store is sealed under ${which}: name it again, behind the newest key, and before it is taken away run: sallyport store reseal`,
  );
}

function toKey(text: string): RingKey {
  const derive = (use: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', text, '', `sallyport store: ${use}`, bytes));
  return {
    id: derive('key id', 9).toString('base64url'),
    sealing: createSecretKey(derive('sealed secrets', 32)),
    authenticating: derive('audit trail', 32),
  };
}

function open(text: string, { sealing }: RingKey, data: Buffer): string {
  try {
    const bytes = Buffer.from(text, 'base64url');
    // Given a short tag, the cipher would check no more than that.
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('too short');
    const end = bytes.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(data)
      .setAuthTag(bytes.subarray(end));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw unopened(cause);
  }
}

function unopened(cause: unknown): StoreError {
  return new StoreError(
    'key',
    'what is sealed in the store does not open: the key is another one, or a row was changed',
    { cause },
  );
}

function cellData(id: string, { table, row, column }: SealedCell): Buffer {
  return Buffer.from(JSON.stringify([id, table, column, row]));
}

/** As places were called before keys had ids. */
function formerData({ table, row }: SealedCell): Buffer {
  const called = { sallyport_keys: 'key ', sallyport_sessions: 'session ', sallyport_signing_keys: 'signing key ' };
  return Buffer.from(`${table in called ? called[table as keyof typeof called] : ''}${row}`);
}
