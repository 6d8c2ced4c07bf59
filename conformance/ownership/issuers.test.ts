import { afterEach, beforeAll, expect, it } from 'vitest';
import { planWarnings } from '@sallyport/core';
import { openDoor, type Door } from '../door.ts';
import { createTestIssuer, type TestIssuer } from '../tokens.ts';
import { lastCode, SHOP, shopAccounts, shopUpstream } from './shop.ts';

/** Two issuers that both call somebody `alice`, in front of one API. */
let one: TestIssuer;
let two: TestIssuer;
beforeAll(async () => {
  [one, two] = await Promise.all([createTestIssuer('https://one.example'), createTestIssuer('https://two.example')]);
});
let door: Door;
afterEach(() => door.close());

async function open(issuers: string, authorization = ''): Promise<Door> {
  const accounts = shopAccounts();
  accounts.set('two-3', { id: 'two-3', balance: 1, ownerId: 'two|alice', tenant: 'x' });
  accounts.set('two-4', { id: 'two-4', balance: 1, ownerId: 'two|two|alice', tenant: 'x' });
  door = await openDoor({
    document: {
      ...SHOP,
      security: [{ bearer: [] }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    policy: `
authentication:
  bearer:
    - { issuer: ${one.issuer}, audience: api, algorithms: [RS256], jwks: one.json }
    - { issuer: ${two.issuer}, audience: api, algorithms: [RS256], jwks: two.json }
limits: []
authorization: { ownership: { account: { id: path.accountId, owner: response:/ownerId${issuers}, lists: { listAccounts: { items: response:/items/*/ownerId, total: response:/total } } }${authorization} } }`,
    files: { 'one.json': one.jwks, 'two.json': two.jwks },
    upstream: shopUpstream(accounts),
  });
  return door;
}

async function ask(issuer: TestIssuer, path: string, init: RequestInit = {}, sub = 'alice'): Promise<number> {
  const headers = { Authorization: `Bearer ${await issuer.sign({ sub })}`, 'Content-Type': 'application/json' };
  const response = await fetch(door.url + path, { ...init, headers });
  await response.text();
  return response.status;
}

const PUT = { method: 'PUT', body: '{"balance":1}' };
const warning = () => planWarnings(door.gateway.plan).find(({ code }) => code === 'OWNERSHIP_SUBJECTS_SHARED');

it('a subject of one issuer is that of another where nothing tells them apart, and the warning says what does', async () => {
  await open('');
  expect([await ask(one, '/accounts/acme-1'), await ask(two, '/accounts/acme-1')]).toEqual([200, 200]);
  expect(warning()?.hint).toContain(
    `issuers: { "${one.issuer}": "{subject}", "${two.issuer}": "two.example|{subject}" }`,
  );
});

it('with one issuer named, nobody of another owns anything, for reads, writes and lists, and the warning is gone', async () => {
  for (const issuers of [`, issuers: '${one.issuer}'`, `, issuers: ['${one.issuer}']`]) {
    await open(issuers);
    expect(warning()).toBeUndefined();
    for (const init of [{}, PUT]) {
      expect(await ask(one, '/accounts/acme-1', init)).toBe(200);
      const calls = door.seen.length;
      expect(await ask(two, '/accounts/acme-1', init)).toBe(404);
      // Who can own nothing makes nobody work, but for the answer that decides.
      if (init === PUT) expect(door.seen).toHaveLength(calls);
    }
    const token = await two.sign();
    const listed = await fetch(`${door.url}/accounts`, { headers: { Authorization: `Bearer ${token}` } });
    expect(await listed.json()).toMatchObject({ items: [], total: 0 });
    await door.close();
  }
});

it('with what stands before its subjects, each issuer has its own, and none can name the subjects of another', async () => {
  await open(`, issuers: { '${one.issuer}': '{subject}', '${two.issuer}': 'two|{subject}' }`);
  expect(warning()).toBeUndefined();
  expect(await ask(one, '/accounts/acme-1')).toBe(200);
  expect(await ask(two, '/accounts/acme-1')).toBe(404);
  expect(lastCode(door)).toBe('OWNERSHIP_FOREIGN');
  expect(await ask(two, '/accounts/two-3')).toBe(200);
  expect(await ask(one, '/accounts/two-3')).toBe(404);
  expect(await ask(one, '/accounts/two-3', PUT, 'two|alice')).toBe(404);
  expect(await ask(two, '/accounts/two-4', {}, 'two|alice')).toBe(200);
});

it('labels that are the same share subjects still, and so does a second entry of another id', async () => {
  await open(`, issuers: ['${one.issuer}', '${two.issuer}']`);
  expect(warning()).toBeDefined();
  await door.close();
  await open('', ', other: { id: query.accountId, owner: response:/iss, equals: principal.issuer, read: getAccount }');
  expect(warning()).toBeDefined();
});

it('an issuer that vouches for nobody is refused at start', async () => {
  const opening = open(", issuers: 'https://three.example'");
  await expect(opening).rejects.toThrow(/nothing under authentication vouches as https:\/\/three\.example/);
  await open('');
});
