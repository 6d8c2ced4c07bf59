import { defineCodes } from './code-entry.ts';
import { INVALID_TITLE, UNAVAILABLE_TITLE } from './credential-titles.ts';

/**
 * Codes of credentials of every kind, and of passwords. Codes that tell how a forgery failed are shown as AUTHN_CREDENTIAL_INVALID: they would teach a forger what to
 * change next. Shown as themselves are those that an honest client can act on and that a forger cannot reach or knows already.
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
  AUTHN_STORE_UNAVAILABLE: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause:
      'The store cannot be asked: the key is not known here, or the store has been away for longer than store.grace, so that a revocation would not have reached us. No credential is taken or refused for good before it is back.',
    remedy: 'See that the store can be reached; its return is noticed within a second or two.',
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
  AUTHN_UNAVAILABLE: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause: 'What the client is told when a credential could not be checked; the log holds the particular code.',
    remedy: 'Send the request again after the time of the Retry-After header.',
  },
});
