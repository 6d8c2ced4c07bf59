import type { KeySetStatus } from '../identity/key-set.ts';
import type { RefusedOperations } from './store-needs.ts';

/** What `/readyz` says: whether requests may be sent to the door, and why not, or what of it is closed for now. */
export interface Readiness {
  readonly ready: boolean;
  /** Null where there is nothing to add. */
  readonly reason: string | null;
}

const READY: Readiness = Object.freeze({ ready: true, reason: null });

export interface ReadinessSources {
  /** Schemes and what became of their keys. */
  keySets(): readonly (Pick<KeySetStatus, 'state'> & { readonly scheme: string })[];
  /** Operations that refuse everybody while the store is away; null for none. */
  refusedForStore(): RefusedOperations | null;
  readonly secretsAreStale: boolean;
}

/**
 * Tells whether requests may be sent to a door. Not while it drains, and not before every key set was loaded once or its first load has failed, which takes
 * five seconds at most: tokens would wait for it. Once that is done it is not asked again until it drains; an issuer that is down, or new after a reload, must not
 * take with it what needs no token. Nor while everything is refused: for secrets of Vault that are too old, or for want of the store. As long as one operation
 * answers, the door is ready, and says how many do not: taken away, it would answer none.
 */
export function createReadiness(door: { readonly draining: boolean }, sources: ReadinessSources): () => Readiness {
  let keysWereLoaded = false;
  const not = (reason: string): Readiness => ({ ready: false, reason });
  return () => {
    if (door.draining) return not('draining');
    if (!keysWereLoaded) {
      const loading = sources.keySets().filter(({ state }) => state === 'loading');
      if (loading.length > 0) return not(`loading the keys of ${loading.map(({ scheme }) => scheme).join(', ')}`);
      keysWereLoaded = true;
    }
    if (sources.secretsAreStale) return not('secrets of Vault are too old');
    const closed = sources.refusedForStore();
    if (closed === null) return READY;
    if (closed.refused === closed.of) return not('the store is away, and every operation needs it');
    return {
      ready: true,
      reason: `the store is away, and ${closed.refused} of ${closed.of} operations refuse everybody without it`,
    };
  };
}
