import { describe, expect, test } from 'vitest';
import { authentication } from './authentication.ts';
import {
  contextWith,
  documentWith,
  exchangeWith,
  JWT,
  KEY,
  operationWith,
  principal,
} from './testing/secured-document.ts';
import type { AuthenticationPolicy } from '../../policy/authentication-policy.ts';
import type { Code } from '../../verdict/catalogue.ts';
import type { CredentialFact } from './credential-fact.ts';
import type { Denial } from '../../verdict/denial.ts';
import type { Exchange } from '../../exchange.ts';

const DOCUMENT = documentWith({
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: null },
  other: { type: 'http', scheme: 'bearer', bearerFormat: null },
  key: { type: 'apiKey', in: 'header', parameter: 'X-Key' },
  certificate: { type: 'mutualTLS' },
});
const CERTIFICATE = { ...KEY, kind: 'certificate' } as unknown as AuthenticationPolicy;
const dpop = (mode: 'required' | 'optional') =>
  ({ mode, algorithms: ['ES256'], proofAgeMs: 60_000, nonce: false, nonceSecret: null }) as const;
const POLICY = { bearer: JWT, other: JWT, key: KEY, certificate: CERTIFICATE };

const ABSENT: CredentialFact = { state: 'absent' };
const PROVED: CredentialFact = { state: 'proved', principal: principal('key', 'build') };
const refused = (code: Code, as?: 'bearer' | 'dpop'): CredentialFact => ({
  state: 'refused',
  code,
  facts: {},
  ...(as === undefined ? {} : { as }),
});

/** What is decided over these facts, in the order of the schemes. */
function decided(
  security: Parameters<typeof operationWith>[0],
  credentials: readonly CredentialFact[],
  policy: Readonly<Record<string, AuthenticationPolicy>> = POLICY,
): { denial: Denial | null; exchange: Exchange } {
  const rule = authentication.compile(operationWith(security), contextWith(DOCUMENT, policy));
  if (rule === null) throw new Error('a rule is always made');
  const exchange = exchangeWith(['Sec-Fetch-Mode', 'navigate']);
  exchange.credentials = credentials;
  return { denial: authentication.decide(rule, exchange), exchange };
}
const challenges = (denial: Denial | null) => denial?.headers.filter((text) => text !== 'WWW-Authenticate');

describe('a refusal', () => {
  test.each<readonly [readonly CredentialFact[], string]>([
    [[refused('AUTHN_TOKEN_ISSUER'), ABSENT], 'AUTHN_TOKEN_ISSUER'],
    [[refused('AUTHN_TOKEN_ISSUER'), refused('AUTHN_TOKEN_EXPIRED')], 'AUTHN_TOKEN_EXPIRED'],
    [[refused('AUTHN_TOKEN_EXPIRED'), refused('AUTHN_TOKEN_ISSUER')], 'AUTHN_TOKEN_EXPIRED'],
    [[refused('AUTHN_TOKEN_EXPIRED'), refused('AUTHN_TOKEN_AUDIENCE')], 'AUTHN_TOKEN_EXPIRED'],
    [[refused('AUTHN_TOKEN_EXPIRED'), refused('INTERNAL_FAULT')], 'INTERNAL_FAULT'],
    [[refused('AUTHN_KEYS_UNAVAILABLE'), refused('INTERNAL_FAULT')], 'AUTHN_KEYS_UNAVAILABLE'],
  ])('is the most telling one, the first of equals: %#', (credentials, code) => {
    expect(decided([{ bearer: [] }, { other: [] }], credentials).denial?.code).toBe(code);
  });

  test('of a page that a browser opens is no way to a login where none is taken', () => {
    expect(decided([{ key: [] }], [ABSENT]).denial?.code).toBe('AUTHN_CREDENTIAL_MISSING');
  });
});

describe('what is missing', () => {
  test.each([
    [[{ certificate: [] }], [ABSENT], 'AUTHN_CERTIFICATE_MISSING', 'certificate'],
    [[{ key: [], certificate: [] }], [PROVED, ABSENT], 'AUTHN_CERTIFICATE_MISSING', 'certificate'],
    [[{ key: [], certificate: [] }], [ABSENT, PROVED], 'AUTHN_CREDENTIAL_MISSING', 'key'],
    [[{ key: [] }, { certificate: [] }], [ABSENT, ABSENT], 'AUTHN_CREDENTIAL_MISSING', 'key certificate'],
  ] as const)('of %j is named', (security, credentials, code, absent) => {
    expect(decided(security, credentials).denial).toMatchObject({ code, facts: { absent } });
  });
});

describe('challenges', () => {
  const BEARER = 'Bearer realm="Posts \\"API\\""';
  const DPOP = 'DPoP realm="Posts \\"API\\"", algs="ES256"';

  test('ask for certificates where they are taken', () => {
    expect(challenges(decided([{ certificate: [] }], [ABSENT]).denial)).toEqual([
      'ClientCertificate realm="Posts \\"API\\""',
    ]);
  });

  test('name scopes of schemes that have them, and no role for a scope', () => {
    const document = documentWith({
      oidc: { type: 'openIdConnect', discoveryUrl: 'https://id.example.com/' },
      bearer: { type: 'http', scheme: 'bearer', bearerFormat: null },
    });
    for (const [scheme, said] of [
      ['oidc', `${BEARER}, scope="read"`],
      ['bearer', BEARER],
    ] as const) {
      const operation = operationWith([{ [scheme]: ['read', 'a"b', 'a b', 'a\\b', '\u00e9', ''] }]);
      const rule = authentication.compile(operation, contextWith(document, { [scheme]: JWT }));
      expect(rule?.challenges.none).toEqual(['WWW-Authenticate', said]);
    }
  });

  test('say of a token that came with a proof whether it or the proof was refused', () => {
    const optional = { ...POLICY, bearer: { ...JWT, dpop: dpop('optional') } };
    const after = (fact: CredentialFact, policy = optional) =>
      challenges(decided([{ bearer: [] }], [fact], policy).denial);
    expect(after(refused('AUTHN_TOKEN_EXPIRED', 'dpop'))).toEqual([BEARER, `${DPOP}, error="invalid_token"`]);
    expect(after(refused('AUTHN_DPOP_PROOF_INVALID', 'dpop'))).toEqual([BEARER, `${DPOP}, error="invalid_dpop_proof"`]);
    expect(after(refused('AUTHN_TOKEN_EXPIRED', 'bearer'))).toEqual([`${BEARER}, error="invalid_token"`, DPOP]);
    expect(after(refused('AUTHN_CREDENTIAL_UNEXPECTED'))).toEqual([BEARER, DPOP]);
    const required = { ...POLICY, bearer: { ...JWT, dpop: dpop('required') } };
    expect(after(refused('AUTHN_TOKEN_BOUND', 'bearer'), required)).toEqual([`${DPOP}, error="invalid_token"`]);
  });

  test('say of a refused token that it is invalid, whatever else is absent', () => {
    const { denial } = decided([{ bearer: [] }, { key: [] }], [refused('AUTHN_TOKEN_EXPIRED', 'bearer'), ABSENT]);
    expect(challenges(denial)?.[0]).toBe(`${BEARER}, error="invalid_token"`);
  });
});

describe('what is proved', () => {
  test('sends the headers of its port with the reply', () => {
    const { exchange } = decided([{ key: [] }], [{ ...PROVED, headers: ['DPoP-Nonce', 'n'] }]);
    expect(exchange.replyHeaders).toEqual(['DPoP-Nonce', 'n']);
  });

  test('is the first alternative where the scopes of none hold', () => {
    const { exchange } = decided([{ bearer: ['a'] }, { other: ['b'] }], [PROVED, PROVED]);
    expect(exchange.securityAlternative).toBe(0);
  });

  test('by a role is no scope of OpenID Connect', () => {
    const document = documentWith({
      oidc: { type: 'openIdConnect', discoveryUrl: 'https://id.example.com/' },
      key: { type: 'apiKey', in: 'header', parameter: 'X-Key' },
    });
    const rule = authentication.compile(
      operationWith([{ oidc: ['write'] }, { key: [] }]),
      contextWith(document, { oidc: JWT, key: KEY }),
    );
    if (rule === null) throw new Error('a rule is always made');
    const exchange = exchangeWith([]);
    const writer = principal('token', 'anna', { roles: ['write'] });
    exchange.credentials = [{ state: 'proved', principal: writer }, PROVED];
    expect(authentication.decide(rule, exchange)).toBeNull();
    expect(exchange.securityAlternative).toBe(1);
  });

  test('goes upstream with its credential where the rule is only observed', () => {
    const { exchange } = decided([{ key: [] }], [PROVED]);
    expect(exchange.credentialHeaders).toContain('x-key');
    authentication.undo?.(exchange);
    expect([exchange.credentialHeaders, exchange.credentialQuery, exchange.credentialCookies]).toEqual([[], [], []]);
  });
});
