import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { startGateway, type Gateway } from '@sallyport/gateway';
import { chromiumPath } from '../chromium.ts';
import { CLIENT_SECRET, startLoginProvider, type LoginProvider } from './login-provider.ts';
import { DOCUMENT, loginPolicy } from './login-door.ts';
import { NO_LOG, openDoor } from '../../examples/bank/door.ts';
import { startExample, type RunningExample } from '../../examples/bank/example.ts';
import { freePort } from '../free-port.ts';

// A login as a person sees it: the page of the example, a real provider, a real browser.

const executablePath = chromiumPath();

describe.skipIf(executablePath === null)('in a real Chromium', () => {
  let browser: Browser;
  let example: RunningExample;
  let context: BrowserContext;
  let page: Page;
  /** Everything that the browser was sent and asked for, as text. */
  let seen: string[];
  /** Errors of its console. */
  let complaints: string[];

  beforeAll(async () => {
    example = await startExample({ bankPort: 0, providerPort: 0, doorPort: 0, adminPort: 0 }, (options) =>
      openDoor({ ...options, ...NO_LOG }),
    );
    browser = await chromium.launch({
      ...(executablePath === null ? {} : { executablePath }),
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await example.close();
  });
  afterEach(() => context.close());

  async function open(path: string): Promise<void> {
    context = await browser.newContext({ viewport: { width: 900, height: 640 }, ignoreHTTPSErrors: true });
    page = await context.newPage();
    [seen, complaints] = [[], []];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('request', (request) => seen.push(request.url(), JSON.stringify(request.headers())));
    page.on(
      'response',
      (response) =>
        void response.text().then(
          (text) => seen.push(text),
          () => undefined,
        ),
    );
    await page.goto(example.door.url + path);
  }

  async function logIn(password = 'alice-demo-password'): Promise<void> {
    await page.getByRole('link', { name: 'Log in' }).click();
    await page.getByLabel('E-mail').fill('alice@harbour.example');
    await page.getByLabel('Password').fill(password);
    await keepPicture('provider');
    await page.getByRole('button', { name: 'Log in' }).click();
  }

  /** For somebody who wants to look: SALLYPORT_PICTURES names a folder. */
  async function keepPicture(name: string): Promise<void> {
    const folder = process.env['SALLYPORT_PICTURES'];
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
  }

  test('a customer logs in, sees her accounts, and logs out; her browser never holds a token', {
    timeout: 120_000,
  }, async () => {
    await open('/app');
    await page.getByText('You are not logged in.').waitFor();
    await keepPicture('stranger');
    await logIn('wrong');
    await page.getByText('E-mail or password is wrong.').waitFor();
    await page.getByLabel('E-mail').fill('alice@harbour.example');
    await page.getByLabel('Password').fill('alice-demo-password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: /Good day/ }).waitFor();
    expect(page.url()).toBe(`${example.door.url}/app`);
    expect(await page.locator('#accounts li').count()).toBeGreaterThan(0);
    await keepPicture('customer');

    const cookie = (await context.cookies()).find(({ name }) => name === 'sallyport-signIn');
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', secure: false, path: '/', expires: -1 });
    const readable = await page.evaluate('[document.cookie, localStorage.length, sessionStorage.length]');
    expect(readable).toEqual(['', 0, 0]);
    // Every JWT begins so.
    expect(seen.join('\n')).not.toContain('eyJ');

    await page.getByRole('link', { name: 'Log out' }).click();
    await keepPicture('logout');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByText('You are not logged in.').waitFor();
    expect((await context.cookies()).some(({ name }) => name === 'sallyport-signIn')).toBe(false);
    expect(await page.evaluate(async () => (await fetch('/v1/users/me')).status)).toBe(401);
    // Of a stranger, the bank says 401.
    expect(complaints.filter((text) => !text.includes('status of 401'))).toEqual([]);
  });

  test('a page of another origin can neither log her out nor change anything in her name', {
    timeout: 120_000,
  }, async () => {
    await open('/app');
    await logIn();
    await page.getByRole('heading', { name: /Good day/ }).waitFor();
    // A page on the bank's own port: the same site, another origin, and as foreign as any.
    for (const path of ['/v1/support/messages', '/auth/signIn/logout']) {
      await page.goto(`${example.bank.url}/v1/health`);
      await page.setContent(
        `<form method="post" action="${example.door.url}${path}"><button>Win a prize</button></form>`,
      );
      const answered = page.waitForResponse((response) => response.url() === example.door.url + path);
      await page.getByRole('button').click();
      expect((await answered).status(), path).toBe(403);
    }
    await page.goto(`${example.door.url}/app`);
    await page.getByRole('heading', { name: /Good day/ }).waitFor();
  });

  test('a logout at the provider ends the session behind the page', { timeout: 120_000 }, async () => {
    await open('/app');
    await logIn();
    await page.getByRole('heading', { name: /Good day/ }).waitFor();
    const other = await context.newPage();
    await other.goto(`${example.provider.url}/session/end`);
    await other.getByRole('button', { name: 'Log out' }).click();
    await other.getByText('You are logged out.').waitFor();
    await expect
      .poll(() => page.evaluate(async () => (await fetch('/v1/users/me')).status), { timeout: 5_000 })
      .toBe(401);
    await page.reload();
    await page.getByText('You are not logged in.').waitFor();
  });

  describe('over https', () => {
    let provider: LoginProvider;
    let gateway: Gateway;
    let folder: string;
    const log: Record<string, unknown>[] = [];
    afterAll(async () => {
      await gateway.close();
      await provider.close();
      rmSync(folder, { recursive: true, force: true });
    });

    test('over HTTP/2 as well: the cookie has the prefix __Host- and stays with this host', {
      timeout: 120_000,
    }, async () => {
      folder = mkdtempSync(join(tmpdir(), 'sallyport-browser-'));
      provider = await startLoginProvider();
      const port = await freePort();
      const origin = `https://localhost:${port}`;
      writeFileSync(join(folder, 'openapi.json'), JSON.stringify(DOCUMENT));
      writeFileSync(join(folder, 'client.secret'), CLIENT_SECRET);
      writeFileSync(
        join(folder, 'sallyport.yaml'),
        `api: openapi.json\nlisten: { host: localhost, port: ${port}, tls: self-signed }\nadmin: off\n${loginPolicy(
          provider.issuer,
          { settings: `, origin: '${origin}'` },
        ).replace('upstream: { ', `upstream: { url: '${example.bank.url}', `)}`,
      );
      gateway = await startGateway({
        policyFile: join(folder, 'sallyport.yaml'),
        overrides: {},
        environment: () => undefined,
        watch: false,
        logLine: (line) => log.push(JSON.parse(line) as Record<string, unknown>),
      });
      await provider.register(origin);
      await open('/app');
      await page.goto(`${origin}/auth/signIn/login`);
      await page.locator('input[name=user]').fill('alice');
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.waitForURL(`${origin}/`);
      const cookie = (await context.cookies(origin)).find(({ name }) => name === '__Host-sallyport-signIn');
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', secure: true, path: '/', domain: 'localhost' });

      const hop = "performance.getEntriesByType('navigation')[0].nextHopProtocol";
      expect(await page.evaluate(hop)).toBe('h2');
      // With the cookie she is let in, and without it sent to the provider.
      await page.goto(`${origin}/things`);
      expect(page.url()).toBe(`${origin}/things`);
      await context.clearCookies();
      await page.goto(`${origin}/things`);
      expect(page.url()).not.toContain(origin);
      // The login, its way back, the pages, and the login that began anew.
      const versions = log.filter((line) => 'http.request.method' in line).map((line) => line['http.version']);
      expect(versions.length).toBeGreaterThan(4);
      expect(new Set(versions)).toEqual(new Set(['2']));
    });
  });
});
