import { hash } from 'node:crypto';
import type { RevocationKind } from '../../store/store-port.ts';

/** What a revocation is filed under: SHA-256 in hex, so that neither store nor memory holds a token. `issuer` is `''` for whoever. */
export function revocationName(kind: RevocationKind, issuer: string, value: string): string {
  return hash('sha256', JSON.stringify([kind, issuer, value]), 'hex');
}

/**
 * The name of one token. Of a JWS what is signed counts and not the signature: whoever has an ECDSA signature can make another one of it that
 * fits as well, (r, n − s) of (r, s), and would have a token that nobody revoked.
 */
export function tokenRevocationName(token: string): string {
  const parts = token.split('.', 4);
  return revocationName('token', '', parts.length === 3 ? `${parts[0]}.${parts[1]}` : token);
}
