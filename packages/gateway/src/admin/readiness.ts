import type { KeySetStatus } from '../identity/key-set.ts';

/**
 * Tells whether requests may be sent to a door: null, or why not. Not while it drains, and not before every key set was loaded once or its first
 * load has failed, which takes five seconds at most: tokens would wait for it. Once ready it stays so until it drains; an issuer that is down, or new
 * after a reload, must not take with it what needs no token.
 */
export function createReadiness(
  door: { readonly draining: boolean },
  keySets: () => readonly (Pick<KeySetStatus, 'state'> & { readonly scheme: string })[],
): () => string | null {
  let wasReady = false;
  return () => {
    if (door.draining) return 'draining';
    if (wasReady) return null;
    const loading = keySets().filter(({ state }) => state === 'loading');
    wasReady = loading.length === 0;
    return wasReady ? null : `loading the keys of ${loading.map(({ scheme }) => scheme).join(', ')}`;
  };
}
