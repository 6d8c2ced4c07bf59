import { importKeySet, type VerificationKey } from '../identity/json-web-key.ts';
import type { JsonValue } from '@sallyport/core';
import type { KeySet } from '../identity/key-set.ts';
import type { SigningKeys } from './signing-keys.ts';

/** The public halves of the keys that tokens of our own are signed with, straight from memory: nothing is asked over HTTP. */
export function createOwnKeySet(signing: SigningKeys): KeySet {
  let version = -1;
  let keys: readonly VerificationKey[] = [];
  const nothing = (): void => undefined;

  function current(nowMs: number): readonly VerificationKey[] | null {
    if (version !== signing.version) {
      version = signing.version;
      keys = importKeySet(signing.published(nowMs) as unknown as JsonValue, false).keys;
    }
    return keys.length === 0 ? null : keys;
  }

  return {
    get version() {
      return signing.version;
    },
    current,
    loading: () => null,
    refreshForUnknownKey: () => signing.refresh(),
    start: nothing,
    close: nothing,
    carryOver: () => null,
    status: () => ({
      state: keys.length === 0 ? 'unavailable' : 'fresh',
      keys: keys.length,
      ageMs: null,
      lastError: null,
      skipped: [],
    }),
  };
}
