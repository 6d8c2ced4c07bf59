import { createHash, createHmac, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DpopPolicy, JsonObject, TokenPresentation, TokenResult } from '@sallyport/core';
import { ANONYMOUS } from '@sallyport/core';
import { bindTokenPort } from './bind-token-port.ts';
import { DpopNonces, NONCE_STEP_MS } from './dpop-nonces.ts';
import { ReplayMemory } from './replay-memory.ts';
import { signingKey, type SigningKey } from './testing/key-server.ts';
import type { ForgetfulTokenPort } from './create-token-port.ts';

const NOW_MS = 1_800_000_000_000;
const NOW = NOW_MS / 1000;
const TOKEN = 'header.claims.signature';
const URL = 'https://api.example.com/things';

const DPOP: DpopPolicy = {
  mode: 'required',
  algorithms: ['ES256', 'EdDSA', 'RS256'],
  proofAgeMs: 60_000,
  nonce: false,
  nonceSecret: null,
};

let ec: SigningKey;
let rsa: SigningKey;
let ed: SigningKey;
beforeAll(async () => {
  [ec, rsa, ed] = await Promise.all([signingKey('ES256', 'a'), signingKey('RS256', 'b'), signingKey('EdDSA', 'c')]);
});

const bareJwk = ({ publicJwk: { kid: _kid, alg: _alg, use: _use, ...jwk } }: SigningKey) => jwk;
const thumbprint = (key: SigningKey): Promise<string> => calculateJwkThumbprint(bareJwk(key));

interface Spoiled {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
}

async function proof(key: SigningKey, { header = {}, claims = {} }: Spoiled = {}): Promise<string> {
  const good = {
    jti: randomUUID(),
    htm: 'GET',
    htu: URL,
    iat: NOW,
    ath: createHash('sha256').update(TOKEN).digest('base64url'),
    ...claims,
  };
  return new SignJWT(Object.fromEntries(Object.entries(good).filter(([, value]) => value !== undefined)))
    .setProtectedHeader({ alg: key.alg, typ: 'dpop+jwt', jwk: bareJwk(key), ...header })
    .sign(key.privateKey);
}

/** A port that proves every token, with these claims. */
function proving(attributes: JsonObject): ForgetfulTokenPort {
  const result: TokenResult = { ok: true, principal: { ...ANONYMOUS, kind: 'token', subject: 'anna', attributes } };
  return { verify: () => result, invalidate() {} };
}

interface Setting {
  readonly cnf?: JsonObject[string];
  readonly dpop?: DpopPolicy | null;
  readonly nonces?: DpopNonces;
  readonly replays?: ReplayMemory;
}

function portOf({ cnf, dpop = DPOP, nonces, replays }: Setting): ForgetfulTokenPort {
  return bindTokenPort(proving(cnf === undefined ? {} : { cnf }), {
    dpop,
    clockToleranceMs: 5_000,
    replays: replays ?? new ReplayMemory(),
    nonces: nonces ?? null,
  });
}

async function present(setting: Setting, presented: Partial<TokenPresentation>, nowMs = NOW_MS): Promise<TokenResult> {
  return portOf(setting).verify(TOKEN, nowMs, {
    as: 'dpop',
    proof: null,
    method: 'GET',
    url: URL,
    certificateThumbprint: null,
    ...presented,
  });
}

const codeOf = (result: TokenResult): string => (result.ok ? 'ok' : result.code);
const whyOf = (result: TokenResult): unknown => (result.ok ? 'ok' : [result.code, result.facts['reason']]);

describe('bindTokenPort', () => {
  test('takes a good proof of every key type', async () => {
    for (const key of [ec, rsa, ed])
      expect(codeOf(await present({ cnf: { jkt: await thumbprint(key) } }, { proof: await proof(key) }))).toBe('ok');
  });

  const SPOILED: readonly [string, Spoiled, string, string][] = [
    ['of another type', { header: { typ: 'JWT' } }, 'AUTHN_DPOP_PROOF_INVALID', 'typ'],
    ['with a critical extension', { header: { crit: ['b64'], b64: true } }, 'AUTHN_DPOP_PROOF_INVALID', 'header'],
    ['without a key', { header: { jwk: undefined } }, 'AUTHN_DPOP_PROOF_INVALID', 'jwk'],
    ['without jti', { claims: { jti: undefined } }, 'AUTHN_DPOP_PROOF_INVALID', 'jti'],
    ['with a jti of 257 characters', { claims: { jti: 'a'.repeat(257) } }, 'AUTHN_DPOP_PROOF_INVALID', 'jti'],
    ['without iat', { claims: { iat: undefined } }, 'AUTHN_DPOP_PROOF_INVALID', 'iat'],
    ['for another method', { claims: { htm: 'POST' } }, 'AUTHN_DPOP_PROOF_MISMATCH', 'htm'],
    ['for the method in other case', { claims: { htm: 'get' } }, 'AUTHN_DPOP_PROOF_MISMATCH', 'htm'],
    ['for another path', { claims: { htu: `${URL}/1` } }, 'AUTHN_DPOP_PROOF_MISMATCH', 'htu'],
    ['for another host', { claims: { htu: 'https://api.example.org/things' } }, 'AUTHN_DPOP_PROOF_MISMATCH', 'htu'],
    ['for another scheme', { claims: { htu: 'http://api.example.com/things' } }, 'AUTHN_DPOP_PROOF_MISMATCH', 'htu'],
    [
      'for a URL with a user',
      { claims: { htu: 'https://api.example.com@api.example.com/things' } },
      'AUTHN_DPOP_PROOF_MISMATCH',
      'htu',
    ],
    [
      'for another token',
      { claims: { ath: createHash('sha256').update('other').digest('base64url') } },
      'AUTHN_DPOP_PROOF_MISMATCH',
      'ath',
    ],
    ['for no token', { claims: { ath: undefined } }, 'AUTHN_DPOP_PROOF_MISMATCH', 'ath'],
    ['of 66 seconds ago', { claims: { iat: NOW - 66 } }, 'AUTHN_DPOP_PROOF_EXPIRED', 'iat'],
    ['of 6 seconds ahead', { claims: { iat: NOW + 6 } }, 'AUTHN_DPOP_PROOF_EXPIRED', 'iat'],
  ];
  test.each(SPOILED)('refuses a proof %s', async (_, spoiled, code, reason) => {
    expect(whyOf(await present({ cnf: { jkt: await thumbprint(ec) } }, { proof: await proof(ec, spoiled) }))).toEqual([
      code,
      reason,
    ]);
  });

  test('takes a proof of 65 seconds ago and one of 5 seconds ahead: age and tolerance', async () => {
    for (const iat of [NOW - 65, NOW + 5])
      expect(
        codeOf(await present({ cnf: { jkt: await thumbprint(ec) } }, { proof: await proof(ec, { claims: { iat } }) })),
      ).toBe('ok');
  });

  test('takes htu after normalization, without its query', async () => {
    for (const htu of [`${URL}?a=1#b`, 'HTTPS://API.example.com:443/things', 'https://api.example.com/a/../%74hings'])
      expect(
        codeOf(await present({ cnf: { jkt: await thumbprint(ec) } }, { proof: await proof(ec, { claims: { htu } }) })),
      ).toBe('ok');
  });

  test('refuses a proof that is signed by another key than it brings, or with what the policy does not allow', async () => {
    const other = await signingKey('ES256', 'x');
    const setting = { cnf: { jkt: await thumbprint(ec) } };
    expect(whyOf(await present(setting, { proof: await proof(other, { header: { jwk: bareJwk(ec) } }) }))).toEqual([
      'AUTHN_DPOP_PROOF_INVALID',
      'signature',
    ]);
    expect(
      whyOf(await present({ ...setting, dpop: { ...DPOP, algorithms: ['EdDSA'] } }, { proof: await proof(ec) })),
    ).toEqual(['AUTHN_DPOP_PROOF_INVALID', 'alg']);
  });

  test('refuses none, HMAC under the public key, and a key that came with its private half', async () => {
    const setting = { cnf: { jkt: await thumbprint(ec) } };
    const [, payload] = (await proof(ec)).split('.');
    const head = (header: object): string => `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}`;
    const none = head({ alg: 'none', typ: 'dpop+jwt', jwk: bareJwk(ec) });
    expect(whyOf(await present(setting, { proof: `${none}.` }))).toEqual(['AUTHN_DPOP_PROOF_INVALID', 'form']);
    expect(whyOf(await present(setting, { proof: `${none}.AAAA` }))).toEqual(['AUTHN_DPOP_PROOF_INVALID', 'alg']);
    const hmac = head({ alg: 'HS256', typ: 'dpop+jwt', jwk: { kty: 'oct', k: 'AAAA' } });
    const mac = createHmac('sha256', Buffer.from('AAAA', 'base64url')).update(hmac).digest('base64url');
    expect(whyOf(await present(setting, { proof: `${hmac}.${mac}` }))).toEqual(['AUTHN_DPOP_PROOF_INVALID', 'alg']);
    const whole = await exportJWK(ec.privateKey);
    expect(whyOf(await present(setting, { proof: await proof(ec, { header: { jwk: whole } }) }))).toEqual([
      'AUTHN_DPOP_PROOF_INVALID',
      'jwk',
    ]);
  });

  test('refuses a proof of a key that the token is not bound to, and any proof of a token that is bound to none', async () => {
    expect(codeOf(await present({ cnf: { jkt: await thumbprint(rsa) } }, { proof: await proof(ec) }))).toBe(
      'AUTHN_DPOP_KEY',
    );
    expect(codeOf(await present({}, { proof: await proof(ec) }))).toBe('AUTHN_DPOP_KEY');
  });

  test('refuses a bound token as Bearer, even where proofs are not checked, and one bound in an unknown way', async () => {
    const jkt = await thumbprint(ec);
    for (const dpop of [null, { ...DPOP, mode: 'optional' as const }])
      expect(codeOf(await present({ cnf: { jkt }, dpop }, { as: 'bearer' }))).toBe('AUTHN_TOKEN_BOUND');
    for (const cnf of [{}, { kid: 'a' }, { jkt, jwe: 'x' }, { jkt: 7 }, 'text', null, []] as JsonObject[string][])
      expect(codeOf(await present({ cnf }, { proof: await proof(ec) }))).toBe('AUTHN_TOKEN_BOUND');
  });

  test('refuses Bearer where proofs are required, DPoP where none are checked, and DPoP without a proof', async () => {
    expect(codeOf(await present({}, { as: 'bearer' }))).toBe('AUTHN_DPOP_REQUIRED');
    expect(codeOf(await present({ dpop: null }, { proof: await proof(ec) }))).toBe('AUTHN_CREDENTIAL_UNEXPECTED');
    expect(codeOf(await present({}, {}))).toBe('AUTHN_DPOP_PROOF_MISSING');
    expect(codeOf(await present({ dpop: null }, { as: 'bearer' }))).toBe('ok');
  });

  test('holds a certificate-bound token against the certificate of the connection', async () => {
    const cnf = { 'x5t#S256': 'thumb' };
    const setting = { cnf, dpop: null };
    expect(codeOf(await present(setting, { as: 'bearer' }))).toBe('AUTHN_TOKEN_CERTIFICATE');
    expect(codeOf(await present(setting, { as: 'bearer', certificateThumbprint: 'other' }))).toBe(
      'AUTHN_TOKEN_CERTIFICATE',
    );
    expect(codeOf(await present(setting, { as: 'bearer', certificateThumbprint: 'thumb' }))).toBe('ok');
    expect(codeOf(await portOf(setting).verify(TOKEN, NOW_MS))).toBe('AUTHN_TOKEN_CERTIFICATE');
  });

  test('counts a proof once, until it is too old anyway', async () => {
    const replays = new ReplayMemory();
    const setting = { cnf: { jkt: await thumbprint(ec) }, replays };
    const once = await proof(ec, { claims: { iat: NOW + 5 } });
    expect(codeOf(await present(setting, { proof: once }))).toBe('ok');
    expect(codeOf(await present(setting, { proof: once }))).toBe('AUTHN_DPOP_PROOF_REPLAYED');
    expect(codeOf(await present(setting, { proof: once }, NOW_MS + 70_000))).toBe('AUTHN_DPOP_PROOF_REPLAYED');
    expect(codeOf(await present(setting, { proof: once }, NOW_MS + 70_001))).toBe('AUTHN_DPOP_PROOF_EXPIRED');
  });

  test('refuses when it cannot remember any more', async () => {
    const setting = { cnf: { jkt: await thumbprint(ec) }, replays: new ReplayMemory(1, 1) };
    expect(codeOf(await present(setting, { proof: await proof(ec) }))).toBe('ok');
    expect(codeOf(await present(setting, { proof: await proof(ec) }))).toBe('AUTHN_DPOP_BUSY');
  });

  test('counts proofs by the subject of the token: who makes up a key for each fills no more than one share', async () => {
    const replays = new ReplayMemory(20, 2);
    const of = async (subject: string, issuer = 'https://one.example'): Promise<string> => {
      const key = await signingKey('EdDSA', subject);
      const attributes = { cnf: { jkt: await thumbprint(key) } };
      const principal = { ...ANONYMOUS, kind: 'token', issuer, subject, attributes } as const;
      const port = bindTokenPort(
        { verify: () => ({ ok: true, principal }), invalidate() {} },
        { dpop: DPOP, clockToleranceMs: 5_000, replays, nonces: null },
      );
      const presented = {
        as: 'dpop',
        proof: await proof(key),
        method: 'GET',
        url: URL,
        certificateThumbprint: null,
      } as const;
      return codeOf(await port.verify(TOKEN, NOW_MS, presented));
    };
    expect([await of('mallory'), await of('mallory'), await of('mallory')]).toEqual(['ok', 'ok', 'AUTHN_DPOP_BUSY']);
    expect([await of('anna'), await of('mallory', 'https://two.example')]).toEqual(['ok', 'ok']);
  });

  test('makes out once for each principal whose proofs they are', async () => {
    const replays = new ReplayMemory(20, 2);
    const attributes = { cnf: { jkt: await thumbprint(ec) } };
    let asked = 0;
    const principal = {
      ...ANONYMOUS,
      kind: 'token' as const,
      attributes,
      get subject() {
        asked++;
        return 'anna';
      },
    };
    const port = bindTokenPort(
      { verify: () => ({ ok: true, principal }), invalidate() {} },
      { dpop: DPOP, clockToleranceMs: 5_000, replays, nonces: null },
    );
    const shown = async (): Promise<string> => {
      const presented = {
        as: 'dpop',
        proof: await proof(ec),
        method: 'GET',
        url: URL,
        certificateThumbprint: null,
      } as const;
      return codeOf(await port.verify(TOKEN, NOW_MS, presented));
    };
    expect([await shown(), await shown(), await shown(), asked]).toEqual(['ok', 'ok', 'AUTHN_DPOP_BUSY', 1]);
  });

  test('asks for a nonce, gives the next one while the old one still counts, and refuses a forged one', async () => {
    const nonces = new DpopNonces();
    const setting = { cnf: { jkt: await thumbprint(ec) }, nonces, dpop: { ...DPOP, nonce: true } };
    const nonce = nonces.current(NOW_MS);
    const at = async (nowMs: number, value: unknown = nonce): Promise<TokenResult> =>
      present(setting, { proof: await proof(ec, { claims: { nonce: value, iat: nowMs / 1000 } }) }, nowMs);
    expect(await at(NOW_MS, null)).toMatchObject({ code: 'AUTHN_DPOP_NONCE', headers: ['DPoP-Nonce', nonce] });
    const good = await at(NOW_MS);
    expect(good).toMatchObject({ ok: true });
    expect(good.headers).toBeUndefined();
    const later = NOW_MS + 2 * NONCE_STEP_MS;
    expect(await at(later)).toMatchObject({ ok: true, headers: ['DPoP-Nonce', nonces.current(later)] });
    expect(codeOf(await at(NOW_MS + 3 * NONCE_STEP_MS))).toBe('AUTHN_DPOP_NONCE');
    for (const forged of [new DpopNonces().current(NOW_MS), `${nonce}A`, ''])
      expect(codeOf(await at(NOW_MS, forged))).toBe('AUTHN_DPOP_NONCE');
    const [mine, yours] = [new DpopNonces('shared'), new DpopNonces('shared')];
    expect(yours.judge(mine.current(NOW_MS), NOW_MS)).toBe('current');
  });
});
