import { generateKeyPairSync } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, importSPKI, jwtVerify, type JWK } from 'jose';
import { describe, expect, test } from 'vitest';
import type { ClientCredentials, JwsAlgorithm } from '@sallyport/core';
import { createClientAuthentication } from './client-authentication.ts';

const NOW_MS = 1_800_000_000_000;
const secret = (text: string): { reference: string; reveal: () => string } => ({ reference: '', reveal: () => text });

function credentials(key: string, more: Partial<NonNullable<ClientCredentials['clientKey']>> = {}): ClientCredentials {
  return {
    clientId: 'door',
    clientSecret: null,
    clientAuthentication: 'private_key_jwt',
    clientKey: { key: secret(key), keyId: null, algorithm: null, ...more },
  };
}

function assertionOf(client: ClientCredentials, audience = 'https://id.example'): string {
  const form = new URLSearchParams();
  const headers = {};
  createClientAuthentication(client, () => NOW_MS)(form, headers, audience);
  expect(headers).toEqual({});
  expect(form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
  return form.get('client_assertion') ?? '';
}

const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }): string =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();

const PAIRS = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
} as const;

describe('private_key_jwt', () => {
  test.each(Object.entries(PAIRS))(
    'signs with %s by the key alone, as another implementation verifies',
    async (alg, make) => {
      const { privateKey, publicKey } = make();
      const assertion = assertionOf(credentials(pem(privateKey), { keyId: 'k1' }));
      const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
      const { payload, protectedHeader } = await jwtVerify(assertion, await importSPKI(spki, alg), {
        issuer: 'door',
        subject: 'door',
        audience: 'https://id.example',
        currentDate: new Date(NOW_MS),
      });
      expect(protectedHeader).toEqual({ alg, kid: 'k1', typ: 'JWT' });
      expect(payload).toMatchObject({ iat: NOW_MS / 1000, exp: NOW_MS / 1000 + 60 });
      expect(payload.aud).toBe('https://id.example');
    },
  );

  test('takes a JSON Web Key with its kid and its alg', async () => {
    const { privateKey, publicKey } = PAIRS.RS256();
    const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'own', alg: 'PS256' };
    const assertion = assertionOf(credentials(JSON.stringify(jwk)));
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'PS256', kid: 'own' });
    const keys = createLocalJWKSet({ keys: [{ ...(publicKey.export({ format: 'jwk' }) as JWK), kid: 'own' }] });
    await jwtVerify(assertion, keys, { currentDate: new Date(NOW_MS) });
  });

  test('never says the same twice', () => {
    const client = credentials(pem(PAIRS.ES256().privateKey));
    const ids = Array.from({ length: 50 }, () => {
      const [, claims = ''] = assertionOf(client).split('.');
      return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string }).jti;
    });
    expect(new Set(ids).size).toBe(50);
  });

  const WRONG: readonly [string, () => ClientCredentials][] = [
    ['text', () => credentials('hunter2')],
    ['half a JSON Web Key', () => credentials('{"kty":"EC","d":"hunter2"}')],
    ['JSON that is none', () => credentials('{hunter2')],
    ['a public key', () => credentials(PAIRS.ES256().publicKey.export({ type: 'spki', format: 'pem' }).toString())],
    ['a short RSA key', () => credentials(pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey))],
    ['a key of another type', () => credentials(pem(generateKeyPairSync('x25519').privateKey))],
    ...(['ES256', 'EdDSA', 'RS256', 'HS256'] as JwsAlgorithm[]).map((algorithm): [string, () => ClientCredentials] => [
      `a key of P-384 for ${algorithm}`,
      () => credentials(pem(PAIRS.ES384().privateKey), { algorithm }),
    ]),
  ];
  test.each(WRONG)('refuses %s at start, and says nothing of it', (_, client) => {
    let message = '';
    try {
      createClientAuthentication(client(), () => NOW_MS);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/^Error: /);
    expect(message).not.toContain('hunter2');
  });
});

test('a public client names itself and proves nothing', () => {
  const form = new URLSearchParams();
  createClientAuthentication(
    { clientId: 'door', clientSecret: null, clientAuthentication: 'none', clientKey: null },
    () => NOW_MS,
  )(form, {}, '');
  expect([...form]).toEqual([['client_id', 'door']]);
});
