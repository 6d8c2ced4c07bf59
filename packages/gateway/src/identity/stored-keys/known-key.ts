import type { BlockList } from 'node:net';
import type { CredentialResult, Principal } from '@sallyport/core';
import { countedKeyOf } from './counted-keys.ts';
import { isFrom, toBlockList } from './key-addresses.ts';
import type { StoredKey } from '../../store/store-port.ts';

/** A key of the store, ready to be decided upon. */
export interface KnownKey {
  readonly id: string;
  readonly scheme: string;
  readonly proved: CredentialResult;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly revoked: boolean;
  readonly addresses: BlockList | null;
  /** When its use was last noted, so that it is noted once a minute at most. */
  notedUseMs: number;
}

/** Throws where its limits cannot be read. */
export function toKnownKey(key: StoredKey): KnownKey {
  const principal: Principal = Object.freeze({
    kind: 'key',
    subject: key.subject,
    issuer: key.scheme,
    scopes: new Set(key.scopes),
    roles: Object.freeze([...key.roles]),
    attributes: Object.freeze({ ...key.attributes }),
    schemes: Object.freeze([key.scheme]),
    keyId: key.id,
    keys: Object.freeze([countedKeyOf(key)]),
  });
  return {
    id: key.id,
    scheme: key.scheme,
    proved: Object.freeze({ ok: true, principal }),
    createdAtMs: key.createdAtMs,
    expiresAtMs: key.expiresAtMs ?? Infinity,
    revoked: key.revokedAtMs !== null,
    addresses: toBlockList(key.addresses),
    notedUseMs: key.lastUsedAtMs ?? 0,
  };
}

/** What a key that is known proves at a time, to a scheme, from an address. Another scheme's key is as unknown as none. */
export function decideKnownKey(key: KnownKey, scheme: string, nowMs: number, clientAddress: string): CredentialResult {
  if (key.scheme !== scheme) return refusal('AUTHN_KEY_UNKNOWN', key.id);
  if (key.revoked) return refusal('AUTHN_KEY_REVOKED', key.id);
  if (nowMs >= key.expiresAtMs) return refusal('AUTHN_KEY_EXPIRED', key.id);
  if (!isFrom(key.addresses, clientAddress)) return refusal('AUTHN_KEY_ADDRESS', key.id);
  return key.proved;
}

function refusal(
  code: 'AUTHN_KEY_UNKNOWN' | 'AUTHN_KEY_REVOKED' | 'AUTHN_KEY_EXPIRED' | 'AUTHN_KEY_ADDRESS',
  key: string,
): CredentialResult {
  return { ok: false, code, facts: { key } };
}
