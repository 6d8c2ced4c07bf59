import { createHash } from 'node:crypto';
import type { StorePolicy, TokensPolicy } from '@sallyport/core';
import { createCountedKeys, type CountedKeys } from './counted-keys.ts';
import { createKeyDirectory, type KeyDirectory } from './key-directory.ts';
import { createRevocations, type Revocations } from '../revocations/revocations.ts';
import { createGrantDirectory, type GrantDirectory } from '../stored-grants/grant-directory.ts';
import { sharedStore } from '../../store/shared-store.ts';
import type { CookieSealer } from '../../store/cookie-sealer.ts';
import { createSigningKeys, type SigningKeys } from '../../tokens/signing-keys.ts';
import { renderGauge } from '../../metrics/single-metric.ts';
import { measureStore } from '../../store/measured-store.ts';
import { watchKeys } from './key-care.ts';
import { createSharedReplays, type SharedReplays } from '../shared-replays.ts';
import { createLookedAtStore } from '../../store/looked-at-store.ts';
import { createStore } from '../../store/open-store.ts';
import type { Store } from '../../store/store-port.ts';
import type { Clock } from '../../clock.ts';
import type { ReplayMemory } from '../replay-memory.ts';

/** A directory that outlives reloads: a new policy over the same store goes on with the keys that are known. */
export interface SharedDirectory {
  readonly directory: KeyDirectory;
  /** Open once the directory is. */
  readonly store: Store;
  /** Prometheus text. */
  metrics(): string;
  /** Null where the policy does not have revocations followed. */
  readonly revocations: Revocations | null;
  /** Roles that are granted in the same store. */
  readonly grants: GrantDirectory;
  /** Whoever wants to read the store's changes along with its keys; told off by `release`. */
  follow(reader: (store: Store) => Promise<void>): void;
  /** What cookies are made with. Throws a `StoreError` before the store is open. */
  sealer(): CookieSealer;
  /** Proofs that were used at any node; null where each process remembers its own. */
  readonly replays: SharedReplays | null;
  /** Null where no tokens are issued. */
  readonly signingKeys: SigningKeys | null;
  /** How keys are counted whose tokens come; null where no tokens are issued. */
  readonly countedKeys: CountedKeys | null;
  /** The same directory for another user where it is of this store, otherwise null. */
  share(policy: StorePolicy, tokens: TokensPolicy | null): SharedDirectory | null;
  /** Closes the directory when its last user gave it back. */
  release(): Promise<void>;
}

export interface DirectoryEvents {
  /** A word for the operator: the store went away or came back, a file was made. */
  readonly tell: (level: 'info' | 'warn' | 'error', message: string, detail: string) => void;
}

export function createSharedDirectory(
  policy: StorePolicy,
  clock: Clock,
  { tell }: DirectoryEvents,
  used: ReplayMemory,
  tokens: TokensPolicy | null = null,
  looksOnly = false,
): SharedDirectory {
  const fingerprint = fingerprintOf(policy, tokens);
  const signingKeys = tokens === null ? null : createSigningKeys(tokens, clock);
  const countedKeys = tokens === null ? null : createCountedKeys();
  const measured = measureStore(
    looksOnly
      ? createLookedAtStore(policy)
      : createStore(policy, (text) => tell('warn', 'the store has a new key', text)),
  );
  const store = sharedStore(measured.store, 2);
  const keyWatch = watchKeys(clock, (message, detail) => tell('warn', message, detail));
  let toldUp: boolean | null = null;
  // Keys and grants are followed apart; one store is told of once.
  const onState = (up: boolean, reason: string): void => {
    if (up === toldUp) return;
    toldUp = up;
    if (up) tell('info', 'the store can be asked', '');
    else tell('error', 'the store cannot be asked', reason);
  };
  let toldWritten = true;
  const onUses = (written: boolean, reason: string): void => {
    if (written === toldWritten) return;
    toldWritten = written;
    if (written) tell('info', 'the store takes again when keys and grants were used', '');
    else
      tell('warn', 'the store does not take when keys and grants were used; that waits, and is lost at an end', reason);
  };
  const revocations: Revocations | null =
    policy.revocations === 'off' ? null : createRevocations({ clock, isTrusted: () => directory.isTrusted() });
  const readers = new Set<(from: Store) => Promise<void>>();
  const directory: KeyDirectory = createKeyDirectory(store, {
    clock,
    graceMs: policy.graceMs,
    ...(countedKeys === null ? {} : { countedKeys }),
    async alongside(from) {
      await revocations?.follow(from);
      await signingKeys?.follow(from);
      for (const reader of readers) await reader(from);
      // Counting takes a while, and nothing waits for it.
      void keyWatch.look(from);
    },
    ...(revocations === null
      ? {}
      : {
          isSubjectRevoked: ({ proved, createdAtMs }, nowMs) =>
            proved.ok ? revocations.refusePrincipal(proved.principal, createdAtMs, nowMs) : null,
        }),
    onState,
    onUses,
  });
  const grants = createGrantDirectory(store, { clock, graceMs: policy.graceMs, onState, onUses });
  const replays =
    policy.proofs !== 'shared'
      ? null
      : createSharedReplays({
          local: used,
          store,
          clock,
          isUp: () => directory.up,
          mayBeAlone: () => policy.proofsWhileAway === 'alone' && directory.isTrusted(),
        });
  let users = 0;
  const use = (): SharedDirectory => {
    users += 1;
    let released = false;
    const own: ((from: Store) => Promise<void>)[] = [];
    return {
      directory,
      store,
      revocations,
      grants,
      follow(reader) {
        own.push(reader);
        readers.add(reader);
      },
      sealer: () => store.cookies(),
      replays,
      signingKeys,
      countedKeys,
      metrics: () =>
        renderGauge('sallyport_store_up', 'Whether the store answers.', directory.up ? 1 : 0) +
        (revocations === null
          ? ''
          : renderGauge('sallyport_revocations', 'Revocations that are held in memory.', revocations.size)) +
        (replays === null ? '' : renderGauge('sallyport_used_proofs', 'Used DPoP proofs in the store.', replays.size)) +
        measured.metrics() +
        keyWatch.metrics(),
      share: (other, itsTokens) => (fingerprintOf(other, itsTokens) === fingerprint && users > 0 ? use() : null),
      async release() {
        if (released) return;
        released = true;
        for (const reader of own) readers.delete(reader);
        users -= 1;
        if (users > 0) return;
        replays?.close();
        await Promise.all([directory.close(), grants.close()]);
      },
    };
  };
  return use();
}

/** By the values behind references: a new password is another store. Hashed, for it is kept. */
function fingerprintOf(policy: StorePolicy, tokens: TokensPolicy | null): string {
  const { location, key, olderKeys, graceMs, revocations, proofs, proofsWhileAway } = policy;
  const signing = tokens === null ? null : [tokens.algorithm, tokens.rotateMs, tokens.lifetimeMs];
  const where = location.kind === 'sqlite' ? location.path : location.url.reveal();
  const keys = [key, ...(olderKeys ?? [])].map((one) =>
    one === null || typeof one === 'string' ? [one] : one.reveal(),
  );
  return createHash('sha256')
    .update(JSON.stringify([location.kind, where, keys, graceMs, revocations, proofs, proofsWhileAway, signing]))
    .digest('hex');
}
