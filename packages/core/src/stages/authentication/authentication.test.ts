import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANONYMOUS, type Principal } from '../../principal.ts';
import { authentication } from './authentication.ts';
import { authorization } from '../authorization/authorization.ts';
import { codeEntry, shownCode, type Code } from '../../verdict/catalogue.ts';
import {
  BASIC,
  contextWith,
  documentWith,
  exchangeWith,
  JWT,
  KEY,
  operationWith,
  portsOf,
  principal,
} from './testing/secured-document.ts';
import type { AuthenticationPolicy } from '../../policy/authentication-policy.ts';
import type { CredentialFact } from './credential-fact.ts';
import type { Denial } from '../../verdict/denial.ts';
import type { Exchange } from '../../exchange.ts';
import type { Operation } from '../../openapi/model.ts';
import type { Ports } from '../../ports.ts';

const DOCUMENT = documentWith({
  bearer: { type: 'http', scheme: 'Bearer', bearerFormat: 'JWT' },
  oauth: { type: 'oauth2' },
  basic: { type: 'http', scheme: 'basic', bearerFormat: null },
  key: { type: 'apiKey', in: 'header', parameter: 'X-Api-Key' },
  queryKey: { type: 'apiKey', in: 'query', parameter: 'api_key' },
  session: { type: 'apiKey', in: 'cookie', parameter: 'session' },
});
const POLICY: Readonly<Record<string, AuthenticationPolicy>> = {
  bearer: JWT,
  oauth: JWT,
  basic: BASIC,
  key: KEY,
  queryKey: KEY,
  session: KEY,
};

const ANNA = principal('token', 'anna', { scopes: new Set(['read']), roles: ['editor'], schemes: ['bearer'] });
const BUILD = principal('key', 'build', { scopes: new Set(['admin']), schemes: ['key'], keyId: 'k1' });
const USER = principal('user', 'bob', { schemes: ['basic'], keyId: 'bob' });
const PORTS = portsOf({ t0ken: ANNA, k3y: BUILD, 'bob:secret': USER });

async function run(
  operation: Operation,
  exchange: Exchange,
  ports: Ports = PORTS,
  policy = POLICY,
): Promise<Denial | null> {
  const context = contextWith(DOCUMENT, policy);
  const rule = authentication.compile(operation, context);
  expect(context.problems).toEqual([]);
  if (rule === null) throw new Error('a rule is always made');
  await authentication.gather?.(rule, exchange, ports);
  const denial = authentication.decide(rule, exchange);
  if (denial !== null) return denial;
  const wanted = authorization.compile(operation, context);
  return wanted === null ? null : authorization.decide(wanted, exchange);
}

const bearer = operationWith([{ bearer: [] }]);
const AUTHORIZED = ['Host', 'a', 'Authorization', 'Bearer t0ken'];

describe('authentication', () => {
  test('takes a proved token and its principal', async () => {
    const exchange = exchangeWith(AUTHORIZED);
    expect(await run(bearer, exchange)).toBeNull();
    expect(exchange.principal).toBe(ANNA);
    expect(exchange.securityAlternative).toBe(0);
  });

  test('returns no promise where every port answers at once, and one where a port waits', () => {
    const context = contextWith(DOCUMENT, POLICY);
    const waits = (operation: Operation, headers: string[]) => {
      const rule = authentication.compile(operation, context);
      return rule !== null && authentication.gather?.(rule, exchangeWith(headers), PORTS) instanceof Promise;
    };
    expect(waits(bearer, AUTHORIZED)).toBe(false);
    expect(waits(operationWith([{ basic: [] }]), ['authorization', `Basic ${btoa('bob:secret')}`])).toBe(true);
  });

  test('denies a request without a credential, and names what it takes', async () => {
    const denial = await run(
      operationWith([{ oauth: ['read', 'write'] }, { basic: [] }, { key: [] }]),
      exchangeWith([]),
    );
    expect(denial?.code).toBe('AUTHN_CREDENTIAL_MISSING');
    expect(denial?.headers).toEqual([
      'WWW-Authenticate',
      'Bearer realm="Posts \\"API\\"", scope="read write"',
      'WWW-Authenticate',
      'Basic realm="posts", charset="UTF-8"',
      'WWW-Authenticate',
      'ApiKey realm="Posts \\"API\\"", in="header", name="X-Api-Key"',
    ]);
  });

  test('says invalid_token only where a token was sent', async () => {
    const refused = await run(bearer, exchangeWith(['Authorization', 'Bearer wrong']));
    expect(refused?.code).toBe('AUTHN_TOKEN_SIGNATURE');
    expect(refused?.headers).toEqual(['WWW-Authenticate', 'Bearer realm="Posts \\"API\\"", error="invalid_token"']);
    const other = await run(operationWith([{ bearer: [] }, { key: [] }]), exchangeWith(['x-api-key', 'wrong']));
    expect(other?.code).toBe('AUTHN_KEY_UNKNOWN');
    expect(other?.headers.join()).not.toContain('error=');
  });

  test('is anonymous where security is absent, empty, or has an empty alternative', async () => {
    for (const security of [null, [], [{}], [{ bearer: [] }, {}], [{}, { bearer: [] }]]) {
      const exchange = exchangeWith(['Host', 'a']);
      expect(await run(operationWith(security), exchange)).toBeNull();
      expect(exchange.principal).toBe(ANONYMOUS);
    }
  });

  test('takes the credential before the anonymous alternative, wherever that stands', async () => {
    for (const security of [
      [{}, { bearer: [] }],
      [{ bearer: [] }, {}],
    ]) {
      const exchange = exchangeWith(AUTHORIZED);
      expect(await run(operationWith(security), exchange)).toBeNull();
      expect(exchange.principal).toBe(ANNA);
    }
  });

  test('never turns a refused credential into anonymous', async () => {
    const operation = operationWith([{ bearer: [] }, {}]);
    for (const [value, code] of [
      ['Bearer wrong', 'AUTHN_TOKEN_SIGNATURE'],
      ['Bearer', 'AUTHN_CREDENTIAL_MALFORMED'],
      ['Basic Ym9iOnNlY3JldA==', 'AUTHN_CREDENTIAL_UNEXPECTED'],
      ['', 'AUTHN_CREDENTIAL_UNEXPECTED'],
    ] as const) {
      const exchange = exchangeWith(['Authorization', value]);
      expect((await run(operation, exchange))?.code).toBe(code);
      expect(exchange.principal).toBe(ANONYMOUS);
    }
  });

  test('allows a refused credential beside an alternative that is proved', async () => {
    const exchange = exchangeWith(['Authorization', 'Bearer wrong', 'X-API-KEY', 'k3y']);
    expect(await run(operationWith([{ bearer: [] }, { key: [] }]), exchange)).toBeNull();
    expect(exchange.principal).toBe(BUILD);
  });

  test('needs every scheme of an alternative, and merges their principals', async () => {
    const both = operationWith([{ key: [], bearer: [] }]);
    expect((await run(both, exchangeWith(AUTHORIZED)))?.code).toBe('AUTHN_CREDENTIAL_MISSING');
    expect((await run(both, exchangeWith([...AUTHORIZED, 'x-api-key', 'no'])))?.code).toBe('AUTHN_KEY_UNKNOWN');
    const exchange = exchangeWith([...AUTHORIZED, 'x-api-key', 'k3y']);
    expect(await run(both, exchange)).toBeNull();
    expect(exchange.principal).toMatchObject({
      kind: 'token',
      subject: 'anna',
      schemes: ['key', 'bearer'],
      keyId: 'k1',
    });
    expect(exchange.principal?.scopes).toEqual(new Set(['admin', 'read']));
  });

  test.each([
    ['two spaces', 'Bearer  t0ken'],
    ['a tab', 'Bearer t0ken\tx'],
    ['two tokens', 'Bearer t0ken t0ken'],
    ['a comma', 'Bearer t0ken, Bearer other'],
    ['parameters', 'Bearer token="t0ken"'],
    ['trailing space', 'Bearer t0ken '],
    ['a quote', 'Bearer "t0ken"'],
    ['a comma and no space', 'Bearer t0ken,t0ken'],
    ['nothing after the scheme', 'Bearer '],
  ])('refuses a bearer credential with %s', async (_, value) => {
    const ports = portsOf({ t0ken: ANNA });
    expect((await run(bearer, exchangeWith(['Authorization', value]), ports))?.code).toBe('AUTHN_CREDENTIAL_MALFORMED');
    expect(ports.asked).toEqual([]);
  });

  test('takes the scheme of the Authorization header in any case', async () => {
    expect(await run(bearer, exchangeWith(['AUTHORIZATION', 'bEARER t0ken']))).toBeNull();
  });

  test('refuses a credential that stands twice, even an equal one', async () => {
    const cases: [Operation, string[], string | null][] = [
      [bearer, [...AUTHORIZED, ...AUTHORIZED], null],
      [operationWith([{ key: [] }]), ['X-Api-Key', 'k3y', 'x-api-key', 'k3y'], null],
      [operationWith([{ session: [] }]), ['Cookie', 'session=k3y; session=k3y'], null],
      [operationWith([{ session: [] }]), ['Cookie', 'session=k3y', 'cookie', 'a=b'], null],
    ];
    for (const [operation, headers, query] of cases) {
      const denial = await run(operation, exchangeWith(headers, query));
      expect(denial?.code).toBe('AUTHN_CREDENTIAL_AMBIGUOUS');
      expect(denial?.headers).toEqual([]);
    }
    const allowed = { ...POLICY, queryKey: { ...KEY, allowInQuery: true } as AuthenticationPolicy };
    const query = operationWith([{ queryKey: [] }]);
    expect((await run(query, exchangeWith([], 'api_key=k3y&%61pi_key=other'), PORTS, allowed))?.code).toBe(
      'AUTHN_CREDENTIAL_AMBIGUOUS',
    );
  });

  test('refuses a key in the query unless the policy allows it, without looking at it', async () => {
    const operation = operationWith([{ queryKey: [] }]);
    const ports = portsOf({ k3y: BUILD });
    expect((await run(operation, exchangeWith([], 'a=b&api_key=k3y'), ports))?.code).toBe('AUTHN_KEY_IN_QUERY');
    expect(ports.asked).toEqual([]);
    const allowed = { ...POLICY, queryKey: { ...KEY, allowInQuery: true } as AuthenticationPolicy };
    const exchange = exchangeWith([], 'a=b&api%5Fkey=k%33y');
    expect(await run(operation, exchange, ports, allowed)).toBeNull();
    expect(exchange.credentialQuery).toEqual(['api_key']);
    expect((await run(operation, exchangeWith([], 'api_key=%zz'), ports, allowed))?.code).toBe(
      'AUTHN_CREDENTIAL_MALFORMED',
    );
    expect((await run(operation, exchangeWith([], 'api_key=k+y'), ports, allowed))?.code).toBe(
      'AUTHN_CREDENTIAL_MALFORMED',
    );
  });

  test.each([
    ['a=b; session=k3y', null],
    ['session=k3y;a="x y"', null],
    ['session=k3y; a=\u00a0session=x', null],
    ['Session=k3y', 'AUTHN_CREDENTIAL_MISSING'],
    ['a="x; session=k3y"', 'AUTHN_CREDENTIAL_MALFORMED'],
    ['a="x; session=k3y; b=y"', 'AUTHN_CREDENTIAL_MALFORMED'],
    ['session="k3y"', 'AUTHN_CREDENTIAL_MALFORMED'],
    ['session', 'AUTHN_CREDENTIAL_MALFORMED'],
    ['session=', 'AUTHN_CREDENTIAL_MALFORMED'],
    ['session =k3y; session=k3y', 'AUTHN_CREDENTIAL_AMBIGUOUS'],
    ['session=k 3y', 'AUTHN_CREDENTIAL_MALFORMED'],
  ])('reads a key from the cookie header %j', async (cookie, code) => {
    expect((await run(operationWith([{ session: [] }]), exchangeWith(['Cookie', cookie])))?.code ?? null).toBe(code);
  });

  test.each([
    [btoa('bob:secret'), null],
    [btoa('bob:secret').replace(/=+$/, ''), 'AUTHN_CREDENTIAL_MALFORMED'],
    [btoa('bob'), 'AUTHN_CREDENTIAL_MALFORMED'],
    [btoa(':secret'), 'AUTHN_CREDENTIAL_MALFORMED'],
    [btoa('bob\0:secret'), 'AUTHN_CREDENTIAL_MALFORMED'],
    [btoa('bob:\xff'), 'AUTHN_CREDENTIAL_MALFORMED'],
    [`${btoa('bob:secret!').slice(0, -2)}F=`, 'AUTHN_CREDENTIAL_MALFORMED'],
    [btoa('bob:wrong'), 'AUTHN_PASSWORD_WRONG'],
  ])('reads the Basic credential %s', async (token, code) => {
    const denial = await run(operationWith([{ basic: [] }]), exchangeWith(['Authorization', `Basic ${token}`]));
    expect(denial?.code ?? null).toBe(code);
  });

  test('denies with a fault where a port is missing, throws or rejects', async () => {
    const nothing: Ports = { tokens: new Map(), apiKeys: new Map(), passwords: new Map(), counters: PORTS.counters };
    expect((await run(bearer, exchangeWith(AUTHORIZED), nothing))?.code).toBe('INTERNAL_FAULT');
    const throwing: Ports = {
      ...nothing,
      tokens: new Map([
        [
          'bearer',
          {
            verify: () => {
              throw new Error('broken');
            },
          },
        ],
      ]),
    };
    expect((await run(bearer, exchangeWith(AUTHORIZED), throwing))?.code).toBe('INTERNAL_FAULT');
    const rejecting: Ports = {
      ...nothing,
      tokens: new Map([['bearer', { verify: () => Promise.reject(new Error('broken')) }]]),
    };
    expect((await run(bearer, exchangeWith(AUTHORIZED), rejecting))?.code).toBe('INTERNAL_FAULT');
  });

  test('denies with 503 and Retry-After where the keys cannot be had, before any other refusal', async () => {
    const ports: Ports = {
      ...PORTS,
      tokens: new Map([
        ['bearer', { verify: () => ({ ok: false, code: 'AUTHN_KEYS_UNAVAILABLE', facts: {} }) as const }],
      ]),
    };
    const denial = await run(
      operationWith([{ key: [] }, { bearer: [] }]),
      exchangeWith([...AUTHORIZED, 'X-Api-Key', 'wrong']),
      ports,
    );
    expect(denial).toMatchObject({
      code: 'AUTHN_KEYS_UNAVAILABLE',
      rule: 'security/bearer',
      headers: ['Retry-After', '5'],
    });
  });

  test('names the refusal of the issuer that the token was meant for, where two schemes read it', async () => {
    const verify = (code: 'AUTHN_TOKEN_ISSUER' | 'AUTHN_TOKEN_EXPIRED') => ({
      verify: () => ({ ok: false, code, facts: {} }) as const,
    });
    const ports: Ports = {
      ...PORTS,
      tokens: new Map([
        ['bearer', verify('AUTHN_TOKEN_ISSUER')],
        ['oauth', verify('AUTHN_TOKEN_EXPIRED')],
      ]),
    };
    expect((await run(operationWith([{ bearer: [] }, { oauth: [] }]), exchangeWith(AUTHORIZED), ports))?.code).toBe(
      'AUTHN_TOKEN_EXPIRED',
    );
  });

  test('hands a DPoP token to its port with its proof and the URL that clients see, and names the scheme in challenges', async () => {
    const dpop = {
      mode: 'optional',
      algorithms: ['ES256'],
      proofAgeMs: 60_000,
      nonce: false,
      nonceSecret: null,
    } as const;
    const presented: unknown[] = [];
    const ports = (code: Code): Ports => ({
      ...PORTS,
      tokens: new Map([
        [
          'bearer',
          {
            verify: (_token, _nowMs, how) => {
              presented.push(how);
              return { ok: false, code, facts: {}, headers: ['DPoP-Nonce', 'n'] };
            },
          },
        ],
      ]),
    });
    const ask = async (
      code: Code,
      mode: 'optional' | 'required',
      headers: readonly string[],
    ): Promise<Denial | null> => {
      const exchange = exchangeWith(headers);
      exchange.path = '/posts';
      exchange.clientHost = 'api.example.com';
      exchange.clientScheme = 'https';
      exchange.certificateThumbprint = 'thumb';
      return run(bearer, exchange, ports(code), { ...POLICY, bearer: { ...JWT, dpop: { ...dpop, mode } } });
    };
    const challenges = (denial: Denial | null): readonly string[] =>
      denial?.headers.filter((text) => /^(Bearer|DPoP) /.test(text)) ?? [];
    const realm = 'realm="Posts \\"API\\""';
    const nonce = await ask('AUTHN_DPOP_NONCE', 'optional', ['Authorization', 'dpop t', 'DPoP', 'proof']);
    expect(presented[0]).toEqual({
      as: 'dpop',
      proof: 'proof',
      method: 'GET',
      url: 'https://api.example.com/posts',
      certificateThumbprint: 'thumb',
      clientAddress: '192.0.2.1',
    });
    expect(challenges(nonce)).toEqual([`Bearer ${realm}`, `DPoP ${realm}, algs="ES256", error="use_dpop_nonce"`]);
    expect(nonce?.headers.slice(-2)).toEqual(['DPoP-Nonce', 'n']);
    expect(
      challenges(await ask('AUTHN_DPOP_PROOF_INVALID', 'required', ['Authorization', 'DPoP t', 'DPoP', 'p'])),
    ).toEqual([`DPoP ${realm}, algs="ES256", error="invalid_dpop_proof"`]);
    expect(challenges(await ask('AUTHN_TOKEN_BOUND', 'optional', ['Authorization', 'Bearer t', 'DPoP', 'p']))).toEqual([
      `Bearer ${realm}, error="invalid_token"`,
      `DPoP ${realm}, algs="ES256"`,
    ]);
    expect(presented.at(-1)).toMatchObject({ as: 'bearer', proof: null });
    const twice = await ask('INTERNAL_FAULT', 'required', ['Authorization', 'DPoP t', 'DPoP', 'p', 'dpop', 'q']);
    expect(twice?.code).toBe('AUTHN_CREDENTIAL_AMBIGUOUS');
    const off = await run(bearer, exchangeWith(['Authorization', 'DPoP t0ken']));
    expect(off?.code).toBe('AUTHN_CREDENTIAL_UNEXPECTED');
  });

  test('strips what any scheme of the document carries, used or not, and keeps what is forwarded only once it was proved', async () => {
    const exchange = exchangeWith(AUTHORIZED);
    await run(bearer, exchange);
    expect(exchange.credentialHeaders).toEqual(['authorization', 'x-api-key', 'dpop']);
    expect(exchange.credentialQuery).toEqual(['api_key']);
    expect(exchange.credentialCookies).toEqual(['session']);
    const anonymous = exchangeWith(AUTHORIZED);
    await run(operationWith([]), anonymous);
    expect(anonymous.credentialHeaders).toEqual(['authorization', 'x-api-key', 'dpop']);

    const forwarding = { ...POLICY, bearer: { ...JWT, forwardCredential: true } };
    const either = operationWith([{ bearer: [] }, { key: [] }]);
    const proved = exchangeWith(AUTHORIZED);
    await run(either, proved, PORTS, forwarding);
    expect(proved.credentialHeaders).toEqual(['x-api-key']);
    const forged = exchangeWith(['Authorization', 'Bearer forged', 'X-Api-Key', 'k3y']);
    expect(await run(either, forged, PORTS, forwarding)).toBeNull();
    expect(forged.credentialHeaders).toEqual(['authorization', 'x-api-key', 'dpop']);
    const unused = exchangeWith(AUTHORIZED);
    await run(operationWith([]), unused, PORTS, forwarding);
    expect(unused.credentialHeaders).toEqual(['authorization', 'x-api-key', 'dpop']);
  });

  test('keeps a parameter that the operation declares under the name of a scheme that it does not use', async () => {
    const parameter = { name: 'API_KEY', in: 'query' } as unknown as Operation['parameters'][number];
    const exchange = exchangeWith([]);
    await run(operationWith([], { parameters: [{ ...parameter, name: 'api_key' }] }), exchange);
    expect(exchange.credentialQuery).toEqual([]);
    const used = exchangeWith([]);
    await run(operationWith([{ queryKey: [] }, {}], { parameters: [{ ...parameter, name: 'api_key' }] }), used);
    expect(used.credentialQuery).toEqual(['api_key']);
    const other = exchangeWith([]);
    await run(operationWith([], { parameters: [parameter] }), other);
    expect(other.credentialQuery).toEqual(['api_key']);
  });

  test('shows a client the same for every credential that is no good', async () => {
    const key = operationWith([{ basic: [] }]);
    const wrong = await run(key, exchangeWith(['Authorization', `Basic ${btoa('bob:wrong')}`]));
    const unknown = await run(key, exchangeWith(['Authorization', `Basic ${btoa('eve:secret')}`]));
    expect(wrong).toEqual(unknown);
    for (const code of [
      'AUTHN_TOKEN_SIGNATURE',
      'AUTHN_TOKEN_KEY_UNKNOWN',
      'AUTHN_KEY_UNKNOWN',
      'AUTHN_PASSWORD_WRONG',
    ] as const) {
      expect(shownCode(code)).toBe('AUTHN_CREDENTIAL_INVALID');
      expect(codeEntry(code).title).toBe(codeEntry('AUTHN_CREDENTIAL_INVALID').title);
      expect(codeEntry(code).status).toBe(codeEntry('AUTHN_CREDENTIAL_INVALID').status);
    }
  });

  test('describes the alternatives', () => {
    const rule = authentication.compile(
      operationWith([{ oauth: ['read'] }, { key: [], basic: [] }, {}]),
      contextWith(DOCUMENT, POLICY),
    );
    expect(rule === null ? [] : authentication.describe(rule)).toEqual([
      'oauth (bearer token) with read',
      'or key (API key in header X-Api-Key) and basic (user name and password)',
      'or anonymous',
    ]);
  });
});

const SCHEMES = ['bearer', 'basic', 'key', 'session'] as const;
const states = fc.record(
  Object.fromEntries(SCHEMES.map((name) => [name, fc.constantFrom('absent', 'proved', 'refused')])),
);
const securities = fc.array(fc.uniqueArray(fc.constantFrom(...SCHEMES), { minLength: 1 }), {
  minLength: 1,
  maxLength: 4,
});

/** Decides over facts alone, without a request. */
function decideOver(
  security: readonly (readonly string[])[],
  state: Readonly<Record<string, string>>,
  anonymous: boolean,
) {
  const alternatives = security.map((names) => Object.fromEntries(names.map((name) => [name, []])));
  const operation = operationWith(anonymous ? [...alternatives, {}] : alternatives);
  const rule = authentication.compile(operation, contextWith(DOCUMENT, POLICY));
  if (rule === null) throw new Error('a rule is always made');
  const exchange = exchangeWith([]);
  exchange.credentials = rule.security.schemes.map((name): CredentialFact => {
    if (state[name] === 'proved') return { state: 'proved', principal: principal('token', name, { schemes: [name] }) };
    return state[name] === 'refused'
      ? { state: 'refused', code: 'AUTHN_TOKEN_SIGNATURE', facts: {} }
      : { state: 'absent' };
  });
  return { denial: authentication.decide(rule, exchange), exchange };
}

describe('laws', () => {
  test('and_needs_all: one credential of an alternative that is not proved denies it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...SCHEMES), { minLength: 1 }), states, (names, state) => {
        const { denial } = decideOver([names], state, false);
        expect(denial === null).toBe(names.every((name) => state[name] === 'proved'));
      }),
    );
  });

  test('or_needs_one: it passes exactly when one alternative is proved', () => {
    fc.assert(
      fc.property(securities, states, (security, state) => {
        const { denial, exchange } = decideOver(security, state, false);
        const first = security.findIndex((names) => names.every((name) => state[name] === 'proved'));
        expect(denial === null).toBe(first >= 0);
        expect(exchange.securityAlternative).toBe(first);
        if (first >= 0) expect(exchange.principal?.schemes).toEqual(security[first]);
      }),
    );
  });

  test('no_credential_never_becomes_principal: without a proved credential there is nobody', () => {
    const unproved = fc.record(Object.fromEntries(SCHEMES.map((name) => [name, fc.constantFrom('absent', 'refused')])));
    fc.assert(
      fc.property(securities, unproved, fc.boolean(), (security, state, anonymous) => {
        const { denial, exchange } = decideOver(security, state, anonymous);
        expect(exchange.principal).toBe(ANONYMOUS);
        const refused = security.flat().some((name) => state[name] === 'refused');
        expect(denial === null).toBe(anonymous && !refused);
      }),
    );
  });

  test('garbage_never_authenticates: no bytes in the carriers prove anybody to ports that know nobody', async () => {
    const nobody = portsOf({});
    const operation = operationWith([{ bearer: [] }, { basic: [] }, { key: [] }, { session: [] }, { queryKey: [] }]);
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('Bearer a', 'Basic YTpi', 'session=a', 'a; session=b'),
    );
    const names = fc.constantFrom('Authorization', 'cookie', 'X-Api-Key', 'Host');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(names, text), { maxLength: 5 }), fc.option(text), async (headers, query) => {
        const exchange = exchangeWith(headers.flat(), query);
        const denial = await run(operation, exchange, nobody);
        expect(denial?.code).toMatch(/^AUTHN_/);
        const principalOf = (): Principal | null => exchange.principal;
        expect(principalOf()).toBe(ANONYMOUS);
      }),
    );
  });
});
