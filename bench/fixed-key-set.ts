import type { JsonValue } from '@sallyport/core';
import { importKeySet } from '../packages/gateway/src/identity/json-web-key.ts';
import type { KeySet } from '../packages/gateway/src/identity/key-set.ts';

/** A key set of one key that never changes. */
export function fixedKeySet(jwk: JsonValue): KeySet {
  const { keys } = importKeySet({ keys: [jwk] }, false);
  const nothing = (): void => undefined;
  return {
    version: 1,
    current: () => keys,
    loading: () => null,
    refreshForUnknownKey: () => null,
    start: nothing,
    close: nothing,
    carryOver: () => null,
    status: () => ({ state: 'fresh', keys: 1, ageMs: 0, lastError: null, skipped: [] }),
  };
}
