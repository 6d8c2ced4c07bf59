import { clientFields } from './schema-client.ts';
import {
  choice,
  defaulted,
  duration,
  flag,
  list,
  map,
  object,
  optional,
  required,
  text,
  type TextFormat,
} from '../shape.ts';
import { CLAIM_NAME, SCOPE } from '../text-formats.ts';
import { JWS_ALGORITHMS } from '../jws-algorithms.ts';

/** A path that reads the same to everybody: no escapes, no dot segments, no empty ones. */
export const OWN_PATH: TextFormat = {
  expected: 'a path such as /auth/login, of letters, digits, -, _, ~ and dots inside',
  pattern: '^(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}){1,8}$',
};
const LOCAL_PATH: TextFormat = {
  expected: 'a path of this origin, such as /app/',
  pattern: "^/(?:[A-Za-z0-9._~!$&'()*+,;=:@%#?-][A-Za-z0-9._~!$&'()*+,;=:@%#?/-]{0,510})?$",
};
const COOKIE_NAME: TextFormat = {
  expected: 'a name of at most 64 letters, digits and -, without the prefix __Host-',
  pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,63}$',
};
const PARAMETER_NAME: TextFormat = { expected: 'the name of a parameter', pattern: '^[A-Za-z0-9._-]{1,64}$' };
const PARAMETER_VALUE: TextFormat = { expected: 'visible text', pattern: '^[\\x20-\\x7e]{1,512}$' };

/** What ID tokens may be signed with; a shared secret would let everyone who has it log in as anybody. */
const ALGORITHMS = JWS_ALGORITHMS.filter((algorithm) => !algorithm.startsWith('HS'));

const login = object({
  issuer: required(text(), "The provider's https URL, exactly as its metadata name it; a trailing slash counts."),
  ...clientFields(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']),
  scopes: defaulted(
    list(text(SCOPE), 0, 100),
    [],
    'Scopes to ask for beside openid. offline_access, or what the provider wants for it, makes sessions outlive the access token.',
  ),
  origin: optional(
    text(),
    'Scheme, host and port as browsers see them: https://app.example.com. Needed but for plain HTTP on a loopback address.',
  ),
  paths: defaulted(
    object({
      login: optional(
        text(OWN_PATH),
        'Begins a login; ?returnTo=/path says where it leads. /auth/SCHEME/login where absent.',
      ),
      callback: optional(
        text(OWN_PATH),
        'Where the provider sends browsers back: the redirect URI, without the origin. /auth/SCHEME/callback where absent.',
      ),
      logout: optional(text(OWN_PATH), 'Ends the session, here and at the provider. /auth/SCHEME/logout where absent.'),
      backChannelLogout: optional(
        text(OWN_PATH),
        'Where the provider itself tells that a session ended. /auth/SCHEME/back-channel-logout where absent.',
      ),
    }),
    {},
    'Paths that Sallyport answers itself. None may be in the document.',
  ),
  cookie: optional(
    text(COOKIE_NAME),
    'The name of the cookie; over https it gets the prefix __Host-. sallyport-SCHEME where absent, and that of the document where it declares one.',
  ),
  idleTimeout: defaulted(duration(60_000), '30m', 'A session that is not used for so long ends.'),
  absoluteTimeout: defaulted(duration(60_000), '12h', 'So long after the login a session ends in any case.'),
  afterLogin: defaulted(text(LOCAL_PATH), '/', 'Where a login leads that names no other target.'),
  afterLogout: defaulted(
    text(LOCAL_PATH),
    '/',
    'Where a logout leads; the provider has to know it as post_logout_redirect_uri, with the origin.',
  ),
  returnTargets: defaulted(
    list(text(LOCAL_PATH), 0, 100),
    ['/'],
    'Where a login may lead back to: these paths and what lies below them. Never another origin.',
  ),
  unauthenticated: defaulted(
    choice(['redirect', 'refuse']),
    'redirect',
    'What a browser gets that opens a page without a session: sent to log in, or 401. Calls of scripts get 401 in any case.',
  ),
  algorithms: defaulted(
    list(choice(ALGORITHMS), 1, ALGORITHMS.length),
    ['RS256', 'ES256', 'EdDSA', 'Ed25519', 'PS256'],
    'What ID tokens and logout tokens may be signed with.',
  ),
  clockTolerance: defaulted(duration(0, 300_000), '30s', 'How far the clocks may be apart.'),
  claims: defaulted(
    object({
      subject: defaulted(text(CLAIM_NAME), 'sub', 'The claim that names the principal.'),
      roles: defaulted(text(CLAIM_NAME), 'roles', 'The claim with the roles.'),
    }),
    {},
    'Which claims of the ID token mean what. Scopes are those that the provider granted.',
  ),
  parameters: defaulted(
    map('NAME', text(PARAMETER_VALUE), PARAMETER_NAME),
    {},
    'More parameters of the authorization request, such as prompt: consent.',
  ),
  idTokenHint: defaulted(
    flag(),
    false,
    "Send the ID token to the provider's logout. Some providers insist; it goes through the browser, which otherwise never sees a token.",
  ),
  timeout: defaulted(duration(100, 30_000), '5s', 'How long an answer of the provider is waited for.'),
});

/** An entry of `authentication` that logs browsers in. */
export const loginShape = object({
  login: required(login, 'Log browsers in at an OpenID provider, and take their session as the credential.'),
});
