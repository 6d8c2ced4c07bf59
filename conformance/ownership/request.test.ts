import { afterEach, describe, expect, it } from 'vitest';
import { openShop, type Shop, type Told } from './shop.ts';

/** Objects that the request itself decides over: ids in claims and prefixes, in every place where they can stand. */
let shop: Shop;
afterEach(() => shop.close());

const CLAIM =
  "  ownership: { account: { id: [path.accountId, 'body:/items/*/accountId', query.accountId, header.X-Account], in: principal.attributes.accounts, absent: pass } }";
const PREFIX = "  ownership: { account: { id: path.accountId, startsWith: '{principal.attributes.tenant}-' } }";
const batch = (body: unknown, type = 'application/json'): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': type },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const verdict = ({ status, code }: Told): string => `${status} ${code ?? ''}`.trim();

describe('a claim that lists ids', () => {
  it('lets reads and writes of its own through, and of others never to the upstream', async () => {
    shop = await openShop(CLAIM);
    expect(verdict(await shop.ask('alice', '/accounts/acme-1'))).toBe('200');
    expect(verdict(await shop.ask('alice', '/accounts/acme-1', batchlessPut()))).toBe('200');
    expect(shop.seen).toHaveLength(2);
    const foreign = await shop.ask('alice', '/accounts/umbrella-2', batchlessPut());
    expect(verdict(foreign)).toBe('404 OBJECT_NOT_FOUND');
    expect(foreign).toEqual(await shop.ask('alice', '/accounts/nowhere', batchlessPut()));
    expect(verdict(await shop.ask('alice', '/accounts/umbrella-2', { method: 'DELETE' }))).toBe('404 OBJECT_NOT_FOUND');
    expect(verdict(await shop.ask('alice', '/accounts/umbrella-2', { method: 'HEAD' }))).toBe('404');
    expect(shop.seen).toHaveLength(2);
  });

  it('answers what the upstream does not find as what belongs to others', async () => {
    shop = await openShop(CLAIM);
    expect(await shop.ask('alice', '/accounts/acme-404')).toEqual(await shop.ask('alice', '/accounts/umbrella-2'));
    expect(shop.seen).toHaveLength(1);
  });

  it('lets nobody without the claim have anything', async () => {
    shop = await openShop(CLAIM);
    expect(verdict(await shop.ask('admin', '/accounts/acme-1'))).toBe('404 OBJECT_NOT_FOUND');
  });

  it.each([
    ['7', '200'],
    ['8', '200'],
    ['07', '404 OBJECT_NOT_FOUND'],
    ['7.0', '404 OBJECT_NOT_FOUND'],
    ['+7', '404 OBJECT_NOT_FOUND'],
    ['%207', '404 OBJECT_NOT_FOUND'],
    ['7%20', '404 OBJECT_NOT_FOUND'],
    ['7,umbrella-2', '404 OBJECT_NOT_FOUND'],
    ['%37', '200'],
    ['ACME-1', '404 OBJECT_NOT_FOUND'],
    ['acme-1%00', 'refused'],
    ['acme-%EF%BC%91', '404 OBJECT_NOT_FOUND'],
    ['acme-1;x=1', 'refused'],
    ['toString', '404 OBJECT_NOT_FOUND'],
    ['__proto__', '404 OBJECT_NOT_FOUND'],
    ['undefined', '404 OBJECT_NOT_FOUND'],
  ])('compares the id in the path as it stands: %s', async (id, expected) => {
    shop = await openShop(CLAIM);
    shop.accounts.set('7', { id: '7', balance: 1 }).set('8', { id: '8', balance: 1 });
    const told = await shop.ask('alice', `/accounts/${id}`);
    // What no path may hold is refused before anybody asks whose it is.
    expect(told.status === 400 || told.status === 422 ? 'refused' : verdict(told)).toBe(expected);
    if (expected !== '200') expect(shop.seen).toHaveLength(0);
  });

  it.each([
    ['one of its own', [{ accountId: 'acme-1' }], '200'],
    ['two of its own', [{ accountId: 'acme-1' }, { accountId: '7' }, { accountId: 7 }, { accountId: 8 }], '200'],
    ['none', [], '200'],
    ['one of another among its own', [{ accountId: 'acme-1' }, { accountId: 'umbrella-2' }], '404 OBJECT_NOT_FOUND'],
    ['an item without one', [{ accountId: 'acme-1' }, {}], '200'],
    ['null', [{ accountId: null }], '422 OWNERSHIP_ID_UNCLEAR'],
    ['a list', [{ accountId: ['acme-1'] }], '422 OWNERSHIP_ID_UNCLEAR'],
    ['an object', [{ accountId: { $ne: 1 } }], '422 OWNERSHIP_ID_UNCLEAR'],
    ['true', [{ accountId: true }], '422 OWNERSHIP_ID_UNCLEAR'],
    ['empty text', [{ accountId: '' }], '422 OWNERSHIP_ID_UNCLEAR'],
    ['other case', [{ accountId: 'Acme-1' }], '404 OBJECT_NOT_FOUND'],
    ['text with a blank', [{ accountId: 'acme-1 ' }], '404 OBJECT_NOT_FOUND'],
    ['text with a control character', [{ accountId: 'acme-1\u0000' }], '422 OWNERSHIP_ID_UNCLEAR'],
  ])('looks at every id of a batch: %s', async (_what, items, expected) => {
    shop = await openShop(CLAIM);
    expect(verdict(await shop.ask('alice', '/batch', batch({ items })))).toBe(expected);
  });

  it.each([
    ['7', '200'],
    ['7.0', '422 OWNERSHIP_ID_UNCLEAR'],
    ['7e0', '422 OWNERSHIP_ID_UNCLEAR'],
    ['70e-1', '422 OWNERSHIP_ID_UNCLEAR'],
    ['-0', '422 OWNERSHIP_ID_UNCLEAR'],
    ['9007199254740993', '422 OWNERSHIP_ID_UNCLEAR'],
    ['"\\u0037"', '200'],
    ['"7"', '200'],
    ['"07"', '404 OBJECT_NOT_FOUND'],
    ['"7.0"', '404 OBJECT_NOT_FOUND'],
    ['"\\ud800"', 'refused'],
    ['7,"accountId":"umbrella-2"', 'refused'],
    ['7,"AccountId":"umbrella-2"', 'refused'],
  ])('takes one text of a number for one object: %s', async (text, expected) => {
    shop = await openShop(CLAIM);
    const told = await shop.ask('alice', '/batch', batch(`{"items":[{"accountId":${text}}]}`));
    expect(expected === 'refused' ? told.status >= 400 && told.status < 500 : verdict(told)).toBe(
      expected === 'refused' ? true : expected,
    );
  });

  it('takes no id from a body that is JSON by its looks alone', async () => {
    shop = await openShop(CLAIM);
    const body = { items: [{ accountId: 'acme-1' }] };
    expect(verdict(await shop.ask('alice', '/batch', batch(body, 'text/plain')))).toBe('422 OWNERSHIP_ID_UNCLEAR');
  });

  it.each([
    ['?accountId=acme-1', {}, '200'],
    ['?accountId=acme-1,7', {}, '200'],
    ['?accountId=acme-1,umbrella-2', {}, '404 OBJECT_NOT_FOUND'],
    ['?accountId=acme-1%2Cumbrella-2', {}, '404 OBJECT_NOT_FOUND'],
    ['?accountId=', {}, 'refused'],
    ['', { 'X-Account': 'acme-1' }, '200'],
    ['', { 'X-Account': 'umbrella-2' }, '404 OBJECT_NOT_FOUND'],
    ['?accountId=acme-1', { 'X-Account': 'umbrella-2' }, '404 OBJECT_NOT_FOUND'],
    ['', {}, '200'],
  ])('looks at every place: %s %j', async (query, headers, expected) => {
    shop = await openShop(CLAIM);
    const told = await shop.ask('alice', `/search${query}`, { headers: headers as Record<string, string> });
    expect(expected === 'refused' ? told.status >= 400 : verdict(told)).toBe(expected === 'refused' ? true : expected);
  });

  it('looks at every value of a parameter that stands there twice, where parameters are not checked', async () => {
    shop = await openShop(CLAIM, { policyEnd: 'modes: { parameters: off }' });
    expect(verdict(await shop.ask('alice', '/search?accountId=acme-1&accountId=umbrella-2'))).toBe(
      '404 OBJECT_NOT_FOUND',
    );
    expect(verdict(await shop.ask('alice', '/search?account%49d=umbrella-2'))).toBe('404 OBJECT_NOT_FOUND');
  });

  it('refuses what has no id unless the policy lets it pass', async () => {
    shop = await openShop(
      "  ownership: { account: { id: [query.accountId, 'body:/items/*/accountId'], in: principal.attributes.accounts } }",
    );
    expect(verdict(await shop.ask('alice', '/search'))).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(verdict(await shop.ask('alice', '/batch', batch({})))).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(verdict(await shop.ask('alice', '/batch', batch({ items: [{ accountId: 'acme-1' }, {}] })))).toBe(
      '422 OWNERSHIP_ID_UNCLEAR',
    );
    expect(shop.seen).toHaveLength(0);
  });

  it('takes no more objects in one request than maxIds', async () => {
    shop = await openShop(
      "  ownership: { account: { id: 'body:/items/*/accountId', in: principal.attributes.accounts, maxIds: 2 } }",
    );
    const items = ['acme-1', '7', '7', 8].map((accountId) => ({ accountId }));
    expect(verdict(await shop.ask('alice', '/batch', batch({ items: items.slice(0, 3) })))).toBe('200');
    expect(verdict(await shop.ask('alice', '/batch', batch({ items })))).toBe('422 OWNERSHIP_TOO_MANY_IDS');
  });
});

describe('where parameters are not checked', () => {
  const unchecked = (ids: string): Promise<Shop> =>
    openShop(`  ownership: { account: { id: [${ids}], in: principal.attributes.accounts, absent: pass } }`, {
      policyEnd: 'modes: { parameters: off }',
    });

  it.each([
    'account.Id',
    'account%20Id',
    'account[Id',
    'accountId%00x',
    '+accountId',
    'ACCOUNTID',
    'account_id',
    'accountId[]',
    'x=1;accountId',
  ])('a query names no other id under the name %s than the one that was asked about', async (name) => {
    shop = await unchecked('query.accountId');
    for (const query of [`${name}=umbrella-2`, `accountId=acme-1&${name}=umbrella-2`])
      expect(verdict(await shop.ask('alice', `/search?${query}`))).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(verdict(await shop.ask('alice', '/search?accountId=acme-1;x=1'))).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(shop.seen).toHaveLength(0);
    expect(verdict(await shop.ask('alice', '/search?accountId=acme-1&accounts=1&note=x'))).toBe('200');
  });

  it('a query does not name the id of the path once more', async () => {
    shop = await unchecked('path.accountId');
    for (const query of ['accountId=umbrella-2', 'x=1&account_id=umbrella-2', 'x=1;accountId=umbrella-2'])
      expect(verdict(await shop.ask('alice', `/accounts/acme-1?${query}`))).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(shop.seen).toHaveLength(0);
    expect(verdict(await shop.ask('alice', '/accounts/acme-1?x=1'))).toBe('200');
  });

  it('a header is no other than the one that CGI takes it for', async () => {
    shop = await unchecked('header.X-Account');
    const sent = (name: string): Promise<Told> =>
      shop.ask('alice', '/search', { headers: { 'X-Account': 'acme-1', [name]: 'umbrella-2' } });
    for (const name of ['X_Account', 'X.Account', 'x_account'])
      expect((await sent(name)).status).toBeGreaterThanOrEqual(400);
    expect(shop.seen).toHaveLength(0);
  });
});

describe('a JSON body that is not checked', () => {
  it.each([
    [{ items: [{ accountId: 'acme-1', AccountId: 'umbrella-2' }] }, '422 OWNERSHIP_ID_UNCLEAR'],
    [{ items: [{ account_id: 'umbrella-2' }] }, '422 OWNERSHIP_ID_UNCLEAR'],
    [{ Items: [{ accountId: 'umbrella-2' }] }, '422 OWNERSHIP_ID_UNCLEAR'],
    [{ items: { 0: { accountId: 'umbrella-2' } } }, '422 OWNERSHIP_ID_UNCLEAR'],
    [[{ items: [{ accountId: 'umbrella-2' }] }], '422 OWNERSHIP_ID_UNCLEAR'],
    [{ items: [{ accountId: 'umbrella-2' }, {}] }, '404 OBJECT_NOT_FOUND'],
    [{ items: [{}, { accountId: 'acme-1' }] }, '200'],
    [{}, '200'],
  ])('names no other ids than those that were asked about, absent ones aside: %j', async (body, expected) => {
    shop = await openShop(CLAIM, { policyEnd: 'modes: { body: off }' });
    expect(verdict(await shop.ask('alice', '/batch', batch(body)))).toBe(expected);
  });
});

describe('a prefix of the tenant', () => {
  it.each(['%2C', '%7C', '%20', '%26'])('is not that of several ids in one, divided by %s', async (divider) => {
    shop = await openShop(PREFIX.replace('path.accountId', 'query.accountId'));
    const told = await shop.ask('alice', `/search?accountId=acme-1${divider}umbrella-2`);
    expect(verdict(told)).toBe('422 OWNERSHIP_ID_UNCLEAR');
    expect(shop.seen).toHaveLength(0);
  });

  it.each([
    ['acme-1', '200'],
    ['umbrella-2', '404 OBJECT_NOT_FOUND'],
    ['acme', '404 OBJECT_NOT_FOUND'],
    ['acme-', '404 OBJECT_NOT_FOUND'],
    ['acme2-1', '404 OBJECT_NOT_FOUND'],
    ['Acme-1', '404 OBJECT_NOT_FOUND'],
    ['acme-1%2F..%2F..%2Faccounts%2Fumbrella-2', 'refused'],
    ['acme-1%5C..%5Cumbrella-2', 'refused'],
    ['acme-%252e%252e', 'refused'],
    ['acme-1;/../umbrella-2', 'refused'],
    ['acme-1%3Fx', 'refused'],
  ])('is compared as a whole: %s', async (id, expected) => {
    shop = await openShop(PREFIX);
    const told = await shop.ask('alice', `/accounts/${id}`);
    expect(expected === 'refused' ? told.status >= 400 && shop.seen.length === 0 : verdict(told)).toBe(
      expected === 'refused' ? true : expected,
    );
  });
});

it('two resources on one operation must both hold', async () => {
  shop = await openShop(
    "  ownership: { account: { id: path.accountId, in: principal.attributes.accounts }, tenant: { id: path.accountId, startsWith: '{principal.attributes.tenant}-' } }",
  );
  expect(verdict(await shop.ask('alice', '/accounts/acme-1'))).toBe('200');
  expect(verdict(await shop.ask('alice', '/accounts/zurich-9'))).toBe('404 OBJECT_NOT_FOUND');
});

it('what anybody may have is asked of nobody', async () => {
  shop = await openShop('  ownership: { account: { id: path.accountId, public: true } }');
  expect(verdict(await shop.ask('alice', '/accounts/umbrella-2'))).toBe('200');
});

function batchlessPut(): RequestInit {
  return { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{"balance":1}' };
}
