import {
  any,
  choice,
  date,
  defaulted,
  type Field,
  duration,
  flag,
  list,
  map,
  number,
  object,
  optional,
  required,
  secret,
  size,
  text,
  union,
  variants,
} from '../shape.ts';
import { MAX_KEY_LIMITS } from '../key-limit.ts';
import { clientFields } from './schema-client.ts';
import { CLAIM_NAME, KEY_LIMIT, SCOPE, SHA256 } from '../text-formats.ts';
import { CERTIFICATE_SUBJECTS, type CertificatePart } from '../authentication-policy.ts';
import { JWS_ALGORITHMS } from '../jws-algorithms.ts';
import { loginShape } from './schema-login.ts';

const forwardCredential = defaulted(
  flag(),
  false,
  'Pass the credential on to the upstream. What the upstream does not get it cannot leak or misuse.',
);

/** What proofs may be signed with; a shared secret proves no possession. */
const PROOF_ALGORITHMS = JWS_ALGORITHMS.filter((algorithm) => !algorithm.startsWith('HS'));

const dpopModes = ['off', 'optional', 'required'] as const;

const dpop = defaulted(
  union(
    choice(dpopModes),
    object({
      mode: defaulted(
        choice(dpopModes),
        'required',
        'required: no token without a proof; optional: tokens that are bound to no key may come as Bearer.',
      ),
      algorithms: defaulted(
        list(choice(PROOF_ALGORITHMS), 1, PROOF_ALGORITHMS.length),
        ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'],
        'What proofs may be signed with.',
      ),
      proofAge: defaulted(duration(1_000, 300_000), '60s', 'How old a proof may be; clockTolerance comes on top.'),
      nonce: defaulted(
        flag(),
        false,
        'Demand a nonce of ours in each proof (RFC 9449, section 9), so that proofs cannot be made in advance.',
      ),
      nonceSecret: optional(
        secret(),
        'A secret that several processes share, so that each knows the nonces of the others. Random where absent.',
      ),
    }),
  ),
  'off',
  'Proof of possession (RFC 9449). off: tokens that are bound to a key are refused.',
);

const clients = optional(
  list(text(), 1, 1000),
  'The clients whose tokens are accepted, by azp and client_id. Any where absent.',
);
const clockTolerance = defaulted(duration(0, 300_000), '30s', 'How far the clocks may be apart.');
const claims = defaulted(
  object({
    subject: defaulted(text(CLAIM_NAME), 'sub', 'The claim that names the principal.'),
    scopes: defaulted(text(CLAIM_NAME), 'scope', 'The claim with the scopes: text divided by spaces, or a list.'),
    roles: defaulted(text(CLAIM_NAME), 'roles', 'The claim with the roles.'),
  }),
  {},
  'Which claims mean what.',
);
const maxTokenBytes = defaulted(size(256, 65_536), '8KiB', 'The largest token.');
const audience = required(
  union(text(), list(text(), 1, 100)),
  'The aud claim that a token must have, or a list of which it must have one.',
);

const jwt = object({
  issuer: required(
    text(),
    'The value of the iss claim; where jwks is absent, the https URL whose metadata names the keys.',
  ),
  audience,
  algorithms: defaulted(
    list(choice(JWS_ALGORITHMS), 1, JWS_ALGORITHMS.length),
    ['RS256', 'ES256', 'EdDSA', 'Ed25519', 'PS256'],
    'The signature algorithms that are accepted (RFC 7518, RFC 8037). HS… needs a jwks file.',
  ),
  jwks: optional(
    text(),
    'Where the keys are: an https URL or the path of a JWKS file. Discovered from the issuer where absent.',
  ),
  maxStale: defaulted(
    duration(0, 7 * 86_400_000),
    '1d',
    'How much longer than the issuer promised its keys are used when they cannot be renewed.',
  ),
  clockTolerance,
  profile: optional(
    choice(['rfc9068']),
    'rfc9068: access tokens as RFC 9068 has them: of type at+jwt, with sub, client_id, iat and jti.',
  ),
  types: optional(
    list(text(), 1, 20),
    'The typ headers that are accepted, such as at+jwt. Where absent, at+jwt and any that names no other kind of token (…+jwt).',
  ),
  clients,
  requiredClaims: defaulted(list(text(CLAIM_NAME), 0, 50), [], 'Claims that must be there, beside exp, iss and aud.'),
  claims,
  maxTokenBytes,
  dpop,
  forwardCredential,
});

const introspection = object({
  introspection: required(
    object({
      endpoint: optional(text(), 'The https URL to ask. Discovered from the issuer where absent.'),
      ...clientFields(['client_secret_basic', 'client_secret_post', 'private_key_jwt']),
      timeout: defaulted(duration(100, 30_000), '5s', 'How long an answer is waited for, the queue included.'),
      cache: defaulted(
        duration(0, 3_600_000),
        '60s',
        'How long an active answer counts at most; so long may a revoked token be accepted. 0s asks with every request.',
      ),
      concurrency: defaulted(number(1, 256), 32, 'How many questions are under way at once; four times as many wait.'),
      mayLack: defaulted(
        list(choice(['aud', 'token_type']), 0, 10),
        [],
        'What an answer may lack. Without token_type, a refresh token may look like an access token; without aud, the issuer alone says for whom a token is.',
      ),
    }),
    'Ask the issuer about each token (RFC 7662).',
  ),
  issuer: optional(
    text(),
    'The iss that an answer must have where it has one; where endpoint is absent, the https URL whose metadata names it.',
  ),
  audience,
  clockTolerance,
  clients,
  requiredClaims: defaulted(
    list(text(CLAIM_NAME), 0, 50),
    [],
    'Members that the answer must have, beside active and aud.',
  ),
  claims,
  maxTokenBytes,
  dpop,
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
          limits: optional(
            list(text(KEY_LIMIT), 1, MAX_KEY_LIMITS),
            'Limits of its own, beside those of the policy: 100/m, 5000/d fixed-window, 50/s burst 100.',
          ),
        }),
        1,
        1000,
      ),
    ),
    'store for keys of `sallyport keys`, the path of a file of keys, or a list of them.',
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

const grants = {
  scopes: defaulted(list(text(SCOPE), 0, 1000), [], 'The scopes that it has.'),
  roles: defaulted(list(text(), 0, 1000), [], 'The roles that it has.'),
};

const rolesByValue = map('VALUE', list(text(), 1, 1000));

/** Who is proved by a certificate of a client, and what they may do. */
export const certificateShape = object({
  subject: required(
    choice(CERTIFICATE_SUBJECTS),
    'The part of the certificate that names the client: its common name, or its alternative name of a kind. It must be there once.',
  ),
  allowed: optional(
    list(
      union(
        text(),
        object({ subject: required(text(), 'The client, exactly as its certificate names it.'), ...grants }),
      ),
      1,
      10_000,
    ),
    'The clients that are let in. Everyone whom the authorities of clientCertificates vouch for, where absent.',
  ),
  ...grants,
  rolesFrom: defaulted(
    object({
      CN: optional(rolesByValue, 'By its common name.'),
      O: optional(rolesByValue, "By its subject's organisation."),
      OU: optional(rolesByValue, "By its subject's organisational unit; of several, each counts."),
      'SAN:URI': optional(rolesByValue, 'By its alternative names of this kind.'),
      'SAN:email': optional(rolesByValue, 'By its alternative names of this kind.'),
      'SAN:dns': optional(rolesByValue, 'By its alternative names of this kind, in lower case.'),
    } satisfies Record<CertificatePart, Field>),
    {},
    'Roles by what stands in the certificate: its part, the value of that exactly, and the roles.',
  ),
});

const self = object({
  tokens: required(choice(['self']), 'self: tokens that Sallyport itself issues, as `tokens` at the top says.'),
  clockTolerance,
  claims,
  dpop,
  forwardCredential,
});

/** One issuer of tokens. */
export const tokenShape = variants(
  { variant: 'jwt', shape: jwt },
  { variant: 'introspection', shape: introspection },
  { variant: 'self', shape: self },
);

/** One entry of `authentication`, which of them it is shows from its settings; or several token issuers for one scheme. */
export const authenticationShape = union(
  variants(
    { variant: 'jwt', shape: jwt },
    { variant: 'introspection', shape: introspection },
    { variant: 'self', shape: self },
    { variant: 'api-key', shape: apiKey },
    { variant: 'basic', shape: basic },
    { variant: 'certificate', shape: certificateShape },
    { variant: 'login', shape: loginShape },
  ),
  list(tokenShape, 1, 50),
);
