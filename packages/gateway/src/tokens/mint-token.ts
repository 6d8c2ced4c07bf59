import { randomUUID, sign } from 'node:crypto';
import type { Principal, TokensPolicy } from '@sallyport/core';
import { ADDRESS_BOUND } from '../identity/stored-keys/counted-token-port.ts';
import type { CurrentKey } from './signing-keys.ts';

export interface MintRequest {
  /** What the key proves. */
  readonly principal: Principal;
  readonly scopes: readonly string[];
  /** When the key ends; no token outlives it. */
  readonly keyExpiresAtMs: number;
  /** Whether the key may be used from some addresses only: then the token may too. */
  readonly isAddressBound: boolean;
  /** What the token is bound to (RFC 7800); null for nothing. */
  readonly confirmation: Readonly<Record<string, string>> | null;
  readonly nowMs: number;
}

export interface MintedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/** Makes an access token as RFC 9068 has it. It says no more of its key's owner than what a request with the key would prove. */
export function mintToken(policy: TokensPolicy, current: CurrentKey, request: MintRequest): MintedToken {
  const { principal, nowMs, scopes, confirmation } = request;
  const issuedAt = Math.floor(nowMs / 1000);
  const expires = Math.floor(Math.min(nowMs + policy.lifetimeMs, request.keyExpiresAtMs) / 1000);
  const claims = {
    iss: policy.issuer,
    aud: policy.audience,
    sub: principal.subject,
    client_id: principal.keyId ?? '',
    scope: scopes.join(' '),
    ...(principal.roles.length > 0 ? { roles: principal.roles } : {}),
    iat: issuedAt,
    exp: expires,
    jti: randomUUID(),
    ...(confirmation === null ? {} : { cnf: confirmation }),
    ...(request.isAddressBound ? { [ADDRESS_BOUND]: true } : {}),
  };
  const header = { alg: current.algorithm, typ: 'at+jwt', kid: current.id };
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature =
    current.algorithm === 'ES256'
      ? sign('sha256', Buffer.from(input), { key: current.key, dsaEncoding: 'ieee-p1363' })
      : sign(null, Buffer.from(input), current.key);
  return { token: `${input}.${signature.toString('base64url')}`, expiresInSeconds: expires - issuedAt };
}
