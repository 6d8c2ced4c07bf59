import { DatabaseSync } from 'node:sqlite';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { createStore, startGateway, type Gateway, type Store } from '@sallyport/gateway';
import { logIn, openLoginDoor, refusalOf, type LoginDoor, type LoginDoorOptions } from './login-door.ts';
import { MiniBrowser, type Loaded } from './mini-browser.ts';
import { passed } from '../until.ts';

// Sessions of browsers: how they end, how they are renewed, and what several nodes make of them.

const run = promisify(execFile);
let opened: LoginDoor[] = [];
let nodes: Gateway[] = [];
let stores: Store[] = [];
afterEach(async () => {
  for (const store of stores) await store.close();
  for (const node of nodes) await node.close();
  for (const one of opened) await one.close();
  [opened, nodes, stores] = [[], [], []];
});

async function open(options: LoginDoorOptions = {}): Promise<LoginDoor> {
  const one = await openLoginDoor(options);
  opened.push(one);
  return one;
}

/** Another gateway over the same policy and the same store. */
async function anotherNode({ door }: LoginDoor): Promise<Gateway> {
  const node = await startGateway({
    policyFile: join(door.folder, 'sallyport.yaml'),
    overrides: { port: 0 },
    environment: () => undefined,
    watch: false,
    logLine: () => undefined,
  });
  nodes.push(node);
  return node;
}

const databaseOf = ({ door }: LoginDoor): string => join(door.folder, 'sessions.db');

async function storeOf(one: LoginDoor): Promise<Store> {
  const store = createStore({ location: { kind: 'sqlite', path: databaseOf(one) }, key: null, graceMs: 0 });
  stores.push(store);
  await store.open();
  return store;
}

/** Somebody's hand in the database, for times that no test waits for. */
function change(one: LoginDoor, statement: string): void {
  const database = new DatabaseSync(databaseOf(one), { timeout: 5_000 });
  database.exec(statement);
  database.close();
}

const things = (one: Pick<LoginDoor, 'door' | 'browser'>): Promise<Loaded> =>
  one.browser.call(`${one.door.url}/things`);
const soon = { timeout: 5_000, interval: 20 };

describe('a logout', () => {
  test('ends the session here and at the provider, and leads back', async () => {
    const one = await open();
    const { browser, door, provider } = one;
    await logIn(one);
    const cookie = browser.cookie('sallyport-signIn') ?? '';
    const asks = await browser.open(`${door.url}/auth/signIn/logout`, 10, 'same-origin');
    expect(asks.url.startsWith(`${provider.issuer}/session/end?`)).toBe(true);
    expect(browser.cookie('sallyport-signIn')).toBeUndefined();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asks.text)?.[1] ?? '';
    const done = await browser.submit(`${provider.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
    expect(done.url).toBe(`${door.url}/`);
    // A cookie that somebody kept is of no use any more.
    browser.plant('sallyport-signIn', cookie);
    expect(await refusalOf(one, await things(one))).toMatchObject({ status: 401, code: 'AUTHN_SESSION_ENDED' });
    // And the provider asks who it is.
    expect((await browser.open(`${door.url}/things`)).text).toContain('<form');
    expect([...browser.visited].join('\n')).not.toContain('eyJ');
  });

  test('takes the ID token along where the provider insists, and the policy says so', async () => {
    const one = await open({ settings: ', idTokenHint: true' });
    await logIn(one);
    const { headers } = await one.browser.open(`${one.door.url}/auth/signIn/logout`, 0, 'same-origin');
    expect(new URL(String(headers['location'])).searchParams.get('id_token_hint')).toMatch(/^eyJ/);
  });

  test('is no business of other sites', async () => {
    const one = await open();
    await logIn(one);
    for (const site of ['cross-site', 'same-site'])
      expect(await refusalOf(one, await one.browser.open(`${one.door.url}/auth/signIn/logout`, 0, site))).toMatchObject(
        { status: 403, code: 'AUTHN_ORIGIN_FOREIGN' },
      );
    // Nor of who does not say from where it comes, however the cookie got there.
    const Cookie = `sallyport-signIn=${one.browser.cookie('sallyport-signIn') ?? ''}`;
    const silent = await fetch(`${one.door.url}/auth/signIn/logout`, { headers: { Cookie }, redirect: 'manual' });
    expect(silent.status).toBe(403);
    expect((await things(one)).status).toBe(200);
  });

  test('of somebody without a session leads back at once', async () => {
    const one = await open();
    const answer = await one.browser.submit(`${one.door.url}/auth/signIn/logout`, {}, 0);
    expect([answer.status, answer.headers['location']]).toEqual([303, '/']);
  });

  test('at the provider ends the session here (back-channel)', async () => {
    const one = await open();
    const { browser, provider } = one;
    await logIn(one);
    const other = new MiniBrowser();
    await logIn({ ...one, browser: other });
    const asks = await browser.open(`${provider.issuer}/session/end`);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(asks.text)?.[1] ?? '';
    await browser.submit(`${provider.issuer}/session/end/confirm`, { xsrf, logout: 'yes' });
    await expect.poll(async () => (await things(one)).status, soon).toBe(401);
    // Her session in another browser is another session at the provider as well.
    expect((await things({ ...one, browser: other })).status).toBe(200);
  });
});

describe('a session', () => {
  test('ends when it was not used for idleTimeout, and in any case after absoluteTimeout', async () => {
    const one = await open({ settings: ', idleTimeout: 10m, absoluteTimeout: 1h' });
    await logIn(one);
    const node = await anotherNode(one);
    const there = (): Promise<Loaded> => one.browser.call(`${node.url}/things`);
    change(one, `UPDATE sallyport_sessions SET last_seen_at = last_seen_at - ${9 * 60_000}`);
    expect((await there()).status).toBe(200);
    const late = new MiniBrowser();
    await logIn({ ...one, browser: late }, 'bob');
    change(one, `UPDATE sallyport_sessions SET last_seen_at = ${Date.now() - 11 * 60_000} WHERE subject = 'bob'`);
    const idle = await late.call(`${node.url}/things`);
    expect([idle.status, JSON.parse(idle.text)]).toMatchObject([401, { code: 'AUTHN_SESSION_ENDED' }]);
    const old = new MiniBrowser();
    await logIn({ ...one, browser: old }, 'carol');
    change(one, `UPDATE sallyport_sessions SET expires_at = ${Date.now() - 1} WHERE subject = 'carol'`);
    expect((await old.call(`${node.url}/things`)).status).toBe(401);
  });

  test('is told as AUTHN_SESSION_EXPIRED to the operator', async () => {
    const one = await open();
    await logIn(one);
    change(one, `UPDATE sallyport_sessions SET expires_at = ${Date.now() - 1}`);
    await one.door.gateway.reload();
    expect(await refusalOf(one, await things(one))).toMatchObject({
      status: 401,
      told: 'AUTHN_SESSION_ENDED',
      code: 'AUTHN_SESSION_EXPIRED',
    });
  });

  test('of another provider or client than the policy names proves nothing', async () => {
    const one = await open();
    await logIn(one);
    change(one, `UPDATE sallyport_sessions SET issuer = 'https://other.example'`);
    await one.door.gateway.reload();
    expect(await refusalOf(one, await things(one))).toMatchObject({ status: 401, code: 'AUTHN_SESSION_UNKNOWN' });
  });

  test('holds nothing in the database that can be read: neither cookie nor token', async () => {
    const one = await open({ refreshes: true });
    await logIn(one);
    const database = new DatabaseSync(databaseOf(one));
    const rows = JSON.stringify(database.prepare('SELECT * FROM sallyport_sessions').all());
    database.close();
    expect(rows).toContain('alice');
    expect(rows).not.toContain('eyJ');
    expect(rows).not.toContain('refreshToken');
    const cookie = one.browser.cookie('sallyport-signIn') ?? 'none';
    expect(rows).not.toContain(cookie.slice(0, 20));
  });

  test('counts on every node, and is refused on every node within a second of its end', async () => {
    const one = await open();
    await logIn(one);
    const node = await anotherNode(one);
    const there = (): Promise<Loaded> => one.browser.call(`${node.url}/things`);
    expect([(await things(one)).status, (await there()).status]).toEqual([200, 200]);
    const store = await storeOf(one);
    const [session] = await store.listSessions('', 10);
    expect(session).toMatchObject({ subject: 'alice', scheme: 'signIn' });
    const by = { actor: 'test', atMs: Date.now() };
    expect(await store.revokeSessions({ id: session?.id ?? '' }, by)).toBe(1);
    await expect.poll(async () => (await there()).status, soon).toBe(401);
    await expect
      .poll(async () => {
        one.browser.plant('sallyport-signIn', one.browser.cookie('sallyport-signIn') ?? '');
        return (await things(one)).status;
      }, soon)
      .toBe(401);
    expect((await store.auditTrail(0, 10)).map(({ act, target }) => [act, target])).toEqual([
      ['session.revoke', session?.id],
    ]);
  });

  test('ends at the command line by the id that stands in the log, and with all others of its subject', async () => {
    const one = await open();
    await logIn(one);
    const other = new MiniBrowser();
    await logIn({ ...one, browser: other });
    const ids = one.door.log.map((line) => (line['sallyport'] as { key_id?: string } | undefined)?.key_id);
    const [id = ''] = ids.filter((found) => found !== undefined);
    const revoke = async (...what: string[]): Promise<string> => {
      const program = resolve(import.meta.dirname, '../../packages/cli/bin/sallyport.js');
      const config = ['--config', join(one.door.folder, 'sallyport.yaml')];
      const { stdout } = await run(process.execPath, [program, 'revoke', ...what, ...config]);
      return stdout;
    };
    expect(await revoke('--session', id)).toContain(`Revoked session ${id}.`);
    await expect.poll(async () => (await things(one)).status, soon).toBe(401);
    expect((await things({ ...one, browser: other })).status).toBe(200);
    await expect(revoke('--session', id)).rejects.toThrow('has not ended already');
    await revoke('--subject', 'alice');
    await expect.poll(async () => (await things({ ...one, browser: other })).status, soon).toBe(401);
  });

  test('ends with all others of its subject', async () => {
    const one = await open();
    await logIn(one, 'alice');
    const bob = new MiniBrowser();
    await logIn({ ...one, browser: bob }, 'bob');
    const store = await storeOf(one);
    expect(await store.revokeSessions({ subject: 'alice' }, { actor: 'test', atMs: Date.now() })).toBe(1);
    await expect.poll(async () => (await things(one)).status, soon).toBe(401);
    expect((await things({ ...one, browser: bob })).status).toBe(200);
  });
});

describe('a session whose access token has ended', () => {
  const refreshes = ({ provider }: LoginDoor): number =>
    provider.forms.filter((form) => form.get('grant_type') === 'refresh_token').length;

  test('is renewed once for many requests on two nodes, each time with the newest refresh token', async () => {
    const one = await open({ refreshes: true, accessTokenSeconds: 2 });
    await logIn(one);
    const node = await anotherNode(one);
    const there = (): Promise<Loaded> => one.browser.call(`${node.url}/things`);
    for (let round = 1; round <= 2; round++) {
      await passed(2_100);
      const before = refreshes(one);
      const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? things(one) : there())));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
      expect(refreshes(one) - before).toBe(1);
    }
    const tokens = one.provider.forms.map((form) => form.get('refresh_token')).filter((token) => token !== null);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  test('ends when the provider renews it no longer', async () => {
    const one = await open({ refreshes: true, accessTokenSeconds: 1 });
    await logIn(one);
    one.provider.intercept = (request, response) => {
      if (request.url !== '/token') return false;
      response.writeHead(400, { 'Content-Type': 'application/json' }).end('{"error":"invalid_grant"}');
      return true;
    };
    await expect.poll(async () => (await things(one)).status, soon).toBe(401);
    one.provider.intercept = null;
    expect((await things(one)).status).toBe(401);
  });

  test('waits for a provider that is away, is refused with 503 meanwhile, and goes on when it is back', async () => {
    const one = await open({ refreshes: true, accessTokenSeconds: 1 });
    await logIn(one);
    one.provider.intercept = (_, response) => Boolean(response.socket?.destroy());
    await expect.poll(async () => (await things(one)).status, soon).toBe(503);
    expect(await refusalOf(one, await things(one))).toMatchObject({
      status: 503,
      told: 'AUTHN_UNAVAILABLE',
      code: 'AUTHN_LOGIN_UNAVAILABLE',
    });
    one.provider.intercept = null;
    await expect.poll(async () => (await things(one)).status, { ...soon, timeout: 10_000 }).toBe(200);
  });

  test('without a refresh token lasts as long as its own times', async () => {
    const one = await open({ accessTokenSeconds: 1 });
    await logIn(one);
    await passed(1_100);
    expect((await things(one)).status).toBe(200);
  });
});

describe('a provider that is away', () => {
  test('keeps nobody out who has a session, and lets nobody in', async () => {
    const one = await open();
    await logIn(one);
    one.provider.intercept = (_, response) => Boolean(response.socket?.destroy());
    expect((await things(one)).status).toBe(200);
    const answer = await new MiniBrowser().open(`${one.door.url}/auth/signIn/login`, 0);
    expect(await refusalOf(one, answer)).toMatchObject({ status: 503, code: 'AUTHN_LOGIN_UNAVAILABLE' });
    expect(answer.headers['retry-after']).toBe('5');
  });

  test('is not waited for longer than timeout', async () => {
    const one = await open({ settings: ', timeout: 200ms' });
    one.provider.intercept = () => true;
    const answer = await one.browser.open(`${one.door.url}/auth/signIn/login`, 0);
    expect(await refusalOf(one, answer)).toMatchObject({
      status: 503,
      facts: { reason: expect.stringContaining('it did not answer in time') as string },
    });
  });
});
