import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORGERIES, jws, rs256, type Forge } from './forged-tokens.ts';
import { hasProgram } from '../tls/tls-clients.ts';
import { openDoor, until, type Door } from '../door.ts';

const OK = {
  description: 'ok',
  content: { 'application/json': { schema: { type: 'object', properties: { ok: { type: 'boolean' } } } } },
};
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Guarded', version: '1' },
  components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  paths: {
    '/things': { get: { operationId: 'things', security: [{ token: [] }], responses: { 200: OK } } },
  },
};
const ISSUER = 'https://id.example.com/';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const SECRET = 'a-secret-of-more-than-32-characters!';
const jwk = (key: KeyObject, kid: string, alg: string): object => ({
  ...key.export({ format: 'jwk' }),
  kid,
  alg,
  use: 'sig',
});
const KEYS = JSON.stringify({
  keys: [jwk(rsa.publicKey, 'r', 'RS256'), jwk(ec.publicKey, 'e', 'ES256'), jwk(ed.publicKey, 'd', 'EdDSA')],
});

let door: Door;
let symmetric: Door;
let forge: Forge;
beforeAll(async () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: 'api', sub: 'alice', iat: now, exp: now + 600, scope: 'read' };
  const good = jws({ alg: 'RS256', kid: 'r', typ: 'JWT' }, claims, rs256(rsa.privateKey));
  forge = {
    claims,
    good,
    rsa: rsa.privateKey,
    ec: ec.privateKey,
    ed: ed.privateKey,
    rsaPublic: rsa.publicKey,
  };
  const policy = (algorithms: string): string =>
    `authentication: { token: { issuer: '${ISSUER}', audience: api, jwks: keys.json, algorithms: [${algorithms}] } }\nlimits: []\nlog: { level: debug }\n`;
  door = await openDoor({ document: DOCUMENT, files: { 'keys.json': KEYS }, policy: policy('RS256, ES256, EdDSA') });
  const oct = { kty: 'oct', kid: 'h', alg: 'HS256', k: Buffer.from(SECRET).toString('base64url') };
  symmetric = await openDoor({
    document: DOCUMENT,
    files: { 'keys.json': JSON.stringify({ keys: [oct] }) },
    policy: policy('HS256'),
  });
});
afterAll(async () => {
  await door.close();
  await symmetric.close();
});

async function ask(at: Door, token: string): Promise<{ status: number; code: unknown }> {
  const answer = await fetch(`${at.url}/things`, { headers: { authorization: `Bearer ${token}` } });
  if (answer.ok) return { status: answer.status, code: null };
  const { requestId } = (await answer.json()) as { readonly requestId: string };
  const line = (): Record<string, unknown> | undefined => at.log.find((one) => one['http.request.id'] === requestId);
  await until(() => line() !== undefined);
  return { status: answer.status, code: ((line() ?? {})['sallyport'] as { readonly code?: unknown }).code };
}

describe('forged tokens', () => {
  it('the token that they are made from is good', async () => {
    expect(await ask(door, forge.good)).toEqual({ status: 200, code: null });
  });

  it.each(FORGERIES.map(({ name, code, make }) => [name, code, make] as const))(
    '%s is refused: %s',
    async (_, code, make) => {
      const before = door.seen.length;
      expect(await ask(door, make(forge))).toEqual({ status: 401, code });
      expect(door.seen).toHaveLength(before);
    },
  );

  it('types that name an access token, or nothing in particular, pass', async () => {
    for (const typ of ['JWT', 'jwt', 'at+jwt', 'application/at+jwt', 'AT+JWT', undefined])
      expect(await ask(door, jws({ alg: 'RS256', kid: 'r', typ }, forge.claims, rs256(rsa.privateKey)))).toEqual({
        status: 200,
        code: null,
      });
  });

  describe('where the secret is shared', () => {
    const signed = (header: object, secret: string | Buffer, hash = 'sha256'): string =>
      jws(header, forge.claims, (input) => createHmac(hash, secret).update(input).digest());

    it('the token under the secret is good', async () => {
      expect(await ask(symmetric, signed({ alg: 'HS256', kid: 'h' }, SECRET))).toEqual({ status: 200, code: null });
    });

    it('no token is good under nothing, under a word, or under what a file or a query would give', async () => {
      for (const secret of ['', '\0', 'secret', 'null', 'undefined', SECRET.slice(0, -1), `${SECRET}\n`, 'h'])
        expect(await ask(symmetric, signed({ alg: 'HS256', kid: 'h' }, secret))).toEqual({
          status: 401,
          code: 'AUTHN_TOKEN_SIGNATURE',
        });
      for (const kid of ['../../../../../../dev/null', '/dev/null', "' UNION SELECT '", ''])
        expect(await ask(symmetric, signed({ alg: 'HS256', kid }, ''))).toEqual({
          status: 401,
          code: 'AUTHN_TOKEN_KEY_UNKNOWN',
        });
      expect(await ask(symmetric, signed({ alg: 'HS512', kid: 'h' }, SECRET, 'sha512'))).toEqual({
        status: 401,
        code: 'AUTHN_TOKEN_ALGORITHM',
      });
    });

    it('a secret that a dictionary finds is not taken for a key', async () => {
      const oct = { kty: 'oct', kid: 'h', k: Buffer.from('secret').toString('base64url') };
      const opening = openDoor({
        document: DOCUMENT,
        files: { 'keys.json': JSON.stringify({ keys: [oct] }) },
        policy: `authentication: { token: { issuer: '${ISSUER}', audience: api, jwks: keys.json, algorithms: [HS256] } }\n`,
      });
      await expect(opening).rejects.toThrow(/KEY_SET_FILE_INVALID/);
    });
  });

  // No package brings this attacker: https://github.com/ticarpi/jwt_tool, as `jwt_tool` on the PATH.
  if (hasProgram('jwt_tool'))
    it('jwt_tool gets in with the good token alone, whatever it makes of it', { timeout: 120_000 }, async () => {
      const attacked = await openDoor({
        document: DOCUMENT,
        files: {
          'keys.json': KEYS,
          'public.pem': String(rsa.publicKey.export({ type: 'spki', format: 'pem' })),
          'jwt-common.txt': 'secret\npassword\n',
          'common-headers.txt': 'kid\njku\n',
          'common-payloads.txt': 'admin\nrole\n',
        },
        policy: `authentication: { token: { issuer: '${ISSUER}', audience: api, jwks: keys.json, forwardCredential: true } }\nlimits: []\nlog: { level: debug }\n`,
      });
      const attack = (...words: readonly string[]): Promise<void> =>
        new Promise((resolve, reject) => {
          const target = ['-t', `${attacked.url}/things`, '-np', '-cv', '"ok":true'];
          const tool = spawn('jwt_tool', [...target, '-rh', `Authorization: Bearer ${forge.good}`, ...words], {
            cwd: attacked.folder,
            env: { ...process.env, HOME: attacked.folder },
            stdio: 'ignore',
          });
          tool.once('error', reject);
          tool.once('close', () => resolve());
        });
      // The first run makes the tool's own keys and ends.
      await attack('-X', 'n');
      await attack('-M', 'at');
      for (const exploit of ['a', 'n', 'b', 'i', 's'])
        await attack('-X', exploit, '-ju', 'http://127.0.0.1:1/jwks.json');
      await attack('-X', 'k', '-pk', 'public.pem');
      await attack('-I', '-pc', 'sub', '-pv', 'admin');
      expect(new Set(attacked.seen.map(({ headers }) => headers.authorization))).toEqual(
        new Set([`Bearer ${forge.good}`]),
      );
      const refused = attacked.log.filter((line) => line['http.response.status_code'] === 401);
      expect(refused.length).toBeGreaterThan(80);
      await attacked.close();
    });
});
