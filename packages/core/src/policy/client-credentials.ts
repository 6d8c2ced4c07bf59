import type { JwsAlgorithm } from './jws-algorithms.ts';
import type { Secret } from './secret.ts';

export const CLIENT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

/** How a client proves itself at a token endpoint (OpenID Connect Core, section 9). */
export type ClientAuthenticationMethod = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';

/** How we prove who we are to an issuer (RFC 6749, section 2.3; RFC 7523, section 2.2). */
export interface ClientCredentials {
  readonly clientId: string;
  /** Null where the method needs none. */
  readonly clientSecret: Secret | null;
  readonly clientAuthentication: ClientAuthenticationMethod;
  /** Null where the method needs none. `keyId` and `algorithm` are null where the key says them. */
  readonly clientKey: {
    readonly key: Secret;
    readonly keyId: string | null;
    readonly algorithm: JwsAlgorithm | null;
  } | null;
}
