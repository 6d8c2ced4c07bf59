import { hash } from 'node:crypto';
import type { Code, DpopPolicy, JsonObject, TokenPresentation } from '@sallyport/core';
import { isSignedBy, parseJws, parseObject } from './jws.ts';
import { sameUrl } from './same-url.ts';
import type { ProofKeys } from './proof-keys.ts';

/** What a good proof says. */
export interface DpopProof {
  /** RFC 7638 thumbprint of its key, SHA-256 in base64url. */
  readonly thumbprint: string;
  readonly jti: string;
  readonly issuedAtMs: number;
  readonly nonce: string | null;
}

export type ProofResult =
  | { readonly ok: true; readonly proof: DpopProof }
  | { readonly ok: false; readonly code: Code; readonly reason: string };

const MAX_PROOF_CHARACTERS = 8_192;
const MAX_JTI_CHARACTERS = 256;
const PAYLOAD_BOUNDS = { maxDepth: 8, maxKeys: 100 };

function invalid(reason: string): ProofResult {
  return { ok: false, code: 'AUTHN_DPOP_PROOF_INVALID', reason };
}

function mismatch(reason: string): ProofResult {
  return { ok: false, code: 'AUTHN_DPOP_PROOF_MISMATCH', reason };
}

/**
 * Checks a proof by itself and against the request and the token (RFC 9449, section 4.3, points 2 to 11 but for the nonce and the binding): form, type,
 * algorithm, a public key in the header, `jti`, `htm`, `htu`, `iat`, `ath`, and last, as it costs most, the signature. Time counts with the
 * tolerance in both directions. Without a token (null), where one is asked for (section 5), there is no `ath` to compare. Members twice, lenient base64url, `crit` and other keys than `jwk` in the header are refused as in tokens.
 */
export function checkDpopProof(
  text: string,
  token: string | null,
  presented: Pick<TokenPresentation, 'method' | 'url'>,
  policy: Pick<DpopPolicy, 'algorithms' | 'proofAgeMs'>,
  toleranceMs: number,
  nowMs: number,
  keys: ProofKeys,
): ProofResult {
  if (text.length > MAX_PROOF_CHARACTERS) return invalid('size');
  const jws = parseJws(text);
  if (jws === null) return invalid('form');
  const { header } = jws;
  const type = own(header, 'typ');
  if (typeof type !== 'string' || type.toLowerCase() !== 'dpop+jwt') return invalid('typ');
  const algorithm = policy.algorithms.find((allowed) => allowed === own(header, 'alg'));
  if (algorithm === undefined) return invalid('alg');
  if (['crit', 'b64', 'jku', 'x5u'].some((name) => Object.hasOwn(header, name))) return invalid('header');
  const jwk = own(header, 'jwk');
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return invalid('jwk');
  const claims = parseObject(jws.payload, PAYLOAD_BOUNDS);
  if (claims === null) return invalid('form');
  const jti = own(claims, 'jti');
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_CHARACTERS) return invalid('jti');
  const iat = own(claims, 'iat');
  if (typeof iat !== 'number') return invalid('iat');
  const nonce = own(claims, 'nonce') ?? null;
  if (nonce !== null && (typeof nonce !== 'string' || nonce.length > 256)) return invalid('nonce');
  // The method is compared as it is: methods are case-sensitive (RFC 9110, section 9.1).
  if (own(claims, 'htm') !== presented.method) return mismatch('htm');
  const htu = own(claims, 'htu');
  if (typeof htu !== 'string' || !sameUrl(htu, presented.url)) return mismatch('htu');
  if (token !== null && own(claims, 'ath') !== hash('sha256', token, 'base64url')) return mismatch('ath');
  const issuedAtMs = iat * 1000;
  if (nowMs > issuedAtMs + policy.proofAgeMs + toleranceMs || nowMs < issuedAtMs - toleranceMs)
    return { ok: false, code: 'AUTHN_DPOP_PROOF_EXPIRED', reason: 'iat' };
  const imported = keys.import(jwk as JsonObject);
  if (imported === null || !imported.key.algorithms.has(algorithm)) return invalid('jwk');
  if (!isSignedBy(jws, algorithm, [imported.key])) return invalid('signature');
  keys.keep(jwk as JsonObject, imported);
  return { ok: true, proof: { thumbprint: imported.thumbprint, jti, issuedAtMs, nonce } };
}

function own(object: JsonObject, name: string): JsonObject[string] | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
