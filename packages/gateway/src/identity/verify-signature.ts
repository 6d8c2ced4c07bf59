import { constants, createHmac, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import type { JwsAlgorithm } from '@sallyport/core';

/** What an algorithm needs of a key, and how its signatures are made (RFC 7518, section 3; RFC 8037; RFC 9864). */
export interface AlgorithmTraits {
  readonly kty: 'RSA' | 'EC' | 'OKP' | 'oct';
  /** The curve; null where the key type has none. */
  readonly crv: string | null;
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null;
  readonly pss: boolean;
  /** Exact size of a signature; for RSA that of the modulus, which the verification itself checks. */
  readonly signatureBytes: number | null;
}

function traits(
  kty: AlgorithmTraits['kty'],
  hash: AlgorithmTraits['hash'],
  more: Partial<AlgorithmTraits> = {},
): AlgorithmTraits {
  return { kty, hash, crv: more.crv ?? null, pss: more.pss ?? false, signatureBytes: more.signatureBytes ?? null };
}

const ED25519 = traits('OKP', null, { crv: 'Ed25519', signatureBytes: 64 });

export const ALGORITHM_TRAITS: Readonly<Record<JwsAlgorithm, AlgorithmTraits>> = Object.freeze({
  RS256: traits('RSA', 'sha256'),
  RS384: traits('RSA', 'sha384'),
  RS512: traits('RSA', 'sha512'),
  PS256: traits('RSA', 'sha256', { pss: true }),
  PS384: traits('RSA', 'sha384', { pss: true }),
  PS512: traits('RSA', 'sha512', { pss: true }),
  ES256: traits('EC', 'sha256', { crv: 'P-256', signatureBytes: 64 }),
  ES384: traits('EC', 'sha384', { crv: 'P-384', signatureBytes: 96 }),
  ES512: traits('EC', 'sha512', { crv: 'P-521', signatureBytes: 132 }),
  EdDSA: ED25519,
  Ed25519: ED25519,
  HS256: traits('oct', 'sha256', { signatureBytes: 32 }),
  HS384: traits('oct', 'sha384', { signatureBytes: 48 }),
  HS512: traits('oct', 'sha512', { signatureBytes: 64 }),
});

const KEY_TYPES = { RSA: 'rsa', EC: 'ec', OKP: 'ed25519', oct: null } as const;

/**
 * Verifies a raw signature. False for a key of another type than the algorithm's, whoever put them together: an RSA public key
 * that is used as an HMAC secret is a key that everybody has (RFC 8725, section 2.1). Never throws over the signature.
 */
export function verifySignature(
  algorithm: JwsAlgorithm,
  key: KeyObject,
  signingInput: string,
  signature: Buffer,
): boolean {
  const { kty, hash, pss, signatureBytes } = ALGORITHM_TRAITS[algorithm];
  if (signatureBytes !== null && signature.length !== signatureBytes) return false;
  if (kty === 'oct') {
    if (key.type !== 'secret' || hash === null) return false;
    return timingSafeEqual(createHmac(hash, key).update(signingInput, 'ascii').digest(), signature);
  }
  if (key.type !== 'public' || key.asymmetricKeyType !== KEY_TYPES[kty]) return false;
  const data = Buffer.from(signingInput, 'ascii');
  try {
    if (kty === 'EC') return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, signature);
    if (kty === 'OKP') return verify(null, data, key, signature);
    if (!pss) return verify(hash, data, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return verify(
      hash,
      data,
      { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
      signature,
    );
  } catch {
    return false;
  }
}
