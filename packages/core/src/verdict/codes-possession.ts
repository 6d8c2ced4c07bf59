import { defineCodes } from './code-entry.ts';
import { INVALID_TITLE, UNAVAILABLE_TITLE } from './credential-titles.ts';

/** Codes of tokens that are bound to a key or a certificate, and of the proofs that go with them (DPoP, RFC 9449; mutual TLS, RFC 8705). */
export const POSSESSION_CODES = defineCodes({
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
    cause:
      'A proof with this `jti`, signed with this key, was accepted already (RFC 9449, section 11.1); or the clock of the machine was set back, and whether it was can no longer be told.',
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
  AUTHN_DPOP_UNAVAILABLE: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause:
      'The store in which nodes share used DPoP proofs cannot be asked, so that nobody can tell whether this proof was used at another node.',
    remedy:
      'See that the store can be reached. With store.proofsWhileAway: alone, each node goes by its own memory for the time of store.grace.',
    shownAs: 'AUTHN_UNAVAILABLE',
  },
});
