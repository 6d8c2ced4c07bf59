import { createHash } from 'node:crypto';
import type { StorePolicy } from '@sallyport/core';
import { createKeyDirectory, type KeyDirectory } from './key-directory.ts';
import { createRevocations, type Revocations } from '../revocations/revocations.ts';
import { createGrantDirectory, type GrantDirectory } from '../stored-grants/grant-directory.ts';
import { sharedStore } from '../../store/shared-store.ts';
import { createSealer, type Sealer } from '../../store/sealer.ts';
import { createStore } from '../../store/open-store.ts';
import { readStoreKey } from '../../store/store-key.ts';
import type { Store } from '../../store/store-port.ts';
import type { Clock } from '../clock.ts';

/** A directory that outlives reloads: a new policy over the same store goes on with the keys that are known. */
export interface SharedDirectory {
  readonly directory: KeyDirectory;
  /** Null where the policy does not have revocations followed. */
  readonly revocations: Revocations | null;
  /** Roles that are granted in the same store. */
  readonly grants: GrantDirectory;
  readonly store: Store;
  /** Whoever wants to read the store's changes along with its keys; told off by `release`. */
  follow(reader: (store: Store) => Promise<void>): void;
  /** What cookies are sealed with. Throws a `StoreError` where the key of the store cannot be had. */
  sealer(): Sealer;
  /** The same directory for another user where it is of this store, otherwise null. */
  share(policy: StorePolicy): SharedDirectory | null;
  /** Closes the directory when its last user gave it back. */
  release(): Promise<void>;
}

export interface DirectoryEvents {
  /** A word for the operator: the store went away or came back, a file was made. */
  readonly tell: (level: 'info' | 'warn' | 'error', message: string, detail: string) => void;
}

export function createSharedDirectory(policy: StorePolicy, clock: Clock, { tell }: DirectoryEvents): SharedDirectory {
  const fingerprint = fingerprintOf(policy);
  const store = sharedStore(
    createStore(policy, (text) => tell('warn', 'the store has a new key', text)),
    2,
  );
  const onState = (up: boolean, reason: string): void =>
    up ? tell('info', 'the store can be asked', '') : tell('error', 'the store cannot be asked', reason);
  const revocations: Revocations | null =
    policy.revocations === 'off'
      ? null
      : createRevocations({ clock, isTrusted: (nowMs) => directory.isTrusted(nowMs) });
  const readers = new Set<(from: Store) => Promise<void>>();
  let sealing: Sealer | null = null;
  const directory: KeyDirectory = createKeyDirectory(store, {
    clock,
    alongside: async (from) => {
      await revocations?.follow(from);
      for (const reader of readers) await reader(from);
    },
    graceMs: policy.graceMs,
    ...(revocations === null
      ? {}
      : {
          isSubjectRevoked: ({ proved, createdAtMs }, nowMs) =>
            proved.ok ? revocations.refusePrincipal(proved.principal, createdAtMs, nowMs) : null,
        }),
    onState,
  });
  const grants = createGrantDirectory(store, { clock, graceMs: policy.graceMs, onState });
  let users = 0;
  const use = (): SharedDirectory => {
    users += 1;
    let released = false;
    const own: ((from: Store) => Promise<void>)[] = [];
    return {
      directory,
      revocations,
      grants,
      store,
      follow(reader) {
        own.push(reader);
        readers.add(reader);
      },
      sealer: () => (sealing ??= createSealer(readStoreKey(policy, () => undefined))),
      share: (other) => (fingerprintOf(other) === fingerprint && users > 0 ? use() : null),
      async release() {
        if (released) return;
        released = true;
        for (const reader of own) readers.delete(reader);
        users -= 1;
        if (users === 0) await Promise.all([directory.close(), grants.close()]);
      },
    };
  };
  return use();
}

/** By the values behind references: a new password is another store. Hashed, for it is kept. */
function fingerprintOf({ location, key, graceMs, revocations }: StorePolicy): string {
  const where = location.kind === 'sqlite' ? location.path : location.url.reveal();
  const secret = key === null || typeof key === 'string' ? key : key.reveal();
  return createHash('sha256')
    .update(JSON.stringify([location.kind, where, typeof key, secret, graceMs, revocations]))
    .digest('hex');
}
