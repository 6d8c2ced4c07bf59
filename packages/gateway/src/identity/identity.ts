import type { ApiKeyPort, GrantPort, PasswordPort } from '@sallyport/core';
import type { Clock } from '../clock.ts';
import type { PasswordPortOptions } from './create-password-port.ts';
import type { ForgetfulTokenPort } from './create-token-port.ts';
import type { DpopNonces } from './dpop-nonces.ts';
import type { Egress } from '../egress/egress.ts';
import type { IntrospectionMetrics } from './introspection-metrics.ts';
import type { CarriedKeys, KeySetStatus } from './key-set.ts';
import type { Logins } from '../login/create-logins.ts';
import type { ReplayMemory } from './replay-memory.ts';
import type { Revocations } from './revocations/revocations.ts';
import type { DirectoryEvents, SharedDirectory } from './stored-keys/shared-directory.ts';

/** Everything that proves who is asking: the ports of the authentication stage, by security scheme, and what keeps them fresh. */
export interface Identity {
  readonly tokens: ReadonlyMap<string, ForgetfulTokenPort>;
  readonly apiKeys: ReadonlyMap<string, ApiKeyPort>;
  readonly passwords: ReadonlyMap<string, PasswordPort>;
  /** What was revoked in the store; null where credentials are not held against that. */
  readonly revocations: Revocations | null;
  /** The roles granted in the store; null where the policy takes none from there. */
  readonly grants: GrantPort | null;
  /** Sessions of browsers, and the paths where they begin and end; null where nobody logs in here. */
  readonly logins: Logins | null;
  /** Files of keys and users that were read: a change of one asks for a reload. Key sets are read again by themselves. */
  readonly files: readonly string[];
  /** What proofs of possession are held against, for the identity that takes over on a reload: else each reload would let every proof count again. */
  readonly possession: Possession;
  /**
   * Opens the store where a scheme has its keys there. A store that is away for the moment is waited for later; throws `ConfigurationError`
   * for one that will not do without somebody's help.
   */
  open(): Promise<void>;
  /**
   * Begins to load key sets, without waiting; the first token waits for its set, at most five seconds. Follows the store. `told` hears of sets that cannot be
   * loaded, once a reason, and of those that can be again.
   */
  start(told?: (schemes: string, error: string | null) => void): void;
  /** Resolves when the store is closed, the last uses of keys noted; everything else is closed at once. */
  close(): Promise<void>;
  /** The keys that are in use, by their source, for the identity that takes over on a reload. */
  carryOver(): ReadonlyMap<string, CarriedKeys>;
  /** Prometheus text of the store and of introspection; empty where there is neither. */
  metrics(): string;
  /** What was counted, for the identity that takes over on a reload: counters never go back. */
  readonly introspections: IntrospectionMetrics;
  /** The keys and revocations of the store, also for the identity that takes over on a reload. Null where nothing needs it. */
  readonly storedKeys: SharedDirectory | null;
  /** The key set of each token scheme; of several issuers under one scheme, with their place in the list: `scheme[0]`. */
  status(): readonly (KeySetStatus & { readonly scheme: string })[];
}

/** What must outlive a reload. */
export interface Possession {
  readonly replays: ReplayMemory;
  /** Nonces without a secret in the policy. */
  readonly nonces: DpopNonces;
}

export interface IdentityOptions {
  readonly clock?: Clock;
  readonly passwords?: PasswordPortOptions;
  /** Told of every file that is asked for, there or not. */
  readonly onFile?: (file: string) => void;
  /** True: the store is looked at, and neither made nor changed. */
  readonly looksOnly?: boolean;
  /** The identity before a reload. Its fetched keys serve until new ones are loaded: a reload while the issuer is down must not lock everybody out. */
  readonly previous?: Pick<Identity, 'carryOver'> &
    Partial<Pick<Identity, 'possession' | 'storedKeys' | 'introspections'>>;
  /** What issuers are asked through. Default: by the policy, with the system's own look-up. */
  readonly egress?: Egress;
  /** Told what becomes of the store. */
  readonly tell?: DirectoryEvents['tell'];
}
