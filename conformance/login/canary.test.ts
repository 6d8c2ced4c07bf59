import { afterEach, expect, test } from 'vitest';
import { CLIENT_SECRET } from './login-provider.ts';
import { logIn, openLoginDoor, type LoginDoor } from './login-door.ts';
import { MiniBrowser } from './mini-browser.ts';
import { passed } from '../until.ts';

let one: LoginDoor | null = null;
afterEach(() => one?.close());

test('cookies, codes, states, nonces, proofs of PKCE and tokens of logins stand in no log line, metric or answer', async () => {
  one = await openLoginDoor({ refreshes: true, accessTokenSeconds: 1, pushes: false });
  const { door, provider, browser } = one;
  const answers: string[] = [];
  const keep = async (loading: ReturnType<MiniBrowser['open']>): Promise<void> =>
    void answers.push((await loading).text);
  const tokens: string[] = [];
  provider.intercept = null;
  await keep(logIn(one));
  await passed(1_100);
  await keep(browser.call(`${door.url}/things`));
  // Whatever goes wrong says no more than what goes well.
  const spent = browser.visited.find((url) => url.includes('/callback?')) ?? '';
  await keep(browser.open(spent, 0));
  await keep(new MiniBrowser().open(spent, 0));
  await keep(browser.open(`${spent}&error=canary-error&error_description=canary-description`, 0));
  await keep(browser.open(`${door.url}/auth/signIn/login?returnTo=//canary-target`, 0));
  const stale = new MiniBrowser();
  stale.plant('sallyport-signIn', `${'c'.repeat(43)}.${'0'.repeat(32)}`);
  stale.plant('sallyport-signIn-login', 'canary-pending');
  await keep(stale.call(`${door.url}/things`));
  await keep(stale.open(spent, 0));
  await keep(
    stale.call(
      `${door.url}/auth/signIn/back-channel-logout`,
      'POST',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      'logout_token=canary-logout.canary.canary',
    ),
  );
  provider.intercept = (request, response) => {
    if (request.url !== '/token') return false;
    response
      .writeHead(400, { 'Content-Type': 'application/json' })
      .end('{"error":"canary error","error_description":"canary-description"}');
    return true;
  };
  await keep(logIn({ ...one, browser: new MiniBrowser() }, 'bob'));
  provider.intercept = null;
  await keep(browser.open(`${door.url}/auth/signIn/logout`, 0, 'same-origin'));
  for (const url of browser.visited)
    for (const [name, value] of new URL(url).searchParams)
      if (['code', 'state', 'nonce', 'code_challenge'].includes(name)) tokens.push(value);
  for (const form of provider.forms)
    for (const name of ['code', 'code_verifier', 'refresh_token', 'client_secret']) tokens.push(form.get(name) ?? '');
  for (const line of browser.setCookies) tokens.push(/=([^;]*)/.exec(line)?.[1] ?? '');
  const secrets = [...new Set(tokens.filter((token) => token.length > 8)), CLIENT_SECRET, 'canary', 'cccccccc', 'eyJ'];
  expect(secrets.length).toBeGreaterThan(15);
  const metrics = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
  const shown = [door.logText(), metrics, ...answers.filter((text) => !text.includes('<form'))].join('\n');
  expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
});
