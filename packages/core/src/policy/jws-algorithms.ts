/** The signature algorithms that are known (RFC 7518, section 3.1; RFC 8037; RFC 9864). `none` is none of them. */
export const JWS_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'HS256',
  'HS384',
  'HS512',
] as const;
/** An `alg` of a signed token. */
export type JwsAlgorithm = (typeof JWS_ALGORITHMS)[number];
