import {
  any,
  choice,
  date,
  defaulted,
  duration,
  flag,
  list,
  map,
  object,
  optional,
  required,
  size,
  text,
  union,
  variants,
} from './shape.ts';
import { CLAIM_NAME, SCOPE, SHA256 } from './text-formats.ts';
import { JWS_ALGORITHMS } from './policy.ts';

const forwardCredential = defaulted(
  flag(),
  false,
  'Pass the credential on to the upstream. What the upstream does not get it cannot leak or misuse.',
);

const jwt = object({
  issuer: required(
    text(),
    'The value of the iss claim; where jwks is absent, the https URL whose metadata names the keys.',
  ),
  audience: required(
    union(text(), list(text(), 1, 100)),
    'The aud claim that a token must have, or a list of which it must have one.',
  ),
  algorithms: defaulted(
    list(choice(JWS_ALGORITHMS), 1, JWS_ALGORITHMS.length),
    ['RS256', 'ES256', 'EdDSA', 'Ed25519', 'PS256'],
    'The signature algorithms that are accepted (RFC 7518, RFC 8037). HS… needs a jwks file.',
  ),
  jwks: optional(
    text(),
    'Where the keys are: an https URL or the path of a JWKS file. Discovered from the issuer where absent.',
  ),
  clockTolerance: defaulted(duration(0, 300_000), '30s', 'How far the clocks may be apart.'),
  types: optional(list(text(), 1, 20), 'The typ headers that are accepted, such as at+jwt. Any where absent.'),
  requiredClaims: defaulted(list(text(CLAIM_NAME), 0, 50), [], 'Claims that must be there, beside exp, iss and aud.'),
  claims: defaulted(
    object({
      subject: defaulted(text(CLAIM_NAME), 'sub', 'The claim that names the principal.'),
      scopes: defaulted(text(CLAIM_NAME), 'scope', 'The claim with the scopes: text divided by spaces, or a list.'),
      roles: defaulted(text(CLAIM_NAME), 'roles', 'The claim with the roles.'),
    }),
    {},
    'Which claims mean what.',
  ),
  maxTokenBytes: defaulted(size(256, 65_536), '8KiB', 'The largest token.'),
  forwardCredential,
});

const apiKey = object({
  keys: required(
    union(
      text(),
      list(
        object({
          id: required(text(CLAIM_NAME), 'The name of the key, shown in logs.'),
          sha256: required(text(SHA256), 'The SHA-256 of the key, in hexadecimal; never the key.'),
          subject: optional(text(CLAIM_NAME), 'Who uses it; the id where absent.'),
          scopes: defaulted(list(text(SCOPE), 0, 1000), [], 'The scopes that it has.'),
          roles: defaulted(list(text(), 0, 1000), [], 'The roles that it has.'),
          attributes: defaulted(map('NAME', any()), {}, 'Whatever else is known of its user.'),
          expires: optional(date(), 'From when on it is refused. Never where absent.'),
        }),
        1,
        1000,
      ),
    ),
    'The path of a file of keys, or a list of them.',
  ),
  allowInQuery: defaulted(
    flag(),
    false,
    'Take a key from the query where the document declares it there. URLs end up in logs and histories.',
  ),
  forwardCredential,
});

const basic = object({
  users: required(text(), 'The path of a file with a line user:hash for every user.'),
  realm: optional(text(), 'The realm that a client is shown; the name of the scheme where absent.'),
  forwardCredential,
});

/** One entry of `authentication`; which of the three it is shows from its settings. */
export const authenticationShape = variants(
  { variant: 'jwt', shape: jwt },
  { variant: 'api-key', shape: apiKey },
  { variant: 'basic', shape: basic },
);
