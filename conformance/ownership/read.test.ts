import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AUTHENTICATION,
  KEYS,
  lastCode,
  lastRecord,
  openShop,
  SHOP,
  shopAccounts,
  shopUpstream,
  type Shop,
} from './shop.ts';
import { openDoor, until } from '../door.ts';

/** Operations that are decided over by a call that goes first, over real sockets. */
let shop: Shop;
let service: Server | null = null;
afterEach(async () => {
  await shop.close();
  service?.closeAllConnections();
  await new Promise<void>((resolve) => (service === null ? resolve() : service.close(() => resolve())));
  service = null;
});

const asking = (read: string): string =>
  `  ownership: { account: { id: [path.accountId, 'body:/items/*/accountId'], owner: response:/ownerId, read: ${read} } }`;
const FRESH = asking('{ operation: getAccount, cache: 0s }');
const CACHED = asking('{ operation: getAccount, cache: 1h, refusalCache: 0s }');
const put = (balance = 1): RequestInit => ({
  method: 'PUT',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ balance }),
});
const batch = (...ids: unknown[]): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ items: ids.map((accountId) => ({ accountId })) }),
});
const calls = (): string[] => shop.seen.map(({ method, url }) => `${method} ${url}`);

/** A write that stands in the system's buffers when this resolves. */
async function putOnSocket(): Promise<Socket> {
  const socket = connect(shop.gateway.port, '127.0.0.1');
  await new Promise((resolve) => socket.on('connect', resolve));
  const head = `PUT /accounts/acme-1 HTTP/1.1\r\nHost: a\r\nX-Key: ${KEYS.alice}\r\nContent-Type: application/json\r\n`;
  await new Promise((resolve) => socket.write(`${head}Content-Length: 13\r\n\r\n{"balance":1}`, resolve));
  return socket;
}

async function openService(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  service = createServer(answer);
  await new Promise<void>((resolve) => service?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
}

describe('an operation that writes, or answers with something else', () => {
  it('is preceded by the one that reads the object, which is found in the document', async () => {
    shop = await openShop('  ownership: { account: { id: path.accountId, owner: response:/ownerId } }');
    expect((await shop.ask('alice', '/accounts/acme-1', put())).status).toBe(200);
    expect((await shop.ask('alice', '/accounts/acme-1/bookings')).status).toBe(200);
    expect(calls()).toEqual([
      'GET /accounts/acme-1',
      'PUT /accounts/acme-1',
      'GET /accounts/acme-1',
      'GET /accounts/acme-1/bookings',
    ]);
  });

  it('never reaches the upstream for a stranger, who learns as much as of a missing object', async () => {
    shop = await openShop(FRESH);
    for (const init of [put(), { method: 'DELETE' }]) {
      const foreign = await shop.ask('alice', '/accounts/umbrella-2', init);
      expect(lastCode(shop)).toBe('OWNERSHIP_FOREIGN');
      expect(foreign).toEqual(await shop.ask('alice', '/accounts/missing', init));
    }
    expect(await shop.ask('alice', '/accounts/umbrella-2/bookings')).toEqual(
      await shop.ask('alice', '/accounts/missing/bookings'),
    );
    expect(new Set(shop.seen.map(({ method }) => method))).toEqual(new Set(['GET']));
    expect(shop.accounts.size).toBe(2);
  });

  it('asks as the caller, without what belongs to the request itself', async () => {
    shop = await openShop(FRESH);
    await shop.ask('alice', '/accounts/acme-1', {
      ...put(),
      headers: {
        'Content-Type': 'application/json',
        'X-Trace-Note': 'n',
        'If-Match': '"1"',
        Range: 'bytes=0-1',
        'Idempotency-Key': 'k',
        Accept: 'text/csv',
      },
    });
    const headers = shop.seen[0]?.headers ?? {};
    expect(headers['x-trace-note']).toBe('n');
    expect(headers['accept']).toBe('application/json');
    for (const name of ['content-type', 'content-length', 'if-match', 'range', 'idempotency-key', 'x-key'])
      expect(headers[name]).toBeUndefined();
    // What guards the write against a change in between stays with the write.
    expect(shop.seen[1]?.headers['if-match']).toBe('"1"');
  });

  it('gives a call up when the last who waits for it has left, and no sooner', async () => {
    const held: ServerResponse[] = [];
    let closed = 0;
    const owners = await openService((_request, response) => {
      held.push(response);
      response.on('close', () => (closed += response.writableFinished ? 0 : 1));
    });
    shop = await openShop(
      `  ownership: { account: { id: path.accountId, owner: response:/ownerId, answerId: none, read: { url: '${owners}/files/{id}', cache: 1h, timeout: 1m } } }`,
    );
    const sockets = [await putOnSocket(), await putOnSocket()];
    await until(() => held.length === 1);
    // Read behind both.
    await shop.ask(null, '/accounts/acme-1');
    const left = (): number => shop.log.filter((line) => line['http.response.status_code'] === 499).length;
    sockets[0]?.destroy();
    await until(() => left() === 1);
    await shop.ask(null, '/accounts/acme-1');
    expect([held.length, closed]).toEqual([1, 0]);
    sockets[1]?.destroy();
    await until(() => closed === 1);
    expect(calls()).toEqual([]);
    // What was given up is no answer: the next who asks is asked for.
    const next = shop.ask('alice', '/accounts/acme-1', put());
    await until(() => held.length === 2);
    held[1]?.setHeader('Content-Type', 'application/json').end('{"ownerId":"alice"}');
    expect((await next).status).toBe(200);
  });

  it('asks about every object of a batch, each once', async () => {
    shop = await openShop(FRESH);
    shop.accounts.set('own-2', { id: 'own-2', balance: 1, ownerId: 'alice' });
    expect((await shop.ask('alice', '/batch', batch('acme-1', 'own-2', 'acme-1'))).status).toBe(200);
    expect(calls().toSorted()).toEqual(['GET /accounts/acme-1', 'GET /accounts/own-2', 'POST /batch']);
    expect((await shop.ask('alice', '/batch', batch('acme-1', 'umbrella-2'))).status).toBe(404);
    expect(calls().filter((call) => call.startsWith('POST'))).toHaveLength(1);
  });

  it.each([
    '../accounts/acme-1',
    'acme-1/../umbrella-2',
    'umbrella-2%2f..%2facme-1',
    'acme-1?x',
    'acme-1#x',
    '..',
    '.',
    'a;b',
    'a\\b',
  ])('puts no id into a path that would mean another: %s', async (id) => {
    shop = await openShop(FRESH);
    expect((await shop.ask('alice', '/batch', batch(id))).code).toBe('OWNERSHIP_ID_UNCLEAR');
    expect(shop.seen).toHaveLength(0);
  });

  it('keeps who is nobody out without asking anybody', async () => {
    shop = await openShop(
      asking('{ operation: getAccount }').replace('read:', 'equals: principal.attributes.badge, read:'),
    );
    expect((await shop.ask('alice', '/accounts/acme-1', put())).status).toBe(404);
    expect(shop.seen).toHaveLength(0);
  });
});

describe('what was learnt', () => {
  it('lets an owner in again without another call, for reads and writes', async () => {
    shop = await openShop(CACHED);
    for (let i = 0; i < 3; i++) expect((await shop.ask('alice', '/accounts/acme-1/bookings')).status).toBe(200);
    expect((await shop.ask('alice', '/accounts/acme-1', put())).status).toBe(200);
    expect(calls().filter((call) => call === 'GET /accounts/acme-1')).toHaveLength(1);
  });

  it('is forgotten once its owner has written', async () => {
    shop = await openShop(CACHED);
    await shop.ask('alice', '/accounts/acme-1/bookings');
    await shop.ask('alice', '/accounts/acme-1', put());
    shop.accounts.set('acme-1', { id: 'acme-1', balance: 1, ownerId: 'bob' });
    expect((await shop.ask('alice', '/accounts/acme-1/bookings')).status).toBe(404);
  });

  it('keeps nobody out for longer than refusalCache: who has become the owner gets in', async () => {
    shop = await openShop(CACHED);
    expect((await shop.ask('alice', '/accounts/umbrella-2/bookings')).status).toBe(404);
    shop.accounts.set('umbrella-2', { id: 'umbrella-2', balance: 1, ownerId: 'alice' });
    expect((await shop.ask('alice', '/accounts/umbrella-2/bookings')).status).toBe(200);
  });

  it('of one principal is not shared with another: nobody can lock an owner out by asking first', async () => {
    shop = await openShop(asking('{ operation: getAccount, cache: 1h, refusalCache: 1m }'));
    expect((await shop.ask('alice', '/accounts/umbrella-2/bookings')).status).toBe(404);
    expect((await shop.ask('bob', '/accounts/umbrella-2/bookings')).status).toBe(200);
    expect((await shop.ask('alice', '/accounts/umbrella-2/bookings')).status).toBe(404);
    expect(calls().filter((call) => call === 'GET /accounts/umbrella-2')).toHaveLength(2);
  });

  it('is asked for once by many at once', async () => {
    const accounts = shopAccounts();
    const answer = shopUpstream(accounts);
    const held: (() => void)[] = [];
    shop = await openShop(CACHED, {
      upstream: (request, response) => {
        if (request.url === '/accounts/acme-1') held.push(() => answer(request, response));
        else answer(request, response);
      },
    });
    const asked = Array.from({ length: 10 }, () => shop.ask('alice', '/accounts/acme-1/bookings'));
    await until(() => held.length > 0);
    await shop.ask('alice', '/batch', batch());
    held.forEach((go) => go());
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(held).toHaveLength(1);
  });
});

describe('another service', () => {
  const OTHER = (url: string, more = ''): string =>
    asking(`{ url: '${url}/owners/{id}?fields=owner', timeout: 300ms, cache: 0s${more} }`).replace(
      '/ownerId',
      '/owner',
    );

  it('is asked with its own credential and never with that of the caller', async () => {
    const seen: IncomingMessage[] = [];
    const url = await openService((request, response) => {
      seen.push(request);
      response
        .writeHead(200, { 'Content-Type': 'application/json' })
        .end(`{"owner":"${request.url?.includes('acme') ? 'alice' : 'bob'}"}`);
    });
    shop = await openShop(OTHER(url, ", headers: { Authorization: '${file:secret}' }"), {
      files: { secret: 'Bearer of-the-door' },
    });
    expect((await shop.ask('alice', '/accounts/acme-1')).status).toBe(200);
    expect((await shop.ask('alice', '/accounts/umbrella-2')).status).toBe(404);
    expect(seen.map((request) => request.url)).toEqual([
      '/owners/acme-1?fields=owner',
      '/owners/umbrella-2?fields=owner',
    ]);
    expect(seen[0]?.headers['authorization']).toBe('Bearer of-the-door');
    expect(JSON.stringify(seen[0]?.rawHeaders)).not.toContain(KEYS.alice);
    expect(calls()).toEqual(['GET /accounts/acme-1']);
  });

  it('lets the owner in where its answer comes in pieces', async () => {
    const url = await openService((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      for (const piece of ['{"owner', '":"al', 'ice"', '}']) response.write(piece);
      response.end();
    });
    shop = await openShop(OTHER(url));
    expect((await shop.ask('alice', '/accounts/acme-1', put())).status).toBe(200);
  });

  it.each([
    ['does not answer in time', (): void => undefined, 'OWNERSHIP_READ_FAILED', 503],
    [
      'hangs up',
      (_: IncomingMessage, response: ServerResponse): void => void response.destroy(),
      'OWNERSHIP_READ_FAILED',
      503,
    ],
    [
      'is overloaded',
      (_: IncomingMessage, response: ServerResponse): void => void response.writeHead(503).end(),
      'OWNERSHIP_READ_FAILED',
      503,
    ],
    [
      'is asked too often',
      (_: IncomingMessage, response: ServerResponse): void => void response.writeHead(429).end(),
      'OWNERSHIP_READ_FAILED',
      503,
    ],
    [
      'answers with half a document',
      (_: IncomingMessage, response: ServerResponse): void =>
        void response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"owner":"alice"'),
      'OWNERSHIP_UNKNOWN',
      404,
    ],
    [
      'answers with another type',
      (_: IncomingMessage, response: ServerResponse): void =>
        void response.writeHead(200, { 'Content-Type': 'text/html' }).end('{"owner":"alice"}'),
      'OWNERSHIP_UNKNOWN',
      404,
    ],
    [
      'crashes',
      (_: IncomingMessage, response: ServerResponse): void => void response.writeHead(500).end(),
      'OWNERSHIP_UNKNOWN',
      404,
    ],
    [
      'sends elsewhere',
      (_: IncomingMessage, response: ServerResponse): void =>
        void response.writeHead(302, { Location: 'http://169.254.169.254/' }).end(),
      'OWNERSHIP_UNKNOWN',
      404,
    ],
    [
      'answers without end',
      (_: IncomingMessage, response: ServerResponse): void =>
        void response.writeHead(200, { 'Content-Type': 'application/json' }).write('x'.repeat(1_100_000)),
      'OWNERSHIP_READ_FAILED',
      503,
    ],
  ] as const)('lets nobody in where it %s', async (_what, answer, code, status) => {
    shop = await openShop(OTHER(await openService(answer)));
    const told = await shop.ask('alice', '/accounts/acme-1', put());
    expect([told.status, lastCode(shop)]).toEqual([status, code]);
    expect(shop.seen).toHaveLength(0);
  });
});

it('an operation that writes is refused at start where nobody can be asked first', async () => {
  const paths = { ...SHOP.paths, '/accounts/{accountId}': { ...SHOP.paths['/accounts/{accountId}'], get: undefined } };
  const opening = openDoor({
    document: { ...SHOP, paths },
    policy: `${AUTHENTICATION}authorization:\n  ownership: { account: { id: path.accountId, owner: response:/ownerId } }`,
  });
  await expect(opening).rejects.toThrow(
    /POLICY_OWNERSHIP_READ|putAccount needs to know whose account it is before it is done/,
  );
  shop = await openShop('  ownership: {}');
});

it('256 calls are under way at once: whoever needs one more is told to try again, until one of them has ended', async () => {
  const accounts = shopAccounts();
  const answer = shopUpstream(accounts);
  const held: (() => void)[] = [];
  shop = await openShop(asking('{ operation: getAccount, cache: 0s, timeout: 60s }'), {
    upstream: (request, response) =>
      request.url.startsWith('/accounts/held')
        ? void held.push(() => answer(request, response))
        : answer(request, response),
    policyEnd: 'upstream: { connections: 512 }',
  });
  // Each asks for eight at once.
  const batches = Array.from({ length: 32 }, (_, from) => {
    const ids = Array.from({ length: 8 }, (_, index) => `held-${from}-${index}`);
    return shop.ask('alice', '/batch', batch(...ids));
  });
  await until(() => held.length === 256);
  expect((await shop.ask('alice', '/accounts/acme-1', put())).status).toBe(503);
  expect(lastCode(shop)).toBe('OWNERSHIP_READ_FAILED');
  expect(JSON.stringify(lastRecord(shop))).toContain('too many calls under way');
  for (const release of held) release();
  for (const { status } of await Promise.all(batches)) expect(status).toBe(404);
  expect((await shop.ask('alice', '/accounts/acme-1', put())).status).toBe(200);
});
