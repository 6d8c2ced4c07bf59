import { createPrivateKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { hostname } from 'node:os';
import type { TokensPolicy } from '@sallyport/core';
import type { Clock } from '../clock.ts';
import type { SigningKey, Store } from '../store/store-port.ts';

/** A key that signs now. */
export interface CurrentKey {
  readonly id: string;
  readonly algorithm: 'ES256' | 'EdDSA';
  readonly key: KeyObject;
}

/** The signing keys of a store, as one process knows them. */
export interface SigningKeys {
  /** Reads the keys and makes the one that is missing; does nothing where it did lately. Rejects with `StoreError`. */
  follow(store: Store): Promise<void>;
  /** Reads them again for a key that is not known, at most once a second; null where that was done just now. Never rejects. */
  refresh(): Promise<void> | null;
  /** Counts changes of the keys. */
  readonly version: number;
  /** Null before the store was read. */
  current(nowMs: number): CurrentKey | null;
  /** The key set to be published (RFC 7517): keys that sign, will sign, or whose tokens may live. */
  published(nowMs: number): { readonly keys: readonly Readonly<Record<string, unknown>>[] };
}

const FOLLOW_MS = 2_000;
const REFRESH_MS = 1_000;
/** Whoever reads the published keys is told to read them again after this. */
export const PUBLISHED_MAX_AGE_SECONDS = 300;
const MAX_LEAD_MS = 3_600_000;
/** How much longer than its tokens a key is published: clocks are apart, and answers are cached. */
const SLACK_MS = 900_000;

/**
 * Keeps signing keys on their schedule: one signs for `rotateMs`; the next one is made and published before its time, so that whoever caches the set
 * has it when it signs; and each is published until its last token has expired. Nodes agree in the store: of those that want to make the next key
 * one does. While the store is away the known keys go on signing, for as long as they were to.
 */
export function createSigningKeys(policy: TokensPolicy, clock: Clock): SigningKeys {
  const { algorithm, rotateMs, lifetimeMs } = policy;
  const leadMs = Math.min(MAX_LEAD_MS, rotateMs / 4);
  let keys: readonly SigningKey[] = [];
  let followedAtMs = -Infinity;
  let known: Store | null = null;
  let version = 0;
  let imported: { readonly id: string; readonly key: KeyObject } | null = null;

  function make(signsFromMs: number): SigningKey {
    const { publicKey, privateKey } =
      algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
    const jwk = publicKey.export({ format: 'jwk' });
    const id = hash('sha256', JSON.stringify(jwk), 'base64url').slice(0, 22);
    const signsUntilMs = signsFromMs + rotateMs + leadMs;
    return {
      id,
      algorithm,
      publicJwk: JSON.stringify({ ...jwk, kid: id, alg: algorithm, use: 'sig' }),
      privateJwk: JSON.stringify(privateKey.export({ format: 'jwk' })),
      signsFromMs,
      signsUntilMs,
      verifiedUntilMs: signsUntilMs + lifetimeMs + SLACK_MS,
    };
  }

  /** The key that has to be made now; null where there is none. */
  function missing(nowMs: number): { readonly newest: string | null; readonly signsFromMs: number } | null {
    const newest = keys.findLast((key) => key.algorithm === algorithm);
    if (newest === undefined) return { newest: null, signsFromMs: nowMs };
    const untilMs = usableUntil(newest);
    const nextMs = Math.min(newest.signsFromMs + rotateMs, untilMs);
    if (nowMs < nextMs - leadMs) return null;
    return { newest: newest.id, signsFromMs: untilMs <= nowMs ? nowMs : nextMs };
  }

  /** A node whose tokens live for less time made it to be published for less: what is signed here must not outlive that. */
  function usableUntil({ signsUntilMs, verifiedUntilMs }: SigningKey): number {
    return Math.min(signsUntilMs, verifiedUntilMs - lifetimeMs);
  }

  function take(read: readonly SigningKey[]): void {
    if (read.map(({ id }) => id).join() !== keys.map(({ id }) => id).join()) version += 1;
    keys = read;
  }

  async function follow(store: Store, minimumMs: number): Promise<void> {
    const nowMs = clock.nowMs();
    const steadyMs = clock.steadyMs();
    known = store;
    if (steadyMs - followedAtMs < minimumMs) return;
    take(await store.signingKeys(nowMs));
    const wanted = missing(nowMs);
    if (wanted !== null) {
      // Also where another node was first: then its key is read.
      await store.addSigningKey(make(wanted.signsFromMs), wanted.newest, {
        actor: `gateway:${hostname().replaceAll(/[^\x21-\x7e]/g, '_')}`,
        atMs: nowMs,
      });
      take(await store.signingKeys(nowMs));
    }
    followedAtMs = steadyMs;
  }

  return {
    follow: (store) => follow(store, FOLLOW_MS),
    refresh: () =>
      known === null || clock.steadyMs() - followedAtMs < REFRESH_MS
        ? null
        : follow(known, REFRESH_MS).catch(() => undefined),
    get version() {
      return version;
    },
    current(nowMs) {
      const found = keys.findLast(
        (key) => key.algorithm === algorithm && key.signsFromMs <= nowMs && nowMs < usableUntil(key),
      );
      if (found === undefined) return null;
      if (imported?.id !== found.id)
        imported = { id: found.id, key: createPrivateKey({ key: JSON.parse(found.privateJwk), format: 'jwk' }) };
      return { id: found.id, algorithm, key: imported.key };
    },
    published: (nowMs) => ({
      keys: keys
        .filter(({ verifiedUntilMs }) => verifiedUntilMs > nowMs)
        .map(({ publicJwk }) => JSON.parse(publicJwk) as Readonly<Record<string, unknown>>),
    }),
  };
}
