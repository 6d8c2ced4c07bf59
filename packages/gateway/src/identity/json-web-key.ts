import { createHash, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { JsonObject, JsonValue, JwsAlgorithm } from '@sallyport/core';
import { ALGORITHM_TRAITS } from './verify-signature.ts';
import { decodeBase64url } from './base64url.ts';

/** A key that signatures are verified with. */
export interface VerificationKey {
  readonly kid: string | null;
  /** What it may verify: what its type and curve fit, and its `alg` where it names one. */
  readonly algorithms: ReadonlySet<JwsAlgorithm>;
  readonly key: KeyObject;
  /** The same for the same key under the same `kid` and `alg`. */
  readonly fingerprint: string;
}

export interface ImportedKeys {
  readonly keys: readonly VerificationKey[];
  /** Why keys of the set are not used, for people. */
  readonly skipped: readonly string[];
}

/** Most keys of one set; more are an error of the set. */
const MAX_KEYS = 100;
const MIN_RSA_BITS = 2048;
/** Verification costs grow with the modulus; nobody signs tokens with more. */
const MAX_RSA_BITS = 8192;

/**
 * Imports a JSON Web Key Set (RFC 7517, section 5). Keys that are not for signatures, too weak, private or of an unknown type are
 * skipped with a reason, as the RFC demands of unknown ones; equal ones count once. `oct` keys only where `symmetric` is set, which
 * is for files of this machine: a secret that is published is none. Throws an Error for people where it is no key set.
 */
export function importKeySet(set: JsonValue, symmetric: boolean): ImportedKeys {
  const list = typeof set === 'object' && set !== null && !Array.isArray(set) ? (set as JsonObject)['keys'] : undefined;
  if (!Array.isArray(list)) throw new Error('it is not a JSON Web Key Set: there is no list "keys"');
  if (list.length > MAX_KEYS) throw new Error(`it has more than ${MAX_KEYS} keys`);
  const keys = new Map<string, VerificationKey>();
  const skipped: string[] = [];
  for (const [index, jwk] of (list as readonly JsonValue[]).entries()) {
    const imported = importKey(jwk, symmetric);
    if (typeof imported === 'string') skipped.push(`key ${index}: ${imported}`);
    else keys.set(imported.fingerprint, imported);
  }
  return { keys: [...keys.values()], skipped };
}

/** One key, or why it is not used. */
function importKey(jwk: JsonValue, symmetric: boolean): VerificationKey | string {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) return 'it is not an object';
  const member = (name: string): JsonValue | undefined =>
    Object.hasOwn(jwk, name) ? (jwk as JsonObject)[name] : undefined;
  const kty = member('kty');
  const kid = member('kid');
  if (kid !== undefined && typeof kid !== 'string') return 'its kid is not a string';
  const use = member('use');
  if (use !== undefined && use !== 'sig') return 'its use is not sig';
  const operations = member('key_ops');
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return 'its key_ops do not allow verify';
  // Whoever publishes a private key has published the means to forge tokens.
  if (kty !== 'oct' && ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth'].some((name) => member(name) !== undefined))
    return 'it holds a private key';
  const crv = member('crv');
  const declared = member('alg');
  const algorithms = new Set(
    (Object.keys(ALGORITHM_TRAITS) as JwsAlgorithm[]).filter((algorithm) => {
      const traits = ALGORITHM_TRAITS[algorithm];
      const alike = declared === algorithm || (isEdwards(declared) && isEdwards(algorithm));
      return traits.kty === kty && (traits.crv === null || traits.crv === crv) && (declared === undefined || alike);
    }),
  );
  if (algorithms.size === 0) return 'its type, curve or algorithm is not supported';
  const key = kty === 'oct' ? importSecret(member('k'), algorithms, symmetric) : importPublic(jwk as JsonObject);
  if (typeof key === 'string') return key;
  return { kid: kid ?? null, algorithms, key, fingerprint: fingerprintOf(jwk as JsonObject) };
}

/** RFC 9864 names EdDSA on Ed25519 `Ed25519`; both are the same signature. */
function isEdwards(algorithm: JsonValue | undefined): boolean {
  return algorithm === 'EdDSA' || algorithm === 'Ed25519';
}

function importPublic(jwk: JsonObject): KeyObject | string {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: jwk as Record<string, unknown>, format: 'jwk' });
  } catch {
    return 'its parameters are not valid';
  }
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== 'rsa') return key;
  if (modulusLength === undefined || modulusLength < MIN_RSA_BITS)
    return `its modulus has less than ${MIN_RSA_BITS} bits`;
  if (modulusLength > MAX_RSA_BITS) return `its modulus has more than ${MAX_RSA_BITS} bits`;
  // With the exponent 1 every message is its own signature; a huge one makes each verification slow.
  if (publicExponent === undefined || publicExponent < 3n || publicExponent % 2n === 0n || publicExponent > 0xffffffffn)
    return 'its exponent is not usable';
  return key;
}

/** An HMAC key is at least as long as the hash (RFC 7518, section 3.2); algorithms that it is too short for are taken away. */
function importSecret(k: JsonValue | undefined, algorithms: Set<JwsAlgorithm>, symmetric: boolean): KeyObject | string {
  if (!symmetric) return 'it is a secret, and the set is not a file of this machine';
  const secret = typeof k === 'string' ? decodeBase64url(k) : null;
  if (secret === null) return 'its parameters are not valid';
  for (const algorithm of algorithms)
    if (secret.length < (ALGORITHM_TRAITS[algorithm].signatureBytes ?? 0)) algorithms.delete(algorithm);
  return algorithms.size === 0 ? 'it is shorter than the hash' : createSecretKey(secret);
}

function fingerprintOf(jwk: JsonObject): string {
  const members = ['kty', 'crv', 'kid', 'alg', 'n', 'e', 'x', 'y', 'k'].map((name) =>
    Object.hasOwn(jwk, name) ? jwk[name] : null,
  );
  return createHash('sha256').update(JSON.stringify(members)).digest('hex');
}
