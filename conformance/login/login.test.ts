import { generateKeyPairSync } from 'node:crypto';
import { Agent, request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ConfigurationError } from '@sallyport/core';
import { DOCUMENT, logIn, openLoginDoor, refusalOf, type LoginDoor, type LoginDoorOptions } from './login-door.ts';
import { MiniBrowser, type Loaded } from './mini-browser.ts';
import { openDoor } from '../door.ts';

// Logins of browsers at a real provider, through a real door with a real store.

let opened: LoginDoor[] = [];
afterEach(async () => {
  for (const one of opened) await one.close();
  opened = [];
});

async function open(options: LoginDoorOptions = {}): Promise<LoginDoor> {
  const one = await openLoginDoor(options);
  opened.push(one);
  return one;
}

/** Goes to the provider, proves who it is there, and stops in front of the callback: the URL that the browser would open next. */
async function upToCallback({ door, browser }: LoginDoor, user = 'alice', from = '/things'): Promise<string> {
  const form = await browser.open(door.url + from);
  const resumed = await browser.submit(form.url, { user }, 1);
  return String(resumed.headers['location']);
}

const COOKIE = 'sallyport-signIn';

describe('a login at a real provider', () => {
  test('leads a browser there and back to the page that it wanted; the API sees who it is, and no cookie', async () => {
    const one = await open();
    const page = await logIn(one);
    expect([page.status, page.url]).toEqual([200, `${one.door.url}/things`]);
    const [seen] = one.door.seen;
    expect(seen?.headers).toMatchObject({
      'x-user': 'alice',
      'x-issuer': one.provider.issuer,
      'x-scopes': 'openid profile read',
      'x-roles': 'customer',
    });
    expect(seen?.headers.cookie ?? '').not.toContain('sallyport');
    expect(seen?.headers.authorization).toBeUndefined();
  });

  test('hands its request over behind the browser, with PKCE, and shows the browser no token', async () => {
    const one = await open({ refreshes: true });
    const { browser, provider } = one;
    await logIn(one);
    expect(provider.asked).toContain('POST /request');
    const [form] = provider.forms;
    expect(form?.get('grant_type')).toBe('authorization_code');
    expect(form?.get('code_verifier')).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const authorization = browser.visited.find((url) => url.startsWith(`${provider.issuer}/auth?`)) ?? '';
    expect([...new URL(authorization).searchParams.keys()]).toEqual(['client_id', 'request_uri']);
    // Every JWT begins so.
    expect([...browser.visited, ...browser.setCookies].join('\n')).not.toContain('eyJ');
  });

  test('sends its request through the browser where the provider takes none behind it', async () => {
    const one = await open({ pushes: false });
    expect((await logIn(one)).status).toBe(200);
    const url = one.browser.visited.find((visited) => visited.startsWith(`${one.provider.issuer}/auth?`)) ?? '';
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'app',
      redirect_uri: `${one.door.url}/auth/signIn/callback`,
      scope: 'openid profile read',
      code_challenge_method: 'S256',
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as string,
    });
  });

  test('gives a cookie that scripts cannot read and other sites cannot send, and every user another one', async () => {
    const one = await open();
    await logIn(one);
    const [line = ''] = one.browser.setCookies.filter((cookie) => cookie.startsWith(`${COOKIE}=`));
    expect(line).toMatch(/^sallyport-signIn=[\w-]{43}\.[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Lax$/);
    const first = one.browser.cookie(COOKIE);
    const other = new MiniBrowser();
    await logIn({ ...one, browser: other }, 'bob');
    expect(other.cookie(COOKIE)).not.toBe(first);
    expect(JSON.parse((await other.call(`${one.door.url}/things`)).text)).toEqual({ ok: true });
    expect(one.door.seen.at(-1)?.headers['x-user']).toBe('bob');
  });

  test.each([
    ['a key of ours', 'private_key_jwt'],
    ['no secret at all', 'none'],
    ['a secret in the form', 'client_secret_post'],
  ])('proves itself to the provider with %s where the policy says so', async (_, method) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keyed = method === 'private_key_jwt';
    const one = await open({
      client: {
        token_endpoint_auth_method: method,
        ...(keyed
          ? { jwks: { keys: [publicKey.export({ format: 'jwk' })] }, token_endpoint_auth_signing_alg: 'ES256' }
          : {}),
      },
      secret: keyed
        ? "clientKey: '${file:client.pem}'"
        : method === 'none'
          ? 'clientAuthentication: none'
          : "clientSecret: '${file:client.secret}', clientAuthentication: client_secret_post",
      door: {
        files: {
          'client.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
          'client.secret': 's:ecret of the d%or',
        },
      },
    });
    expect((await logIn(one)).status).toBe(200);
    expect(one.provider.forms[0]?.has('client_assertion')).toBe(keyed);
  });

  test('goes on over a reload of the policy', async () => {
    const one = await open();
    await logIn(one);
    expect(await one.door.gateway.reload()).toBeNull();
    expect((await one.browser.call(`${one.door.url}/things`)).status).toBe(200);
  });

  test('goes on when the provider rotates its keys in mid-flight', async () => {
    const one = await open();
    await logIn(one, 'alice');
    const other = { ...one, browser: new MiniBrowser() };
    const callback = await upToCallback(other, 'bob');
    await one.provider.rotate();
    expect((await other.browser.open(callback)).status).toBe(200);
  });

  test('works in three tabs at once, and the oldest of a fourth gives way', async () => {
    const one = await open();
    const { browser, door } = one;
    const begin = async (): Promise<string> => {
      const form = await browser.open(`${door.url}/auth/signIn/login?returnTo=/things`);
      return form.url;
    };
    const forms = [await begin(), await begin(), await begin(), await begin()];
    const finish = (form: string): Promise<Loaded> => browser.submit(form, { user: 'alice' });
    expect(await refusalOf(one, await finish(forms[0] ?? ''))).toMatchObject({ code: 'AUTHN_LOGIN_STATE' });
    for (const form of forms.slice(1)) expect((await finish(form)).status).toBe(200);
    expect(browser.cookie(`${COOKIE}-login`)).toBeUndefined();
  });
});

describe('who has no session', () => {
  test('is sent to log in when a page is opened, and is told 401 when a script calls', async () => {
    const { door, browser } = await open();
    const page = await browser.open(`${door.url}/things`, 0);
    expect([page.status, page.headers['location']]).toEqual([302, '/auth/signIn/login?returnTo=%2Fthings']);
    expect(JSON.parse(page.text)).toMatchObject({ code: 'AUTHN_LOGIN_REQUIRED' });
    const call = await browser.call(`${door.url}/things`);
    expect([call.status, JSON.parse(call.text)]).toMatchObject([401, { code: 'AUTHN_CREDENTIAL_MISSING' }]);
    expect(call.headers['www-authenticate']).toBe('Session realm="Things", login="/auth/signIn/login"');
    const old = await browser.call(`${door.url}/things`, 'GET', { Accept: 'text/html', 'Sec-Fetch-Mode': 'no-cors' });
    expect(old.status).toBe(401);
    expect((await browser.submit(`${door.url}/things`, {}, 0)).status).toBe(401);
  });

  test('is told 401 in every case where the policy says so', async () => {
    const { door, browser } = await open({ settings: ', unauthenticated: refuse' });
    expect((await browser.open(`${door.url}/things`, 0)).status).toBe(401);
  });

  test('is sent to log in without a way back where the page is none that a login may lead to', async () => {
    const { door, browser } = await open({ settings: ', returnTargets: [/app]' });
    expect((await browser.open(`${door.url}/things`, 0)).headers['location']).toBe('/auth/signIn/login');
  });

  test('is told AUTHN_SESSION_ENDED for cookies that were made up, without a question to the store', async () => {
    const one = await open();
    for (const forged of ['x', `${'a'.repeat(43)}.${'0'.repeat(32)}`]) {
      one.browser.plant(COOKIE, forged);
      const refused = await one.browser.call(`${one.door.url}/things`);
      expect(await refusalOf(one, refused)).toMatchObject({
        status: 401,
        told: 'AUTHN_SESSION_ENDED',
        code: 'AUTHN_SESSION_UNKNOWN',
      });
      expect(one.browser.cookie(COOKIE)).toBeUndefined();
    }
  });
});

describe('scopes', () => {
  test('are those that the provider granted, not those that were asked for', async () => {
    const one = await open();
    const asked = one.browser;
    await logIn(one);
    expect((await asked.call(`${one.door.url}/readable`)).status).toBe(200);
    expect(await refusalOf(one, await asked.call(`${one.door.url}/secrets`))).toMatchObject({
      status: 403,
      code: 'AUTHZ_SCOPE_MISSING',
    });
  });
});

describe('the answer to a login', () => {
  test('counts in the browser that began it alone, and once', async () => {
    const one = await open();
    const callback = await upToCallback(one);
    const stranger = new MiniBrowser();
    expect(await refusalOf(one, await stranger.open(callback))).toMatchObject({
      status: 400,
      code: 'AUTHN_LOGIN_STATE',
      facts: { cookie: false },
    });
    const sealed = one.browser.cookie(`${COOKIE}-login`) ?? '';
    expect((await one.browser.open(callback)).status).toBe(200);
    expect(await refusalOf(one, await one.browser.open(callback))).toMatchObject({ code: 'AUTHN_LOGIN_STATE' });
    // Somebody who kept the cookie still has only a code that was used.
    one.browser.plant(`${COOKIE}-login`, sealed);
    expect(await refusalOf(one, await one.browser.open(callback))).toMatchObject({
      status: 400,
      told: 'AUTHN_LOGIN_FAILED',
      code: 'AUTHN_LOGIN_CODE',
      facts: { error: 'invalid_grant' },
    });
  });

  test.each([
    ['another state', (url: URL) => url.searchParams.set('state', 'x'), 'AUTHN_LOGIN_STATE'],
    ['no state', (url: URL) => url.searchParams.delete('state'), 'AUTHN_LOGIN_STATE'],
    ['two states', (url: URL) => url.searchParams.append('state', 'x'), 'AUTHN_LOGIN_STATE'],
    ['no code', (url: URL) => url.searchParams.delete('code'), 'AUTHN_LOGIN_STATE'],
    ['another code', (url: URL) => url.searchParams.set('code', 'x'), 'AUTHN_LOGIN_CODE'],
    ['another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.example'), 'AUTHN_LOGIN_ISSUER'],
    ['no issuer, where the provider promised one', (url: URL) => url.searchParams.delete('iss'), 'AUTHN_LOGIN_ISSUER'],
    ['an error', (url: URL) => url.searchParams.set('error', 'login_required'), 'AUTHN_LOGIN_REFUSED'],
  ])('is refused with %s', async (_, change, code) => {
    const one = await open();
    const url = new URL(await upToCallback(one));
    change(url);
    expect(await refusalOf(one, await one.browser.open(url.href))).toMatchObject({ code });
    expect(one.browser.cookie(COOKIE)).toBeUndefined();
  });

  test('is a refusal where the user is refused', async () => {
    const one = await open();
    expect(await refusalOf(one, await logIn(one, 'nobody'))).toMatchObject({
      status: 403,
      code: 'AUTHN_LOGIN_REFUSED',
      facts: { error: 'access_denied' },
    });
  });

  test('gives a new session and ends the one that the browser had: nobody can plant one', async () => {
    const one = await open();
    const attacker = new MiniBrowser();
    await logIn({ ...one, browser: attacker }, 'mallory');
    const planted = attacker.cookie(COOKIE) ?? '';
    one.browser.plant(COOKIE, planted);
    await one.browser.submit((await one.browser.open(`${one.door.url}/auth/signIn/login`)).url, { user: 'alice' });
    expect(one.browser.cookie(COOKIE)).not.toBe(planted);
    await expect.poll(async () => (await attacker.call(`${one.door.url}/things`)).status, { timeout: 5_000 }).toBe(401);
  });
});

describe('where a login leads back to', () => {
  const FOREIGN = [
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example',
    'evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/%09/evil.example',
    '/%2fevil.example',
    '/%5Cevil.example',
    '/%252fevil.example',
    '/..//evil.example',
    '/./things',
    '/a//evil.example',
    'javascript:alert(1)',
    '/things\u00a0',
    '',
    `/${'a'.repeat(512)}`,
    '/auth/signIn/login',
    '/auth/signIn/logout?x=1',
    '/auth/signIn/callback#x',
  ];
  let one: LoginDoor;
  beforeAll(async () => {
    one = await openLoginDoor();
  });
  afterAll(() => one.close());
  test.each(FOREIGN)('is never %j', async (target) => {
    const page = await one.browser.open(`${one.door.url}/auth/signIn/login?returnTo=${encodeURIComponent(target)}`, 0);
    expect(await refusalOf(one, page)).toMatchObject({ status: 400, code: 'AUTHN_LOGIN_RETURN' });
    expect(one.browser.setCookies).toEqual([]);
  });

  test('is never two places', async () => {
    const page = await one.browser.open(`${one.door.url}/auth/signIn/login?returnTo=/a&returnTo=//evil`, 0);
    expect(await refusalOf(one, page)).toMatchObject({ code: 'AUTHN_LOGIN_RETURN' });
  });

  test('is what the policy says where nothing is asked for', async () => {
    const other = await open({ settings: ', afterLogin: /things' });
    const page = await other.browser.submit((await other.browser.open(`${other.door.url}/auth/signIn/login`)).url, {
      user: 'alice',
    });
    expect(page.url).toBe(`${other.door.url}/things`);
  });
});

describe('requests that change something', () => {
  const post = (one: LoginDoor, headers: Record<string, string>): Promise<Loaded> =>
    one.browser.call(`${one.door.url}/things`, 'POST', headers);

  test('count from pages of our own origin and from the user alone (CSRF)', async () => {
    const one = await open();
    await logIn(one);
    expect((await post(one, {})).status).toBe(200);
    const strange: Record<string, string>[] = [
      { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'null', 'Sec-Fetch-Site': 'cross-site' },
      { Origin: one.provider.issuer, 'Sec-Fetch-Site': 'same-site' },
      { Origin: one.door.url, 'Sec-Fetch-Site': 'cross-site' },
      { Origin: `${one.door.url}.evil.example`, 'Sec-Fetch-Site': 'same-origin' },
    ];
    for (const headers of strange)
      expect(await refusalOf(one, await post(one, headers)), JSON.stringify(headers)).toMatchObject({
        status: 403,
        code: 'AUTHN_ORIGIN_FOREIGN',
      });
  });

  test('do not count without a word of where they come from, and safe ones always do', async () => {
    const one = await open();
    await logIn(one);
    const cookie = `Cookie: ${COOKIE}=${one.browser.cookie(COOKIE)}\r\n`;
    const raw = (method: string, more = ''): Promise<string> =>
      one.door.raw(
        `${method} /things HTTP/1.1\r\nHost: ${new URL(one.door.url).host}\r\n${cookie}${more}Connection: close\r\n\r\n`,
      );
    expect(await raw('POST')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw('POST', `Origin: ${one.door.url}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await raw('POST', 'Sec-Fetch-Site: none\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await raw('POST', `Origin: ${one.door.url}\r\nOrigin: https://evil.example\r\n`)).toMatch(
      /^HTTP\/1\.1 40[03] /,
    );
    expect(await raw('GET', 'Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n')).toMatch(
      /^HTTP\/1\.1 200 /,
    );
  });

  test('count from origins that cors trusts with credentials', async () => {
    const one = await open({ policy: 'cors: { origins: [https://app.example], credentials: true }' });
    await logIn(one);
    const answer = await post(one, { Origin: 'https://app.example', 'Sec-Fetch-Site': 'same-site' });
    expect([answer.status, answer.headers['access-control-allow-credentials']]).toEqual([200, 'true']);
    expect((await post(one, { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'same-site' })).status).toBe(403);
  });

  test('are not asked of who comes with a token instead', async () => {
    const one = await open();
    const refused = await post(one, { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' });
    expect(refused.status).toBe(401);
  });
});

describe('the paths of a login', () => {
  test.each([
    ['DELETE', '/auth/signIn/login', 'GET'],
    ['POST', '/auth/signIn/callback', 'GET'],
    ['PUT', '/auth/signIn/logout', 'GET, POST'],
    ['GET', '/auth/signIn/back-channel-logout', 'POST'],
  ])('refuse %s %s', async (method, path, allow) => {
    const one = await open();
    const answer = await one.browser.call(one.door.url + path, method);
    expect([answer.status, answer.headers['allow']]).toEqual([405, allow]);
  });

  test('count against the limits by address', async () => {
    const one = await open({ policy: 'limits: [{ by: address, algorithm: fixed-window, limit: 2/h }]' });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i++) statuses.push((await one.browser.call(`${one.door.url}/auth/signIn/login`)).status);
    expect(statuses).toEqual([303, 303, 429]);
  });

  test('let no crowd of strangers ask the provider at once: 32 do and four times as many wait', async () => {
    const one = await open();
    await one.browser.open(`${one.door.url}/auth/signIn/login`, 0);
    const held: (() => void)[] = [];
    one.provider.intercept = (_, response) => {
      held.push(() => response.destroy());
      return true;
    };
    const crowd = Array.from({ length: 161 }, () => new MiniBrowser().open(`${one.door.url}/auth/signIn/login`, 0));
    const first = await Promise.race(crowd);
    expect(await refusalOf(one, first)).toMatchObject({
      status: 503,
      told: 'AUTHN_UNAVAILABLE',
      code: 'AUTHN_LOGIN_BUSY',
    });
    expect(held.length).toBeLessThanOrEqual(32);
    one.provider.intercept = (_, response) => Boolean(response.destroy());
    for (const release of held) release();
    await Promise.all(crowd);
  });

  test('are refused at start where the document has them too, whatever the template', async () => {
    const paths = { ...DOCUMENT.paths, '/auth/{a}/{b}': DOCUMENT.paths['/things'] };
    const error: unknown = await open({ door: { document: { ...DOCUMENT, paths } } }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems.map(({ message }) => message)).toEqual(
      ['login', 'callback', 'logout', 'back-channel-logout'].map((name) =>
        expect.stringContaining(`/auth/signIn/${name}`),
      ),
    );
  });

  test('answer under the names of this machine alone where no origin is named', async () => {
    const one = await open();
    const answer = await one.door.raw(
      'GET /auth/signIn/login HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    expect(answer).toContain('AUTHN_LOGIN_HOST');
  });
});

describe('over https', () => {
  test('cookies have the prefix __Host- and go over TLS alone', async () => {
    const one = await open();
    const secure = await openDoor({
      document: DOCUMENT,
      policy: `
listen: { tls: self-signed }
store: sqlite:./sessions.db
authentication:
  signIn: { login: { issuer: '${one.provider.issuer}', clientId: app, clientSecret: '\${file:client.secret}', origin: https://app.example } }`,
      files: { 'client.secret': 's:ecret of the d%or' },
    });
    one.provider.intercept = (request, response) => {
      if (request.url !== '/request') return false;
      response.writeHead(201, { 'Content-Type': 'application/json' }).end('{"request_uri":"urn:x","expires_in":60}');
      return true;
    };
    try {
      const agent = new Agent({ connect: { rejectUnauthorized: false } });
      const answer = await request(`${secure.url}/auth/signIn/login`, { dispatcher: agent });
      expect(answer.statusCode).toBe(303);
      // A list where the connection speaks HTTP/2.
      expect([answer.headers['set-cookie']].flat()).toHaveLength(1);
      expect([answer.headers['set-cookie']].flat()[0]).toMatch(
        /^__Host-sallyport-signIn-login=v2\.[\w-]{12}\.[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=600$/,
      );
      await agent.destroy();
    } finally {
      await secure.close();
    }
  });
});
