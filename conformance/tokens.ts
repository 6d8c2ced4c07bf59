import { exportJWK, generateKeyPair, SignJWT, type JWTHeaderParameters, type JWTPayload } from 'jose';

/** An issuer of tokens for tests: RS256, one key, its JWKS as text. */
export interface TestIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwks: string;
  /** A good token unless `claims` or `header` spoil it; a claim of undefined is left out. */
  sign(
    claims?: { readonly [Claim in keyof JWTPayload]: JWTPayload[Claim] | undefined },
    header?: Partial<JWTHeaderParameters>,
  ): Promise<string>;
}

export async function createTestIssuer(issuer = 'https://issuer.example', audience = 'api'): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  return {
    issuer,
    audience,
    jwks: JSON.stringify({ keys: [jwk] }),
    sign(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const payload = Object.fromEntries(
        Object.entries({ iss: issuer, aud: audience, sub: 'alice', iat: now, exp: now + 600, ...claims }).filter(
          ([, value]) => value !== undefined,
        ),
      );
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...header })
        .sign(privateKey);
    },
  };
}
