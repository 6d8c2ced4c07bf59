import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { openDoor, type Door, type DoorOptions, type SeenRequest } from '../door.ts';

/** Keys of the people of the tests; each is known to the door by its hash. */
export const KEYS = {
  alice: 'key-of-alice-0123456789',
  bob: 'key-of-bob-0123456789',
  admin: 'key-of-admin-0123456789',
};
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const AUTHENTICATION = `
authentication:
  key:
    keys:
      - { id: a, sha256: ${sha256(KEYS.alice)}, subject: alice, attributes: { tenant: acme, accounts: [acme-1, '7', 8, zurich-9, acme-404], groups: [g1, g2] } }
      - { id: b, sha256: ${sha256(KEYS.bob)}, subject: bob, attributes: { tenant: umbrella, accounts: [umbrella-2] } }
      - { id: c, sha256: ${sha256(KEYS.admin)}, subject: root, roles: [admin] }
limits: []
`;

const id = (name: string, where = 'path', required = true): object => ({
  name,
  in: where,
  required,
  schema: { type: 'string' },
});
const ACCOUNT = {
  type: 'object',
  properties: { id: { type: 'string' }, balance: { type: 'number' } },
  required: ['id'],
};
const answers = (schema: object = ACCOUNT): object => ({
  200: {
    description: 'ok',
    content: { 'application/json': { schema } },
    headers: { 'X-Total-Count': { schema: { type: 'integer' } } },
  },
});
const json = (properties: object): object => ({
  content: { 'application/json': { schema: { type: 'object', properties } } },
});

/** An API whose upstream asks nobody whose anything is. */
export const SHOP = {
  openapi: '3.1.0',
  info: { title: 'Shop', version: '1' },
  security: [{ key: [] }],
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
  paths: {
    '/accounts': {
      get: {
        operationId: 'listAccounts',
        responses: answers({
          type: 'object',
          properties: {
            items: { type: 'array', items: ACCOUNT },
            total: { type: 'integer' },
            next: { type: 'string' },
          },
        }),
      },
    },
    '/accounts/{accountId}': {
      parameters: [id('accountId')],
      get: { operationId: 'getAccount', responses: answers() },
      put: { operationId: 'putAccount', requestBody: json({ balance: { type: 'number' } }), responses: answers() },
      delete: { operationId: 'deleteAccount', responses: { 204: { description: 'gone' } } },
    },
    '/accounts/{accountId}/bookings': {
      parameters: [id('accountId')],
      get: { operationId: 'listBookings', responses: answers({ type: 'array' }) },
    },
    '/batch': {
      post: {
        operationId: 'batch',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: {
                  items: { type: 'array', items: { type: 'object', properties: { accountId: {} } } },
                },
              },
            },
            'text/plain': {},
          },
        },
        responses: answers({ type: 'object' }),
      },
    },
    '/search': {
      get: {
        operationId: 'search',
        parameters: [
          {
            name: 'accountId',
            in: 'query',
            schema: { type: 'array', items: { type: 'string' } },
            explode: false,
            style: 'form',
          },
          id('X-Account', 'header', false),
        ],
        responses: answers({ type: 'object' }),
      },
    },
  },
};

export interface StoredAccount {
  readonly id: string;
  readonly balance: number;
  readonly [more: string]: unknown;
}

/** Upstream of the shop: it gives anybody everything. `accounts` may be changed while a test runs. */
export function shopUpstream(
  accounts: Map<string, StoredAccount>,
): (request: SeenRequest, response: ServerResponse) => void {
  return (request, response) => {
    const url = new URL(request.url, 'http://shop');
    const send = (status: number, value: unknown, headers: Record<string, string> = {}): void => {
      const body = JSON.stringify(value);
      response.writeHead(status, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        ...headers,
      });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    if (url.pathname === '/accounts') {
      const items = [...accounts.values()];
      return send(
        200,
        { items, total: items.length, next: 'cursor-of-bob' },
        { 'X-Total-Count': String(items.length), ETag: '"all"' },
      );
    }
    const [, first, name, rest] = url.pathname.split('/').map(decodeURIComponent);
    if (first !== 'accounts') return send(200, { ok: true });
    const account = accounts.get(name ?? '');
    if (name === 'overloaded') return send(503, {});
    if (account === undefined)
      return send(404, { error: `no account ${name}`, hint: 'upstream detail' }, { 'X-Upstream': 'missing' });
    if (rest === 'bookings') return send(200, [{ text: account['secret'] ?? 'x' }]);
    if (request.method === 'DELETE') {
      accounts.delete(account.id);
      response.writeHead(204).end();
      return;
    }
    return send(200, account, { ETag: `"${account.id}"` });
  };
}

export function shopAccounts(): Map<string, StoredAccount> {
  return new Map(
    [
      { id: 'acme-1', balance: 10, ownerId: 'alice', tenant: 'acme', members: [{ userId: 'alice' }] },
      {
        id: 'umbrella-2',
        balance: 20,
        ownerId: 'bob',
        tenant: 'umbrella',
        members: [{ userId: 'bob' }, { userId: 'alice' }],
        secret: 'secret-of-bob',
      },
    ].map((account) => [account.id, account]),
  );
}

export interface Shop extends Door {
  readonly accounts: Map<string, StoredAccount>;
  /** Asks as somebody; what is left out is GET without a body. */
  ask(who: keyof typeof KEYS | null, path: string, init?: RequestInit): Promise<Told>;
}

/** All that a client can see of an answer but the date and what differs from request to request. */
export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly code: string | null;
}

/** Opens a door in front of the shop. `ownership` is what stands below `authorization:`, indented by two. */
export async function openShop(
  ownership: string,
  options: Partial<DoorOptions> & { readonly policyEnd?: string; readonly policyStart?: string } = {},
): Promise<Shop> {
  const accounts = shopAccounts();
  const door = await openDoor({
    document: SHOP,
    upstream: shopUpstream(accounts),
    ...options,
    policy: `${options.policyStart ?? AUTHENTICATION}authorization:\n${ownership}\n${options.policyEnd ?? ''}`,
  });
  return {
    ...door,
    accounts,
    async ask(who, path, init = {}) {
      const headers = new Headers(init.headers);
      if (who !== null) headers.set('X-Key', KEYS[who]);
      const response = await fetch(door.url + path, { ...init, headers, redirect: 'manual' });
      const text = await response.text();
      return told(response, text);
    },
  };
}

function told(response: Response, text: string): Told {
  const requestId = response.headers.get('x-request-id') ?? '';
  const headers = Object.fromEntries(
    [...response.headers]
      .filter(([name]) => name !== 'date')
      .map(([name, value]) => [name, value.replaceAll(requestId, 'ID')]),
  );
  const code = /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? null;
  return { status: response.status, headers, text: text.replaceAll(requestId, 'ID'), code };
}

/** The code of the last access record. */
export function lastCode(door: Door): unknown {
  return (lastRecord(door)['sallyport'] as { readonly code?: string } | undefined)?.code ?? null;
}

export function lastRecord(door: Door): Record<string, unknown> {
  return door.log.findLast((line) => line['event.dataset'] === 'sallyport.access') ?? {};
}
