import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authentication } from '../authentication/authentication.ts';
import { authorization } from './authorization.ts';
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
} from '../authentication/testing/secured-document.ts';

const DOCUMENT = documentWith({
  oauth: { type: 'oauth2' },
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: null },
  key: { type: 'apiKey', in: 'header', parameter: 'X-Api-Key' },
});
const POLICY = { oauth: JWT, bearer: JWT, key: KEY };
const PORTS = portsOf({
  anna: principal('token', 'anna', { scopes: new Set(['read']), roles: ['write'] }),
  k3y: principal('key', 'build', { scopes: new Set(['admin']), roles: ['operator'] }),
});

function run(security: Parameters<typeof operationWith>[0], headers: string[]) {
  const operation = operationWith(security);
  const context = contextWith(DOCUMENT, POLICY);
  const exchange = exchangeWith(headers);
  const rule = authentication.compile(operation, context);
  if (rule === null) throw new Error('a rule is always made');
  void authentication.gather?.(rule, exchange, PORTS);
  expect(authentication.decide(rule, exchange)).toBeNull();
  const wanted = authorization.compile(operation, context);
  return { denial: wanted === null ? null : authorization.decide(wanted, exchange), exchange };
}

const TOKEN = ['Authorization', 'Bearer anna'];

describe('authorization', () => {
  test('has nothing to do where no alternative names a scope', () => {
    expect(authorization.compile(operationWith([{ oauth: [] }]), contextWith(DOCUMENT, POLICY))).toBeNull();
    expect(authorization.compile(operationWith(null), contextWith(DOCUMENT, POLICY))).toBeNull();
  });

  test('passes a token with all the scopes and denies one that lacks one, naming them in the challenge', () => {
    expect(run([{ oauth: ['read'] }], TOKEN).denial).toBeNull();
    expect(run([{ oauth: ['read', 'write'] }], TOKEN).denial).toMatchObject({
      code: 'AUTHZ_SCOPE_MISSING',
      rule: 'security/oauth',
      facts: { missing: 'write' },
      headers: ['WWW-Authenticate', 'Bearer realm="Posts \\"API\\"", scope="read write", error="insufficient_scope"'],
    });
  });

  test('takes roles for scopes only where the scheme is not OAuth', () => {
    expect(run([{ oauth: ['write'] }], TOKEN).denial?.code).toBe('AUTHZ_SCOPE_MISSING');
    expect(run([{ bearer: ['read', 'write'] }], TOKEN).denial).toBeNull();
    expect(run([{ key: ['operator', 'admin'] }], ['x-api-key', 'k3y']).denial).toBeNull();
    expect(run([{ key: ['owner'] }], ['x-api-key', 'k3y']).denial).toMatchObject({
      code: 'AUTHZ_SCOPE_MISSING',
      headers: [],
    });
  });

  test('takes the alternative whose scopes hold before one that is only proved', () => {
    const { denial, exchange } = run([{ oauth: ['admin'] }, { key: ['admin'] }], [...TOKEN, 'X-Api-Key', 'k3y']);
    expect(denial).toBeNull();
    expect(exchange.principal?.subject).toBe('build');
    expect(exchange.securityAlternative).toBe(1);
  });

  test('never lets the scopes of one credential stand in for those of another', () => {
    const { denial } = run([{ oauth: ['admin'], key: [] }], [...TOKEN, 'X-Api-Key', 'k3y']);
    expect(denial).toMatchObject({ code: 'AUTHZ_SCOPE_MISSING', rule: 'security/oauth' });
  });

  test('lets a token without the scopes in as nobody where anonymous requests are allowed', () => {
    const { denial, exchange } = run([{ oauth: ['admin'] }, {}], TOKEN);
    expect(denial).toBeNull();
    expect(exchange.principal?.kind).toBe('anonymous');
  });

  test('names the scopes in the scheme that the token came with, and in none to a key', () => {
    const document = documentWith({
      oidc: { type: 'openIdConnect', discoveryUrl: 'https://id.example.com/' },
      bound: { type: 'http', scheme: 'DPoP', bearerFormat: null },
      basic: { type: 'http', scheme: 'basic', bearerFormat: null },
    });
    const dpop = { mode: 'optional', algorithms: ['ES256'], proofAgeMs: 1, nonce: false, nonceSecret: null } as const;
    const bound = { ...JWT, dpop };
    const context = contextWith(document, { oidc: bound, bound, basic: BASIC });
    const told = (scheme: string, as?: 'bearer' | 'dpop'): readonly string[] => {
      const rule = authorization.compile(operationWith([{ [scheme]: ['read'] }]), context);
      if (rule === null) throw new Error('scopes are asked for');
      const exchange = exchangeWith([]);
      exchange.securityAlternative = 0;
      const proved = { state: 'proved', principal: principal('token', 'x') } as const;
      exchange.credentials = [as === undefined ? proved : { ...proved, as }];
      return authorization.decide(rule, exchange)?.headers ?? [];
    };
    const scope = 'scope="read", error="insufficient_scope"';
    for (const scheme of ['oidc', 'bound']) {
      expect(told(scheme, 'bearer')[1]).toBe(`Bearer realm="Posts \\"API\\"", ${scope}`);
      expect(told(scheme, 'dpop')[1]).toBe(`DPoP realm="Posts \\"API\\"", algs="ES256", ${scope}`);
      expect(told(scheme, 'dpop')).toHaveLength(2);
    }
    expect(told('basic')).toEqual([]);
  });

  test('denies where nothing was proved because authentication did not run', () => {
    const rule = authorization.compile(operationWith([{ oauth: ['read'] }]), contextWith(DOCUMENT, POLICY));
    expect(rule === null ? null : authorization.decide(rule, exchangeWith(TOKEN))?.code).toBe('AUTHZ_SCOPE_MISSING');
  });

  test('refuses a policy that switches authentication off and leaves the scopes of an operation to be asked for', () => {
    const context = contextWith(DOCUMENT, POLICY);
    const policy = { ...context.policy, modes: { ...context.policy.modes, authentication: 'off' as const } };
    authorization.compile(operationWith([{ oauth: [] }]), { ...context, policy });
    expect(context.problems).toEqual([]);
    authorization.compile(operationWith([{ oauth: ['read'] }]), { ...context, policy });
    expect(context.problems).toMatchObject([
      { code: 'AUTHZ_WITHOUT_AUTHENTICATION', file: 'api.yaml', path: '/paths/~1posts/get' },
    ]);
  });

  test('describes what is asked of which scheme', () => {
    const rule = authorization.compile(operationWith([{ oauth: ['read'], key: ['x'] }]), contextWith(DOCUMENT, POLICY));
    expect(rule === null ? [] : authorization.describe(rule)).toEqual([
      'scopes read of oauth and scopes or roles x of key',
    ]);
  });

  test('all_scopes_are_needed: it passes exactly when every declared scope is held', () => {
    const scopes = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
    fc.assert(
      fc.property(scopes, scopes, (wanted, held) => {
        const operation = operationWith([{ oauth: wanted }]);
        const rule = authorization.compile(operation, contextWith(DOCUMENT, POLICY));
        const exchange = exchangeWith([]);
        exchange.securityAlternative = 0;
        exchange.credentials = [{ state: 'proved', principal: principal('token', 'x', { scopes: new Set(held) }) }];
        const denial = rule === null ? null : authorization.decide(rule, exchange);
        expect(denial === null).toBe(wanted.every((scope) => held.includes(scope)));
      }),
    );
  });
});
