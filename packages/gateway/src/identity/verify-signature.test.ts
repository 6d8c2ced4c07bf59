import { createHmac, createSecretKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { JwsAlgorithm } from '@sallyport/core';
import { ALGORITHM_TRAITS, verifySignature } from './verify-signature.ts';

const ALGORITHMS = Object.keys(ALGORITHM_TRAITS) as JwsAlgorithm[];
const INPUT = 'header.payload';

describe('verifySignature', () => {
  test('takes an EC signature in DER for no algorithm, whatever it calls the key', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const der = sign('sha256', Buffer.from(INPUT), privateKey);
    for (const algorithm of ALGORITHMS) expect(verifySignature(algorithm, publicKey, INPUT, der)).toBe(false);
    const raw = sign('sha256', Buffer.from(INPUT), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    expect(ALGORITHMS.filter((algorithm) => verifySignature(algorithm, publicKey, INPUT, raw))).toEqual(['ES256']);
  });

  test('takes an RSA key for RSA algorithms alone, with their own padding and hash', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signature = sign('sha256', Buffer.from(INPUT), privateKey);
    expect(ALGORITHMS.filter((algorithm) => verifySignature(algorithm, publicKey, INPUT, signature))).toEqual([
      'RS256',
    ]);
  });

  test('takes a public key for no HMAC, and a secret for no public algorithm', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const mac = createHmac('sha256', spki).update(INPUT).digest();
    for (const algorithm of ALGORITHMS) expect(verifySignature(algorithm, publicKey, INPUT, mac)).toBe(false);
    expect(ALGORITHMS.filter((algorithm) => verifySignature(algorithm, createSecretKey(spki), INPUT, mac))).toEqual([
      'HS256',
    ]);
  });

  test('takes an Ed25519 signature under both of its names, and no private key for verifying', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const signature = sign(null, Buffer.from(INPUT), privateKey);
    expect(ALGORITHMS.filter((algorithm) => verifySignature(algorithm, publicKey, INPUT, signature))).toEqual([
      'EdDSA',
      'Ed25519',
    ]);
    expect(verifySignature('EdDSA', privateKey, INPUT, signature)).toBe(false);
  });
});
