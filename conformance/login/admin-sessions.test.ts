import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ADMIN_SCHEME, createStore, newStoredKey, type Store } from '@sallyport/gateway';
import { logIn, openLoginDoor, refusalOf, type LoginDoor } from './login-door.ts';
import { MiniBrowser } from './mini-browser.ts';

// Sessions that real browsers began at a real provider, seen and ended over the admin API.

let cleaning: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleaning.toReversed()) await clean();
  cleaning = [];
});

interface Shown {
  readonly id: string;
  readonly subject: string;
  readonly state: string;
}
type Ask = (method: string, path: string, body?: unknown) => Promise<{ status: number; text: string }>;

async function open(): Promise<{ readonly one: LoginDoor; readonly store: Store }> {
  const one = await openLoginDoor();
  const location = { kind: 'sqlite', path: join(one.door.folder, 'sessions.db') } as const;
  const store = createStore({ location, key: null, graceMs: 0 });
  await store.open();
  cleaning.push(
    () => one.close(),
    () => store.close(),
  );
  return { one, store };
}

/** An administrator whom the gateway knows. */
async function administrator({ door }: LoginDoor, store: Store, ...scopes: string[]): Promise<Ask> {
  const { key, made } = newStoredKey(
    { scheme: ADMIN_SCHEME, owner: 'ops', scopes, roles: [], addresses: [], attributes: {}, environment: 'admin' },
    Date.now(),
  );
  await store.createKey(key, { actor: 'test', atMs: Date.now() });
  const ask: Ask = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${door.gateway.admin?.port}${path}`, {
      method,
      headers: {
        'X-Sallyport-Key': made.text,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  };
  await expect.poll(async () => (await ask('GET', '/v1/openapi.json')).status, { timeout: 10_000 }).toBe(200);
  return ask;
}

const sessionsOf = (text: string): readonly Shown[] => (JSON.parse(text) as { sessions: readonly Shown[] }).sessions;
const soon = { timeout: 10_000, interval: 50 };

describe('sessions over the admin API', () => {
  test('are listed without cookie and token, and one that is revoked is over at once on the next request', async () => {
    const { one, store } = await open();
    await logIn(one);
    const ask = await administrator(one, store, 'sessions:read', 'sessions:write');
    const { status, text } = await ask('GET', '/v1/sessions');
    expect(status).toBe(200);
    const [session, ...others] = sessionsOf(text);
    expect(others).toEqual([]);
    expect(session).toMatchObject({ subject: 'alice', scheme: 'signIn', issuer: one.provider.issuer, state: 'active' });
    const cookie = one.browser.cookie('sallyport-signIn') ?? 'none';
    expect(text).not.toContain(cookie.split('.')[0]);
    expect(text).not.toMatch(/eyJ|oken|secret|claims/i);

    const id = session?.id ?? '';
    expect(JSON.parse((await ask('POST', `/v1/sessions/${id}/revoke`)).text)).toEqual({ id, revoked: true });
    expect(JSON.parse((await ask('POST', `/v1/sessions/${id}/revoke`)).text)).toEqual({ id, revoked: false });
    expect((await ask('POST', '/v1/sessions/nobody/revoke')).status).toBe(404);
    await expect.poll(async () => (await one.browser.call(`${one.door.url}/things`)).status, soon).toBe(401);
    // Taken back with the refusal; somebody may have kept it.
    one.browser.plant('sallyport-signIn', cookie);
    const refused = await refusalOf(one, await one.browser.call(`${one.door.url}/things`));
    expect(refused.code).toBe('AUTHN_SESSION_ENDED');
    expect(sessionsOf((await ask('GET', '/v1/sessions')).text)[0]).toMatchObject({ id, state: 'ended' });
    const trail = await store.auditTrail(0, 100);
    expect(trail.at(-1)).toMatchObject({ act: 'session.revoke', target: id });
    expect(trail.at(-1)?.actor).toMatch(/^admin:key:/);
  });

  test('all of one user are ended together, and those of others go on', async () => {
    const { one, store } = await open();
    await logIn(one);
    const second = { ...one, browser: new MiniBrowser() };
    await logIn(second);
    const bob = { ...one, browser: new MiniBrowser() };
    await logIn(bob, 'bob');
    const ask = await administrator(one, store, 'sessions:read', 'sessions:write');
    const shown = sessionsOf((await ask('GET', '/v1/sessions?subject=alice')).text);
    expect(shown.map(({ subject }) => subject)).toEqual(['alice', 'alice']);
    const { next } = JSON.parse((await ask('GET', '/v1/sessions?limit=2')).text) as { next: string };
    expect(sessionsOf((await ask('GET', `/v1/sessions?limit=2&after=${next}`)).text)).toHaveLength(1);
    const revoked = await ask('POST', '/v1/sessions/revoke', { subject: 'alice' });
    expect(JSON.parse(revoked.text)).toEqual({ subject: 'alice', revoked: 2 });
    for (const { browser } of [one, second])
      await expect.poll(async () => (await browser.call(`${one.door.url}/things`)).status, soon).toBe(401);
    expect((await bob.browser.call(`${one.door.url}/things`)).status).toBe(200);
  });

  test('ask for their scopes, and for nothing that is not declared', async () => {
    const { one, store } = await open();
    await logIn(one);
    const reads = await administrator(one, store, 'sessions:read', 'revocations:write');
    expect((await reads('POST', '/v1/sessions/revoke', { subject: 'alice' })).status).toBe(403);
    const writes = await administrator(one, store, 'sessions:write');
    expect((await writes('GET', '/v1/sessions')).status).toBe(403);
    expect((await writes('POST', '/v1/sessions/revoke', {})).status).toBe(422);
    expect((await writes('POST', '/v1/sessions/revoke', { subject: 'alice', all: true })).status).toBe(422);
    expect((await one.browser.call(`${one.door.url}/things`)).status).toBe(200);
  });
});
