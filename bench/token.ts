/** What proving a credential costs, cached and not: `node --conditions=sallyport-source bench/token.ts`. */
import { compactVerify, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { JsonValue, JwsAlgorithm, JwtPolicy } from '@sallyport/core';
import {
  contextWith,
  documentWith,
  exchangeWith,
  KEY,
  operationWith,
} from '../packages/core/src/stages/authentication/testing/secured-document.ts';
import { authentication } from '../packages/core/src/stages/authentication/authentication.ts';
import { authorization } from '../packages/core/src/stages/authorization/authorization.ts';
import { createApiKeyPort } from '../packages/gateway/src/identity/create-api-key-port.ts';
import { createTokenPort } from '../packages/gateway/src/identity/create-token-port.ts';
import { hashPassword } from '../packages/gateway/src/identity/hash-password.ts';
import { fixedKeySet } from './fixed-key-set.ts';

const NOW_MS = Date.now();

/** CPU microseconds a call, the best of five rounds. */
async function measure(name: string, calls: number, run: (index: number) => unknown, waits = false): Promise<void> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 6; round++) {
    const before = process.cpuUsage();
    for (let index = 0; index < calls; index++) {
      const result = run(index);
      if (waits) await result;
    }
    const { user, system } = process.cpuUsage(before);
    if (round > 0) best = Math.min(best, (user + system) / calls);
  }
  console.log(`${name.padEnd(56)} ${best.toFixed(2)} µs`);
}

function policy(algorithm: JwsAlgorithm): JwtPolicy {
  return {
    kind: 'jwt',
    issuer: 'https://id.example.com/',
    audiences: ['https://api.example.com'],
    algorithms: [algorithm],
    keys: { from: 'discovery', issuer: 'https://id.example.com/' },
    clockToleranceSeconds: 30,
    types: null,
    requiredClaims: [],
    claims: { subject: 'sub', scopes: 'scope', roles: 'roles' },
    maxTokenBytes: 8192,
    forwardCredential: false,
    place: null,
  };
}

/** The same text as a string of its own, as it comes off a connection. */
const fresh = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

for (const algorithm of ['RS256', 'PS256', 'ES256', 'EdDSA'] as const) {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: algorithm } as unknown as JsonValue;
  const now = Math.floor(NOW_MS / 1000);
  const claims = {
    iss: 'https://id.example.com/',
    aud: 'https://api.example.com',
    sub: 'a user',
    iat: now,
    exp: now + 3600,
    scope: 'posts:read posts:write',
    roles: ['editor'],
    jti: 'x'.repeat(36),
    email: 'somebody@example.com',
  };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, kid: 'k', typ: 'at+jwt' })
    .sign(privateKey);
  const port = createTokenPort('bearer', policy(algorithm), fixedKeySet(jwk));
  console.log(`${algorithm}, a token of ${token.length} bytes`);
  await measure('  not in the cache', 1_000, () => {
    port.invalidate();
    return port.verify(token, NOW_MS);
  });
  await measure('  signature forged', 1_000, () => port.verify(`${token.slice(0, -8)}AAAAAAAA`, NOW_MS));
  await measure('  in the cache', 200_000, () => port.verify(token, NOW_MS));
  const arriving = Array.from({ length: 1000 }, () => `Bearer ${token}`);
  await measure('  in the cache, cut out of a header of its own', 100_000, (index) =>
    port.verify(fresh(arriving[index % 1000] as string).slice(7), NOW_MS),
  );
  await measure('  jose compactVerify, the signature alone', 500, () => compactVerify(token, publicKey), true);
  if (algorithm !== 'RS256') continue;

  const document = documentWith({
    bearer: { type: 'oauth2' },
    key: { type: 'apiKey', in: 'header', parameter: 'X-Api-Key' },
  });
  const context = contextWith(document, { bearer: policy('RS256'), key: KEY });
  const operation = operationWith([{ bearer: ['posts:read'] }]);
  const rule = authentication.compile(operation, context);
  const scopes = authorization.compile(operation, context);
  if (rule === null || scopes === null || authentication.gather === undefined)
    throw new Error('the operation has security');
  const { gather } = authentication;
  const ports = {
    tokens: new Map([['bearer', port]]),
    apiKeys: new Map(),
    passwords: new Map(),
    counters: { take: () => Promise.reject(new Error('not used')) },
  };
  const headers = [
    'Host',
    'api.example.com',
    'User-Agent',
    'client/1.2',
    'Accept',
    'application/json',
    'Accept-Encoding',
    'gzip',
    'X-Request-Id',
    'abc',
    'Connection',
    'keep-alive',
    'Authorization',
    `Bearer ${token}`,
  ];
  await measure('  both stages over a cached token, exchange included', 100_000, () => {
    const exchange = exchangeWith(headers);
    void gather(rule, exchange, ports);
    if (authentication.decide(rule, exchange) !== null || authorization.decide(scopes, exchange) !== null)
      throw new Error('denied');
  });
  await measure('  the exchange alone', 100_000, () => exchangeWith(headers));
}

const keys = createApiKeyPort('key', [
  { id: 'k', sha256: '00'.repeat(32), subject: 's', scopes: [], roles: [], attributes: {}, expiresAtMs: null },
]);
await measure('API key', 100_000, (index) => keys.lookup(`a key that is long enough ${index % 1000}`, NOW_MS));
await measure('hashPassword with the default cost', 1, () => hashPassword('a password'), true);
