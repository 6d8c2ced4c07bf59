import { parseJson, type Code, type JsonObject, type JwsAlgorithm } from '@sallyport/core';
import { decodeBase64url } from './base64url.ts';
import { verifySignature } from './verify-signature.ts';
import type { VerificationKey } from './json-web-key.ts';

/** A token taken apart, nothing of it verified. */
export interface Jws {
  readonly header: JsonObject;
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** The first two parts with the dot between: what was signed. */
  readonly signingInput: string;
}

const HEADER_BOUNDS = { maxDepth: 4, maxKeys: 64 };

/**
 * Takes a JWS in compact form apart (RFC 7515, section 7.1). Null for everything else: JWE (five parts), JSON forms, lenient
 * base64url, a header that is not one JSON object or holds a member twice, an empty header or signature.
 */
export function parseJws(token: string): Jws | null {
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first < 1 || second < 0 || token.indexOf('.', second + 1) >= 0) return null;
  const headerBytes = decodeBase64url(token.slice(0, first));
  const payload = decodeBase64url(token.slice(first + 1, second));
  const signature = decodeBase64url(token.slice(second + 1));
  if (headerBytes === null || payload === null || signature === null || signature.length === 0) return null;
  const header = parseObject(headerBytes, HEADER_BOUNDS);
  return header === null ? null : { header, payload, signature, signingInput: token.slice(0, second) };
}

/** The bytes as one strict JSON object; null where they are anything else. */
export function parseObject(
  bytes: Uint8Array,
  bounds: { readonly maxDepth: number; readonly maxKeys: number },
): JsonObject | null {
  const parsed = parseJson(bytes, bounds);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value))
    return null;
  return parsed.value as JsonObject;
}

/** What a header says about the signature, checked. */
export type HeaderResult =
  | { readonly ok: true; readonly algorithm: JwsAlgorithm; readonly kid: string | null }
  | { readonly ok: false; readonly code: Code };

/**
 * Checks the header members that decide how a signature is verified. The algorithm must be one of `algorithms`: the token only
 * chooses among what the policy allows, so `none` and a switch to HMAC are refused before any key is touched (RFC 8725, section 3.1).
 */
export function checkHeader(header: JsonObject, algorithms: readonly JwsAlgorithm[]): HeaderResult {
  const has = (name: string): boolean => Object.hasOwn(header, name);
  const algorithm = algorithms.find((allowed) => has('alg') && allowed === header['alg']);
  if (algorithm === undefined) return { ok: false, code: 'AUTHN_TOKEN_ALGORITHM' };
  // A key that comes with the token was chosen by whoever made the token, and a link makes us fetch from where a stranger says.
  // `x5c` is passed over and never read: some issuers send it with every token.
  if (has('jwk') || has('jku') || has('x5u')) return { ok: false, code: 'AUTHN_TOKEN_KEY_EMBEDDED' };
  // No extension is understood, so every critical one refuses; `b64` without `crit` is not valid either (RFC 7797, section 6).
  if (has('crit') || has('b64')) return { ok: false, code: 'AUTHN_TOKEN_CRITICAL' };
  const kid = has('kid') ? header['kid'] : null;
  if (kid !== null && (typeof kid !== 'string' || kid.length > 512))
    return { ok: false, code: 'AUTHN_TOKEN_MALFORMED' };
  return { ok: true, algorithm, kid: kid as string | null };
}

/** Most keys tried on one token: a set of many keys without `kid` must not multiply the cost of a forged token. */
const MAX_TRIES = 4;

/**
 * The keys that may have made a signature: of this `kid` where the token names one, fit for the algorithm. Several keys under one
 * `kid` are all tried, as an issuer may use it for different algorithms (RFC 7517, section 4.5); at most 4.
 */
export function selectKeys(
  keys: readonly VerificationKey[],
  algorithm: JwsAlgorithm,
  kid: string | null,
): VerificationKey[] {
  return keys.filter((key) => (kid === null || key.kid === kid) && key.algorithms.has(algorithm)).slice(0, MAX_TRIES);
}

/** True when one of the keys made the signature of `jws` with `algorithm`. */
export function isSignedBy(jws: Jws, algorithm: JwsAlgorithm, keys: readonly VerificationKey[]): boolean {
  return keys.some((key) => verifySignature(algorithm, key.key, jws.signingInput, jws.signature));
}
