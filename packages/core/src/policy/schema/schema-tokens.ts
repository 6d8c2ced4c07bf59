import { choice, defaulted, duration, flag, list, object, optional, rate, required, text } from '../shape.ts';
import { OWN_PATH } from '../text-formats.ts';

/** The longest a token of our own lives: revoking its key holds for so long. */
const MAX_TOKEN_LIFE_MS = 3_600_000;

export const tokensShape = object({
  issuer: required(
    text(),
    'The iss of the tokens: the https URL under which clients see the door, such as https://api.example.com.',
  ),
  audience: optional(text(), 'The aud of the tokens; the issuer where absent.'),
  path: defaulted(text(OWN_PATH), '/token', 'Where tokens are asked for. The upstream never sees it.'),
  jwks: defaulted(text(OWN_PATH), '/.well-known/jwks.json', 'Where the public keys are.'),
  lifetime: defaulted(duration(10_000, MAX_TOKEN_LIFE_MS), '5m', 'How long a token lives.'),
  algorithm: defaulted(choice(['ES256', 'EdDSA']), 'ES256', 'What tokens are signed with.'),
  rotate: defaulted(
    duration(3_600_000, 20 * 86_400_000),
    '7d',
    'How long one key signs. The next one is published before it signs, and the last one until no token of it lives.',
  ),
  schemes: optional(
    list(text(), 1, 50),
    'The security schemes whose keys obtain tokens. All that have their keys in the store, where absent.',
  ),
  rate: defaulted(rate(), '60/min', 'How often one address may ask for tokens.'),
  keyRate: defaulted(rate(), '60/min', 'How many tokens one key may obtain, its successors with it.'),
  failures: defaulted(
    rate(),
    '20/min',
    'How many wrong credentials one address may send; then it is refused unheard, but for an id whose key it has proved before.',
  ),
  keyFailures: defaulted(
    rate(),
    '60/min',
    'How many wrong credentials may come for one id; then it is refused unheard, but from addresses that have proved the key before.',
  ),
  certificateBound: defaulted(
    flag(),
    false,
    "Bind each token to the client's certificate (RFC 8705); without one there is none.",
  ),
});
