import { describe, expect, test } from 'vitest';
import { contextWith, documentWith, JWT, LOGIN } from './testing/secured-document.ts';
import { ownCookies, sessionCookies } from './session-cookies.ts';

const DOCUMENT = documentWith({
  oidc: { type: 'openIdConnect', discoveryUrl: 'https://id.example.com/' },
  cookie: { type: 'apiKey', in: 'cookie', parameter: 'sid' },
  host: { type: 'apiKey', in: 'cookie', parameter: '__Host-sid' },
  secure: { type: 'apiKey', in: 'cookie', parameter: '__Secure-sid' },
  header: { type: 'apiKey', in: 'header', parameter: 'X-Key' },
});
const PLAIN = { ...LOGIN, origin: 'http://localhost:8080' };
const NOWHERE = { ...LOGIN, origin: null };

describe('sessionCookies', () => {
  test.each([
    ['oidc', LOGIN, '__Host-sallyport-oidc', true],
    ['oidc', PLAIN, 'sallyport-oidc', false],
    ['oidc', NOWHERE, 'sallyport-oidc', false],
    ['oidc', { ...LOGIN, cookie: 'app' }, '__Host-app', true],
    ['oidc', { ...PLAIN, cookie: 'app' }, 'app', false],
    ['cookie', LOGIN, 'sid', true],
    ['cookie', PLAIN, 'sid', false],
    ['host', PLAIN, '__Host-sid', true],
    ['secure', PLAIN, '__Secure-sid', true],
    ['header', LOGIN, '__Host-sallyport-header', true],
  ])('of %s names its cookie, Secure wherever that can be kept', (scheme, entry, session, secure) => {
    expect(sessionCookies(DOCUMENT, scheme, entry)).toEqual({ session, pending: `${session}-login`, secure });
  });

  test('makes a name of any scheme, of letters, digits and hyphens alone, and bounded', () => {
    expect(sessionCookies(DOCUMENT, 'a b;c=\u00e9', PLAIN).session).toBe('sallyport-a-b-c--');
    expect(sessionCookies(DOCUMENT, 'x'.repeat(200), PLAIN).session).toBe(`sallyport-${'x'.repeat(64)}`);
  });
});

test('ownCookies are both cookies of every login, and none of what is no login', () => {
  const { policy } = contextWith(DOCUMENT, { oidc: LOGIN, cookie: PLAIN, header: JWT });
  expect(ownCookies(DOCUMENT, policy)).toEqual([
    '__Host-sallyport-oidc',
    '__Host-sallyport-oidc-login',
    'sid',
    'sid-login',
  ]);
});
