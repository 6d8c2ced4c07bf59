import { afterEach, describe, expect, it } from 'vitest';
import type { ServerResponse } from 'node:http';
import { until } from '../until.ts';
import { AUTHENTICATION, KEYS, lastCode, openShop, SHOP, shopAccounts, shopUpstream, type Shop } from './shop.ts';

/** Objects whose owner the answer names, over real sockets. */
const OWNED =
  '  ownership: { account: { id: path.accountId, owner: response:/ownerId, equals: principal.subject, deny: 404 } }';
let shop: Shop;
afterEach(() => shop.close());

const answering = (answer: (response: ServerResponse) => void) => ({
  upstream: (_request: unknown, response: ServerResponse) => answer(response),
});
const JSON_TYPE = { 'Content-Type': 'application/json' };

it('an answer over an owned object is for the cache of its client alone, whatever the upstream says', async () => {
  const answer = shopUpstream(shopAccounts());
  shop = await openShop(OWNED, {
    upstream: (request, response) => {
      response
        .setHeader('Cache-Control', 'public, s-maxage=600, max-age=60')
        .setHeader('CDN-Cache-Control', 'max-age=600');
      answer(request, response);
    },
  });
  for (const init of [{}, { method: 'HEAD' }]) {
    const { headers } = await shop.ask('alice', '/accounts/acme-1', init);
    expect([headers['cache-control'], headers['cdn-cache-control']]).toEqual(['private, max-age=60', undefined]);
  }
  expect((await shop.ask('alice', '/batch', { method: 'POST' })).headers['cache-control']).not.toContain('private');
});

describe('an operation that reads an object', () => {
  it('gives the owner what is declared of it, though the owner itself is not', async () => {
    shop = await openShop(OWNED);
    const own = await shop.ask('alice', '/accounts/acme-1');
    expect([own.status, own.text]).toEqual([200, '{"id":"acme-1","balance":10}']);
    expect(shop.seen).toHaveLength(1);
  });

  it('tells a stranger of a foreign object what it tells of a missing one, to the byte', async () => {
    shop = await openShop(OWNED);
    const foreign = await shop.ask('alice', '/accounts/umbrella-2');
    expect(lastCode(shop)).toBe('OWNERSHIP_FOREIGN');
    const missing = await shop.ask('alice', '/accounts/umbrella-3');
    expect(lastCode(shop)).toBe('OBJECT_NOT_FOUND');
    expect(foreign).toEqual(missing);
    expect([foreign.status, foreign.code]).toEqual([404, 'OBJECT_NOT_FOUND']);
    expect(foreign.text).not.toContain('upstream detail');
  });

  it.each([
    ['no owner', (r: ServerResponse) => r.writeHead(200, JSON_TYPE).end('{"id":"x"}')],
    ['an owner that is null', (r: ServerResponse) => r.writeHead(200, JSON_TYPE).end('{"id":"x","ownerId":null}')],
    ['an owner that is empty', (r: ServerResponse) => r.writeHead(200, JSON_TYPE).end('{"id":"x","ownerId":""}')],
    ['a list for an owner', (r: ServerResponse) => r.writeHead(200, JSON_TYPE).end('{"id":"x","ownerId":["alice"]}')],
    [
      'the owner twice',
      (r: ServerResponse) => r.writeHead(200, JSON_TYPE).end('{"ownerId":"alice","ownerId":"bob","id":"x"}'),
    ],
    ['no JSON', (r: ServerResponse) => r.writeHead(200, { 'Content-Type': 'text/plain' }).end('{"ownerId":"alice"}')],
    ['half of a JSON document', (r: ServerResponse) => r.writeHead(200, JSON_TYPE).end('{"ownerId":"alice"')],
    ['an encoding', (r: ServerResponse) => r.writeHead(200, { ...JSON_TYPE, 'Content-Encoding': 'gzip' }).end('x')],
    ['no content', (r: ServerResponse) => r.writeHead(204).end()],
    ['a part', (r: ServerResponse) => r.writeHead(206, { ...JSON_TYPE, 'Content-Range': 'bytes 0-1/9' }).end('{}')],
    ['not modified', (r: ServerResponse) => r.writeHead(304, { ETag: '"1"' }).end()],
    ['a way elsewhere', (r: ServerResponse) => r.writeHead(302, { Location: '/accounts/secret-of-bob' }).end()],
    ['a refusal of its own', (r: ServerResponse) => r.writeHead(403, JSON_TYPE).end('{"error":"bob only"}')],
    ['a conflict', (r: ServerResponse) => r.writeHead(409, JSON_TYPE).end('{"error":"frozen by bob"}')],
    ['a crash', (r: ServerResponse) => r.writeHead(500, JSON_TYPE).end('{"error":"bob is null"}')],
    [
      'more than is taken',
      (r: ServerResponse) => r.writeHead(200, JSON_TYPE).end(`{"ownerId":"alice","x":"${'y'.repeat(70_000)}"}`),
    ],
  ])('is answered as if nothing were there where the upstream answers with %s', async (_what, answer) => {
    shop = await openShop(OWNED, { ...answering(answer), policyEnd: 'responses: { maxBodyBytes: 64KiB }' });
    const told = await shop.ask('alice', '/accounts/x');
    expect(lastCode(shop)).toBe('OWNERSHIP_UNKNOWN');
    await shop.close();
    shop = await openShop(OWNED);
    expect(told).toEqual(await shop.ask('alice', '/accounts/missing'));
  });

  it.each([429, 502, 503, 504])(
    'says that it cannot tell where the upstream answers %i to everything',
    async (status) => {
      shop = await openShop(
        OWNED,
        answering((response) => response.writeHead(status, JSON_TYPE).end('{"node":"10.0.0.7"}')),
      );
      const told = await shop.ask('alice', '/accounts/acme-1');
      expect([told.status, told.code]).toEqual([503, 'OWNERSHIP_READ_FAILED']);
      expect(told.text).not.toContain('10.0.0.7');
    },
  );

  it('tells of a crash of the upstream where the policy says so', async () => {
    shop = await openShop(
      '  ownership: { account: { id: path.accountId, owner: response:/ownerId, upstreamErrors: told } }',
      answering((response) => response.writeHead(500).end()),
    );
    expect((await shop.ask('alice', '/accounts/acme-1')).code).toBe('OWNERSHIP_READ_FAILED');
  });

  it('lets no body that breaks its schema tell that a foreign object exists', async () => {
    shop = await openShop(OWNED);
    shop.accounts.set('umbrella-2', { id: 'umbrella-2', balance: 'not a number' as unknown as number, ownerId: 'bob' });
    shop.accounts.set('acme-1', { id: 'acme-1', balance: 'not a number' as unknown as number, ownerId: 'alice' });
    expect(await shop.ask('alice', '/accounts/umbrella-2')).toEqual(await shop.ask('alice', '/accounts/missing'));
    expect((await shop.ask('alice', '/accounts/acme-1')).code).toBe('RESPONSE_INVALID');
  });

  it('asks for the whole answer, whatever the client asks for', async () => {
    shop = await openShop(OWNED);
    await shop.ask('alice', '/accounts/acme-1', {
      headers: {
        'If-None-Match': '*',
        Range: 'bytes=0-3',
        'If-Modified-Since': 'Thu, 01 Jan 2026 00:00:00 GMT',
        'Accept-Encoding': 'gzip',
      },
    });
    const headers = shop.seen[0]?.headers ?? {};
    expect([
      headers['if-none-match'],
      headers['range'],
      headers['if-modified-since'],
      headers['accept-encoding'],
    ]).toEqual([undefined, undefined, undefined, 'identity']);
  });

  it('asks with GET before it lets HEAD through', async () => {
    shop = await openShop(OWNED);
    const own = await shop.ask('alice', '/accounts/acme-1', { method: 'HEAD' });
    const foreign = await shop.ask('alice', '/accounts/umbrella-2', { method: 'HEAD' });
    expect([own.status, foreign.status]).toEqual([200, 404]);
    expect(foreign).toEqual(await shop.ask('alice', '/accounts/missing', { method: 'HEAD' }));
    expect(shop.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /accounts/acme-1',
      'HEAD /accounts/acme-1',
      'GET /accounts/umbrella-2',
      'GET /accounts/missing',
    ]);
  });

  it('asks before every HEAD, whatever was learnt of the one before', async () => {
    shop = await openShop(OWNED.replace('deny:', 'read: { cache: 1h, refusalCache: 1m }, deny:'));
    const head = async (): Promise<number> => (await shop.ask('alice', '/accounts/acme-1', { method: 'HEAD' })).status;
    expect(await head()).toBe(200);
    shop.accounts.set('acme-1', { id: 'acme-1', balance: 1, ownerId: 'bob' });
    expect(await head()).toBe(404);
    shop.accounts.set('acme-1', { id: 'acme-1', balance: 1, ownerId: 'alice' });
    expect(await head()).toBe(200);
  });

  it('sends no credential upstream that stood in the query, neither with HEAD nor with the GET before it', async () => {
    const document = {
      ...SHOP,
      components: { securitySchemes: { key: { type: 'apiKey', in: 'query', name: 'key' } } },
    };
    shop = await openShop(OWNED, {
      document,
      policyStart: AUTHENTICATION.replace('  key:\n', '  key:\n    allowInQuery: true\n'),
    });
    expect((await shop.ask(null, `/accounts/acme-1?key=${KEYS.alice}`, { method: 'HEAD' })).status).toBe(200);
    expect(shop.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /accounts/acme-1',
      'HEAD /accounts/acme-1',
    ]);
  });

  it('says 403 to strangers where the policy says so, and to nobody where the owner is not known', async () => {
    shop = await openShop('  ownership: { account: { id: path.accountId, owner: response:/ownerId, deny: 403 } }');
    const told = await shop.ask('alice', '/accounts/umbrella-2');
    expect([told.status, told.code]).toEqual([403, 'OWNERSHIP_FORBIDDEN']);
    expect((await shop.ask('alice', '/accounts/missing')).code).toBe('OBJECT_NOT_FOUND');
  });

  it('lets a role have every object', async () => {
    shop = await openShop(
      '  ownership: { account: { id: path.accountId, owner: response:/ownerId, unless: { roles: [admin] } } }',
    );
    expect((await shop.ask('admin', '/accounts/umbrella-2')).status).toBe(200);
    expect((await shop.ask('bob', '/accounts/acme-1')).status).toBe(404);
  });

  it('takes one of several members for an owner', async () => {
    shop = await openShop('  ownership: { account: { id: path.accountId, owner: response:/members/*/userId } }');
    expect((await shop.ask('alice', '/accounts/umbrella-2')).status).toBe(200);
    expect((await shop.ask('bob', '/accounts/acme-1')).status).toBe(404);
  });

  it('compares two places with two values pair by pair', async () => {
    shop = await openShop(
      '  ownership: { account: { id: path.accountId, owner: [response:/ownerId, response:/tenant], equals: [principal.subject, principal.attributes.tenant] } }',
    );
    shop.accounts.set('c', { id: 'c', balance: 1, ownerId: 'carol', tenant: 'acme' });
    shop.accounts.set('d', { id: 'd', balance: 1, ownerId: 'acme', tenant: 'alice' });
    expect((await shop.ask('alice', '/accounts/c')).status).toBe(200);
    expect((await shop.ask('alice', '/accounts/d')).status).toBe(404);
  });

  it('only tells what it would refuse where it observes', async () => {
    shop = await openShop(OWNED, { policyEnd: 'modes: { ownership: observe }' });
    expect((await shop.ask('alice', '/accounts/umbrella-2')).text).toBe('{"id":"umbrella-2","balance":20}');
    expect(shop.logText()).toContain(
      '"observed":[{"code":"OWNERSHIP_FOREIGN","stage":"ownership","rule":"ownership/account"}]',
    );
  });

  it('keeps nothing of an answer back where it observes, and tells in the end', async () => {
    let more = (): void => undefined;
    shop = await openShop(OWNED, {
      ...answering((response) => {
        response.writeHead(200, JSON_TYPE).write('{"id":"x",');
        more = () => void response.end('"ownerId":"umbrella"}');
      }),
      policyEnd: 'modes: { ownership: observe, responses: off }',
    });
    const answer = await fetch(`${shop.url}/accounts/x`, { headers: { 'X-Key': KEYS.alice } });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const next = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
    expect(await next()).toBe('{"id":"x",');
    more();
    expect(await next()).toBe('"ownerId":"umbrella"}');
    expect((await reader.read()).done).toBe(true);
    await until(() => shop.logText().includes('"observed":[{"code":"OWNERSHIP_FOREIGN"'));
  });

  it('passes what is too large to look into where it observes', async () => {
    const large = `{"id":"x","balance":1,"more":"${'y'.repeat(70_000)}"}`;
    shop = await openShop(OWNED, {
      ...answering((response) => response.writeHead(200, JSON_TYPE).end(large)),
      policyEnd: 'modes: { ownership: observe, responses: off }\nresponses: { maxBodyBytes: 64KiB }',
    });
    expect((await shop.ask('alice', '/accounts/x')).text).toBe(large);
    expect(lastCode(shop)).toBeNull();
  });
});
