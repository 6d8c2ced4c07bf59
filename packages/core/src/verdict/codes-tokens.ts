import { defineCodes } from './code-entry.ts';
import { INVALID_TITLE, UNAVAILABLE_TITLE } from './credential-titles.ts';

/** Codes of tokens: signed ones, and those that their issuer is asked about. */
export const TOKEN_CODES = defineCodes({
  AUTHN_TOKEN_EXPIRED: {
    status: 401,
    title: 'The token has expired',
    cause: 'The signature is right, and the time of the `exp` claim has passed (RFC 7519, section 4.1.4).',
    remedy: 'Obtain a new token. If that does not help, compare the clocks of the issuer and of Sallyport.',
  },
  AUTHN_TOKEN_NOT_YET_VALID: {
    status: 401,
    title: INVALID_TITLE,
    cause: 'The time of the `nbf` or `iat` claim has not come (RFC 7519, sections 4.1.5 and 4.1.6).',
    remedy: 'Compare the clocks of the issuer and of Sallyport; clockTolerance allows for a small difference.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_ISSUER: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The `iss` claim is missing, or is not exactly the issuer of the policy; nothing else of the token was looked at.',
    remedy: 'Obtain a token from the configured issuer, or correct the issuer in the policy: a trailing slash counts.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_AUDIENCE: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The `aud` claim is missing or names none of the audiences of the policy: the token was issued for another service.',
    remedy: 'Ask the issuer for a token with this audience, or correct the audience in the policy.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_ALGORITHM: {
    status: 401,
    title: INVALID_TITLE,
    cause: 'The `alg` header is missing, `none`, or not one of the algorithms of the policy.',
    remedy:
      'Let the issuer sign with an algorithm of the policy, or add the one it uses. Many of these are attempts at forgery.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_SIGNATURE: {
    status: 401,
    title: INVALID_TITLE,
    cause: 'The signature does not fit the key: the token was changed, or was signed by somebody else.',
    remedy: 'Obtain a new token. Many of these are attempts at forgery.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_MALFORMED: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The token is not a JWS in compact form: three parts in strict base64url, header and payload JSON objects without a duplicate member.',
    remedy:
      'Send a signed JWT. Encrypted tokens (JWE) are not supported; opaque ones need introspection in the policy.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_TYPE: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The `typ` header is not one that the policy accepts, or the token is an event (`events`): a token of another kind, such as an ID or logout token, was sent as an access token (RFC 8725, section 3.11). Of an introspected token: `token_type` is missing, or is neither `Bearer` nor `DPoP`, as with a refresh token.',
    remedy: 'Send an access token; or add the type to the policy, or token_type to introspection.mayLack.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_KEY_UNKNOWN: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'No usable key of the key set has the `kid` of the token and fits its algorithm, and the key set was read again recently.',
    remedy:
      'See that the issuer publishes the key for signatures (`use: sig`), at least 2048 bits for RSA. A new key is found within half a minute.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_KEY_EMBEDDED: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The header brings its own key or a link to one (`jwk`, `jku`, `x5u`). Such a key proves nothing and is never used.',
    remedy: 'Nothing an honest client does leads here: look at who sends these.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_CRITICAL: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The header demands an extension (`crit`, RFC 7515, section 4.1.11; or `b64`, RFC 7797). None is understood, so the token must be refused.',
    remedy: 'Let the issuer sign without header extensions.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_CLAIM_MISSING: {
    status: 401,
    title: INVALID_TITLE,
    cause: 'A claim that the policy requires, `exp`, or the subject is not in the token; the log names it.',
    remedy: 'Let the issuer add the claim, or correct requiredClaims or claims in the policy.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_CLAIM_INVALID: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'A claim is of the wrong kind: a time that is not a number, a subject that is not a string, scopes or roles that are neither a string nor a list of strings; the log names it.',
    remedy: 'Correct the claim at the issuer, or the mapping of claims in the policy.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_TOO_LARGE: {
    status: 401,
    title: INVALID_TITLE,
    cause: 'The token is larger than maxTokenBytes of the policy.',
    remedy: 'Let the issuer put less into the token, or raise maxTokenBytes.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_CLIENT: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The token was issued to a client that is not in `clients` of the policy, or names none: `azp` and `client_id`, where they stand, must both be of the list.',
    remedy: 'Use a client that may call this API, or add its id to the policy.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_INACTIVE: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The issuer says that the token is not active (RFC 7662, section 2.2): it has expired, was revoked, was never issued, or is not for this API.',
    remedy: 'Obtain a new token.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_REVOKED: {
    status: 401,
    title: 'The token has been revoked',
    cause:
      'The token was revoked in the store, by itself or by its `jti`; the audit trail tells by whom and when. Its signature and its time may well be right.',
    remedy: 'Obtain a new token. If nobody should have this one any more, look at who still sends it.',
  },
  AUTHN_SUBJECT_REVOKED: {
    status: 401,
    title: 'The credential has been revoked',
    cause:
      'Everything that was issued to the subject up to a moment was revoked in the store, and the credential was issued before it, or does not say when (a token without `iat`, a key of a file, a password).',
    remedy:
      'Obtain a new token, key or certificate. For a user with a password or a key of a file, lift the revocation once it was replaced.',
  },
  AUTHN_INTROSPECTION_BUSY: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause:
      'Too many tokens were waiting to be introspected. How many are asked at once is bounded, and so is the queue.',
    remedy: 'Look for somebody sending made-up tokens, and limit by address; or raise introspection.concurrency.',
    shownAs: 'AUTHN_UNAVAILABLE',
  },
  AUTHN_INTROSPECTION_UNAVAILABLE: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause:
      'The introspection endpoint did not answer in time, refused our own credentials, or did not answer as RFC 7662 says; or it did not just before, and is left alone for a while. The log holds the reason.',
    remedy: 'See that the endpoint can be reached from here, and that clientId and the secret are right.',
    shownAs: 'AUTHN_UNAVAILABLE',
  },
  AUTHN_KEYS_UNAVAILABLE: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause:
      'The key set of the issuer could not be read, and there is none that is recent enough: no token can be checked. The status of the key set holds the last error.',
    remedy: 'See that the issuer can be reached from here and publishes a valid key set.',
    shownAs: 'AUTHN_UNAVAILABLE',
  },
});
