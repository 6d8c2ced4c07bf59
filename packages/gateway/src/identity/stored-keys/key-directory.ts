import { hash } from 'node:crypto';
import type { ApiKeyPort, CredentialResult } from '@sallyport/core';
import { checksumHolds } from './key-text.ts';
import { decideKnownKey, toKnownKey, type KnownKey } from './known-key.ts';
import { DigestIndex } from './digest-index.ts';
import { TwoGenerations } from './two-generations.ts';
import { Turnstile } from '../turnstile.ts';
import { followStore } from '../../store/follow-store.ts';
import { StoreError } from '../../store/store-error.ts';
import type { CountedKeys } from './counted-keys.ts';
import type { Clock } from '../../clock.ts';
import type { Store } from '../../store/store-port.ts';

const PAGE = 10_000;
const NOTE_USE_MS = 60_000;
/** About 60 MB at most; a key beyond them costs a question to the store. */
const MAX_KNOWN = 100_000;
const MAX_LOADS = 32;
const MAX_WAITING_LOADS = 1000;

const UNKNOWN: CredentialResult = Object.freeze({ ok: false, code: 'AUTHN_KEY_UNKNOWN', facts: Object.freeze({}) });
const CHECKSUM: CredentialResult = Object.freeze({ ok: false, code: 'AUTHN_KEY_CHECKSUM', facts: Object.freeze({}) });
const UNAVAILABLE: CredentialResult = Object.freeze({
  ok: false,
  code: 'AUTHN_STORE_UNAVAILABLE',
  facts: Object.freeze({}),
});

export interface KeyDirectoryOptions {
  readonly clock: Clock;
  readonly graceMs: number;
  readonly maxKnown?: number;
  /** Reads what else it wants to know of the store, at the same times. */
  readonly alongside?: (store: Store) => Promise<void>;
  /** Told how keys are counted; absent where nobody asks but with the keys themselves. */
  readonly countedKeys?: CountedKeys;
  /** Asked about every key that would be let in. */
  readonly isSubjectRevoked?: (key: KnownKey, nowMs: number) => CredentialResult | null;
  /** Told when the store goes away and when it is back. */
  readonly onState?: (up: boolean, reason: string) => void;
  /** Told when a store that can be asked takes no uses, and when it does again. */
  readonly onUses?: (written: boolean, reason: string) => void;
}

/** The keys of a store, as the requests of one process see them. */
export interface KeyDirectory {
  /** Opens the store and learns which keys there are. Resolves without them where the store is away for the moment; rejects with `StoreError` for what does not heal by itself. */
  open(): Promise<void>;
  /** Begins to follow changes and to note uses. */
  start(): void;
  port(scheme: string): ApiKeyPort;
  /** What a key that was just proved is held to; null where it is not known any more. `expiresAtMs` is Infinity for never. */
  termsOf(text: string): Pick<KnownKey, 'expiresAtMs' | 'addresses'> | null;
  readonly size: number;
  readonly up: boolean;
  /** True where what is known of the store may be relied on: it was read whole, and the store answered within `graceMs`. */
  isTrusted(): boolean;
  close(): Promise<void>;
}

/**
 * Knows the digest of every key of the store, and of those in use everything. A key that does not exist is refused without asking the store,
 * however many are tried; one that exists is loaded once. Changes are asked for four times a second, and at once where the store tells of them.
 * While the store is away, keys that are known go on working for `graceMs`, and all others get `AUTHN_STORE_UNAVAILABLE`.
 */
export function createKeyDirectory(
  store: Store,
  {
    clock,
    graceMs,
    maxKnown = MAX_KNOWN,
    alongside,
    countedKeys,
    isSubjectRevoked = () => null,
    onState = () => undefined,
    onUses = () => undefined,
  }: KeyDirectoryOptions,
): KeyDirectory {
  const index = new DigestIndex();
  const known = new TwoGenerations<KnownKey>(maxKnown);
  const loads = new Turnstile(MAX_LOADS, MAX_WAITING_LOADS);
  /** Loads under way; one that a change overtakes must not be remembered. */
  const loading = new Map<string, { readonly result: Promise<KnownKey | null>; overtaken: boolean }>();
  let version = 0;

  async function read(): Promise<void> {
    for (;;) {
      const changes = await store.changesSince(version, PAGE);
      countedKeys?.note(changes);
      for (const { version: next, sha256 } of changes) {
        index.add(sha256);
        known.delete(sha256);
        const under = loading.get(sha256);
        if (under !== undefined) under.overtaken = true;
        version = next;
      }
      if (changes.length < PAGE) break;
    }
    await alongside?.(store);
  }

  const follower = followStore(store, {
    clock,
    graceMs,
    read,
    recordUses: (uses) => store.recordUses(uses),
    onState,
    onUses,
  });

  function load(sha256: string): Promise<KnownKey | null> | null {
    const under = loading.get(sha256);
    if (under !== undefined && !under.overtaken) return under.result;
    const result = loads.enter(async () => {
      const found = await store.findKey(sha256);
      return found === null ? null : toKnownKey(found);
    });
    if (result === null) return null;
    const entry = { result, overtaken: false };
    loading.set(sha256, entry);
    const done = (key: KnownKey | null): void => {
      if (loading.get(sha256) === entry) loading.delete(sha256);
      if (key !== null && !entry.overtaken) known.set(sha256, key);
    };
    result.then(done, () => done(null));
    return result;
  }

  function decide(key: KnownKey, scheme: string, nowMs: number, clientAddress: string): CredentialResult {
    const decided = decideKnownKey(key, scheme, nowMs, clientAddress);
    const result = (decided.ok ? isSubjectRevoked(key, nowMs) : null) ?? decided;
    if (result.ok && nowMs - key.notedUseMs >= NOTE_USE_MS && follower.noteUse(key.id, nowMs)) key.notedUseMs = nowMs;
    return result;
  }

  async function decideLoaded(
    loaded: Promise<KnownKey | null>,
    scheme: string,
    nowMs: number,
    clientAddress: string,
  ): Promise<CredentialResult> {
    try {
      const key = await loaded;
      return key === null ? UNKNOWN : decide(key, scheme, nowMs, clientAddress);
    } catch (error) {
      // The next poll would find out; until then others would be told that their keys are unknown.
      if (error instanceof StoreError && error.kind === 'unavailable') follower.lost(error.message);
      return UNAVAILABLE;
    }
  }

  return {
    open: () => follower.open(),
    start: () => follower.start(),
    port: (scheme) => ({
      lookup(text, nowMs, clientAddress = '') {
        // Before anything is asked: a made-up key costs its checksum and no more.
        if (!checksumHolds(text)) return CHECKSUM;
        if (!follower.isTrusted()) return UNAVAILABLE;
        const sha256 = hash('sha256', text, 'hex');
        const found = known.get(sha256);
        if (found !== undefined) return decide(found, scheme, nowMs, clientAddress);
        if (!follower.up) return UNAVAILABLE;
        if (!index.has(sha256)) return UNKNOWN;
        const loaded = load(sha256);
        return loaded === null ? UNAVAILABLE : decideLoaded(loaded, scheme, nowMs, clientAddress);
      },
    }),
    termsOf: (text) => known.get(hash('sha256', text, 'hex')) ?? null,
    get size() {
      return index.size;
    },
    get up() {
      return follower.up;
    },
    isTrusted: () => follower.isTrusted(),
    close: () => follower.close(),
  };
}
