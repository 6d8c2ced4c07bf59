import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createProofKey, proofOf, type ProofKey } from './proof-key.ts';
import {
  GATEWAY_SECRET,
  JWT_RESOURCE,
  OPAQUE_RESOURCE,
  startRealProvider,
  type RealProvider,
} from './real-provider.ts';
import { openDoor, until, type Door } from '../door.ts';

// Tokens of a real provider through a real door: discovery, JWT and opaque tokens, introspection, DPoP, rotation, and the provider gone.

const OK = {
  description: 'ok',
  content: { 'application/json': { schema: { type: 'object', properties: { ok: { type: 'boolean' } } } } },
};
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Things', version: '1' },
  components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  paths: {
    '/things': { get: { operationId: 'things', security: [{ token: [] }], responses: { 200: OK } } },
    '/secrets': { get: { operationId: 'secrets', security: [{ token: ['write'] }], responses: { 200: OK } } },
  },
};

const CLIENT_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let provider: RealProvider;
let doors: Door[];
let key: ProofKey;

beforeEach(async () => {
  provider = await startRealProvider(CLIENT_KEY.publicKey.export({ format: 'jwk' }));
  doors = [];
  key = await createProofKey();
});
afterEach(async () => {
  for (const door of doors) await door.close();
  await provider.close();
});

async function openWith(entry: string): Promise<Door> {
  const door = await openDoor({
    document: DOCUMENT,
    policy: `authentication:\n  token: ${entry}`,
    files: {
      'gateway.secret': GATEWAY_SECRET,
      'client.pem': CLIENT_KEY.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
  });
  doors.push(door);
  return door;
}

const jwt = (more = ''): string => `{ issuer: '${provider.issuer}', audience: ${JWT_RESOURCE}${more} }`;
const introspected = (settings = '', more = ''): string =>
  `{ introspection: { clientId: gateway, clientSecret: '\${file:gateway.secret}'${settings} }, issuer: '${provider.issuer}', audience: ${OPAQUE_RESOURCE}, claims: { subject: client_id }${more} }`;

interface Told {
  readonly status: number;
  /** What the operator reads. */
  readonly code: string | null;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly challenges: string;
  readonly headers: Headers;
}

async function call(door: Door, headers: Record<string, string>, path = '/things'): Promise<Told> {
  const answer = await fetch(door.url + path, { headers });
  const body = (await answer.json()) as { requestId?: string };
  const told = {
    status: answer.status,
    challenges: answer.headers.get('www-authenticate') ?? '',
    headers: answer.headers,
  };
  if (answer.ok) return { ...told, code: null, facts: {} };
  const line = (): Record<string, unknown> | undefined =>
    door.log.find((entry) => entry['http.request.id'] === body.requestId);
  await until(() => line() !== undefined);
  const { code, facts } = (line()?.['sallyport'] ?? {}) as { code?: string; facts?: Record<string, unknown> };
  return { ...told, code: code ?? null, facts: facts ?? {} };
}

const bearer = (door: Door, token: string, path?: string): Promise<Told> =>
  call(door, { Authorization: `Bearer ${token}` }, path);

async function bound(door: Door, token: string, proof: string | null = null, path = '/things'): Promise<Told> {
  return call(
    door,
    { Authorization: `DPoP ${token}`, DPoP: proof ?? (await proofOf(key, { url: door.url + path, token })) },
    path,
  );
}

const introspections = (): number => provider.asked.filter((line) => line === 'POST /token/introspection').length;

describe('JWT access tokens of a real provider', () => {
  test('are proved by discovery, with the profile of RFC 9068 and the client that they were issued to', async () => {
    const door = await openWith(jwt(', profile: rfc9068, clients: [robot]'));
    expect((await bearer(door, await provider.token(JWT_RESOURCE))).status).toBe(200);
    expect(door.seen[0]?.headers.authorization).toBeUndefined();
  });

  test('are refused where they were issued to a client that the policy does not name', async () => {
    const door = await openWith(jwt(', clients: [somebody]'));
    expect(await bearer(door, await provider.token(JWT_RESOURCE))).toMatchObject({
      status: 401,
      code: 'AUTHN_TOKEN_CLIENT',
    });
  });

  test('go on when the provider rotates its keys in mid-flight, and old ones end with the key set', async () => {
    const door = await openWith(jwt());
    const old = await provider.token(JWT_RESOURCE);
    expect((await bearer(door, old)).status).toBe(200);
    await provider.rotate();
    expect((await bearer(door, await provider.token(JWT_RESOURCE))).status).toBe(200);
    expect(await bearer(door, old)).toMatchObject({ status: 401, code: 'AUTHN_TOKEN_KEY_UNKNOWN' });
  });

  test('go on while the provider is down, once its keys are known; without keys nothing is let in', async () => {
    const token = await provider.token(JWT_RESOURCE);
    const door = await openWith(jwt());
    expect((await bearer(door, token)).status).toBe(200);
    const other = await provider.token(JWT_RESOURCE);
    provider.intercept = (_, response) => Boolean(response.socket?.destroy());
    expect((await bearer(door, other)).status).toBe(200);
    const late = await openWith(jwt());
    expect(await bearer(late, token)).toMatchObject({ status: 503, code: 'AUTHN_KEYS_UNAVAILABLE' });
  });
});

describe('opaque tokens of a real provider', () => {
  test('are introspected at the discovered endpoint, once for many requests', async () => {
    const door = await openWith(introspected());
    const token = await provider.token(OPAQUE_RESOURCE);
    const answers = await Promise.all(Array.from({ length: 20 }, () => bearer(door, token)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect((await bearer(door, token)).status).toBe(200);
    expect(introspections()).toBe(1);
  });

  test('are introspected by client_secret_post too', async () => {
    const door = await openWith(
      introspected(', clientAuthentication: client_secret_post').replace('clientId: gateway', 'clientId: poster'),
    );
    expect((await bearer(door, await provider.token(OPAQUE_RESOURCE))).status).toBe(200);
  });

  test('are introspected by private_key_jwt, with an assertion for the issuer', async () => {
    const door = await openWith(
      introspected(', clientAuthentication: private_key_jwt')
        .replace('clientId: gateway', 'clientId: keyed')
        .replace(/clientSecret: '[^']*'/, () => "clientKey: '${file:client.pem}'"),
    );
    expect((await bearer(door, await provider.token(OPAQUE_RESOURCE))).status).toBe(200);
  });

  test('have the scopes that the provider says', async () => {
    const door = await openWith(introspected());
    expect(await bearer(door, await provider.token(OPAQUE_RESOURCE), '/secrets')).toMatchObject({
      status: 403,
      code: 'AUTHZ_SCOPE_MISSING',
    });
  });

  test('are refused when they are for another audience, unknown, or revoked', async () => {
    const door = await openWith(introspected().replace(OPAQUE_RESOURCE, 'https://other.example'));
    expect((await bearer(door, await provider.token(OPAQUE_RESOURCE))).code).toBe('AUTHN_TOKEN_AUDIENCE');
    const good = await openWith(introspected(', cache: 0s'));
    expect((await bearer(good, 'a-token-that-nobody-issued')).code).toBe('AUTHN_TOKEN_INACTIVE');
    const token = await provider.token(OPAQUE_RESOURCE);
    expect((await bearer(good, token)).status).toBe(200);
    await provider.revoke(token);
    expect((await bearer(good, token)).code).toBe('AUTHN_TOKEN_INACTIVE');
  });

  test('that are known go on while the provider is down, unknown ones are refused, and nothing secret is logged', async () => {
    const door = await openWith(introspected());
    const [known, unknown] = [await provider.token(OPAQUE_RESOURCE), await provider.token(OPAQUE_RESOURCE)];
    expect((await bearer(door, known)).status).toBe(200);
    provider.intercept = (_, response) => Boolean(response.socket?.destroy());
    expect((await bearer(door, known)).status).toBe(200);
    const refused = await bearer(door, unknown);
    expect(refused).toMatchObject({ status: 503, code: 'AUTHN_INTROSPECTION_UNAVAILABLE' });
    expect(refused.headers.get('retry-after')).toBe('5');
    for (const secret of [GATEWAY_SECRET, known, unknown]) expect(door.logText()).not.toContain(secret);
  });

  test('are refused in time by a provider that never answers', async () => {
    const door = await openWith(introspected(', timeout: 300ms'));
    const token = await provider.token(OPAQUE_RESOURCE);
    provider.intercept = (request) => request.url === '/token/introspection';
    expect(await bearer(door, token)).toMatchObject({ status: 503, code: 'AUTHN_INTROSPECTION_UNAVAILABLE' });
  });

  test('are refused where our own credentials are wrong, and the operator reads that they are', async () => {
    const door = await openWith(introspected().replace('clientId: gateway', 'clientId: robot'));
    expect(await bearer(door, await provider.token(OPAQUE_RESOURCE))).toMatchObject({
      status: 503,
      code: 'AUTHN_INTROSPECTION_UNAVAILABLE',
      facts: {
        reason: `${provider.issuer}: it answered with status 401: it does not take our clientId with this secret or key`,
      },
    });
  });
});

describe('several issuers under one scheme', () => {
  test('the issuer in the token picks the entry, an opaque token is introspected, a stranger is refused without a question', async () => {
    const other = await startRealProvider();
    try {
      const door = await openWith(
        `[${jwt()}, { issuer: '${other.issuer}', audience: ${JWT_RESOURCE} }, ${introspected().replace(`issuer: '${provider.issuer}'`, 'issuer: opaque').replace('clientId', `endpoint: '${provider.issuer}/token/introspection', clientId`).replace(', issuer: opaque', '')}]`,
      );
      for (const token of [
        await provider.token(JWT_RESOURCE),
        await other.token(JWT_RESOURCE),
        await provider.token(OPAQUE_RESOURCE),
      ])
        expect((await bearer(door, token)).status).toBe(200);
      const two = await openWith(`[${jwt()}, { issuer: 'https://elsewhere.example', audience: x }]`);
      expect((await bearer(two, await other.token(JWT_RESOURCE))).code).toBe('AUTHN_TOKEN_ISSUER');
      expect((await bearer(two, await provider.token(OPAQUE_RESOURCE))).code).toBe('AUTHN_TOKEN_MALFORMED');
    } finally {
      await other.close();
    }
  });
});

describe('DPoP-bound tokens of a real provider', () => {
  for (const [kind, resource] of [
    ['JWT', JWT_RESOURCE],
    ['opaque', OPAQUE_RESOURCE],
  ] as const) {
    const entry = (more: string): string => (kind === 'JWT' ? jwt(more) : introspected('', more));

    test(`${kind}: are proved with a proof of each request, which goes no further and counts once`, async () => {
      const door = await openWith(entry(', dpop: required'));
      const token = await provider.token(resource, key);
      const proof = await proofOf(key, { url: `${door.url}/things`, token });
      expect((await bound(door, token, proof)).status).toBe(200);
      expect(door.seen[0]?.headers).not.toHaveProperty('dpop');
      expect(await bound(door, token, proof)).toMatchObject({
        status: 401,
        code: 'AUTHN_DPOP_PROOF_REPLAYED',
        challenges: expect.stringMatching(/^DPoP .*algs="ES256 .*error="invalid_dpop_proof"/),
      });
      expect((await bound(door, token)).status).toBe(200);
    });

    test(`${kind}: are refused as Bearer, whether the policy demands, allows or ignores proofs`, async () => {
      const token = await provider.token(resource, key);
      expect((await bearer(await openWith(entry(', dpop: required')), token)).code).toBe('AUTHN_DPOP_REQUIRED');
      expect((await bearer(await openWith(entry(', dpop: optional')), token)).code).toBe('AUTHN_TOKEN_BOUND');
      expect((await bearer(await openWith(entry('')), token)).code).toBe('AUTHN_TOKEN_BOUND');
    });

    test(`${kind}: are refused with a proof of another key, and unbound ones with any proof`, async () => {
      const door = await openWith(entry(', dpop: optional'));
      const stolen = await provider.token(resource, await createProofKey());
      expect((await bound(door, stolen)).code).toBe('AUTHN_DPOP_KEY');
      const unbound = await provider.token(resource);
      expect((await bound(door, unbound)).code).toBe('AUTHN_DPOP_KEY');
      expect((await bearer(door, unbound)).status).toBe(200);
    });
  }

  test('survive no replay over a reload', async () => {
    const door = await openWith(jwt(', dpop: required'));
    const token = await provider.token(JWT_RESOURCE, key);
    const proof = await proofOf(key, { url: `${door.url}/things`, token });
    expect((await bound(door, token, proof)).status).toBe(200);
    expect(await door.gateway.reload()).toBeNull();
    expect((await bound(door, token, proof)).code).toBe('AUTHN_DPOP_PROOF_REPLAYED');
  });

  test('are asked for a nonce, and let in with it', async () => {
    const door = await openWith(jwt(', dpop: { mode: required, nonce: true }'));
    const token = await provider.token(JWT_RESOURCE, key);
    const first = await bound(door, token);
    expect(first).toMatchObject({
      status: 401,
      code: 'AUTHN_DPOP_NONCE',
      challenges: expect.stringContaining('error="use_dpop_nonce"'),
    });
    const nonce = first.headers.get('dpop-nonce');
    expect(
      (await bound(door, token, await proofOf(key, { url: `${door.url}/things`, token, claims: { nonce } }))).status,
    ).toBe(200);
    expect(
      (
        await bound(
          door,
          token,
          await proofOf(key, { url: `${door.url}/things`, token, claims: { nonce: `${nonce?.slice(0, -2)}AA` } }),
        )
      ).code,
    ).toBe('AUTHN_DPOP_NONCE');
  });

  test('are told what scope they lack in the DPoP scheme', async () => {
    const door = await openWith(jwt(', dpop: required'));
    const told = await bound(door, await provider.token(JWT_RESOURCE, key), null, '/secrets');
    expect(told).toMatchObject({
      status: 403,
      code: 'AUTHZ_SCOPE_MISSING',
      challenges: expect.stringMatching(/^DPoP .*insufficient_scope/),
    });
  });

  test('are held against the URL that clients see behind a trusted proxy', async () => {
    const door = await openDoor({
      document: DOCUMENT,
      policy: `trustedProxies: [127.0.0.1]\nauthentication:\n  token: ${jwt(', dpop: required')}`,
    });
    doors.push(door);
    const token = await provider.token(JWT_RESOURCE, key);
    const forwarded = async (url: string): Promise<Told> =>
      call(door, {
        Authorization: `DPoP ${token}`,
        DPoP: await proofOf(key, { url, token }),
        'X-Forwarded-For': '192.0.2.1',
        'X-Forwarded-Proto': 'https',
        'X-Forwarded-Host': 'api.example',
      });
    expect((await forwarded('https://api.example/things')).status).toBe(200);
    expect((await forwarded('https://API.example:443/%74hings?page=2#x')).status).toBe(200);
    expect((await forwarded(`${door.url}/things`)).code).toBe('AUTHN_DPOP_PROOF_MISMATCH');
  });
});
