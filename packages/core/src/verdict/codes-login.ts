import { defineCodes } from './code-entry.ts';

const ENDED_TITLE = 'The session has ended; log in again';
const FAILED_TITLE = 'The login did not succeed';
const UNAVAILABLE_TITLE = 'The credential cannot be checked at the moment';

/** What can go wrong with logins of browsers and their sessions. */
export const LOGIN_CODES = defineCodes({
  AUTHN_LOGIN_REQUIRED: {
    status: 302,
    title: 'Log in to see this page',
    cause:
      'A browser opened a page of an operation that needs a session, and had none that holds. It was sent to log in and comes back after it.',
    remedy: 'Nothing. Calls of scripts get 401 instead; `unauthenticated: refuse` gives it to pages too.',
  },
  AUTHN_SESSION_UNKNOWN: {
    status: 401,
    title: ENDED_TITLE,
    cause: 'The cookie is none that was given out for this scheme, or its session is long gone.',
    remedy: 'Log in again. Many of these from one address are somebody who makes cookies up.',
    shownAs: 'AUTHN_SESSION_ENDED',
  },
  AUTHN_SESSION_ENDED: {
    status: 401,
    title: ENDED_TITLE,
    cause:
      'The session was ended: by a logout here or at the provider, by the provider who renewed it no longer, or by `sallyport revoke`.',
    remedy: 'Log in again.',
  },
  AUTHN_SESSION_EXPIRED: {
    status: 401,
    title: ENDED_TITLE,
    cause: 'The session was not used for longer than idleTimeout, or it is older than absoluteTimeout.',
    remedy: 'Log in again, or raise the times in the policy.',
    shownAs: 'AUTHN_SESSION_ENDED',
  },
  AUTHN_ORIGIN_FOREIGN: {
    status: 403,
    title: 'Requests that change something must come from the pages of this site',
    cause:
      'A logout, or a request with a session cookie and a method that may change something, did not come from a page of this origin, going by Origin and Sec-Fetch-Site (cross-site request forgery); or it had neither header.',
    remedy:
      'Send it from a page of the origin of the login, or name the origin of the page under cors.origins with credentials: true. Scripts outside of browsers should use a token.',
  },
  AUTHN_LOGIN_RETURN: {
    status: 400,
    title: 'The login may not lead there',
    cause:
      'The target after a login is no path of this origin, is none of returnTargets, or would begin the login anew.',
    remedy: 'Send returnTo once, with a path such as /app/start, and list it under returnTargets.',
  },
  AUTHN_LOGIN_HOST: {
    status: 421,
    title: 'There is no login under this host name',
    cause: 'The policy names no origin for the login, and the request did not come in plain HTTP to a loopback name.',
    remedy: 'Set origin of the login to the scheme and host that browsers see.',
  },
  AUTHN_LOGIN_STATE: {
    status: 400,
    title: FAILED_TITLE,
    cause:
      'What came back from the provider belongs to no login that this browser has begun here in the last ten minutes: the cookie of the login is missing, or state is another one. So it looks when somebody else makes a browser finish his login, and when a user goes back to an old page.',
    remedy:
      'Begin the login again. If it happens always, the browser does not keep the cookie: look at origin in the policy.',
  },
  AUTHN_LOGIN_ISSUER: {
    status: 400,
    title: FAILED_TITLE,
    cause:
      'The answer to the login says that it is of another provider than the one that was asked, or does not say it where the provider promised to (RFC 9207: mix-up attack).',
    remedy: 'See that issuer is exactly what the provider calls itself.',
    shownAs: 'AUTHN_LOGIN_FAILED',
  },
  AUTHN_LOGIN_REFUSED: {
    status: 403,
    title: 'The provider refused the login',
    cause:
      'The provider sent the browser back with an error, which the log holds: the user said no, or the client is registered differently.',
    remedy:
      'Where it is access_denied, nothing; where it is anything else, compare the registration at the provider with the policy.',
  },
  AUTHN_LOGIN_CODE: {
    status: 400,
    title: FAILED_TITLE,
    cause:
      'The provider does not take the code that it gave the browser: it was used before, has expired, or is not for us; or it does not take our own credentials. The log holds its error.',
    remedy: 'Begin the login again. For invalid_client, correct clientId and secret or key.',
    shownAs: 'AUTHN_LOGIN_FAILED',
  },
  AUTHN_LOGIN_TOKEN: {
    status: 400,
    title: FAILED_TITLE,
    cause:
      'The ID token that the provider gave does not hold: signature, issuer, audience, times, nonce or hash of the access token are not what they must be; the log says which.',
    remedy:
      'See that issuer, clientId and algorithms are those of the provider. Otherwise somebody is between us and the provider.',
    shownAs: 'AUTHN_LOGIN_FAILED',
  },
  AUTHN_LOGIN_FAILED: {
    status: 400,
    title: FAILED_TITLE,
    cause: 'What the browser is told when a login came to nothing; the log holds the particular code.',
    remedy: 'Begin the login again.',
  },
  AUTHN_LOGIN_UNAVAILABLE: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause:
      'The provider did not answer in time, or not with what it should: a login cannot begin or end, or a session whose tokens have expired cannot be renewed.',
    remedy: 'See that the provider can be reached from here; the log holds what it said.',
    shownAs: 'AUTHN_UNAVAILABLE',
  },
  AUTHN_LOGIN_BUSY: {
    status: 503,
    title: UNAVAILABLE_TITLE,
    cause: 'Too many logins were waiting for the provider; their number is bounded.',
    remedy: 'Look for somebody who begins logins in bulk; limit by address.',
    shownAs: 'AUTHN_UNAVAILABLE',
  },
  AUTHN_LOGOUT_TOKEN: {
    status: 400,
    title: 'The logout token does not hold',
    cause:
      'What was sent to the back-channel logout is no logout token of the provider for us (OpenID Connect Back-Channel Logout 1.0, section 2.6); the log says why.',
    remedy: 'See that the provider is the one of the policy. Nothing was ended.',
  },
});
