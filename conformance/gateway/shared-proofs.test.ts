import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStore, makeKey } from '@sallyport/gateway';
import type { StorePolicy } from '@sallyport/core';
import { createProofKey, proofOf, type ProofKey } from '../identity/proof-key.ts';
import { createTestIssuer, type TestIssuer } from '../tokens.ts';
import { openDoor, until, type Door } from '../door.ts';
import { postgresFolder, startPostgres, type Postgres } from '../postgres.ts';
import { testSecret } from '../test-secret.ts';

/** A proof of possession that one node took, sent to the other again; real gateways, real databases. */
const SEALING = 'a key for tests that is long enough';
const HOST = 'api.example.com';
const operation = (security: object): object => ({
  get: { security: [security], responses: { 200: { description: 'ok', content: { 'application/json': {} } } } },
});
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Proofs', version: '1' },
  paths: { '/bound': operation({ bound: [] }), '/plain': operation({ plain: [] }) },
  components: {
    securitySchemes: {
      bound: { type: 'http', scheme: 'bearer' },
      plain: { type: 'http', scheme: 'bearer' },
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
    },
  },
};

let issuer: TestIssuer;
let key: ProofKey;
let token: string;
beforeAll(async () => {
  issuer = await createTestIssuer();
  key = await createProofKey();
  token = await issuer.sign({ cnf: { jkt: key.thumbprint } });
});

function openNode(store: string, more: { readonly store?: string; readonly top?: string } = {}): Promise<Door> {
  const trusted = `issuer: ${issuer.issuer}, audience: ${issuer.audience}, algorithms: [RS256], jwks: jwks.json`;
  return openDoor({
    document: DOCUMENT,
    policy: `authentication:
  bound: { ${trusted}, dpop: required }
  plain: { ${trusted} }
${more.top === undefined ? '' : '  key: { keys: store }'}
limits: []
store: { url: ${JSON.stringify(store)}, key: seal.txt, revocations: off${more.store ?? ''} }
${more.top ?? ''}
`,
    files: { 'seal.txt': SEALING, 'jwks.json': issuer.jwks },
  });
}

const proof = (path = '/bound', method = 'GET', of: string | null = token): Promise<string> =>
  proofOf(key, { url: `http://${HOST}${path}`, method, ...(of === null ? {} : { token: of }) });

/** Asks with a Host that both nodes are known by, as behind a balancer. */
async function ask(
  door: Door,
  withProof: string,
): Promise<{ readonly status: number; readonly code: string | undefined; readonly logged: string | undefined }> {
  const answer = await door.raw(
    `GET /bound HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\nAuthorization: DPoP ${token}\r\nDPoP: ${withProof}\r\n\r\n`,
  );
  const status = Number(answer.slice(9, 12));
  const id = /"requestId":"([^"]+)"/.exec(answer)?.[1];
  const line = (): Record<string, unknown> | undefined =>
    door.log.find((entry) => id !== undefined && JSON.stringify(entry).includes(id));
  if (id !== undefined) await until(() => line() !== undefined);
  return {
    status,
    code: /"code":"([A-Z_]+)"/.exec(answer)?.[1],
    logged: /AUTHN_[A-Z_]+/.exec(JSON.stringify(line() ?? ''))?.[0],
  };
}

const REPLAYED = {
  status: 401,
  code: 'AUTHN_DPOP_PROOF_REPLAYED',
  logged: 'AUTHN_DPOP_PROOF_REPLAYED',
};

function describeProofs(name: string, url: () => string): void {
  describe(`proofs shared in ${name}`, () => {
    let one: Door;
    let two: Door;
    let where: string;
    beforeAll(async () => {
      where = url();
      one = await openNode(where, { store: ', proofs: shared' });
      two = await openNode(where, { store: ', proofs: shared' });
    });
    afterAll(async () => {
      await one.close();
      await two.close();
    });

    it('a proof that one node took is refused at the other, and a fresh one is taken', async () => {
      const once = await proof();
      expect((await ask(one, once)).status).toBe(200);
      expect(await ask(two, once)).toEqual(REPLAYED);
      expect(await ask(one, once)).toEqual(REPLAYED);
      expect((await ask(two, await proof())).status).toBe(200);
    });

    it('of one proof at both nodes at a time, one counts, every time', async () => {
      const proofs = await Promise.all(Array.from({ length: 40 }, () => proof()));
      const answers = await Promise.all(proofs.map((same) => Promise.all([ask(one, same), ask(two, same)])));
      for (const pair of answers)
        expect(pair.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401]);
    });

    it('a proof that was taken before a restart does not count after it', async () => {
      const once = await proof();
      const before = await openNode(where, { store: ', proofs: shared' });
      expect((await ask(before, once)).status).toBe(200);
      await before.close();
      const after = await openNode(where, { store: ', proofs: shared' });
      expect(await ask(after, once)).toEqual(REPLAYED);
      await after.close();
    });
  });
}

describe('proofs in SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-proofs-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  describeProofs('SQLite', () => `sqlite:${join(folder, 'shared.db')}`);

  it('are each process’s own where nothing is said, and the store is not opened for them', async () => {
    const where = `sqlite:${join(folder, 'own.db')}`;
    const [one, two] = [await openNode(where), await openNode(where)];
    const once = await proof();
    expect([(await ask(one, once)).status, (await ask(two, once)).status]).toEqual([200, 200]);
    expect(await ask(one, once)).toEqual(REPLAYED);
    await one.close();
    await two.close();
  });
});

const programs = postgresFolder();
describe.skipIf(programs === null)('proofs in a real PostgreSQL', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres(programs ?? '');
  });
  afterAll(() => postgres.remove());

  describeProofs('PostgreSQL', () => postgres.createDatabase());

  it('are shared where nothing is said, those of the token endpoint as well', async () => {
    const where = postgres.createDatabase();
    const location: StorePolicy['location'] = { kind: 'postgres', url: testSecret(where) };
    const store = createStore({ location, key: testSecret(SEALING), graceMs: 0 });
    await store.open();
    const { text, sha256, hint } = makeKey('test');
    const now = Date.now();
    const by = { actor: 'test', atMs: now };
    const stored = { id: 'ci', sha256, hint, scheme: 'key', owner: 'o', contact: null, subject: 's', scopes: [] };
    const rest = { roles: [], addresses: [], attributes: {}, createdAtMs: now, expiresAtMs: null, replaces: null };
    await store.createKey({ ...stored, ...rest }, by);
    await store.close();
    const top = `tokens: { issuer: 'https://${HOST}', schemes: [key] }`;
    const [one, two] = [await openNode(where, { top }), await openNode(where, { top })];
    const once = await proof();
    expect((await ask(one, once)).status).toBe(200);
    expect(await ask(two, once)).toEqual(REPLAYED);
    const bound = await proof('/token', 'POST', null);
    const form = `grant_type=client_credentials&client_id=ci&client_secret=${text}`;
    const obtain = (door: Door): Promise<string> =>
      door.raw(
        `POST /token HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\nDPoP: ${bound}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n\r\n${form}`,
      );
    expect(await obtain(one)).toContain('"token_type":"DPoP"');
    expect(await obtain(two)).toContain('invalid_dpop_proof');
    await until(() => two.logText().includes('AUTHN_DPOP_PROOF_REPLAYED'));
    await one.close();
    await two.close();
  });

  it('while the store is away, proofs are refused; operations without proofs go on, and so do nodes that may be alone', async () => {
    const where = postgres.createDatabase();
    const strict = await openNode(where);
    const lenient = await openNode(where, { store: ', proofsWhileAway: alone, grace: 1h' });
    expect((await ask(strict, await proof())).status).toBe(200);
    await postgres.stop();
    const refused = { status: 503, code: 'AUTHN_UNAVAILABLE', logged: 'AUTHN_DPOP_UNAVAILABLE' };
    expect(await ask(strict, await proof())).toEqual(refused);
    await until(() => strict.logText().includes('the store cannot be asked'), 10_000);
    expect(await ask(strict, await proof())).toEqual(refused);
    const unbound = await issuer.sign({});
    const plain = await fetch(`${strict.url}/plain`, { headers: { Authorization: `Bearer ${unbound}` } });
    expect(plain.status).toBe(200);
    const once = await proof();
    expect((await ask(lenient, once)).status).toBe(200);
    expect(await ask(lenient, once)).toEqual(REPLAYED);
    await postgres.start();
    await until(() => strict.logText().includes('the store can be asked'), 10_000);
    const deadline = Date.now() + 10_000;
    while ((await ask(strict, await proof())).status !== 200) if (Date.now() > deadline) throw new Error('still away');
    await strict.close();
    await lenient.close();
  });
});
