import { choice, optional, required, secret, text } from '../shape.ts';
import { CLAIM_NAME } from '../text-formats.ts';
import { CLIENT_ALGORITHMS, type ClientAuthenticationMethod } from '../client-credentials.ts';

/** How we prove who we are to an issuer, of the ways that make sense where the fields stand. */
export function clientFields<const Methods extends readonly ClientAuthenticationMethod[]>(methods: Methods) {
  return {
    clientId: required(text(), 'Who we are to the issuer.'),
    clientSecret: optional(secret(), 'A reference to our secret: ${env:NAME} or ${file:path}.'),
    clientKey: optional(
      secret(),
      'A reference to our private key, for private_key_jwt: ${file:client.pem}. PEM, or a JSON Web Key.',
    ),
    clientKeyId: optional(
      text(CLAIM_NAME),
      'The kid under which the issuer knows our key; that of the JSON Web Key where absent.',
    ),
    clientAlgorithm: optional(
      choice(CLIENT_ALGORITHMS),
      'What we sign with; where absent, what fits the key: RS256, ES256, ES384, ES512 or EdDSA.',
    ),
    clientAuthentication: optional(
      choice(methods),
      'How we prove who we are. Where absent: private_key_jwt (RFC 7523) with a key, client_secret_basic with a secret.',
    ),
  };
}
