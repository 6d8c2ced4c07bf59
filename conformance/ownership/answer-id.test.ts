import { afterEach, describe, expect, it } from 'vitest';
import {
  lastCode,
  lastRecord,
  openShop,
  SHOP,
  shopAccounts,
  shopUpstream,
  type Shop,
  type StoredAccount,
} from './shop.ts';

/** Upstreams that take several ids for one object where they are read, and write to another. */
let shop: Shop;
afterEach(() => shop.close());

const PUT = { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{"balance":1}' };

/** An upstream that reads the account which `find` gives for an id, whatever was asked for. */
function openLoose(
  find: (id: string, accounts: ReadonlyMap<string, StoredAccount>) => unknown,
  ownership = 'id: path.accountId, owner: response:/ownerId',
  document: object = SHOP,
): Promise<Shop> {
  const accounts = shopAccounts();
  const answer = shopUpstream(accounts);
  return openShop(`  ownership: { account: { ${ownership} } }`, {
    document,
    upstream: (request, response) => {
      const id = /^\/accounts\/([^/?]+)$/.exec(request.url)?.[1];
      if (id === undefined) return answer(request, response);
      const found = request.method === 'GET' ? find(decodeURIComponent(id), accounts) : { id };
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(found));
    },
  });
}

const written = (): number => shop.seen.filter(({ method }) => method === 'PUT').length;
const tried = async (id: string): Promise<string> => {
  const { status } = await shop.ask('alice', `/accounts/${id}`, PUT);
  const code = lastCode(shop);
  return typeof code === 'string' ? `${status} ${code}` : String(status);
};

describe('a read that goes first', () => {
  it('is not believed where it answers with another object than the one that was asked for', async () => {
    shop = await openLoose((_, accounts) => accounts.get('acme-1'));
    expect(await tried('acme-1')).toBe('200');
    expect(await tried('umbrella-2')).toBe('404 OWNERSHIP_UNKNOWN');
    expect(JSON.stringify(lastRecord(shop))).toContain('does not name the object');
    expect(await shop.ask('alice', '/accounts/umbrella-2', PUT)).toEqual(await shop.ask('alice', '/accounts/x', PUT));
    expect(written()).toBe(1);
  });

  it.each(['ACME-1', 'acme-1 ', 'acme-1x'])('is not believed where the upstream takes %j for the id', async (id) => {
    shop = await openLoose((asked, accounts) => accounts.get(asked.trim().toLowerCase().slice(0, 6)));
    expect(await tried(encodeURIComponent(id))).toBe('404 OWNERSHIP_UNKNOWN');
    expect(written()).toBe(0);
  });

  it.each([
    ['7', 7, '200'],
    ['7', '7', '200'],
    ['007', 7, '404 OWNERSHIP_UNKNOWN'],
    ['7', '07', '404 OWNERSHIP_UNKNOWN'],
    ['7', 7.5, '404 OWNERSHIP_UNKNOWN'],
    ['7', [7], '404 OWNERSHIP_UNKNOWN'],
    ['7', null, '404 OWNERSHIP_UNKNOWN'],
    ['7', undefined, '404 OWNERSHIP_UNKNOWN'],
    ['true', true, '404 OWNERSHIP_UNKNOWN'],
  ])('asked for %s and answering %j', async (asked, named, expected) => {
    shop = await openLoose(() => ({ id: named, ownerId: 'alice' }));
    expect(await tried(asked)).toBe(expected);
  });

  it('names the object where the policy says, in the document too, and nowhere with none', async () => {
    const moved = (): unknown => ({ id: 'internal', ownerId: 'alice', ref: { key: 'acme-1' } });
    const ids = 'id: path.accountId, owner: response:/ownerId';
    shop = await openLoose(moved, `${ids}, answerId: response:/ref/key`);
    expect([await tried('acme-1'), await tried('umbrella-2')]).toEqual(['200', '404 OWNERSHIP_UNKNOWN']);
    await shop.close();
    shop = await openLoose(moved, `${ids}, answerId: none`);
    expect(await tried('me')).toBe('200');
    await shop.close();
    const item = SHOP.paths['/accounts/{accountId}'];
    const owner = { resource: 'own', id: 'path.accountId', owner: 'response:/ownerId', answerId: 'response:/ref/key' };
    const document = {
      ...SHOP,
      paths: { ...SHOP.paths, '/accounts/{accountId}': { ...item, 'x-sallyport-owner': owner } },
    };
    shop = await openLoose(moved, 'id: query.accountId, public: true', document);
    expect([await tried('acme-1'), await tried('umbrella-2')]).toEqual(['200', '404 OWNERSHIP_UNKNOWN']);
  });

  it('of an object that is read itself may be of any name: what goes out is what was looked at', async () => {
    shop = await openLoose((_, accounts) => accounts.get('acme-1'));
    expect((await shop.ask('alice', '/accounts/me')).status).toBe(200);
  });
});
