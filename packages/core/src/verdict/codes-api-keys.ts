import { defineCodes } from './code-entry.ts';
import { INVALID_TITLE } from './credential-titles.ts';

/** Codes of API keys. */
export const API_KEY_CODES = defineCodes({
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
  AUTHN_KEY_IN_QUERY: {
    status: 401,
    title: 'The API key must not be sent in the URL',
    cause:
      'The document declares the key in the query, where logs, histories and Referer headers keep it; the policy does not allow that.',
    remedy:
      'Declare the key as a header, or set allowInQuery for the scheme. A key that was sent this way should be replaced.',
  },
});
