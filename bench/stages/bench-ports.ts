/** The real ports of the gateway, with as many keys and verified tokens as there are rules. */
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import type { ApiKeyEntry, Policy, Ports } from '@sallyport/core';
import { createMemoryCounters } from '@sallyport/gateway';
import { createApiKeyPort } from '../../packages/gateway/src/identity/create-api-key-port.ts';
import { createFieldCipher, heldForGood } from '../../packages/gateway/src/encryption/field-cipher.ts';
import { createTokenPort } from '../../packages/gateway/src/identity/create-token-port.ts';
import { makeDataKey, unwrapKey } from '../../packages/gateway/src/encryption/master-key.ts';
import { fixedKeySet } from '../fixed-key-set.ts';
import { TENANT } from './bench-policy.ts';

export const OWNER = '7d444840-9dc0-41d1-b245-5ffdce74fad2';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');

/** A token of the one owner; each number gives another text. */
export function tokenText(index: number, nowMs: number): string {
  const now = Math.floor(nowMs / 1000);
  const claims = {
    iss: 'https://id.example.com/',
    aud: 'https://api.example.com',
    sub: OWNER,
    iat: now,
    exp: now + 36_000,
    scope: 'things',
    roles: ['clerk', 'reader', 'writer'],
    tenant: TENANT,
    jti: `token-${index}`,
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k' })}.${part(claims)}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
}

export function keyText(index: number): string {
  return `a-key-that-is-long-enough-${index}`;
}

function keyEntries(count: number): ApiKeyEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `key${index}`,
    sha256: hash('sha256', keyText(index), 'hex'),
    subject: `robot${index}`,
    scopes: [],
    roles: ['clerk'],
    attributes: { tenant: TENANT },
    expiresAtMs: null,
  }));
}

/** As many keys as tokens; the tokens were verified before, so that they come from the cache. */
export async function benchPorts(policy: Policy, tokens: readonly string[], nowMs: number): Promise<Ports> {
  const bearer = policy.authentication.get('bearer');
  if (bearer?.kind !== 'jwt') throw new Error('the policy has tokens');
  const port = createTokenPort(
    'bearer',
    bearer,
    fixedKeySet({ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'EdDSA' } as never),
  );
  for (const token of tokens) await port.verify(token, nowMs);
  const master = Buffer.alloc(32, 7);
  return {
    tokens: new Map([['bearer', port]]),
    apiKeys: new Map([['key', createApiKeyPort('key', keyEntries(tokens.length))]]),
    passwords: new Map(),
    counters: createMemoryCounters(),
    grants: { rolesOf: () => [] },
    fieldCipher: createFieldCipher(heldForGood([unwrapKey(master, makeDataKey(master, 'bench', 1, 0))])),
  };
}
