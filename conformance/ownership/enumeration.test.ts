import { afterEach, expect, it } from 'vitest';
import { lastRecord, openShop, type Shop } from './shop.ts';

/** Many different objects that are not the caller's, over real sockets: a signal in the record, the log and the metrics. */
let shop: Shop;
afterEach(() => shop.close());

const WATCHED =
  '  ownership: { account: { id: path.accountId, owner: response:/ownerId } }\n  enumeration: { objects: 3, within: 1h }';
const signals = (): unknown => (lastRecord(shop)['sallyport'] as { signals?: unknown }).signals;
const metrics = async (): Promise<string> =>
  (await fetch(`http://127.0.0.1:${shop.gateway.admin?.port}/metrics`)).text();

it('who asks for many objects of others is recorded, missing ones included', async () => {
  shop = await openShop(WATCHED);
  await shop.ask('alice', '/accounts/umbrella-2');
  await shop.ask('alice', '/accounts/nowhere-1');
  expect(signals()).toBeUndefined();
  await shop.ask('alice', '/accounts/nowhere-2', { method: 'DELETE' });
  expect(signals()).toEqual(['enumeration']);
  expect(await metrics()).toContain('sallyport_signals_total{signal="enumeration"} 1');
});

it('the same object again and again is none, and neither are objects of one’s own', async () => {
  shop = await openShop(WATCHED);
  for (let i = 0; i < 5; i++) await shop.ask('alice', '/accounts/umbrella-2');
  for (const id of ['a', 'b', 'c', 'd']) {
    shop.accounts.set(id, { id, balance: 1, ownerId: 'alice' });
    await shop.ask('alice', `/accounts/${id}`);
  }
  expect(signals()).toBeUndefined();
});

it('several principals at one address count together, and each for itself', async () => {
  shop = await openShop(WATCHED);
  for (const [who, id] of [
    ['alice', 'x'],
    ['bob', 'y'],
    ['admin', 'z'],
  ] as const)
    await shop.ask(who, `/accounts/${id}`);
  expect(signals()).toEqual(['enumeration']);
});

it('is noticed too where the rule only observes, and never where it is off', async () => {
  shop = await openShop(WATCHED, { policyEnd: 'modes: { ownership: observe }' });
  for (const id of ['umbrella-2', 'x', 'y']) await shop.ask('alice', `/accounts/${id}`);
  expect(signals()).toEqual(['enumeration']);
  await shop.close();
  shop = await openShop(WATCHED.replace('{ objects: 3, within: 1h }', 'off'));
  for (const id of ['umbrella-2', 'x', 'y']) await shop.ask('alice', `/accounts/${id}`);
  expect(signals()).toBeUndefined();
});

it('is noticed over a reload too', async () => {
  shop = await openShop(WATCHED);
  for (const id of ['umbrella-2', 'x']) await shop.ask('alice', `/accounts/${id}`);
  expect(await shop.gateway.reload()).toBeNull();
  expect(signals()).toBeUndefined();
  await shop.ask('alice', '/accounts/y');
  expect(signals()).toEqual(['enumeration']);
});
