import { describe, expect, test } from 'vitest';
import { authentication } from './authentication.ts';
import { BASIC, contextWith, documentWith, JWT, KEY, operationWith } from './testing/secured-document.ts';
import type { AuthenticationPolicy } from '../../policy/policy.ts';

const DOCUMENT = documentWith({
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: null },
  oauth: { type: 'oauth2' },
  oidc: { type: 'openIdConnect', discoveryUrl: 'https://id.example.com/' },
  basic: { type: 'http', scheme: 'Basic', bearerFormat: null },
  digest: { type: 'http', scheme: 'digest', bearerFormat: null },
  'my key': { type: 'apiKey', in: 'query', parameter: 'k' },
  certificate: { type: 'mutualTLS' },
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
    expect(problemsWith('my key', {})[0]?.hint).toContain('  "my key":\n    keys: keys.yaml\n    allowInQuery: true');
  });

  test('is content with a scheme that nothing uses', () => {
    const context = contextWith(DOCUMENT, {});
    authentication.compile(operationWith([]), context);
    expect(context.problems).toEqual([]);
  });

  test.each(['certificate', 'digest'])(
    'refuses the type of %s even when it is configured, and says what is supported',
    (scheme) => {
      expect(problemsWith(scheme, { [scheme]: JWT })).toMatchObject([
        { code: 'AUTHN_SCHEME_UNSUPPORTED', hint: expect.stringContaining('bearer') as string },
      ]);
    },
  );

  test('refuses an entry of a kind that does not fit the scheme', () => {
    for (const [scheme, entry] of [
      ['my key', JWT],
      ['bearer', KEY],
      ['oidc', BASIC],
      ['basic', JWT],
    ] as const)
      expect(problemsWith(scheme, { [scheme]: entry })).toMatchObject([{ code: 'AUTHN_SCHEME_MISMATCH' }]);
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
