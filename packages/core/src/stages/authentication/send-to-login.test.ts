import { describe, expect, test } from 'vitest';
import { deny, type Denial } from '../../verdict/denial.ts';
import { exchangeWith } from './testing/secured-document.ts';
import { loginOf, sendToLogin, type LoginPlace } from './send-to-login.ts';
import type { Code } from '../../verdict/catalogue.ts';
import type { CompiledScheme } from './compile-schemes.ts';
import type { CredentialFact } from './credential-fact.ts';
import type { SecurityAlternative } from './security-alternatives.ts';

const LOGIN: LoginPlace = {
  path: '/auth/login',
  redirects: true,
  returnTargets: ['/app'],
  origin: null,
  allowedOrigins: [],
};
// Nothing else of a scheme is looked at.
const SESSION = { kind: 'session', login: LOGIN } as CompiledScheme;
const KEY = { kind: 'api-key', login: null } as CompiledScheme;
const ABSENT: CredentialFact = { state: 'absent' };
const refusedOver = (code: Code): CredentialFact => ({ state: 'refused', code, facts: {} });
const OPENS = ['Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document'];

function sent(
  refusal: Denial,
  credentials: readonly CredentialFact[] = [ABSENT, ABSENT],
  target: readonly [path: string, query: string | null] = ['/app', null],
  headers: readonly string[] = OPENS,
): Denial | null {
  const exchange = exchangeWith(headers, target[1]);
  exchange.path = target[0];
  return sendToLogin(LOGIN, [SESSION, KEY], credentials, refusal, exchange);
}

const MISSING = deny('AUTHN_CREDENTIAL_MISSING', 'authentication', {
  rule: 'security',
  headers: ['WWW-Authenticate', 'x'],
});

describe('sendToLogin', () => {
  test.each([
    [['/app', null], '/auth/login?returnTo=%2Fapp'],
    [['/app/a', 'b=c&d'], '/auth/login?returnTo=%2Fapp%2Fa%3Fb%3Dc%26d'],
    [['/elsewhere', null], '/auth/login'],
    [['/apple', null], '/auth/login'],
    [['/app//evil.example', null], '/auth/login'],
  ] as const)('leads from %j to %s', (target, location) => {
    expect(sent(MISSING, undefined, target)).toMatchObject({
      code: 'AUTHN_LOGIN_REQUIRED',
      rule: 'security',
      facts: { because: 'AUTHN_CREDENTIAL_MISSING' },
      headers: ['Location', location],
    });
  });

  test('sends a browser whose session is over, and takes the cookie back', () => {
    const headers = ['WWW-Authenticate', 'x', 'Set-Cookie', 'a=', 'X', 'Set-Cookie', 'Set-Cookie', 'b='];
    const over = deny('AUTHN_SESSION_ENDED', 'authentication', { headers });
    expect(sent(over, [refusedOver('AUTHN_SESSION_ENDED'), ABSENT])?.headers).toEqual([
      'Location',
      '/auth/login?returnTo=%2Fapp',
      'Set-Cookie',
      'a=',
      'Set-Cookie',
      'b=',
    ]);
  });

  test('sends nobody whose key was refused: no login mends that', () => {
    expect(sent(MISSING, [ABSENT, refusedOver('AUTHN_KEY_UNKNOWN')])).toBeNull();
    expect(sent(MISSING, [refusedOver('AUTHN_SESSION_ENDED'), refusedOver('AUTHN_KEY_UNKNOWN')])).toBeNull();
  });

  test('sends nobody over what is no question of who asks', () => {
    expect(
      sent(deny('AUTHN_ORIGIN_FOREIGN', 'authentication'), [refusedOver('AUTHN_ORIGIN_FOREIGN'), ABSENT]),
    ).toBeNull();
    expect(sent(deny('INTERNAL_FAULT', 'authentication'), [refusedOver('INTERNAL_FAULT'), ABSENT])).toBeNull();
  });

  test('sends no script', () => {
    expect(sent(MISSING, undefined, undefined, ['Sec-Fetch-Mode', 'cors'])).toBeNull();
  });
});

describe('loginOf', () => {
  const needing = (...schemes: readonly number[]): SecurityAlternative => ({
    index: 0,
    requires: schemes.map((scheme) => ({ scheme, names: [], as: 'scopes' })),
  });
  const silent = { kind: 'session', login: { ...LOGIN, redirects: false } } as CompiledScheme;

  test('is the first login that is enough alone and wants browsers sent there', () => {
    expect(loginOf([needing(0)], [SESSION])).toBe(LOGIN);
    expect(loginOf([needing(0), needing(1), needing(2)], [KEY, silent, SESSION])).toBe(LOGIN);
  });

  test('is none where a login is not enough, where it sends nobody, and where there is none', () => {
    expect(loginOf([needing(0, 1)], [SESSION, KEY])).toBeNull();
    expect(loginOf([needing(0)], [silent])).toBeNull();
    expect(loginOf([needing(0)], [null])).toBeNull();
    expect(loginOf([needing(0)], [KEY])).toBeNull();
  });
});
