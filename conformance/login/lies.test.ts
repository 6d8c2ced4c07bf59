import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CLIENT_SECRET } from './login-provider.ts';
import { DOCUMENT, loginPolicy, refusalOf } from './login-door.ts';
import { MiniBrowser, type Loaded } from './mini-browser.ts';
import { openDoor, type Door } from '../door.ts';
import { startLyingProvider, type LyingProvider, type Saying } from './lying-provider.ts';

// What a provider that lies, or somebody who passes for one, gets: nothing.

let provider: LyingProvider;
let other: LyingProvider;
let door: Door;
let browser: MiniBrowser;
beforeAll(async () => {
  provider = await startLyingProvider();
  other = await startLyingProvider();
  const second = `  second:
    login: { issuer: '${other.issuer}', clientId: app, clientSecret: '\${file:client.secret}' }`;
  door = await openDoor({
    document: {
      ...DOCUMENT,
      components: {
        securitySchemes: {
          ...DOCUMENT.components.securitySchemes,
          second: { type: 'apiKey', in: 'cookie', name: 'other-session' },
        },
      },
      paths: {
        ...DOCUMENT.paths,
        '/second': {
          get: { operationId: 'second', security: [{ second: [] }], responses: { 200: { description: 'ok' } } },
        },
      },
    },
    files: { 'client.secret': CLIENT_SECRET },
    policy: loginPolicy(provider.issuer, { policy: second, settings: ', timeout: 500ms' }),
  });
});
afterAll(async () => {
  await door.close();
  await provider.close();
  await other.close();
});
const good = (): Record<string, unknown> => ({
  issuer: provider.issuer,
  authorization_endpoint: `${provider.issuer}/auth`,
  token_endpoint: `${provider.issuer}/token`,
  jwks_uri: `${provider.issuer}/jwks`,
});
beforeEach(() => {
  browser = new MiniBrowser();
  provider.token = null;
});
afterEach(() => {
  provider.spoil = () => undefined;
  other.spoil = () => undefined;
  provider.metadata = good();
});

/** Begins a login and answers it as the provider would; resolves with what the browser gets at the callback. */
async function logIn(
  at: LyingProvider = provider,
  scheme = 'signIn',
  change: (parameters: URLSearchParams) => void = () => undefined,
): Promise<Loaded> {
  const begun = await browser.open(`${door.url}/auth/${scheme}/login?returnTo=/things`, 0);
  const request = new URL(String(begun.headers['location'])).searchParams;
  at.nonce = request.get('nonce') ?? '';
  const answer = new URLSearchParams({ code: 'a-code', state: request.get('state') ?? '' });
  change(answer);
  return browser.open(`${door.url}/auth/${scheme}/callback?${answer.toString()}`, 0);
}

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

describe('an ID token', () => {
  test('that holds logs its subject in', async () => {
    const answer = await logIn();
    expect([answer.status, answer.headers['location']]).toEqual([303, '/things']);
    expect((await browser.call(`${door.url}/things`)).status).toBe(200);
  });

  const LIES: readonly [string, (saying: Saying) => void, string][] = [
    ['has another nonce', ({ claims }) => void (claims['nonce'] = 'x'), 'nonce'],
    ['has no nonce', ({ claims }) => void delete claims['nonce'], 'nonce'],
    ['is of another issuer', ({ claims }) => void (claims.iss = 'https://evil.example'), 'AUTHN_TOKEN_ISSUER'],
    ['is of the same issuer with a slash', ({ claims }) => void (claims.iss += '/'), 'AUTHN_TOKEN_ISSUER'],
    ['is for another client', ({ claims }) => void (claims.aud = 'other'), 'AUTHN_TOKEN_AUDIENCE aud'],
    ['is for nobody', ({ claims }) => void delete claims.aud, 'AUTHN_TOKEN_AUDIENCE aud'],
    ['is for several, without azp', ({ claims }) => void (claims.aud = ['app', 'other']), 'azp'],
    ['was issued to another client', ({ claims }) => void (claims['azp'] = 'other'), 'azp'],
    ['has expired', ({ claims }) => void (claims.exp = 1_600_000_000), 'AUTHN_TOKEN_EXPIRED exp'],
    ['never expires', ({ claims }) => void delete claims.exp, 'AUTHN_TOKEN_CLAIM_MISSING exp'],
    ['is of the future', ({ claims }) => void (claims.iat = 4_000_000_000), 'AUTHN_TOKEN_NOT_YET_VALID iat'],
    ['has no iat', ({ claims }) => void delete claims.iat, 'AUTHN_TOKEN_CLAIM_MISSING iat'],
    ['is about nobody', ({ claims }) => void delete claims.sub, 'AUTHN_TOKEN_CLAIM_MISSING sub'],
    ['is about a line break', ({ claims }) => void (claims.sub = 'ali\nce'), 'sub'],
    ['is about a name of a thousand letters', ({ claims }) => void (claims.sub = 'a'.repeat(1000)), 'sub'],
    ['belongs to another access token', ({ claims }) => void (claims['at_hash'] = 'AAAAAAAAAAAAAAAAAAAAAA'), 'at_hash'],
    ['is not signed', ({ header }) => void (header.alg = 'none'), 'AUTHN_TOKEN_MALFORMED'],
    [
      'is signed with our own secret',
      (saying) => {
        saying.header = { alg: 'HS256' };
        saying.key = Buffer.from(CLIENT_SECRET.padEnd(32));
      },
      'AUTHN_TOKEN_ALGORITHM',
    ],
    [
      "is signed by a stranger under the provider's kid",
      (saying) => void (saying.key = stranger),
      'AUTHN_TOKEN_SIGNATURE',
    ],
    ['is not there', ({ answer }) => void (answer['id_token'] = undefined), 'there is none'],
    ['is no text', ({ answer }) => void (answer['id_token'] = 7), 'there is none'],
    ['is too large', ({ claims }) => void (claims['pad'] = 'x'.repeat(40_000)), 'AUTHN_TOKEN_TOO_LARGE'],
  ];
  test.each(LIES)('that %s logs nobody in', async (_, spoil, reason) => {
    provider.spoil = (saying) => {
      spoil(saying);
      if (saying.answer['id_token'] === undefined && 'id_token' in saying.answer) saying.answer['id_token'] = null;
    };
    const refused = await logIn();
    expect(await refusalOf({ door }, refused)).toEqual({
      status: 400,
      told: 'AUTHN_LOGIN_FAILED',
      code: 'AUTHN_LOGIN_TOKEN',
      facts: { reason },
    });
    expect(browser.cookie('sallyport-signIn')).toBeUndefined();
  });
});

describe('the token endpoint', () => {
  const ANSWERS: readonly [string, LyingProvider['token'], string, string][] = [
    [
      'refuses the code',
      (_, response) => end(response, 400, '{"error":"invalid_grant"}'),
      'AUTHN_LOGIN_CODE',
      'invalid_grant',
    ],
    [
      'refuses us',
      (_, response) => end(response, 401, '{"error":"invalid_client"}'),
      'AUTHN_LOGIN_CODE',
      'invalid_client',
    ],
    [
      'quotes what it was sent',
      (_, response) => end(response, 400, '{"error":"bad code a-code"}'),
      'AUTHN_LOGIN_CODE',
      'other',
    ],
    [
      'fails',
      (_, response) => end(response, 500, '{"error":"invalid_grant"}'),
      'AUTHN_LOGIN_UNAVAILABLE',
      'status 500',
    ],
    ['is a page', (_, response) => end(response, 200, '<html>'), 'AUTHN_LOGIN_UNAVAILABLE', 'status 200'],
    [
      'leads elsewhere',
      (_, response) => end(response, 307, '', { Location: '/jwks' }),
      'AUTHN_LOGIN_UNAVAILABLE',
      'status 307',
    ],
    [
      'gives no token',
      (_, response) => end(response, 200, '{"token_type":"Bearer"}'),
      'AUTHN_LOGIN_UNAVAILABLE',
      'no answer',
    ],
    [
      'says things twice',
      (_, response) => end(response, 200, '{"access_token":"a","access_token":"b"}'),
      'AUTHN_LOGIN_UNAVAILABLE',
      'status 200',
    ],
    ['never ends', () => true, 'AUTHN_LOGIN_UNAVAILABLE', 'did not answer in time'],
    ['breaks off', (_, response) => Boolean(response.socket?.destroy()), 'AUTHN_LOGIN_UNAVAILABLE', ''],
    [
      'floods',
      (_, response) => end(response, 200, `{"a":"${'x'.repeat(300_000)}"}`),
      'AUTHN_LOGIN_UNAVAILABLE',
      'larger',
    ],
  ];
  test.each(ANSWERS)('that %s logs nobody in', async (_, token, code, reason) => {
    provider.token = token;
    const refused = await refusalOf({ door }, await logIn());
    expect(refused.code).toBe(code);
    expect(JSON.stringify(refused.facts)).toContain(reason);
    expect(JSON.stringify(refused.facts)).not.toContain('a-code');
    expect(browser.cookie('sallyport-signIn')).toBeUndefined();
  });
});

function end(
  response: Parameters<NonNullable<LyingProvider['token']>>[1],
  status: number,
  text: string,
  headers: Record<string, string> = {},
): boolean {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(text);
  return true;
}

describe('of two providers', () => {
  test('each logs in for its own scheme alone', async () => {
    expect((await logIn(other, 'second')).status).toBe(303);
    expect((await browser.call(`${door.url}/second`)).status).toBe(200);
    expect((await browser.call(`${door.url}/things`)).status).toBe(401);
    browser.plant('sallyport-signIn', browser.cookie('other-session') ?? '');
    expect(await refusalOf({ door }, await browser.call(`${door.url}/things`))).toMatchObject({
      code: 'AUTHN_SESSION_UNKNOWN',
    });
  });

  test("one cannot have its answer taken for the other's (mix-up)", async () => {
    const begun = await browser.open(`${door.url}/auth/signIn/login`, 0);
    const state = new URL(String(begun.headers['location'])).searchParams.get('state') ?? '';
    const crossed = await browser.open(`${door.url}/auth/second/callback?code=x&state=${state}`, 0);
    expect(await refusalOf({ door }, crossed)).toMatchObject({ code: 'AUTHN_LOGIN_STATE' });
    const named = await logIn(provider, 'signIn', (answer) => answer.set('iss', other.issuer));
    expect(await refusalOf({ door }, named)).toMatchObject({
      status: 400,
      told: 'AUTHN_LOGIN_FAILED',
      code: 'AUTHN_LOGIN_ISSUER',
    });
  });

  test("one cannot log in with the other's ID token", async () => {
    provider.spoil = async (saying) => {
      saying.key = other.key;
      saying.claims.iss = other.issuer;
    };
    expect(await refusalOf({ door }, await logIn())).toMatchObject({ code: 'AUTHN_LOGIN_TOKEN' });
  });
});

describe('a logout token', () => {
  const send = (token: string, type = 'application/x-www-form-urlencoded', body?: string): Promise<Loaded> =>
    new MiniBrowser().call(
      `${door.url}/auth/signIn/back-channel-logout`,
      'POST',
      { 'Content-Type': type },
      body ?? new URLSearchParams({ logout_token: token }).toString(),
    );
  const seconds = (): number => Math.floor(Date.now() / 1000);
  const claims = (): Record<string, unknown> => ({
    iss: provider.issuer,
    aud: 'app',
    sub: 'alice',
    iat: seconds(),
    exp: seconds() + 120,
    jti: 'j1',
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  });

  test('ends the sessions of its subject that are older than itself', async () => {
    await logIn();
    expect((await browser.call(`${door.url}/things`)).status).toBe(200);
    const old = await provider.sign({ ...claims(), iat: seconds() - 100 });
    expect((await send(old)).status).toBe(200);
    expect((await browser.call(`${door.url}/things`)).status).toBe(200);
    const answer = await send(await provider.sign(claims()));
    expect([answer.status, answer.text, answer.headers['cache-control']]).toEqual([200, '', 'no-store']);
    await expect.poll(async () => (await browser.call(`${door.url}/things`)).status).toBe(401);
  });

  test('without exp counts while it is young', async () => {
    const { exp: _, ...young } = claims();
    expect((await send(await provider.sign(young))).status).toBe(200);
    expect(
      await refusalOf({ door }, await send(await provider.sign({ ...young, iat: seconds() - 600 }))),
    ).toMatchObject({
      facts: { reason: 'iat' },
    });
  });

  const LIES: readonly [string, (claims: Record<string, unknown>) => void, string][] = [
    ['has a nonce, as ID tokens do', (said) => (said['nonce'] = 'x'), 'nonce'],
    ['is of another event', (said) => (said['events'] = { other: {} }), 'events'],
    ['is of no event', (said) => delete said['events'], 'events'],
    [
      'has an event that is no object',
      (said) => (said['events'] = { 'http://schemas.openid.net/event/backchannel-logout': [] }),
      'events',
    ],
    ['names nobody', (said) => delete said['sub'], 'sub'],
    ['names a number', (said) => (said['sid'] = 7), 'sid'],
    ['is of another issuer', (said) => (said['iss'] = other.issuer), 'AUTHN_TOKEN_ISSUER'],
    ['is for another client', (said) => (said['aud'] = 'other'), 'AUTHN_TOKEN_AUDIENCE aud'],
    ['has expired', (said) => (said['exp'] = 1), 'AUTHN_TOKEN_EXPIRED exp'],
    ['has no iat', (said) => delete said['iat'], 'AUTHN_TOKEN_CLAIM_MISSING iat'],
    ['has no jti', (said) => delete said['jti'], 'AUTHN_TOKEN_CLAIM_MISSING jti'],
  ];
  test.each(LIES)('that %s ends nothing', async (_, spoil, reason) => {
    await logIn();
    const said = claims();
    spoil(said);
    expect(await refusalOf({ door }, await send(await provider.sign(said)))).toMatchObject({
      status: 400,
      code: 'AUTHN_LOGOUT_TOKEN',
      facts: { reason },
    });
    expect((await browser.call(`${door.url}/things`)).status).toBe(200);
  });

  test('counts in a form alone, and signed as it must be', async () => {
    const token = await provider.sign(claims());
    const lies: readonly Promise<Loaded>[] = [
      send(token, 'application/json', JSON.stringify({ logout_token: token })),
      send('', undefined, `logout_token=${token}&logout_token=${token}`),
      send(''),
      send(await provider.sign(claims(), { alg: 'none' })),
      send(await provider.sign(claims(), { alg: 'RS256', kid: 'k1' }, stranger)),
      send(await provider.sign(claims(), { alg: 'RS256', kid: 'k1', typ: 'at+jwt' })),
    ];
    for (const lie of await Promise.all(lies))
      expect(await refusalOf({ door }, lie)).toMatchObject({ status: 400, code: 'AUTHN_LOGOUT_TOKEN' });
    const large = await send('', undefined, `logout_token=${'x'.repeat(50_000)}`);
    expect(await refusalOf({ door }, large)).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  });
});
