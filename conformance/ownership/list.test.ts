import { afterEach, expect, it } from 'vitest';
import type { ServerResponse } from 'node:http';
import { lastRecord, openShop, type Shop } from './shop.ts';

/** Lists over real sockets: what is not the caller's is taken out, counts included. */
let shop: Shop;
afterEach(() => shop.close());

const LISTS =
  '  ownership: { account: { owner: response:/ownerId, unless: { roles: [admin] }, lists: { listAccounts: { items: response:/items/*/ownerId, total: [response:/total, header.X-Total-Count], hide: response:/next } } } }';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const answering = (answer: (response: ServerResponse) => void) => ({
  upstream: (_request: unknown, response: ServerResponse) => answer(response),
});

it('leaves the caller what is its own, and counts that', async () => {
  shop = await openShop(LISTS);
  const told = await shop.ask('alice', '/accounts');
  expect(told.text).toBe('{"items":[{"id":"acme-1","balance":10}],"total":1}');
  expect([told.headers['x-total-count'], told.headers['etag']]).toEqual(['1', undefined]);
  expect(told.headers['content-length']).toBe(String(told.text.length));
  expect((lastRecord(shop)['sallyport'] as { stripped: string[] }).stripped).toContain('/items/1');
});

it('gives who owns nothing an empty list, as if there were nothing', async () => {
  shop = await openShop(LISTS);
  shop.accounts.delete('acme-1');
  const withOthers = await shop.ask('alice', '/accounts');
  expect(withOthers.text).toBe('{"items":[],"total":0}');
  shop.accounts.clear();
  expect(await shop.ask('alice', '/accounts')).toEqual(withOthers);
});

it('takes out items that say no owner, or say it in another way', async () => {
  const items = [
    { id: 'a' },
    { id: 'b', ownerId: null },
    { id: 'c', ownerId: ['alice'] },
    'alice',
    { id: 'd', ownerId: 'Alice' },
    { id: 'e', ownerId: 'alice' },
  ];
  shop = await openShop(
    LISTS,
    answering((response) => response.writeHead(200, JSON_TYPE).end(JSON.stringify({ items }))),
  );
  expect((await shop.ask('alice', '/accounts')).text).toBe('{"items":[{"id":"e"}]}');
});

it('keeps the whole for whoever may have every object', async () => {
  shop = await openShop(LISTS);
  expect((await shop.ask('admin', '/accounts')).text).toContain('umbrella-2');
});

it('does not let an item of another that breaks the schema spoil the list', async () => {
  shop = await openShop(LISTS);
  shop.accounts.set('umbrella-2', { id: 3 as unknown as string, balance: 1, ownerId: 'bob' });
  expect((await shop.ask('alice', '/accounts')).status).toBe(200);
});

it.each([
  [
    'no list at the place',
    (r: ServerResponse) => r.writeHead(200, JSON_TYPE).end('{"items":{"0":{"ownerId":"alice"}}}'),
  ],
  ['another shape', (r: ServerResponse) => r.writeHead(200, JSON_TYPE).end('[{"ownerId":"bob"}]')],
  ['no JSON', (r: ServerResponse) => r.writeHead(200, { 'Content-Type': 'text/plain' }).end('bob')],
  ['half of it', (r: ServerResponse) => r.writeHead(200, JSON_TYPE).end('{"items":[')],
  [
    'a member twice',
    (r: ServerResponse) => r.writeHead(200, JSON_TYPE).end('{"items":[],"items":[{"ownerId":"bob"}]}'),
  ],
  ['a part', (r: ServerResponse) => r.writeHead(206, JSON_TYPE).end('{"items":[]}')],
])('is refused where the upstream answers with %s', async (_what, answer) => {
  shop = await openShop(LISTS, answering(answer));
  expect(await shop.ask('alice', '/accounts')).toMatchObject({ status: 502, code: 'OWNERSHIP_LIST_UNREADABLE' });
});

it('answers HEAD without what counts', async () => {
  shop = await openShop(LISTS);
  const told = await shop.ask('alice', '/accounts', { method: 'HEAD' });
  expect([told.status, told.headers['x-total-count'], told.headers['etag'], told.headers['content-length']]).toEqual([
    200,
    undefined,
    undefined,
    undefined,
  ]);
});

it('goes by the id of each item where claims or prefixes decide', async () => {
  shop = await openShop(
    '  ownership: { account: { id: path.accountId, in: principal.attributes.accounts, lists: { listAccounts: { items: response:/items/*/id } } } }',
  );
  shop.accounts.set('8', { id: 8 as unknown as string, balance: 1 }).set('9', { id: '9', balance: 1 });
  expect((await shop.ask('alice', '/accounts', {})).code).toBe('RESPONSE_INVALID');
  shop.accounts.set('8', { id: '8', balance: 1 });
  expect((await shop.ask('alice', '/accounts')).text).toBe(
    '{"items":[{"id":"acme-1","balance":10},{"id":"8","balance":1}],"total":4,"next":"cursor-of-bob"}',
  );
});

it('leaves errors of the upstream as they are declared, and tells what it would take out where it observes', async () => {
  shop = await openShop(LISTS, { policyEnd: 'modes: { ownership: observe }' });
  expect((await shop.ask('alice', '/accounts')).text).toContain('umbrella-2');
  expect(shop.logText()).toContain('"facts":{"items":1}');
});
