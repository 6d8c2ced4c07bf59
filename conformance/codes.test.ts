import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server as HttpServer, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CATALOGUE,
  compilePlan,
  createMemoryReader,
  decideRequest,
  Exchange,
  loadDocument,
  parsePolicy,
  shownCode,
  type Code,
  type Ports,
  type TokenPort,
} from '@sallyport/core';
import { createCertificateCodes } from './certificate-codes.ts';
import { DATA_SCENARIOS, openDataDoor } from './data-codes.ts';
import { openThreatDoor, THREAT_SCENARIOS } from './threat-codes.ts';
import { ENCRYPTION_SCENARIOS, openEncryptionDoor } from './encryption-codes.ts';
import { createTestIssuer, type TestIssuer } from './tokens.ts';
import { hashPassword } from '@sallyport/gateway';
import { createProofKey, proofOf, type ProofParts } from './identity/proof-key.ts';
import { openDoor, sendRaw, until, type Door } from './door.ts';
import { openOwnershipCodes, OWNERSHIP_SCENARIOS } from './ownership/ownership-codes.ts';
import type { Shop } from './ownership/shop.ts';

/** Every code of the catalogue, produced by a real exchange through a real door: what the client is told, and what the operator is. */
const KEY = `test-${randomBytes(16).toString('hex')}`;
const OLD_KEY = `test-${randomBytes(16).toString('hex')}`;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const json = (schema: object): object => ({ description: 'ok', content: { 'application/json': { schema } } });
const OK = json({
  type: 'object',
  required: ['ok'],
  properties: { ok: { type: 'boolean' } },
  additionalProperties: false,
});
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Codes', version: '1' },
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      queryKey: { type: 'apiKey', in: 'query', name: 'key' },
      basic: { type: 'http', scheme: 'basic' },
      cookieKey: { type: 'apiKey', in: 'cookie', name: 'k' },
      remote: { type: 'http', scheme: 'bearer' },
      opaque: { type: 'http', scheme: 'bearer' },
      away: { type: 'http', scheme: 'bearer' },
      bound: { type: 'http', scheme: 'DPoP' },
    },
  },
  paths: {
    '/open': {
      get: {
        operationId: 'open',
        parameters: [{ name: 'n', in: 'query', schema: { type: 'integer' } }],
        responses: { 200: OK },
      },
    },
    '/token': { get: { operationId: 'token', security: [{ bearer: [] }], responses: { 200: OK } } },
    '/scoped': { get: { operationId: 'scoped', security: [{ bearer: ['write'] }], responses: { 200: OK } } },
    '/remote': { get: { operationId: 'remote', security: [{ remote: [] }], responses: { 200: OK } } },
    '/opaque': { get: { operationId: 'opaque', security: [{ opaque: [] }], responses: { 200: OK } } },
    '/away': { get: { operationId: 'away', security: [{ away: [] }], responses: { 200: OK } } },
    '/bound': { get: { operationId: 'bound', security: [{ bound: [] }], responses: { 200: OK } } },
    '/key': { get: { operationId: 'key', security: [{ key: [] }], responses: { 200: OK } } },
    '/query-key': { get: { operationId: 'queryKey', security: [{ queryKey: [] }], responses: { 200: OK } } },
    '/cookie-key': { get: { operationId: 'cookieKey', security: [{ cookieKey: [] }], responses: { 200: OK } } },
    '/basic': { get: { operationId: 'basic', security: [{ basic: [] }], responses: { 200: OK } } },
    '/unusable': { get: { operationId: 'unusable', responses: { 200: json({ type: 'strin' }) } } },
    '/retired': { get: { operationId: 'retired', responses: { 200: OK } } },
    '/limited': { get: { operationId: 'limited', responses: { 200: OK } } },
    '/items': {
      post: {
        operationId: 'createItem',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: { type: 'object', required: ['name'], properties: { name: { type: 'string', minLength: 1 } } },
            },
          },
        },
        responses: { 200: OK },
      },
    },
    '/answers/{kind}': {
      get: {
        operationId: 'answers',
        parameters: [{ name: 'kind', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: { ...OK, headers: { 'X-Count': { schema: { type: 'integer' } } } } },
      },
    },
    '/twice/{a}': {
      get: {
        operationId: 'twiceA',
        parameters: [{ name: 'a', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: OK },
      },
    },
    '/twice/{b}': {
      get: {
        operationId: 'twiceB',
        parameters: [{ name: 'b', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: OK },
      },
    },
    '/slow': { get: { operationId: 'slow', responses: { 200: OK } } },
    '/governed/{what}': {
      get: {
        operationId: 'governed',
        parameters: [{ name: 'what', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: OK },
      },
    },
  },
};

const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  status: (response) => response.writeHead(418, { 'Content-Type': 'application/json' }).end('{"ok":true}'),
  type: (response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>'),
  header: (response) =>
    response.writeHead(200, { 'Content-Type': 'application/json', 'X-Count': 'many' }).end('{"ok":true}'),
  large: (response) =>
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(`{"ok":true${' '.repeat(70_000)}}`),
  compressed: (response) =>
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }).end('x'),
  malformed: (response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"ok":tru'),
  invalid: (response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"ok":"secret-detail"}'),
};

/** The largest number of 64 bits, and then some: what is wrong with it is only seen when it is reached. */
const POLICIES = `
permit(principal, action == Action::"governed", resource) when { resource.path.what == "allowed" };
forbid(principal, action == Action::"governed", resource) when { resource.path.what == "forbidden" };
forbid(principal, action == Action::"governed", resource) when {
  resource.path.what == "failing" && 9007199254740991 * 9007199254740991 > 0
};
`;

const policyOf = (issuer: TestIssuer): string => `
authentication:
  bearer: { issuer: ${issuer.issuer}, audience: ${issuer.audience}, algorithms: [RS256], jwks: jwks.json, types: [JWT], requiredClaims: [sub] }
  opaque: { introspection: { endpoint: 'http://127.0.0.1:${introspectionPort}/', clientId: door, clientSecret: '\${file:client.secret}' }, audience: api }
  away: { introspection: { endpoint: 'http://127.0.0.1:9/', clientId: door, clientSecret: '\${file:client.secret}' }, audience: api }
  bound: { issuer: ${issuer.issuer}, audience: ${issuer.audience}, algorithms: [RS256], jwks: jwks.json, dpop: { mode: required, nonce: true }, clients: [app] }
  remote: { issuer: 'http://127.0.0.1:9', audience: api, algorithms: [RS256], jwks: 'http://127.0.0.1:9/jwks' }
  key: { keys: [{ id: one, sha256: ${sha256(KEY)} }, { id: old, sha256: ${sha256(OLD_KEY)}, expires: 2020-01-01T00:00:00Z }] }
  queryKey: { keys: [{ id: q, sha256: ${sha256(KEY)} }] }
  basic: { users: users.txt }
  cookieKey: { keys: [{ id: c, sha256: ${sha256(KEY)} }] }
limits:
  - { operations: [limited], by: address, algorithm: fixed-window, limit: 1/h }
requests: { maxBodyBytes: 1KiB, maxHeadBytes: 12KiB, headTimeout: 1s, bodyTimeout: 1s }
responses: { maxBodyBytes: 64KiB, unchecked: block }
operations:
  retired: { sunset: 2020-01-01T00:00:00Z }
  governed: { modes: { policies: enforce } }
  slow: { timeout: 200ms }
`;

type Scenario = (door: Door, issuer: TestIssuer) => Promise<Response | string>;
const get =
  (path: string, headers: Record<string, string> = {}): Scenario =>
  (door) =>
    fetch(door.url + path, { headers });
const bearer =
  (claims: Record<string, unknown>, header: Record<string, string> = {}, path = '/token'): Scenario =>
  async (door, issuer) =>
    fetch(door.url + path, { headers: { Authorization: `Bearer ${await issuer.sign(claims, header)}` } });
const post =
  (body: string, headers: Record<string, string> = { 'Content-Type': 'application/json' }): Scenario =>
  (door) =>
    fetch(`${door.url}/items`, { method: 'POST', body, headers });
const raw =
  (bytes: string): Scenario =>
  (door) =>
    door.raw(bytes);
const seconds = (delta: number): number => Math.floor(Date.now() / 1000) + delta;
const forge =
  (header: object, payload: object = {}): Scenario =>
  (door) =>
    fetch(`${door.url}/token`, {
      headers: {
        Authorization: `Bearer ${[header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.AAAA`,
      },
    });

/** A token that is bound to the key of proofs. */
async function boundToken(signer: TestIssuer, claims: Record<string, unknown> = {}): Promise<string> {
  return signer.sign({ client_id: 'app', cnf: { jkt: (await PROOF_KEY).thumbprint }, ...claims });
}

async function bound(there: Door, token: string, parts: ProofParts = {}): Promise<Response> {
  const proof = await proofOf(await PROOF_KEY, { url: `${there.url}/bound`, token, ...parts });
  return fetch(`${there.url}/bound`, { headers: { Authorization: `DPoP ${token}`, DPoP: proof } });
}

const SCENARIOS: Readonly<Partial<Record<Code, Scenario>>> = {
  HTTP_MALFORMED: raw('GET /open HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n'),
  HTTP_VERSION_UNSUPPORTED: raw('GET /open HTTP/3.7\r\nHost: a\r\n\r\n'),
  HTTP_HEAD_TOO_LARGE: raw(`GET /open HTTP/1.1\r\nHost: a\r\nX-Long: ${'a'.repeat(13_000)}\r\n\r\n`),
  HTTP_HEAD_TIMEOUT: raw('GET /open HTTP/1.1\r\nHost: a\r\n'),
  HTTP_HOST_INVALID: raw('GET /open HTTP/1.1\r\nConnection: close\r\n\r\n'),
  HTTP_HEADER_DUPLICATE: raw(
    'GET /open HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\nConnection: close\r\n\r\n',
  ),
  HTTP_HEADER_INVALID: raw('GET /open HTTP/1.1\r\nHost: a\r\nX_Key: a\r\nConnection: close\r\n\r\n'),
  HTTP_UPGRADE_UNSUPPORTED: raw('GET /open HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
  HTTP_EXPECTATION_UNSUPPORTED: raw('GET /open HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n'),
  PATH_INVALID: raw('GET /open/..%2fadmin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
  PATH_UNKNOWN: get('/nowhere'),
  METHOD_UNKNOWN: (door) => fetch(`${door.url}/open`, { method: 'DELETE' }),
  OPERATION_AMBIGUOUS: get('/twice/x'),
  OPERATION_UNUSABLE: get('/unusable'),
  OPERATION_RETIRED: get('/retired'),
  AUTHN_CREDENTIAL_MISSING: get('/token'),
  AUTHN_CREDENTIAL_MALFORMED: get('/token', { Authorization: 'Bearer a b' }),
  AUTHN_CREDENTIAL_UNEXPECTED: get('/token', { Authorization: 'Basic YTpi' }),
  AUTHN_CREDENTIAL_AMBIGUOUS: get('/cookie-key', { Cookie: `k=${KEY}; k=other` }),
  AUTHN_TOKEN_EXPIRED: bearer({ exp: seconds(-3600) }),
  AUTHN_TOKEN_NOT_YET_VALID: bearer({ nbf: seconds(3600) }),
  AUTHN_TOKEN_ISSUER: bearer({ iss: 'https://other.example' }),
  AUTHN_TOKEN_AUDIENCE: bearer({ aud: 'other' }),
  AUTHN_TOKEN_ALGORITHM: forge({ alg: 'none', typ: 'JWT' }),
  AUTHN_TOKEN_SIGNATURE: async (door, issuer) => {
    const parts = (await issuer.sign()).split('.');
    const other = (await issuer.sign({ sub: 'mallory' })).split('.');
    return fetch(`${door.url}/token`, { headers: { Authorization: `Bearer ${parts[0]}.${other[1]}.${parts[2]}` } });
  },
  AUTHN_TOKEN_MALFORMED: get('/token', { Authorization: 'Bearer abc' }),
  AUTHN_TOKEN_TYPE: bearer({}, { typ: 'id+jwt' }),
  AUTHN_TOKEN_KEY_UNKNOWN: bearer({}, { kid: 'other' }),
  AUTHN_TOKEN_KEY_EMBEDDED: forge({ alg: 'RS256', typ: 'JWT', jku: 'https://evil.example/keys' }),
  AUTHN_TOKEN_CRITICAL: forge({ alg: 'RS256', typ: 'JWT', kid: 'k1', crit: ['exp'], exp: 1 }),
  AUTHN_TOKEN_CLAIM_MISSING: bearer({ sub: undefined }),
  AUTHN_TOKEN_CLAIM_INVALID: bearer({ scope: 7 }),
  AUTHN_TOKEN_TOO_LARGE: raw(
    `GET /token HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer ${'a'.repeat(8193)}.b.c\r\n\r\n`,
  ),
  AUTHN_KEYS_UNAVAILABLE: bearer({ iss: 'http://127.0.0.1:9' }, {}, '/remote'),
  AUTHN_TOKEN_CLIENT: async (there, signer) => bound(there, await boundToken(signer, { client_id: 'other' })),
  AUTHN_TOKEN_INACTIVE: get('/opaque', { Authorization: 'Bearer abc' }),
  AUTHN_INTROSPECTION_UNAVAILABLE: get('/away', { Authorization: 'Bearer abc' }),
  AUTHN_TOKEN_BOUND: bearer({ cnf: { jkt: 'a' } }),
  AUTHN_TOKEN_CERTIFICATE: bearer({ cnf: { 'x5t#S256': 'a' } }),
  AUTHN_DPOP_REQUIRED: bearer({}, {}, '/bound'),
  AUTHN_DPOP_KEY: async (there, signer) => bound(there, await boundToken(signer, { cnf: { jkt: 'another' } })),
  AUTHN_DPOP_PROOF_MISSING: async (there, signer) =>
    fetch(`${there.url}/bound`, { headers: { Authorization: `DPoP ${await boundToken(signer)}` } }),
  AUTHN_DPOP_PROOF_INVALID: async (there, signer) => bound(there, await boundToken(signer), { header: { typ: 'JWT' } }),
  AUTHN_DPOP_PROOF_MISMATCH: async (there, signer) =>
    bound(there, await boundToken(signer), { claims: { htm: 'POST' } }),
  AUTHN_DPOP_PROOF_EXPIRED: async (there, signer) =>
    bound(there, await boundToken(signer), { claims: { iat: seconds(-100) } }),
  AUTHN_DPOP_NONCE: async (there, signer) => bound(there, await boundToken(signer)),
  AUTHN_DPOP_PROOF_REPLAYED: async (there, signer) => {
    const token = await boundToken(signer);
    const nonce = (await bound(there, token)).headers.get('dpop-nonce');
    const spent = { claims: { nonce, jti: 'once' } };
    await bound(there, token, spent);
    return bound(there, token, spent);
  },
  AUTHN_KEY_UNKNOWN: get('/key', { 'X-Key': 'wrong' }),
  AUTHN_KEY_EXPIRED: get('/key', { 'X-Key': OLD_KEY }),
  AUTHN_KEY_IN_QUERY: get(`/query-key?key=${KEY}`),
  AUTHN_PASSWORD_WRONG: get('/basic', { Authorization: `Basic ${Buffer.from('ada:wrong').toString('base64')}` }),
  LIMIT_EXCEEDED: async (door) => {
    await fetch(`${door.url}/limited`);
    return fetch(`${door.url}/limited`);
  },
  AUTHZ_PERMIT_MISSING: get('/governed/nothing'),
  AUTHZ_POLICY_FORBIDS: get('/governed/forbidden'),
  AUTHZ_POLICY_FAILED: get('/governed/failing'),
  AUTHZ_SCOPE_MISSING: bearer({ scope: 'read' }, {}, '/scoped'),
  PARAMETERS_INVALID: get('/open?n=x'),
  BODY_TOO_LARGE: post(JSON.stringify({ name: 'a'.repeat(2000) })),
  BODY_TIMEOUT: raw(
    'POST /items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"na',
  ),
  BODY_MISSING: (door) =>
    fetch(`${door.url}/items`, { method: 'POST', headers: { 'Content-Type': 'application/json' } }),
  BODY_UNEXPECTED: raw('GET /open HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}'),
  BODY_TYPE_UNSUPPORTED: post('<a/>', { 'Content-Type': 'application/xml' }),
  BODY_ENCODING_UNSUPPORTED: post('x', { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }),
  BODY_MALFORMED: post('{"name":"a","name":"b"}'),
  BODY_INVALID: post('{"name":""}'),
  UPSTREAM_TIMEOUT: get('/slow'),
  RESPONSE_STATUS_UNDECLARED: get('/answers/status'),
  RESPONSE_TYPE_UNDECLARED: get('/answers/type'),
  RESPONSE_HEADER_INVALID: get('/answers/header'),
  RESPONSE_TOO_LARGE: get('/answers/large'),
  RESPONSE_UNCHECKABLE: get('/answers/compressed'),
  RESPONSE_MALFORMED: get('/answers/malformed'),
  RESPONSE_INVALID: get('/answers/invalid'),
};

const PROOF_KEY = createProofKey();
let introspectionPort = 9;
let introspection: HttpServer;
const certificates = createCertificateCodes();
let issuer: TestIssuer;
let door: Door;

beforeAll(async () => {
  introspection = createServer((_, response) =>
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"active":false}'),
  );
  await new Promise<void>((resolve) => introspection.listen(0, '127.0.0.1', resolve));
  introspectionPort = (introspection.address() as AddressInfo).port;
  issuer = await createTestIssuer();
  door = await openDoor({
    document: DOCUMENT,
    policy: `${policyOf(issuer)}authorization: { policies: policies.cedar }\nmodes: { policies: off }\n`,
    files: {
      'policies.cedar': POLICIES,
      'jwks.json': issuer.jwks,
      'client.secret': 'x',
      'users.txt': `ada:${await hashPassword('right')}\n`,
    },
    upstream(request, response) {
      const kind = /^\/answers\/(\w+)/.exec(request.url)?.[1];
      if (request.url === '/slow') return;
      const answer = kind === undefined ? undefined : ANSWERS[kind];
      if (answer !== undefined) answer(response);
      else response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"ok":true}');
    },
  });
});
afterAll(async () => {
  await door.close();
  introspection.closeAllConnections();
  introspection.close();
});

async function problemOf(
  answer: Response | string,
): Promise<{ status: number; body: { code: string; requestId: string; status: number }; text: string }> {
  if (typeof answer !== 'string') {
    const text = await answer.text();
    return {
      status: answer.status,
      body: JSON.parse(text) as { code: string; requestId: string; status: number },
      text,
    };
  }
  const [head = '', text = ''] = answer.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]),
    body: JSON.parse(text) as { code: string; requestId: string; status: number },
    text,
  };
}

function loggedCode(requestId: string, among: Door): unknown {
  const line = among.log.find((entry) => entry['http.request.id'] === requestId);
  return (line?.['sallyport'] as { code?: string } | undefined)?.code;
}

describe('every code of the catalogue', () => {
  for (const [code, scenario] of Object.entries(SCENARIOS) as [Code, Scenario][])
    it(`${code} is what the operator reads, and the client is told ${shownCode(code)}`, async () => {
      const { status, body } = await problemOf(await scenario(door, issuer));
      expect(body.code).toBe(shownCode(code));
      expect(status).toBe(CATALOGUE[shownCode(code)].status);
      expect(body.status).toBe(status);
      await until(() => loggedCode(body.requestId, door) !== undefined);
      expect(loggedCode(body.requestId, door)).toBe(code);
    });

  describe.skipIf(certificates === null)('of TLS', () => {
    let secure: Door;
    beforeAll(async () => {
      if (certificates !== null) secure = await certificates.open();
    });
    afterAll(async () => {
      await secure.close();
      certificates?.close();
    });
    for (const [code, scenario] of Object.entries(certificates?.scenarios ?? {}) as [
      Code,
      (at: Door) => Promise<string>,
    ][])
      it(`${code} is what the operator reads, and the client is told ${shownCode(code)}`, async () => {
        const { status, body } = await problemOf(await scenario(secure));
        expect([status, body.code]).toEqual([CATALOGUE[shownCode(code)].status, shownCode(code)]);
        await until(() => loggedCode(body.requestId, secure) !== undefined);
        expect(loggedCode(body.requestId, secure)).toBe(code);
      });
  });

  describe('of data', () => {
    let data: Door;
    beforeAll(async () => {
      data = await openDataDoor();
    });
    afterAll(() => data.close());
    for (const [code, scenario] of Object.entries(DATA_SCENARIOS) as [Code, (at: Door) => Promise<Response>][])
      it(`${code} is what the operator reads, and the client is told ${shownCode(code)}`, async () => {
        const { status, body } = await problemOf(await scenario(data));
        expect([status, body.code]).toEqual([CATALOGUE[shownCode(code)].status, shownCode(code)]);
        await until(() => loggedCode(body.requestId, data) !== undefined);
        expect(loggedCode(body.requestId, data)).toBe(code);
      });
  });

  describe('of ownership', () => {
    let shop: Shop;
    beforeAll(async () => {
      shop = await openOwnershipCodes();
    });
    afterAll(() => shop.close());
    for (const [code, scenario] of Object.entries(OWNERSHIP_SCENARIOS) as [Code, (at: Shop) => Promise<Response>][])
      it(`${code} is what the operator reads, and the client is told ${shownCode(code)}`, async () => {
        const { status, body } = await problemOf(await scenario(shop));
        expect([status, body.code]).toEqual([CATALOGUE[shownCode(code)].status, shownCode(code)]);
        await until(() => loggedCode(body.requestId, shop) !== undefined);
        expect(loggedCode(body.requestId, shop)).toBe(code);
      });
  });

  describe('of threats', () => {
    let threatened: Door;
    beforeAll(async () => {
      threatened = await openThreatDoor();
    });
    afterAll(() => threatened.close());
    for (const [code, scenario] of Object.entries(THREAT_SCENARIOS) as [Code, (at: Door) => Promise<Response>][])
      it(`${code} is what the client and the operator are told`, async () => {
        const { status, body } = await problemOf(await scenario(threatened));
        expect([status, body.code]).toEqual([CATALOGUE[code].status, code]);
        await until(() => loggedCode(body.requestId, threatened) !== undefined);
        expect(loggedCode(body.requestId, threatened)).toBe(code);
      });
  });

  describe('of fields that are encrypted', () => {
    let encryption: Door;
    beforeAll(async () => {
      encryption = await openEncryptionDoor();
    });
    afterAll(() => encryption.close());
    for (const [code, scenario] of Object.entries(ENCRYPTION_SCENARIOS) as [Code, (at: Door) => Promise<Response>][])
      it(`${code} is what the operator reads, and the client is told ${shownCode(code)}`, async () => {
        const { status, body } = await problemOf(await scenario(encryption));
        expect([status, body.code]).toEqual([CATALOGUE[shownCode(code)].status, shownCode(code)]);
        await until(() => loggedCode(body.requestId, encryption) !== undefined);
        expect(loggedCode(body.requestId, encryption)).toBe(code);
      });
  });

  it('UPSTREAM_UNREACHABLE tells an upstream that is not there from one that breaks', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise<void>((resolve) => gone.close(() => resolve()));
    const other = await openDoor({
      document: DOCUMENT,
      policy: policyOf(issuer),
      files: { 'jwks.json': issuer.jwks, 'client.secret': 'x', 'users.txt': '' },
      upstreamUrl: `http://127.0.0.1:${port}`,
    });
    try {
      const { status, body } = await problemOf(await fetch(`${other.url}/open`));
      expect([status, body.code]).toEqual([502, 'UPSTREAM_UNREACHABLE']);
    } finally {
      await other.close();
    }
  });

  it('UPSTREAM_BROKEN is an upstream that does not speak HTTP', async () => {
    const [server, port] = await rawUpstream((socketData) => (socketData ? 'nonsense\r\n\r\n' : ''));
    const other = await openDoor({
      document: DOCUMENT,
      policy: policyOf(issuer),
      files: { 'jwks.json': issuer.jwks, 'client.secret': 'x', 'users.txt': '' },
      upstreamUrl: `http://127.0.0.1:${port}`,
    });
    try {
      const { status, body } = await problemOf(await fetch(`${other.url}/open`));
      expect([status, body.code]).toEqual([502, 'UPSTREAM_BROKEN']);
    } finally {
      await other.close();
      server.close();
    }
  });

  it('UPSTREAM_BUSY refuses at once when connections and queue are full', async () => {
    const [server, port] = await rawUpstream(() => '');
    const other = await openDoor({
      document: DOCUMENT,
      policy: `${policyOf(issuer)}`,
      files: { 'jwks.json': issuer.jwks, 'client.secret': 'x', 'users.txt': '', 'connections.txt': '' },
      upstreamUrl: `{ url: 'http://127.0.0.1:${port}', connections: 1 }`,
    });
    const abort = new AbortController();
    try {
      const waiting = Array.from({ length: 9 }, () =>
        fetch(`${other.url}/open`, { signal: abort.signal }).catch(() => null),
      );
      while (
        !/^sallyport_upstream_pending 9$/m.test(
          await (await fetch(`http://127.0.0.1:${other.gateway.admin?.port}/metrics`)).text(),
        )
      );
      const { status, body } = await problemOf(
        await sendRaw(other.gateway.port, 'GET /open HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
      );
      expect([status, body.code]).toEqual([503, 'UPSTREAM_BUSY']);
      abort.abort();
      await Promise.all(waiting);
    } finally {
      await other.close();
      server.close();
    }
  });

  for (const [code, ports] of Object.entries(FAILING_PORTS) as [Code, Partial<Ports>][])
    it(`${code} denies when a port cannot tell`, async () => {
      const exchange = new Exchange(
        'id',
        Date.now(),
        'GET',
        PORT_PATHS[code]?.[0] ?? '/basic',
        ['Host', 'a', 'Authorization', PORT_PATHS[code]?.[1] ?? 'Basic YTpi'],
        '127.0.0.1',
        false,
      );
      const verdict = await decideRequest(planWithoutDoor(), exchange, {
        tokens: new Map(),
        apiKeys: new Map(),
        passwords: new Map(),
        counters: ALLOWING,
        ...ports,
      });
      expect(verdict).toMatchObject({ code });
    });

  for (const code of SHOWN_ONLY)
    it(`${code} is what clients are told instead of another code`, () => {
      expect(Object.values(CATALOGUE).some((entry) => 'shownAs' in entry && entry.shownAs === code)).toBe(true);
    });

  it.skipIf(certificates === null)('no code is without a test', () => {
    const here: string[] = [
      ...Object.keys(SCENARIOS),
      ...Object.keys(FAILING_PORTS),
      ...Object.keys(certificates?.scenarios ?? {}),
      ...Object.keys(OWNERSHIP_SCENARIOS),
      ...Object.keys(DATA_SCENARIOS),
      ...Object.keys(THREAT_SCENARIOS),
      ...Object.keys(ENCRYPTION_SCENARIOS),
      'UPSTREAM_UNREACHABLE',
      'UPSTREAM_BROKEN',
      'UPSTREAM_BUSY',
      'UPSTREAM_LOOP',
      ...SHOWN_ONLY,
      ...STORED_KEYS,
      ...SHARED_PROOFS,
      ...REVOCATIONS,
      ...ROLES,
      ...LOGINS,
      ...HTTP2,
      ...KEY_PROVIDERS,
    ];
    expect(Object.keys(CATALOGUE).filter((code) => !here.includes(code))).toEqual([]);
  });
});

const PORT_PATHS: Readonly<Partial<Record<Code, [string, string]>>> = {
  LIMIT_STORE_UNAVAILABLE: ['/limited', 'Basic YTpi'],
  AUTHN_INTROSPECTION_BUSY: ['/opaque', 'Bearer abc'],
  AUTHN_DPOP_BUSY: ['/bound', 'DPoP abc'],
};

const SHOWN_ONLY: readonly Code[] = ['AUTHN_CREDENTIAL_INVALID', 'AUTHN_UNAVAILABLE'];
/** Produced in vault/transit.test.ts and vault/secrets.test.ts, which have a Vault. */
const KEY_PROVIDERS: readonly Code[] = ['ENCRYPTED_KEY_UNAVAILABLE', 'SECRETS_STALE'];
/** Produced in gateway/stored-keys.test.ts, which has a store. */
const STORED_KEYS: readonly Code[] = [
  'AUTHN_KEY_CHECKSUM',
  'AUTHN_KEY_REVOKED',
  'AUTHN_KEY_ADDRESS',
  'AUTHN_STORE_UNAVAILABLE',
];
/** Produced in gateway/shared-proofs.test.ts, where two nodes have one store. */
const SHARED_PROOFS: readonly Code[] = ['AUTHN_DPOP_UNAVAILABLE'];
/** Produced in gateway/revocations.test.ts, which has a store too. */
const REVOCATIONS: readonly Code[] = ['AUTHN_TOKEN_REVOKED', 'AUTHN_SUBJECT_REVOKED'];
/** Produced in gateway/roles.test.ts, which declares roles and has a store. */
const ROLES: readonly Code[] = ['AUTHZ_ROLE_MISSING', 'AUTHZ_GRANTS_UNAVAILABLE'];
/** Produced in login/, which has providers and browsers. */
const LOGINS: readonly Code[] = [
  'AUTHN_LOGIN_REQUIRED',
  'AUTHN_SESSION_UNKNOWN',
  'AUTHN_SESSION_ENDED',
  'AUTHN_SESSION_EXPIRED',
  'AUTHN_ORIGIN_FOREIGN',
  'AUTHN_LOGIN_RETURN',
  'AUTHN_LOGIN_HOST',
  'AUTHN_LOGIN_STATE',
  'AUTHN_LOGIN_ISSUER',
  'AUTHN_LOGIN_REFUSED',
  'AUTHN_LOGIN_CODE',
  'AUTHN_LOGIN_TOKEN',
  'AUTHN_LOGIN_FAILED',
  'AUTHN_LOGIN_UNAVAILABLE',
  'AUTHN_LOGIN_BUSY',
  'AUTHN_LOGOUT_TOKEN',
];
/** Produced in gateway/http2.test.ts: it has no answer, the connection ends. */
const HTTP2: readonly Code[] = ['HTTP2_FLOOD'];
const ALLOWING: Ports['counters'] = { take: () => ({ allowed: true, remaining: 1, resetMs: 0, retryAfterMs: 0 }) };

/** Ports that fail as a store or a busy thread pool would; doubles, because the real ones cannot be made to fail at will. */
const FAILING_PORTS: Readonly<Partial<Record<Code, Partial<Ports>>>> = {
  INTERNAL_FAULT: {
    passwords: new Map([['basic', { check: () => Promise.reject(new Error('a port broke its promise')) }]]),
  },
  LIMIT_STORE_UNAVAILABLE: { counters: { take: () => Promise.reject(new Error('the store is down')) } },
  AUTHN_PASSWORDS_BUSY: {
    passwords: new Map([
      ['basic', { check: () => ({ ok: false as const, code: 'AUTHN_PASSWORDS_BUSY' as const, facts: {} }) }],
    ]),
  },
  AUTHN_INTROSPECTION_BUSY: { tokens: new Map([['opaque', refusing('AUTHN_INTROSPECTION_BUSY')]]) },
  AUTHN_DPOP_BUSY: { tokens: new Map([['bound', refusing('AUTHN_DPOP_BUSY')]]) },
};

function refusing(code: Code): TokenPort {
  return { verify: () => ({ ok: false, code, facts: {} }) };
}

function planWithoutDoor(): ReturnType<typeof compilePlan> {
  const document = loadDocument(createMemoryReader({ 'openapi.json': JSON.stringify(DOCUMENT) }), 'openapi.json');
  const text = policyOf({
    issuer: 'https://issuer.example',
    audience: 'api',
    jwks: '',
    sign: () => Promise.resolve(''),
  });
  return compilePlan(
    document,
    parsePolicy(
      { file: 'sallyport.yaml', text: `upstream: http://127.0.0.1:1\n${text}` },
      { environment: () => undefined, readFile: () => 'x' },
    ),
  );
}

/** An upstream that answers whatever `answer` says to the first bytes, or never. */
async function rawUpstream(answer: (data: string) => string): Promise<[Server, number]> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      const text = answer(data.toString('latin1'));
      if (text !== '') socket.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return [server, (server.address() as AddressInfo).port];
}
