import { describe, expect, test } from 'vitest';
import { authentication } from './authentication.ts';
import { BASIC, contextWith, documentWith, JWT, KEY, LOGIN, operationWith } from './testing/secured-document.ts';
import { compileScheme, dpopOf, type CompiledScheme } from './compile-schemes.ts';
import type {
  AuthenticationPolicy,
  IntrospectionPolicy,
  JwtPolicy,
  TokenPolicy,
} from '../../policy/authentication-policy.ts';

const DOCUMENT = documentWith({
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: null },
  oauth: { type: 'oauth2' },
  oidc: { type: 'openIdConnect', discoveryUrl: 'https://id.example.com/' },
  basic: { type: 'http', scheme: 'Basic', bearerFormat: null },
  digest: { type: 'http', scheme: 'digest', bearerFormat: null },
  'my key': { type: 'apiKey', in: 'query', parameter: 'k' },
  certificate: { type: 'mutualTLS' },
  bound: { type: 'http', scheme: 'DPoP', bearerFormat: null },
});

const BOUND: JwtPolicy = {
  ...JWT,
  dpop: { mode: 'required', algorithms: ['ES256'], proofAgeMs: 60_000, nonce: false, nonceSecret: null },
};
const { algorithms: _, keys: _keys, types: _types, ...shared } = JWT;
const INTROSPECTION: IntrospectionPolicy = {
  ...shared,
  kind: 'introspection',
  endpoint: { from: 'url', url: 'https://id.example.com/introspect' },
  clientId: 'door',
  clientSecret: { reference: '', reveal: () => '' },
  clientAuthentication: 'client_secret_basic',
  clientKey: null,
  timeoutMs: 5_000,
  cacheMs: 60_000,
  concurrency: 1,
  mayLack: [],
  clients: null,
  dpop: null,
};
const several = (...entries: readonly TokenPolicy[]): AuthenticationPolicy => ({
  kind: 'issuers',
  entries,
  forwardCredential: false,
  place: null,
});

function problemsWith(scheme: string, policy: Readonly<Record<string, AuthenticationPolicy>>) {
  const context = contextWith(DOCUMENT, policy);
  authentication.compile(operationWith([{ [scheme]: [] }]), context);
  return context.problems;
}

describe('compileScheme', () => {
  test('refuses a scheme without configuration, and writes the YAML for exactly its type', () => {
    const [problem] = problemsWith('oauth', {});
    expect(problem).toMatchObject({
      code: 'AUTHN_SCHEME_UNCONFIGURED',
      file: 'api.yaml',
      line: 33,
      path: '/components/securitySchemes/oauth',
    });
    expect(problem?.hint).toBe(
      'write in the policy:\nauthentication:\n  oauth:\n    issuer: https://id.example.com/\n    audience: https://api.example.com\n    algorithms: [RS256, ES256, EdDSA]',
    );
    expect(problemsWith('basic', {})[0]?.hint).toContain('  basic:\n    users: users.txt');
    expect(problemsWith('certificate', {})[0]?.hint).toContain('  certificate:\n    subject: CN');
    expect(problemsWith('my key', {})[0]?.hint).toContain('  "my key":\n    keys: keys.yaml\n    allowInQuery: true');
  });

  test('writes beside a certificate who is to ask for it, unless somebody does', () => {
    const hint = (listen?: Readonly<Record<string, unknown>>): string | null | undefined => {
      const context = contextWith(DOCUMENT, {}, listen);
      authentication.compile(operationWith([{ certificate: [] }]), context);
      return context.problems[0]?.hint;
    };
    const entry = 'write in the policy:\nauthentication:\n  certificate:\n    subject: CN';
    expect(hint()).toBe(
      `${entry}\nlisten:\n  tls: { certificate: cert.pem, key: key.pem, clientCertificates: { authorities: clients-ca.pem } }`,
    );
    expect(hint({ tls: { clientCertificates: {} } })).toBe(entry);
    expect(hint({ tls: null, forwardedCertificates: {} })).toBe(entry);
  });

  test('is content with a scheme that nothing uses', () => {
    const context = contextWith(DOCUMENT, {});
    authentication.compile(operationWith([]), context);
    expect(context.problems).toEqual([]);
  });

  test.each(['digest'])('refuses the type of %s even when it is configured, and says what is supported', (scheme) => {
    expect(problemsWith(scheme, { [scheme]: JWT })).toMatchObject([
      { code: 'AUTHN_SCHEME_UNSUPPORTED', hint: expect.stringContaining('bearer') as string },
    ]);
  });

  test('refuses an entry of a kind that does not fit the scheme', () => {
    for (const [scheme, entry] of [
      ['my key', JWT],
      ['bearer', KEY],
      ['oidc', BASIC],
      ['basic', JWT],
      ['certificate', KEY],
      ['bearer', LOGIN],
      ['basic', LOGIN],
      ['my key', LOGIN],
      ['certificate', LOGIN],
    ] as const)
      expect(problemsWith(scheme, { [scheme]: entry })).toMatchObject([{ code: 'AUTHN_SCHEME_MISMATCH' }]);
  });

  test('refuses a DPoP scheme whose policy does not check proofs, and says what to write', () => {
    expect(problemsWith('bound', {})[0]?.hint).toContain('    dpop: required');
    expect(problemsWith('bound', { bound: JWT })).toMatchObject([
      { code: 'AUTHN_SCHEME_MISMATCH', hint: 'write dpop: required in its entry of the policy' },
    ]);
    expect(problemsWith('bound', { bound: BOUND })).toEqual([]);
  });

  test('says in words what is proved', () => {
    const said = (entry: AuthenticationPolicy): readonly string[] => {
      const rule = authentication.compile(
        operationWith([{ oauth: ['read'] }]),
        contextWith(DOCUMENT, { oauth: entry }),
      );
      return rule === null ? [] : authentication.describe(rule);
    };
    expect(said(JWT)).toEqual(['oauth (bearer token) with read']);
    expect(said(BOUND)).toEqual(['oauth (token bound by DPoP) with read']);
    expect(said(INTROSPECTION)).toEqual(['oauth (bearer token, introspected) with read']);
    expect(said(several(JWT, { ...BOUND, issuer: 'b' }))).toEqual([
      'oauth (bearer token, or one bound by DPoP of one of 2 issuers) with read',
    ]);
    expect(said(several(JWT, INTROSPECTION))).toEqual([
      'oauth (bearer token of one of 2 issuers, opaque ones introspected) with read',
    ]);
  });

  test('refuses a scheme that the document does not define, with the nearest name', () => {
    expect(problemsWith('beaer', {})).toMatchObject([{ code: 'AUTHN_SCHEME_UNKNOWN', hint: 'did you mean "bearer"?' }]);
  });

  test('denies every request over a rule that has a problem, should it ever run', () => {
    const context = contextWith(DOCUMENT, {});
    const rule = authentication.compile(operationWith([{ bearer: [] }]), context);
    expect(rule?.schemes).toEqual([null]);
  });
});

describe('a scheme of browsers that log in', () => {
  const schemes = documentWith({
    oauth: { type: 'oauth2' },
    oidc: { type: 'openIdConnect', discoveryUrl: 'https://id.example.com/' },
    cookie: { type: 'apiKey', in: 'cookie', parameter: 'Session' },
  });
  const compiled = (name: string, cors?: Readonly<Record<string, unknown>>): CompiledScheme | null => {
    const context = contextWith(schemes, { [name]: LOGIN });
    return compileScheme(name, operationWith([{ [name]: [] }]), {
      ...context,
      policy: { ...context.policy, cors: cors ?? null } as typeof context.policy,
    });
  };

  test.each([
    ['oauth', '__Host-sallyport-oauth'],
    ['oidc', '__Host-sallyport-oidc'],
    ['cookie', 'Session'],
  ])('%s carries its session in the cookie %s', (name, cookie) => {
    expect(compiled(name)).toMatchObject({ kind: 'session', carrier: { in: 'cookie', name: cookie } });
  });

  test('trusts the pages of other origins where they may send cookies, and only there', () => {
    const origins = ['https://app.example.com'];
    expect(compiled('oidc', { origins, credentials: true })?.login?.allowedOrigins).toEqual(origins);
    expect(compiled('oidc', { origins, credentials: false })?.login?.allowedOrigins).toEqual([]);
    expect(compiled('oidc')?.login?.allowedOrigins).toEqual([]);
  });
});

describe('dpopOf', () => {
  const required = BOUND.dpop ?? null;
  const optional = required && { ...required, mode: 'optional' as const, algorithms: ['ES256', 'EdDSA'] as const };
  const entry = (dpop: JwtPolicy['dpop']): JwtPolicy => ({ ...JWT, dpop: dpop ?? null });

  test('demands a proof of introspected tokens as of others', () => {
    expect(dpopOf({ ...INTROSPECTION, dpop: required })).toEqual({ mode: 'required', algorithms: ['ES256'] });
  });

  test('demands a proof of several issuers only where each of them does', () => {
    expect(dpopOf(several(entry(required), entry(required))).mode).toBe('required');
    expect(dpopOf(several(entry(required), entry(optional)))).toEqual({
      mode: 'optional',
      algorithms: ['ES256', 'EdDSA'],
    });
    expect(dpopOf(several(entry(required), entry(null))).mode).toBe('optional');
    expect(dpopOf(several(entry(null), entry(null))).mode).toBe('off');
  });
});
