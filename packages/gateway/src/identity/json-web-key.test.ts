import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '@sallyport/core';
import { importKeySet } from './json-web-key.ts';

const jwk = (key: { export(options: { format: 'jwk' }): unknown }): JsonObject =>
  key.export({ format: 'jwk' }) as JsonObject;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const RSA = jwk(rsa.publicKey);
const WEAK = jwk(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);
const EC = jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
const SECP256K1 = jwk(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey);
const ED = jwk(generateKeyPairSync('ed25519').publicKey);
const secret = (bytes: number): JsonObject => ({ kty: 'oct', k: Buffer.alloc(bytes, 7).toString('base64url') });

describe('importKeySet', () => {
  test('ties each key to the algorithms of its type, curve and alg', () => {
    const { keys, skipped } = importKeySet({ keys: [RSA, { ...EC, kid: 'e' }, ED, { ...RSA, alg: 'PS384' }] }, false);
    expect(skipped).toEqual([]);
    expect(keys.map(({ algorithms }) => [...algorithms])).toEqual([
      ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
      ['ES256'],
      ['EdDSA', 'Ed25519'],
      ['PS384'],
    ]);
  });

  test.each<[string, JsonValue, string]>([
    ['an RSA key of 1024 bits', WEAK, 'less than 2048 bits'],
    ['an RSA key with the exponent 1', { ...RSA, e: 'AQ' }, 'exponent'],
    ['an RSA key with an even exponent', { ...RSA, e: 'BA' }, 'exponent'],
    ['a private key', jwk(rsa.privateKey), 'private'],
    ['a key for encryption', { ...RSA, use: 'enc' }, 'use'],
    ['a key for signing only', { ...RSA, key_ops: ['sign'] }, 'key_ops'],
    ['key_ops that are no list', { ...RSA, key_ops: 'verify' }, 'key_ops'],
    ['a key for an encryption algorithm', { ...RSA, alg: 'RSA-OAEP' }, 'not supported'],
    ['an unknown curve', SECP256K1, 'not supported'],
    ['a point that is not on the curve', { ...EC, y: 'A'.repeat(43) }, 'not valid'],
    ['an unknown type', { kty: 'AKP' }, 'not supported'],
    ['a kid that is no string', { ...RSA, kid: 1 }, 'kid'],
    ['no object', 'key', 'object'],
    ['a secret in a published set', secret(64), 'secret'],
  ])('skips %s and says why', (_, key, reason) => {
    const { keys, skipped } = importKeySet({ keys: [key, ED] }, false);
    expect(keys.length).toBe(1);
    expect(skipped).toEqual([expect.stringContaining(reason) as string]);
  });

  test('takes a secret from a file only for hashes that are no longer than it is', () => {
    const { keys } = importKeySet({ keys: [secret(32), secret(48), secret(31)] }, true);
    expect(keys.map(({ algorithms }) => [...algorithms])).toEqual([['HS256'], ['HS256', 'HS384']]);
  });

  test('counts equal keys once and keeps different keys under one kid', () => {
    expect(importKeySet({ keys: [RSA, RSA, { ...RSA, kid: 'a' }, { ...EC, kid: 'a' }] }, false).keys.length).toBe(3);
  });

  test.each<[string, JsonValue]>([
    ['no object', []],
    ['no keys', {}],
    ['keys that are no list', { keys: {} }],
    ['too many keys', { keys: Array.from({ length: 101 }, () => ED) }],
  ])('throws over a set with %s', (_, set) => {
    expect(() => importKeySet(set, false)).toThrow();
  });
});
