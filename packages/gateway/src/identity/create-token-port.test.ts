import { createHmac, createPublicKey } from 'node:crypto';
import { CompactSign, exportSPKI, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Code, JsonValue, JwtPolicy, TokenResult } from '@sallyport/core';
import { createTokenPort } from './create-token-port.ts';
import { goodClaims, jwtPolicy, sign, signingKey, type SigningKey } from './testing/key-server.ts';
import { importKeySet } from './json-web-key.ts';
import { VerifiedTokenCache } from './verified-token-cache.ts';
import type { KeySet } from './key-set.ts';

const NOW_MS = 1_800_000_000_000;

/** A key set that a test changes by hand. */
function handSet(
  keys: readonly JsonValue[],
  symmetric = false,
): KeySet & { put(keys: readonly JsonValue[]): void; unknownKeys: number } {
  let version = 1;
  let current = importKeySet({ keys }, symmetric).keys;
  return {
    get version() {
      return version;
    },
    current: () => current,
    loading: () => null,
    unknownKeys: 0,
    refreshForUnknownKey() {
      this.unknownKeys++;
      return null;
    },
    start() {},
    close() {},
    carryOver: () => null,
    status: () => ({ state: 'fresh', keys: current.length, ageMs: 0, lastError: null, skipped: [] }),
    put(next) {
      current = importKeySet({ keys: next }, symmetric).keys;
      version++;
    },
  };
}

let rsa: SigningKey;
let ec: SigningKey;
let ed: SigningKey;
const jwkOf = (key: SigningKey): JsonValue => key.publicJwk as unknown as JsonValue;

beforeAll(async () => {
  [rsa, ec, ed] = await Promise.all([signingKey('RS256', 'r'), signingKey('ES256', 'e'), signingKey('EdDSA', 'd')]);
});

async function verify(token: string, policy: Partial<JwtPolicy> = {}, nowMs = NOW_MS): Promise<TokenResult> {
  return createTokenPort('bearer', jwtPolicy(policy), handSet([jwkOf(rsa), jwkOf(ec), jwkOf(ed)])).verify(token, nowMs);
}

async function codeOf(token: string, policy: Partial<JwtPolicy> = {}, nowMs = NOW_MS): Promise<Code | null> {
  const result = await verify(token, policy, nowMs);
  return result.ok ? null : result.code;
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('createTokenPort', () => {
  test('proves a good token of every key type, and makes a frozen principal of its claims', async () => {
    for (const key of [rsa, ec, ed]) {
      const result = await verify(await sign(key, goodClaims(NOW_MS, { roles: ['editor'], team: { name: 'web' } })));
      if (!result.ok) throw new Error(result.code);
      expect(result.principal).toMatchObject({
        kind: 'token',
        subject: 'anna',
        issuer: 'https://id.example.com/',
        roles: ['editor'],
        schemes: ['bearer'],
        keyId: null,
      });
      expect(result.principal.scopes).toEqual(new Set(['read', 'write']));
      expect(Object.isFrozen(result.principal.attributes['team'])).toBe(true);
    }
  });

  test('answers at once: a good token needs no promise', async () => {
    const port = createTokenPort('bearer', jwtPolicy(), handSet([jwkOf(rsa)]));
    expect(port.verify(await sign(rsa, goodClaims(NOW_MS)), NOW_MS)).not.toBeInstanceOf(Promise);
  });

  test('maps claims by name, by an exact name with dots, and along dots into objects', async () => {
    const claims = goodClaims(NOW_MS, {
      scope: undefined,
      scp: ['a', 'b'],
      realm_access: { roles: ['x'] },
      'https://a.example/roles': ['y'],
      client: 'c',
    });
    const token = await sign(rsa, claims);
    const of = async (mapping: JwtPolicy['claims']) => {
      const result = await verify(token, { claims: mapping });
      return result.ok ? [result.principal.subject, [...result.principal.scopes], result.principal.roles] : result.code;
    };
    expect(await of({ subject: 'client', scopes: 'scp', roles: 'realm_access.roles' })).toEqual([
      'c',
      ['a', 'b'],
      ['x'],
    ]);
    expect(await of({ subject: 'sub', scopes: 'scope', roles: 'https://a.example/roles' })).toEqual([
      'anna',
      [],
      ['y'],
    ]);
    expect(await of({ subject: 'sub', scopes: 'scope', roles: 'realm_access' })).toBe('AUTHN_TOKEN_CLAIM_INVALID');
    expect(await of({ subject: 'nobody', scopes: 'scope', roles: 'roles' })).toBe('AUTHN_TOKEN_CLAIM_MISSING');
    expect(await of({ subject: 'constructor', scopes: 'scope', roles: 'roles' })).toBe('AUTHN_TOKEN_CLAIM_MISSING');
  });

  const now = NOW_MS / 1000;
  test.each<[Code | null, Readonly<Record<string, unknown>>, Partial<JwtPolicy>?]>([
    [null, { exp: now - 29 }],
    ['AUTHN_TOKEN_EXPIRED', { exp: now - 30 }],
    ['AUTHN_TOKEN_EXPIRED', { exp: 0 }],
    ['AUTHN_TOKEN_EXPIRED', { exp: now }, { clockToleranceSeconds: 0 }],
    ['AUTHN_TOKEN_CLAIM_MISSING', { exp: undefined }],
    ['AUTHN_TOKEN_CLAIM_INVALID', { exp: String(now + 300) }],
    ['AUTHN_TOKEN_CLAIM_INVALID', { exp: 1e300 }],
    ['AUTHN_TOKEN_CLAIM_INVALID', { exp: null }],
    [null, { nbf: now + 30 }],
    ['AUTHN_TOKEN_NOT_YET_VALID', { nbf: now + 31 }],
    ['AUTHN_TOKEN_NOT_YET_VALID', { iat: now + 31 }],
    ['AUTHN_TOKEN_CLAIM_INVALID', { nbf: 'soon' }],
    ['AUTHN_TOKEN_AUDIENCE', { aud: undefined }],
    ['AUTHN_TOKEN_AUDIENCE', { aud: 'https://api.example.com/' }],
    ['AUTHN_TOKEN_AUDIENCE', { aud: [] }],
    ['AUTHN_TOKEN_AUDIENCE', { aud: ['https://api.example.com', 1] }],
    [null, { aud: ['x', 'https://api.example.com'] }],
    ['AUTHN_TOKEN_AUDIENCE', {}, { audiences: [] }],
    ['AUTHN_TOKEN_ISSUER', { iss: undefined }],
    ['AUTHN_TOKEN_ISSUER', { iss: 'https://id.example.com' }],
    ['AUTHN_TOKEN_ISSUER', { iss: ['https://id.example.com/'] }],
    ['AUTHN_TOKEN_CLAIM_MISSING', {}, { requiredClaims: ['tenant'] }],
    ['AUTHN_TOKEN_CLAIM_MISSING', { tenant: null }, { requiredClaims: ['tenant'] }],
    [null, { tenant: false }, { requiredClaims: ['tenant'] }],
    ['AUTHN_TOKEN_CLAIM_MISSING', { sub: undefined }],
    ['AUTHN_TOKEN_CLAIM_MISSING', { sub: '' }],
    ['AUTHN_TOKEN_CLAIM_INVALID', { sub: 1 }],
    ['AUTHN_TOKEN_CLAIM_INVALID', { scope: { read: true } }],
    ['AUTHN_TOKEN_CLAIM_INVALID', { roles: ['a', 1] }],
    [null, { azp: 'app' }, { clients: ['app'] }],
    [null, { client_id: 'app' }, { clients: ['app'] }],
    ['AUTHN_TOKEN_CLIENT', {}, { clients: ['app'] }],
    ['AUTHN_TOKEN_CLIENT', { azp: 'other' }, { clients: ['app'] }],
    ['AUTHN_TOKEN_CLIENT', { azp: 'app', client_id: 'other' }, { clients: ['app'] }],
    ['AUTHN_TOKEN_CLIENT', { azp: 'other', client_id: 'app' }, { clients: ['app'] }],
    ['AUTHN_TOKEN_CLIENT', { azp: ['app'] }, { clients: ['app'] }],
  ])('answers %s for the claims %j', async (code, claims, policy = {}) => {
    expect(await codeOf(await sign(rsa, goodClaims(NOW_MS, claims)), policy)).toBe(code);
  });

  test.each([
    ['https://api.example.com/', 'https://api.example.com/'],
    [['web', 'mobile'], 'web mobile'],
    [undefined, ''],
    ['x'.repeat(257), `${'x'.repeat(256)}…`],
  ])('tells the operator for whom a token is, and for whom it should be: %j', async (aud, held) => {
    expect(await verify(await sign(rsa, goodClaims(NOW_MS, { aud })))).toEqual({
      ok: false,
      code: 'AUTHN_TOKEN_AUDIENCE',
      facts: { claim: 'aud', wanted: 'https://api.example.com', held },
    });
  });

  test('takes only the types of the policy; a token without one is a jwt', async () => {
    const typed = async (typ: string | undefined, types: string[]) => {
      const header = typ === undefined ? { alg: 'RS256', kid: 'r' } : { alg: 'RS256', kid: 'r', typ };
      return codeOf(await new SignJWT(goodClaims(NOW_MS)).setProtectedHeader(header).sign(rsa.privateKey), { types });
    };
    expect(await typed('application/AT+JWT', ['at+jwt'])).toBeNull();
    expect(await typed('JWT', ['at+jwt'])).toBe('AUTHN_TOKEN_TYPE');
    expect(await typed('logout+jwt', ['at+jwt', 'jwt'])).toBe('AUTHN_TOKEN_TYPE');
    expect(await typed(undefined, ['at+jwt'])).toBe('AUTHN_TOKEN_TYPE');
    expect(await typed(undefined, ['jwt'])).toBeNull();
  });

  test('refuses a token one byte over maxTokenBytes', async () => {
    const token = await sign(rsa, goodClaims(NOW_MS));
    expect(await codeOf(token, { maxTokenBytes: token.length })).toBeNull();
    expect(await codeOf(token, { maxTokenBytes: token.length - 1 })).toBe('AUTHN_TOKEN_TOO_LARGE');
  });

  test('refuses a payload that is not one JSON object without duplicates', async () => {
    const signed = (payload: string) =>
      new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: 'RS256', kid: 'r' }).sign(rsa.privateKey);
    const good = JSON.stringify(goodClaims(NOW_MS));
    for (const payload of [
      '',
      'null',
      '[]',
      '"x"',
      `${good}x`,
      `\uFEFF${good}`,
      good.replace('{', '{"sub":"eve",'),
      good.replace('{', '{"\\u0073ub":"eve",'),
      good.replace('{', '{"__proto__":{},'),
    ])
      expect(await codeOf(await signed(payload))).toBe('AUTHN_TOKEN_MALFORMED');
  });
});

describe('forged tokens', () => {
  test.each(['none', 'None', 'NONE', 'nOnE', ''])('alg %j without and with a signature', async (alg) => {
    for (const signature of ['', 'AAAA']) {
      const code = await codeOf(`${encode({ alg, kid: 'r' })}.${encode(goodClaims(NOW_MS))}.${signature}`);
      expect(code).toBe(signature === '' ? 'AUTHN_TOKEN_MALFORMED' : 'AUTHN_TOKEN_ALGORITHM');
    }
  });

  test('an HMAC made with the RSA public key, in every form that the key has', async () => {
    const pem = await exportSPKI(createPublicKey({ key: rsa.publicJwk as Record<string, unknown>, format: 'jwk' }));
    const der = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
    const input = `${encode({ alg: 'HS256', kid: 'r' })}.${encode(goodClaims(NOW_MS))}`;
    for (const secret of [pem, pem.trim(), der, JSON.stringify(rsa.publicJwk), rsa.publicJwk.n ?? '']) {
      const token = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
      expect(await codeOf(token)).toBe('AUTHN_TOKEN_ALGORITHM');
      // Even a policy that allowed HS256 beside RS256 would find no key that fits.
      expect(await codeOf(token, { algorithms: ['RS256', 'HS256'] })).toBe('AUTHN_TOKEN_KEY_UNKNOWN');
    }
  });

  test('a key embedded in the header, or linked from it', async () => {
    const eve = await signingKey('RS256', 'r');
    expect(await codeOf(await sign(eve, goodClaims(NOW_MS), { jwk: eve.publicJwk }))).toBe('AUTHN_TOKEN_KEY_EMBEDDED');
    expect(await codeOf(await sign(eve, goodClaims(NOW_MS), { jku: 'https://evil.example/' }))).toBe(
      'AUTHN_TOKEN_KEY_EMBEDDED',
    );
    expect(await codeOf(await sign(eve, goodClaims(NOW_MS), { x5u: 'https://evil.example/' }))).toBe(
      'AUTHN_TOKEN_KEY_EMBEDDED',
    );
    expect(await codeOf(await sign(eve, goodClaims(NOW_MS), { x5c: ['AAAA'] }))).toBe('AUTHN_TOKEN_SIGNATURE');
  });

  test('another key under a known kid, and a kid that is a path, a query or a prototype', async () => {
    const eve = await signingKey('RS256', 'r');
    expect(await codeOf(await sign(eve, goodClaims(NOW_MS)))).toBe('AUTHN_TOKEN_SIGNATURE');
    for (const kid of ['../../dev/null', "' UNION SELECT 'x", '__proto__', 'constructor', '', 'R'])
      expect(await codeOf(await sign(eve, goodClaims(NOW_MS), { kid }))).toBe('AUTHN_TOKEN_KEY_UNKNOWN');
  });

  test('an algorithm that does not fit the key of the kid', async () => {
    expect(await codeOf(await sign({ ...ec, kid: 'r' }, goodClaims(NOW_MS)))).toBe('AUTHN_TOKEN_KEY_UNKNOWN');
    expect(await codeOf(await sign({ ...ed, kid: 'e' }, goodClaims(NOW_MS)))).toBe('AUTHN_TOKEN_KEY_UNKNOWN');
  });

  test('every change of one character of a good token', async () => {
    const token = await sign(ed, goodClaims(NOW_MS));
    const port = createTokenPort('bearer', jwtPolicy(), handSet([jwkOf(ed)]));
    expect((await port.verify(token, NOW_MS)).ok).toBe(true);
    for (let i = 0; i < token.length; i++) {
      for (const character of [token[i] === 'A' ? 'B' : 'A', '.', '=', ' ', '']) {
        const forged = token.slice(0, i) + character + token.slice(i + 1);
        if (forged !== token) expect((await port.verify(forged, NOW_MS)).ok).toBe(false);
      }
    }
  });

  test('an ECDSA signature of zeros, in DER, or of another length', async () => {
    const token = await sign(ec, goodClaims(NOW_MS));
    const input = token.slice(0, token.lastIndexOf('.'));
    for (const signature of [
      Buffer.alloc(64),
      Buffer.alloc(64, 0xff),
      Buffer.alloc(63, 1),
      Buffer.alloc(65, 1),
      Buffer.from('3006020101020101', 'hex'),
    ])
      expect(await codeOf(`${input}.${signature.toString('base64url')}`)).toBe('AUTHN_TOKEN_SIGNATURE');
  });

  test('b64 false and critical extensions', async () => {
    const header = encode({ alg: 'RS256', kid: 'r', b64: false, crit: ['b64'] });
    expect(await codeOf(`${header}.${encode(goodClaims(NOW_MS))}.AAAA`)).toBe('AUTHN_TOKEN_CRITICAL');
  });
});

describe('keys', () => {
  test('a token without kid is tried with at most four keys that fit', async () => {
    const others = await Promise.all(['1', '2', '3', '4'].map((kid) => signingKey('EdDSA', kid)));
    const { kid: _, ...withoutKid } = ed.publicJwk;
    const token = await new SignJWT(goodClaims(NOW_MS)).setProtectedHeader({ alg: 'EdDSA' }).sign(ed.privateKey);
    const last = (keys: SigningKey[]) =>
      createTokenPort('b', jwtPolicy(), handSet([...keys.map(jwkOf), withoutKid as JsonValue])).verify(token, NOW_MS);
    expect((await last(others.slice(0, 3))).ok).toBe(true);
    expect(await last(others)).toMatchObject({ ok: false, code: 'AUTHN_TOKEN_SIGNATURE' });
  });

  test('a shared secret works from a file alone', async () => {
    const secret = Buffer.alloc(32, 9);
    const jwk = { kty: 'oct', kid: 'h', k: secret.toString('base64url') };
    const token = await new SignJWT(goodClaims(NOW_MS)).setProtectedHeader({ alg: 'HS256', kid: 'h' }).sign(secret);
    const policy = jwtPolicy({ algorithms: ['HS256'] });
    expect((await createTokenPort('b', policy, handSet([jwk], true)).verify(token, NOW_MS)).ok).toBe(true);
    expect(await createTokenPort('b', policy, handSet([jwk], false)).verify(token, NOW_MS)).toMatchObject({
      code: 'AUTHN_TOKEN_KEY_UNKNOWN',
    });
  });

  test('a token of another issuer never asks for its key', async () => {
    const keySet = handSet([jwkOf(rsa)]);
    const port = createTokenPort('b', jwtPolicy(), keySet);
    expect(
      await port.verify(await sign(rsa, goodClaims(NOW_MS, { iss: 'https://evil.example/' }), { kid: 'x' }), NOW_MS),
    ).toMatchObject({ code: 'AUTHN_TOKEN_ISSUER' });
    expect(keySet.unknownKeys).toBe(0);
  });
});

describe('cache', () => {
  test('gives the very same result until the token expires, tolerance included', async () => {
    const port = createTokenPort('b', jwtPolicy(), handSet([jwkOf(rsa)]));
    const token = await sign(rsa, goodClaims(NOW_MS));
    const first = port.verify(token, NOW_MS);
    expect(port.verify(token, NOW_MS + 1)).toBe(first);
    expect(port.verify(token, NOW_MS + 329_999)).toBe(first);
    expect(port.verify(token, NOW_MS + 330_000)).toMatchObject({ code: 'AUTHN_TOKEN_EXPIRED' });
  });

  test('is dropped when the key set changes, and by invalidate', async () => {
    const keySet = handSet([jwkOf(rsa)]);
    const cache = new VerifiedTokenCache();
    const port = createTokenPort('b', jwtPolicy(), keySet, cache);
    const token = await sign(rsa, goodClaims(NOW_MS));
    await port.verify(token, NOW_MS);
    expect(cache.size).toBe(1);
    port.invalidate();
    expect(cache.size).toBe(0);
    await port.verify(token, NOW_MS);
    keySet.put([jwkOf(ec)]);
    expect(await port.verify(token, NOW_MS)).toMatchObject({ code: 'AUTHN_TOKEN_KEY_UNKNOWN' });
    expect(cache.size).toBe(0);
  });

  test('keeps nothing of refused tokens', async () => {
    const cache = new VerifiedTokenCache();
    const port = createTokenPort('b', jwtPolicy(), handSet([jwkOf(rsa)]), cache);
    const token = await sign(rsa, goodClaims(NOW_MS, { aud: 'x' }));
    for (const text of [token, `${token}A`, 'x', '']) await port.verify(text, NOW_MS);
    expect(cache.size).toBe(0);
  });
});
