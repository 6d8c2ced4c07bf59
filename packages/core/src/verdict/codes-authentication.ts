import { defineCodes } from './code-entry.ts';

const INVALID_TITLE = 'The credential is not valid';
const UNAVAILABLE_TITLE = 'The service is temporarily unavailable';

/**
 * Codes that tell how a forgery failed are shown as AUTHN_CREDENTIAL_INVALID: they would teach a forger what to change next.
 * Shown as themselves are those that an honest client can act on and that a forger cannot reach or knows already.
 */
export const AUTHENTICATION_CODES = defineCodes({
  AUTHN_CREDENTIAL_MISSING: {
    status: 401,
    title: 'Authentication is required',
    cause:
      'No credential of any scheme that the operation declares was sent, or not all of those that it needs together.',
    remedy: 'Send one of the credentials that the WWW-Authenticate header names.',
  },
  AUTHN_CREDENTIAL_INVALID: {
    status: 401,
    title: INVALID_TITLE,
    cause: 'What the client is told for every credential that was sent and refused; the log holds the particular code.',
    remedy: 'Obtain a new credential.',
  },
  AUTHN_CREDENTIAL_MALFORMED: {
    status: 401,
    title: 'The credential cannot be read',
    cause:
      'A credential does not have the form of its scheme: `Bearer` or `Basic`, one space and one token (RFC 6750, RFC 7617), a key of visible ASCII characters, or a cookie without quotes.',
    remedy: 'Send the credential exactly as its scheme writes it.',
  },
  AUTHN_CREDENTIAL_AMBIGUOUS: {
    status: 400,
    title: 'A credential was sent twice',
    cause:
      'The header, query parameter or cookie that carries a credential stands more than once; two readers could choose different ones.',
    remedy: 'Send each credential once.',
  },
  AUTHN_CREDENTIAL_UNEXPECTED: {
    status: 401,
    title: 'The credential is of a scheme that is not accepted',
    cause: 'The Authorization header is of a scheme that the operation does not declare.',
    remedy:
      'Send a credential of a scheme that the WWW-Authenticate header names, or leave the Authorization header out where the operation needs none.',
  },
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
  AUTHN_TOKEN_BOUND: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The token is bound to a key (`cnf`, RFC 7800) and was sent without proof of it: as `Bearer` where its holder has to send a DPoP proof, or bound in a way that is not understood; the log names the confirmation. A stolen token looks like this.',
    remedy: 'Send the token with the DPoP scheme and a proof, and set dpop for the scheme in the policy.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_TOKEN_CERTIFICATE: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The token is bound to a client certificate (`cnf.x5t#S256`, RFC 8705, section 3), and the connection has none, or another one.',
    remedy:
      'Send the token over a connection with the certificate that it was issued for. A stolen token looks like this.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_DPOP_REQUIRED: {
    status: 401,
    title: 'The token must come with a DPoP proof',
    cause: 'The policy demands DPoP (RFC 9449), and the token was sent as `Bearer`.',
    remedy: 'Obtain a token that is bound to a key, and send it with the DPoP scheme and a proof.',
  },
  AUTHN_DPOP_KEY: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The token was sent with the DPoP scheme, and is bound to no key or to another one than the proof is signed with (`cnf.jkt`, RFC 9449, section 7.1).',
    remedy: 'Sign the proof with the key that the token was obtained with. A stolen token looks like this.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_DPOP_PROOF_MISSING: {
    status: 401,
    title: 'The DPoP proof is missing',
    cause: 'The token was sent with the DPoP scheme, and there is no DPoP header (RFC 9449, section 4.3).',
    remedy: 'Send a proof in the DPoP header.',
  },
  AUTHN_DPOP_PROOF_INVALID: {
    status: 401,
    title: 'The DPoP proof is not valid',
    cause:
      'The proof is not a JWT of type `dpop+jwt`, signed with an allowed algorithm by the public key in its header, with `jti`, `htm`, `htu`, `iat` and `ath` (RFC 9449, section 4.3); the log names what is wrong.',
    remedy: 'Make the proof as RFC 9449 says, with an algorithm that the WWW-Authenticate header names.',
  },
  AUTHN_DPOP_PROOF_MISMATCH: {
    status: 401,
    title: 'The DPoP proof is for another request',
    cause:
      'The method (`htm`), the URL (`htu`, without query) or the hash of the token (`ath`) in the proof is not that of the request; the log names which.',
    remedy:
      'Make a new proof for each request. Behind a proxy that ends TLS or changes the host, name it in trustedProxies, so that the URL that clients see is known.',
  },
  AUTHN_DPOP_PROOF_EXPIRED: {
    status: 401,
    title: 'The DPoP proof is too old, or from the future',
    cause: 'The `iat` of the proof is further from now than the policy allows.',
    remedy: 'Make a new proof for each request, and compare the clocks.',
  },
  AUTHN_DPOP_PROOF_REPLAYED: {
    status: 401,
    title: 'The DPoP proof was used before',
    cause: 'A proof with this `jti`, signed with this key, was accepted already (RFC 9449, section 11.1).',
    remedy: 'Make a new proof for each request. Many of these are somebody who replays requests.',
  },
  AUTHN_DPOP_NONCE: {
    status: 401,
    title: 'The DPoP proof needs a fresh nonce',
    cause:
      'The policy demands a nonce in proofs (RFC 9449, section 9), and the proof has none, or one that has expired.',
    remedy: 'Make a new proof with the nonce of the DPoP-Nonce header, and send the request again.',
  },
  AUTHN_DPOP_BUSY: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause:
      'The memory of used proofs is full, or one subject has more than its share of it, a tenth, over all of its keys. A proof that cannot be remembered could be replayed, and is refused.',
    remedy:
      'Look for a client that sends very many requests; shorten proofAge, or divide the load among several processes.',
    shownAs: 'AUTHN_UNAVAILABLE',
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
  AUTHN_KEY_UNKNOWN: {
    status: 401,
    title: INVALID_TITLE,
    cause: 'No API key of the scheme is this one.',
    remedy: 'Send a key that was issued for this API. Many of these are attempts at guessing.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_KEY_EXPIRED: {
    status: 401,
    title: 'The API key has expired',
    cause: 'The key is right, and the time of its `expires` has passed.',
    remedy: 'Obtain a new key.',
  },
  AUTHN_KEY_CHECKSUM: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The text has the form of a key that Sallyport made, and the wrong checksum: it was mistyped, cut, or made up. The store was not asked.',
    remedy: 'Copy the whole key. Many of these are attempts at guessing.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_KEY_REVOKED: {
    status: 401,
    title: 'The API key has been revoked',
    cause: 'The key was right until it was revoked; the audit trail tells by whom and when.',
    remedy: 'Obtain a new key. If nobody should have this one any more, look at who still sends it.',
  },
  AUTHN_KEY_ADDRESS: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The key, or a token that it obtained, is right, and the request comes from an address that the key may not be used from.',
    remedy:
      'Use the key from where it is allowed, or allow the address. A key that turns up elsewhere may be stolen: rotate it. Behind a proxy, see trustedProxies.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_STORE_UNAVAILABLE: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause:
      'The store cannot be asked: the key is not known here, or the store has been away for longer than store.grace, so that a revocation would not have reached us. No credential is taken or refused for good before it is back.',
    remedy: 'See that the store can be reached; its return is noticed within a second or two.',
    shownAs: 'AUTHN_UNAVAILABLE',
  },
  AUTHN_DPOP_UNAVAILABLE: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause:
      'The store in which nodes share used DPoP proofs cannot be asked, so that nobody can tell whether this proof was used at another node.',
    remedy:
      'See that the store can be reached. With store.proofsWhileAway: alone, each node goes by its own memory for the time of store.grace.',
    shownAs: 'AUTHN_UNAVAILABLE',
  },
  AUTHN_KEY_IN_QUERY: {
    status: 401,
    title: 'The API key must not be sent in the URL',
    cause:
      'The document declares the key in the query, where logs, histories and Referer headers keep it; the policy does not allow that.',
    remedy:
      'Declare the key as a header, or set allowInQuery for the scheme. A key that was sent this way should be replaced.',
  },
  AUTHN_CERTIFICATE_MISSING: {
    status: 401,
    title: "A client's certificate is required",
    cause:
      'The operation needs a certificate, and none was shown in the TLS handshake, or passed on by a trusted proxy where listen.forwardedCertificates asks for that.',
    remedy: 'Connect with a certificate of an authority that the handshake names; a new connection is needed.',
  },
  AUTHN_CERTIFICATE_UNTRUSTED: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'None of the authorities in listen.tls.clientCertificates (or listen.forwardedCertificates) issued the certificate, with a signature, validity, key usage and constraints that hold; or the header of a proxy holds no one certificate.',
    remedy:
      'Use a certificate that one of them issued. An authority between the root and the client is named in that file as well.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_CERTIFICATE_EXPIRED: {
    status: 401,
    title: "The client's certificate has expired",
    cause: 'An authority that is trusted issued the certificate, and its validity has ended.',
    remedy: 'Obtain a new certificate, and connect with it.',
  },
  AUTHN_CERTIFICATE_NOT_YET_VALID: {
    status: 401,
    title: INVALID_TITLE,
    cause: 'The validity of the certificate has not begun.',
    remedy: 'Compare the clocks of the authority and of Sallyport.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_CERTIFICATE_REVOKED: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The serial number of the certificate, or of one between it and the authority, is on a revocation list, a responder (OCSP) calls it revoked, or it was revoked in the store.',
    remedy: 'Nobody should use this certificate any more: find out who does.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_CERTIFICATE_PURPOSE: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The certificate is not for clients: its extended key usage lacks clientAuth, or its key usage lacks digitalSignature (RFC 5280, section 4.2.1).',
    remedy: 'Obtain a certificate with the extended key usage clientAuth.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_CERTIFICATE_SUBJECT: {
    status: 401,
    title: INVALID_TITLE,
    cause:
      'The part of the certificate that the policy takes the subject from is missing, stands there more than once, or is none of those allowed; the log says which.',
    remedy: 'Correct subject or allowed in the policy, or obtain a certificate with one such name.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_REVOCATION_UNKNOWN: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause:
      'There is no revocation list of the authority that issued the certificate, or its nextUpdate has passed, and no responder (OCSP) that may be asked vouches for it: nobody can tell whether the certificate was revoked. The log has what came of asking.',
    remedy:
      'Put a current list of every authority into the file of listen.tls.clientCertificates.revocation, or see that the responder of ocsp can be reached and knows the certificate.',
    shownAs: 'AUTHN_UNAVAILABLE',
  },
  AUTHN_PASSWORD_WRONG: {
    status: 401,
    title: INVALID_TITLE,
    cause: 'User name or password is wrong; which of them is told to nobody, and takes the same time.',
    remedy: 'Send the right user name and password. Many of these are attempts at guessing.',
    shownAs: 'AUTHN_CREDENTIAL_INVALID',
  },
  AUTHN_PASSWORDS_BUSY: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause:
      'Too many passwords were waiting to be checked. Checking one is slow on purpose, so their number is bounded.',
    remedy: 'Look for somebody guessing passwords; limit the operation by address.',
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
  AUTHN_UNAVAILABLE: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause: 'What the client is told when a credential could not be checked; the log holds the particular code.',
    remedy: 'Send the request again after the time of the Retry-After header.',
  },
});
