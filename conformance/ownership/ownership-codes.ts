import type { Code } from '@sallyport/core';
import { KEYS, openShop, type Shop } from './shop.ts';

/** What each code of ownership takes; for the test of every code. */
export const OWNERSHIP_SCENARIOS: Readonly<Partial<Record<Code, (shop: Shop) => Promise<Response>>>> = {
  OBJECT_NOT_FOUND: (shop) => asAlice(shop, '/accounts/missing'),
  OWNERSHIP_FOREIGN: (shop) => asAlice(shop, '/accounts/umbrella-2'),
  OWNERSHIP_UNKNOWN: (shop) => {
    shop.accounts.set('nobody-1', { id: 'nobody-1', balance: 0 });
    return asAlice(shop, '/accounts/nobody-1');
  },
  OWNERSHIP_FORBIDDEN: (shop) => asAlice(shop, '/batch', batch('umbrella-2')),
  OWNERSHIP_ID_UNCLEAR: (shop) => asAlice(shop, '/batch', batch(1.5)),
  OWNERSHIP_TOO_MANY_IDS: (shop) => asAlice(shop, '/batch', batch('acme-1', 7)),
  OWNERSHIP_READ_FAILED: (shop) => asAlice(shop, '/accounts/overloaded'),
  OWNERSHIP_LIST_UNREADABLE: (shop) => asAlice(shop, '/accounts'),
};

export function openOwnershipCodes(): Promise<Shop> {
  return openShop(
    `  ownership:
    account: { id: path.accountId, owner: response:/ownerId, lists: { listAccounts: { items: response:/rows/*/ownerId } } }
    batch: { id: 'body:/items/*/accountId', in: principal.attributes.accounts, deny: 403, maxIds: 1 }`,
  );
}

function asAlice(shop: Shop, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(shop.url + path, {
    ...init,
    headers: { ...(init.headers as Record<string, string>), 'X-Key': KEYS.alice },
  });
}

function batch(...ids: readonly unknown[]): RequestInit {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ items: ids.map((accountId) => ({ accountId })) }),
  };
}
