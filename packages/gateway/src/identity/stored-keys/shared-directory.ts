import { createHash } from 'node:crypto';
import type { StorePolicy } from '@sallyport/core';
import { createKeyDirectory, type KeyDirectory } from './key-directory.ts';
import { createRevocations, type Revocations } from '../revocations/revocations.ts';
import { createGrantDirectory, type GrantDirectory } from '../stored-grants/grant-directory.ts';
import { sharedStore } from '../../store/shared-store.ts';
import { createStore } from '../../store/open-store.ts';
import type { Clock } from '../clock.ts';

/** A directory that outlives reloads: a new policy over the same store goes on with the keys that are known. */
export interface SharedDirectory {
  readonly directory: KeyDirectory;
  /** Null where the policy does not have revocations followed. */
  readonly revocations: Revocations | null;
  /** Roles that are granted in the same store. */
  readonly grants: GrantDirectory;
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
  const directory: KeyDirectory = createKeyDirectory(store, {
    clock,
    graceMs: policy.graceMs,
    ...(revocations === null
      ? {}
      : {
          alongside: (from) => revocations.follow(from),
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
    return {
      directory,
      revocations,
      grants,
      share: (other) => (fingerprintOf(other) === fingerprint && users > 0 ? use() : null),
      async release() {
        if (released) return;
        released = true;
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
