import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';

/** A client's key for DPoP proofs. */
export interface ProofKey {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  readonly alg: string;
  readonly thumbprint: string;
}

export async function createProofKey(alg = 'ES256'): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, alg, thumbprint: await calculateJwkThumbprint(jwk) };
}

export interface ProofParts {
  readonly method?: string;
  readonly url?: string;
  readonly token?: string;
  /** Spoil the proof; a member of undefined is left out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** A good proof (RFC 9449, section 4.2) unless its parts spoil it. */
export function proofOf(key: ProofKey, parts: ProofParts): Promise<string> {
  const claims = {
    jti: randomUUID(),
    htm: parts.method ?? 'GET',
    htu: parts.url,
    iat: Math.floor(Date.now() / 1000),
    ath: parts.token === undefined ? undefined : createHash('sha256').update(parts.token).digest('base64url'),
    ...parts.claims,
  };
  return new SignJWT(Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined)))
    .setProtectedHeader({ alg: key.alg, typ: 'dpop+jwt', jwk: key.jwk, ...parts.header })
    .sign(key.privateKey);
}
