import { createPrivateKey, randomBytes, sign, constants, type KeyObject } from 'node:crypto';
import { parseJson, type ClientCredentials, type JsonObject, type JwsAlgorithm } from '@sallyport/core';
import { ALGORITHM_TRAITS } from './verify-signature.ts';

/** Adds to a request of ours what proves who we are. `audience` is the issuer, or where none is known the address that is asked. */
export type AuthenticateClient = (form: URLSearchParams, headers: Record<string, string>, audience: string) => void;

/** An assertion is used at once; this is for clocks that differ. */
const ASSERTION_SECONDS = 60;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const MIN_RSA_BITS = 2048;

/**
 * Makes what proves who we are, in each of the ways of RFC 6749 (section 2.3.1) and RFC 7523 (section 2.2). Throws an Error with a message for
 * the operator, without any of the key, where the key cannot be used. Every assertion has an id of its own and is for one issuer alone: an issuer
 * that is given one cannot use it at another.
 */
export function createClientAuthentication(
  { clientId, clientSecret, clientAuthentication, clientKey }: ClientCredentials,
  nowMs: () => number,
): AuthenticateClient {
  const secret = clientSecret?.reveal() ?? '';
  switch (clientAuthentication) {
    case 'none':
      return (form) => form.set('client_id', clientId);
    case 'client_secret_post':
      return (form) => {
        form.set('client_id', clientId);
        form.set('client_secret', secret);
      };
    case 'client_secret_basic': {
      const credential = Buffer.from(`${formEncode(clientId)}:${formEncode(secret)}`).toString('base64');
      return (_form, headers) => {
        headers['authorization'] = `Basic ${credential}`;
      };
    }
    case 'private_key_jwt': {
      if (clientKey === null) throw new Error('there is no key');
      const { key, kid, algorithm } = readKey(clientKey);
      const header = { alg: algorithm, ...(kid === null ? {} : { kid }), typ: 'JWT' };
      return (form, _headers, audience) => {
        const nowSeconds = Math.floor(nowMs() / 1000);
        form.set('client_id', clientId);
        form.set('client_assertion_type', ASSERTION_TYPE);
        form.set(
          'client_assertion',
          signJwt(header, key, {
            iss: clientId,
            sub: clientId,
            aud: audience,
            jti: randomBytes(16).toString('base64url'),
            iat: nowSeconds,
            exp: nowSeconds + ASSERTION_SECONDS,
          }),
        );
      };
    }
  }
}

/** RFC 6749 (section 2.3.1) has both parts form-encoded before they are joined, so that a colon in the id does not end it. */
function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

interface SigningKey {
  readonly key: KeyObject;
  readonly kid: string | null;
  readonly algorithm: JwsAlgorithm;
}

function readKey({ key: secret, keyId, algorithm }: NonNullable<ClientCredentials['clientKey']>): SigningKey {
  const text = secret.reveal().trim();
  const jwk = text.startsWith('{') ? readJwk(text) : null;
  const key = importKey(text, jwk);
  const named = typeof jwk?.['kid'] === 'string' ? jwk['kid'] : null;
  const said = algorithm ?? (typeof jwk?.['alg'] === 'string' ? jwk['alg'] : null) ?? usualAlgorithm(key);
  if (said === null || !fits(said, key)) throw new Error('the key and the algorithm do not fit each other');
  return { key, kid: keyId ?? named, algorithm: said as JwsAlgorithm };
}

function readJwk(text: string): JsonObject {
  const parsed = parseJson(Buffer.from(text), { maxDepth: 4, maxKeys: 64 });
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value))
    throw new Error('it is neither PEM nor a JSON Web Key');
  return parsed.value as JsonObject;
}

function importKey(text: string, jwk: JsonObject | null): KeyObject {
  let key: KeyObject;
  try {
    key = jwk === null ? createPrivateKey(text) : createPrivateKey({ key: jwk as never, format: 'jwk' });
  } catch {
    // The error of the library could quote the key.
    throw new Error('it is no private key that can be read');
  }
  if (key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS)
    throw new Error(`an RSA key has at least ${MIN_RSA_BITS} bits`);
  return key;
}

const CURVES: Readonly<Record<string, JwsAlgorithm>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

function usualAlgorithm(key: KeyObject): JwsAlgorithm | null {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  return CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? null;
}

function fits(algorithm: string, key: KeyObject): boolean {
  if (!Object.hasOwn(ALGORITHM_TRAITS, algorithm)) return false;
  const usual = usualAlgorithm(key);
  if (usual === null) return false;
  if (key.asymmetricKeyType === 'rsa') return ALGORITHM_TRAITS[algorithm as JwsAlgorithm].kty === 'RSA';
  return algorithm === usual || (usual === 'EdDSA' && algorithm === 'Ed25519');
}

function signJwt({ alg, ...header }: { readonly alg: JwsAlgorithm }, key: KeyObject, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg, ...header })}.${part(claims)}`;
  const { hash, pss } = ALGORITHM_TRAITS[alg];
  const signature = sign(hash, Buffer.from(input), {
    key,
    dsaEncoding: 'ieee-p1363',
    ...(pss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}),
  });
  return `${input}.${signature.toString('base64url')}`;
}
