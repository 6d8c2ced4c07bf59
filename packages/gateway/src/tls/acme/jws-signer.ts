import { createHash, createHmac, createPublicKey, sign, type KeyObject } from 'node:crypto';

/** What an authority is sent: a JWS in flattened form (RFC 7515, section 7.2.2). */
export interface FlatJws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

/** The public half of an account key, its members in the order that thumbprints want (RFC 7638, section 3). */
export function publicJwk(key: KeyObject): {
  readonly crv: string;
  readonly kty: string;
  readonly x: string;
  readonly y: string;
} {
  const { crv = '', kty = '', x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { crv, kty, x, y };
}

/** RFC 7638, in base64url. */
export function thumbprint(key: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(publicJwk(key)))
    .digest('base64url');
}

/** Signs with a P-256 key (RFC 8555, section 6.2). A `payload` of null is empty: the request only reads. */
export function signJws(key: KeyObject, header: object, payload: object | null): FlatJws {
  return complete({ alg: 'ES256', ...header }, payload === null ? '' : JSON.stringify(payload), (input) =>
    sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }),
  );
}

/** Binds an account key to what the authority gave a customer (RFC 8555, section 7.3.4). */
export function signBinding(
  eab: { readonly keyId: string; readonly key: string },
  url: string,
  account: KeyObject,
): FlatJws {
  const secret = Buffer.from(eab.key.trim(), 'base64url');
  return complete({ alg: 'HS256', kid: eab.keyId, url }, JSON.stringify(publicJwk(account)), (input) =>
    createHmac('sha256', secret).update(input).digest(),
  );
}

function complete(header: object, payload: string, signed: (input: Buffer) => Buffer): FlatJws {
  const encode = (text: string): string => Buffer.from(text).toString('base64url');
  const parts = { protected: encode(JSON.stringify(header)), payload: encode(payload) };
  const input = Buffer.from(`${parts.protected}.${parts.payload}`);
  return { ...parts, signature: signed(input).toString('base64url') };
}
