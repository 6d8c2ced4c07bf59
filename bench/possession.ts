/** What introspected and bound tokens cost with each request: `npm run bench -- possession`. */
import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { ANONYMOUS, type IntrospectionPolicy, type TokenPresentation, type TokenResult } from '@sallyport/core';
import { bindTokenPort } from '../packages/gateway/src/identity/bind-token-port.ts';
import { createIntrospectionPort } from '../packages/gateway/src/identity/create-introspection-port.ts';
import { DpopNonces } from '../packages/gateway/src/identity/dpop-nonces.ts';
import { ReplayMemory } from '../packages/gateway/src/identity/replay-memory.ts';
import { cpuMicros } from './measuring.ts';

const NOW_MS = Date.now();
const TOKEN = 'x'.repeat(700);

function measure(name: string, calls: number, run: (index: number) => unknown): void {
  console.log(`${name.padEnd(56)} ${cpuMicros(calls, run).toFixed(2)} µs`);
}

const introspection: IntrospectionPolicy = {
  kind: 'introspection',
  endpoint: { from: 'url', url: 'http://127.0.0.1:9/' },
  clientId: 'door',
  clientSecret: { reference: '', reveal: () => '' },
  clientAuthentication: 'client_secret_basic',
  clientKey: null,
  timeoutMs: 5_000,
  cacheMs: 60_000,
  concurrency: 32,
  mayLack: [],
  issuer: null,
  audiences: ['api'],
  clockToleranceSeconds: 30,
  requiredClaims: [],
  claims: { subject: 'sub', scopes: 'scope', roles: 'roles' },
  maxTokenBytes: 8192,
  clients: null,
  dpop: null,
  forwardCredential: false,
  place: null,
};

const options = { dpop: null, clockToleranceMs: 30_000, replays: new ReplayMemory(), nonces: null };
for (const length of [32, 700]) {
  const token = 'x'.repeat(length);
  const port = createIntrospectionPort('token', introspection, () =>
    Promise.resolve({ active: true, token_type: 'Bearer', aud: 'api', sub: 'anna', scope: 'read write' }),
  );
  await port.verify(token, NOW_MS);
  measure(`introspected before, ${length} characters`, 100_000, () => port.verify(token, NOW_MS));
  const bound = bindTokenPort(port, options);
  measure('  and looked at for what it is bound to', 100_000, () => bound.verify(token, NOW_MS));
}

for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const proved: TokenResult = {
    ok: true,
    principal: { ...ANONYMOUS, kind: 'token', attributes: { cnf: { jkt: await calculateJwkThumbprint(jwk) } } },
  };
  const calls = 1_000;
  const proofs = await Promise.all(
    Array.from({ length: calls * 6 }, (_, index) =>
      new SignJWT({
        jti: `jti-${index}`,
        htm: 'GET',
        htu: 'https://api.example.com/things',
        iat: Math.floor(NOW_MS / 1000),
        ath: createHash('sha256').update(TOKEN).digest('base64url'),
        nonce: new DpopNonces('shared').current(NOW_MS),
      })
        .setProtectedHeader({ alg: algorithm, typ: 'dpop+jwt', jwk })
        .sign(privateKey),
    ),
  );
  for (const nonces of [null, new DpopNonces('shared')]) {
    const port = bindTokenPort(
      { verify: () => proved, invalidate: () => undefined },
      {
        ...options,
        replays: new ReplayMemory(),
        nonces,
        dpop: { mode: 'required', algorithms: [algorithm], proofAgeMs: 60_000, nonce: false, nonceSecret: null },
      },
    );
    let next = 0;
    measure(`DPoP proof, ${algorithm}${nonces === null ? '' : ', with a nonce'}`, calls, () => {
      const presented: TokenPresentation = {
        as: 'dpop',
        proof: proofs[next++] as string,
        method: 'GET',
        url: 'https://api.example.com/things',
        certificateThumbprint: null,
      };
      const result = port.verify(TOKEN, NOW_MS, presented);
      if (result instanceof Promise || !result.ok) throw new Error('the proof was refused');
    });
  }
}
