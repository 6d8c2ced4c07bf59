import type { CountedKey, Principal, TokenResult } from '@sallyport/core';
import type { CountedKeys } from './counted-keys.ts';
import type { ForgetfulTokenPort } from '../create-token-port.ts';

const UNKNOWN: TokenResult = Object.freeze({ ok: false, code: 'AUTHN_STORE_UNAVAILABLE', facts: Object.freeze({}) });

/** The principal of a token that one of our keys obtained, by its `client_id`: it counts as that key, or minting tokens would be a way around the key's limits. */
export function asKeyOf(principal: Principal): Principal {
  const keyId = principal.attributes['client_id'];
  if (typeof keyId !== 'string' || keyId === '') return principal;
  return Object.freeze({ ...principal, keyId, keys: Object.freeze([{ family: keyId, limits: [] }]) });
}

/** Gives principals of our own tokens the family and the limits that their key has now, whenever the token was verified. */
export function countedTokenPort(port: ForgetfulTokenPort, keys: CountedKeys): ForgetfulTokenPort {
  /** Principals are shared between requests, and others keep what they know of one by it. */
  const known = new WeakMap<Principal, { readonly counted: CountedKey; readonly result: TokenResult }>();

  function check(result: TokenResult): TokenResult {
    if (!result.ok || keys.size === 0) return result;
    const { principal } = result;
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
      return result instanceof Promise ? result.then(check) : check(result);
    },
    invalidate: () => port.invalidate(),
  };
}
