import type { CountedKey, Principal, TokenResult } from '@sallyport/core';
import type { CountedKeys } from './counted-keys.ts';
import { isFrom } from './key-addresses.ts';
import type { ForgetfulTokenPort } from '../create-token-port.ts';

const UNKNOWN: TokenResult = Object.freeze({ ok: false, code: 'AUTHN_STORE_UNAVAILABLE', facts: Object.freeze({}) });

/** Claim of a token whose key is bound to addresses; which they are says the store. */
export const ADDRESS_BOUND = 'address_bound';

/** The principal of a token that one of our keys obtained, by its `client_id`: it counts as that key, or minting tokens would be a way around the key's limits. */
export function asKeyOf(principal: Principal): Principal {
  const keyId = principal.attributes['client_id'];
  if (typeof keyId !== 'string' || keyId === '') return principal;
  return Object.freeze({ ...principal, keyId, keys: Object.freeze([{ family: keyId, limits: [] }]) });
}

/**
 * Gives principals of our own tokens the family and the limits that their key has now, whenever the token was verified, and refuses them from where the key itself would be:
 * a key that is bound to addresses and was stolen could otherwise be made into tokens that are not.
 */
export function countedTokenPort(port: ForgetfulTokenPort, keys: CountedKeys): ForgetfulTokenPort {
  /** Principals are shared between requests, and others keep what they know of one by it. */
  const known = new WeakMap<Principal, { readonly counted: CountedKey; readonly result: TokenResult }>();

  function check(result: TokenResult, clientAddress: string): TokenResult {
    if (!result.ok) return result;
    const { principal } = result;
    const isBound = principal.attributes[ADDRESS_BOUND] === true;
    if (keys.size === 0) return isBound ? UNKNOWN : result;
    const addresses = keys.addressesOf(principal.keyId ?? '');
    // A node that has not heard of the key yet cannot tell where it may be used from.
    if (isBound && addresses === null) return UNKNOWN;
    if (!isFrom(addresses, clientAddress))
      return { ok: false, code: 'AUTHN_KEY_ADDRESS', facts: { key: principal.keyId ?? '' } };
    const counted = keys.of(principal.keyId ?? '');
    if (counted === undefined) return result;
    if (counted === null) return UNKNOWN;
    const before = known.get(principal);
    if (before?.counted === counted) return before.result;
    const now = { ...result, principal: Object.freeze({ ...principal, keys: Object.freeze([counted]) }) };
    known.set(principal, { counted, result: now });
    return now;
  }

  return {
    verify(token, nowMs, presented) {
      const result = port.verify(token, nowMs, presented);
      const clientAddress = presented?.clientAddress ?? '';
      return result instanceof Promise
        ? result.then((settled) => check(settled, clientAddress))
        : check(result, clientAddress);
    },
    invalidate: () => port.invalidate(),
  };
}
