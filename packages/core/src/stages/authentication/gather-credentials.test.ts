import { describe, expect, test } from 'vitest';
import { authentication } from './authentication.ts';
import {
  contextWith,
  documentWith,
  exchangeWith,
  JWT,
  KEY,
  LOGIN,
  operationWith,
  portsOf,
  principal,
} from './testing/secured-document.ts';
import type { AuthenticationPolicy } from '../../policy/authentication-policy.ts';
import type { CredentialFact } from './credential-fact.ts';
import type { CredentialResult } from './credential-result.ts';
import type { Ports } from '../../ports.ts';

// A document may put a key into Authorization, beside tokens that stand there too.
const DOCUMENT = documentWith({
  key: { type: 'apiKey', in: 'header', parameter: 'Authorization' },
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: null },
  other: { type: 'apiKey', in: 'header', parameter: 'X-Key' },
  cookie: { type: 'apiKey', in: 'cookie', parameter: 'authorization' },
});
const PORTS = portsOf({
  'Token k3y': principal('key', 'build'),
  'Bearer t0ken': principal('key', 'build'),
  k3y: principal('key', 'build'),
  t0ken: principal('token', 'anna'),
});

/** What became of each credential, by scheme: its state, or the code that refuses it. */
async function found(
  schemes: readonly string[],
  headers: readonly string[],
  ports: Ports = PORTS,
): Promise<Readonly<Record<string, string>>> {
  const context = contextWith(DOCUMENT, { key: KEY, bearer: JWT, other: KEY, cookie: KEY });
  const rule = authentication.compile(operationWith(schemes.map((name) => ({ [name]: [] }))), context);
  if (rule === null) throw new Error('a rule is always made');
  const exchange = exchangeWith(headers);
  await authentication.gather?.(rule, exchange, ports);
  const said = (fact: CredentialFact | undefined): string =>
    fact?.state === 'refused' ? fact.code : (fact?.state ?? 'nothing');
  return Object.fromEntries(schemes.map((name, index) => [name, said(exchange.credentials[index])]));
}

describe('a key in Authorization', () => {
  test('is looked up as a whole, with the word before it', async () => {
    expect(await found(['key'], ['Authorization', 'Token k3y'])).toEqual({ key: 'proved' });
    expect(await found(['key'], ['authorization', 'k3y'])).toEqual({ key: 'proved' });
    expect(await found(['key'], ['Authorization', 'Token other'])).toEqual({ key: 'AUTHN_KEY_UNKNOWN' });
    expect(await found(['key'], ['Authorization', 'Token  k3y'])).toEqual({ key: 'AUTHN_CREDENTIAL_MALFORMED' });
  });

  test('is none for a bearer token beside it, and no reason to refuse one', async () => {
    expect(await found(['bearer', 'key'], ['Authorization', 'Token k3y'])).toEqual({ bearer: 'absent', key: 'proved' });
    expect(await found(['bearer', 'key'], ['Authorization', 'Bearer t0ken'])).toEqual({
      bearer: 'proved',
      key: 'proved',
    });
  });

  test('is refused where a bearer token is all that is taken there', async () => {
    for (const schemes of [['bearer'], ['bearer', 'other'], ['bearer', 'cookie']])
      expect(await found(schemes, ['Authorization', 'Token k3y'])).toMatchObject({
        bearer: 'AUTHN_CREDENTIAL_UNEXPECTED',
      });
  });

  test('of another header has no space', async () => {
    expect(await found(['other'], ['X-Key', 'Token k3y'])).toEqual({ other: 'AUTHN_CREDENTIAL_MALFORMED' });
  });

  test('is a fault where nobody can look it up', async () => {
    const nobody: Ports = { ...PORTS, apiKeys: new Map() };
    expect(await found(['key'], ['Authorization', 'k3y'], nobody)).toEqual({ key: 'INTERNAL_FAULT' });
  });
});

describe('a token beside a scheme that takes DPoP', () => {
  test('is none where it comes as Basic', async () => {
    const document = documentWith({ bearer: { type: 'http', scheme: 'bearer', bearerFormat: null } });
    const dpop = { mode: 'optional', algorithms: ['ES256'], proofAgeMs: 1, nonce: false, nonceSecret: null } as const;
    const rule = authentication.compile(
      operationWith([{ bearer: [] }]),
      contextWith(document, { bearer: { ...JWT, dpop } }),
    );
    if (rule === null) throw new Error('a rule is always made');
    const exchange = exchangeWith(['Authorization', 'Basic t0ken']);
    await authentication.gather?.(rule, exchange, PORTS);
    expect(exchange.credentials).toMatchObject([{ state: 'refused', code: 'AUTHN_CREDENTIAL_UNEXPECTED' }]);
  });
});

describe('a key', () => {
  test.each([
    ['query', 'apiKey', [], 'apiKey=k3y', 'proved'],
    ['query', 'apiKey', [], 'apikey=k3y', 'absent'],
    ['cookie', 'Session', ['Cookie', 'Session=k3y'], null, 'proved'],
    ['cookie', 'Session', ['Cookie', 'session=k3y'], null, 'absent'],
    ['header', 'X-Key', ['x-kEY', 'k3y'], null, 'proved'],
  ] as const)('in the %s %s is found by its name: %j %j', async (place, parameter, headers, query, state) => {
    const document = documentWith({ key: { type: 'apiKey', in: place, parameter } });
    const rule = authentication.compile(
      operationWith([{ key: [] }]),
      contextWith(document, { key: { ...KEY, allowInQuery: true } as AuthenticationPolicy }),
    );
    if (rule === null) throw new Error('a rule is always made');
    const exchange = exchangeWith(headers, query);
    await authentication.gather?.(rule, exchange, PORTS);
    expect(exchange.credentials).toMatchObject([{ state }]);
  });
});

describe('the cookie of a session', () => {
  const COOKIE = ['Cookie', 'Session=k3y'];
  const document = documentWith({ browser: { type: 'apiKey', in: 'cookie', parameter: 'Session' } });
  const policy = { browser: { ...LOGIN, origin: 'https://door.example' } };

  async function checked(method: string, headers: readonly string[], known = true): Promise<CredentialFact[]> {
    const rule = authentication.compile(operationWith([{ browser: [] }]), contextWith(document, policy));
    if (rule === null) throw new Error('a rule is always made');
    const exchange = Object.assign(exchangeWith(headers), { method });
    const check = (): CredentialResult => ({ ok: true, principal: principal('user', 'anna') });
    const sessions = new Map(known ? [['browser', { check }]] : []);
    await authentication.gather?.(rule, exchange, { ...PORTS, sessions } as unknown as Ports);
    return [...exchange.credentials];
  }

  test.each([
    ['GET', []],
    ['GET', ['Origin', 'https://evil.example', 'Sec-Fetch-Site', 'cross-site']],
    ['POST', ['Origin', 'https://door.example']],
    ['DELETE', ['Sec-Fetch-Site', 'same-origin']],
  ])('counts for %s with %j', async (method, headers) => {
    expect(await checked(method, [...COOKIE, ...headers])).toMatchObject([{ state: 'proved' }]);
  });

  test.each([
    ['POST', []],
    ['POST', ['Origin', 'https://evil.example']],
    ['DELETE', ['Sec-Fetch-Site', 'same-site']],
  ])('is refused for %s with %j (CSRF)', async (method, headers) => {
    expect(await checked(method, [...COOKIE, ...headers])).toMatchObject([{ code: 'AUTHN_ORIGIN_FOREIGN' }]);
  });

  test('is refused where it stands twice, absent where it does not stand, and a fault where nobody checks it', async () => {
    expect(await checked('GET', ['Cookie', 'Session=k3y; Session=k3y'])).toMatchObject([
      { code: 'AUTHN_CREDENTIAL_AMBIGUOUS' },
    ]);
    expect(await checked('POST', ['Cookie', 'session=k3y'])).toMatchObject([{ state: 'absent' }]);
    expect(await checked('GET', COOKIE, false)).toMatchObject([{ code: 'INTERNAL_FAULT' }]);
  });
});
