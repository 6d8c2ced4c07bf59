import type { StorePolicy } from '@sallyport/core';
import { makeKey, StoreError, type NewKey, type Store } from '@sallyport/gateway';

export const STORE_KEY = 'a key for tests that is long enough';
/** Who did it, and when, wherever a test does not care. */
export const BY = { actor: 'test', atMs: 1_800_000_000_000 };
let made = 0;

export function newKey(more: Partial<NewKey> = {}): NewKey {
  const { sha256, hint } = makeKey('test');
  return {
    id: `key-${made++}`,
    sha256,
    scheme: 'key',
    hint,
    owner: 'Anna Ö',
    contact: 'canary-contact@example.com',
    subject: 'billing',
    scopes: ['a:read'],
    roles: ['reader'],
    addresses: ['10.0.0.0/8'],
    attributes: { team: 'canary-team', level: 3 },
    createdAtMs: BY.atMs,
    expiresAtMs: BY.atMs + 1000,
    replaces: null,
    ...more,
  };
}

/** What a store of a test is made of: a new one, and ways around the store to its database. */
export interface StoreUnderTest {
  readonly policy: StorePolicy;
  open(key?: string): Store;
  /** Runs statements on the database itself, as somebody would who got at it. */
  tamper(...statements: readonly string[]): Promise<void>;
  /** Everything the database holds, as text. */
  dump(): Promise<string>;
}

/** What a store refuses with; fails where it does not refuse, or not with a StoreError. */
export async function rejection(run: Promise<unknown>): Promise<StoreError> {
  const error: unknown = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw new Error(`expected a StoreError, got ${String(error)}`);
  return error;
}
