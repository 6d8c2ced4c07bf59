import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createTestIssuer } from '../tokens.ts';
import { detailOf, SMALL_API, SMALL_POLICY, statusesOf } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';

let door: Door;
afterEach(() => door.close());

const ORIGIN = 'https://app.example';
const CORS = `cors: { origins: ['${ORIGIN}'], credentials: true, requestHeaders: [X-Key], exposedHeaders: [X-Total] }\n`;
const raw = (path: string, headers: Record<string, string>, method = 'GET'): Promise<string> =>
  door.raw(
    `${method} ${path} HTTP/1.1\r\nHost: a\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}Connection: close\r\n\r\n`,
  );
/** Every value of a header, for one sent twice is read as a list by browsers and refused. */
const all = (received: string, name: string): string[] =>
  [...received.matchAll(new RegExp(`^${name}: (.*)\r$`, 'gim'))].map(([, value]) => value ?? '');

describe('cross-origin requests', () => {
  it('a preflight is answered once and whole', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY + CORS });
    const received = await raw('/items', { Origin: ORIGIN, 'Access-Control-Request-Method': 'POST' }, 'OPTIONS');
    expect(statusesOf(received)).toEqual([204]);
    expect(all(received, 'Access-Control-Allow-Origin')).toEqual([ORIGIN]);
    expect(all(received, 'Access-Control-Allow-Credentials')).toEqual(['true']);
    expect(all(received, 'Access-Control-Allow-Methods')).toEqual(['OPTIONS, POST']);
    expect(all(received, 'Access-Control-Allow-Headers')).toEqual(['x-key']);
    expect(all(received, 'Vary').join()).toContain('Origin');
    expect(door.seen).toEqual([]);
  });
  it('a foreign origin is allowed nothing', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY + CORS });
    for (const origin of [
      'https://evil.example',
      'null',
      `${ORIGIN}.evil.example`,
      ORIGIN.toUpperCase(),
      `${ORIGIN}:443`,
    ]) {
      for (const received of [
        await raw('/items', { Origin: origin, 'Access-Control-Request-Method': 'POST' }, 'OPTIONS'),
        await raw('/fast', { Origin: origin }),
      ]) {
        expect(received).not.toMatch(/access-control-allow/i);
        expect(all(received, 'Vary').join()).toContain('Origin');
      }
    }
  });
  it('answers and refusals carry it once, whatever the upstream says', async () => {
    door = await openDoor({
      document: SMALL_API,
      policy: SMALL_POLICY + CORS,
      upstream: (_request, response) =>
        response
          .writeHead(200, {
            'Content-Type': 'application/json',
            'Access-Control-Allow-Origin': '*',
            'Access-Control-Allow-Credentials': 'true',
            Vary: 'Accept',
          })
          .end('{"ok":true}'),
    });
    for (const [path, status] of [
      ['/fast', 200],
      ['/nowhere', 404],
    ] as const) {
      const received = await raw(path, { Origin: ORIGIN });
      expect(statusesOf(received)).toEqual([status]);
      expect(all(received, 'Access-Control-Allow-Origin')).toEqual([ORIGIN]);
      expect(all(received, 'Access-Control-Allow-Credentials')).toEqual(['true']);
      expect(all(received, 'Access-Control-Expose-Headers')).toEqual(['x-total']);
    }
    expect(all(await raw('/fast', {}), 'Vary').join()).toContain('Origin');
  });
  it('any origin is allowed by * and then one answer serves all', async () => {
    door = await openDoor({ document: SMALL_API, policy: `${SMALL_POLICY}cors: { origins: ['*'] }\n` });
    for (const received of [
      await raw('/items', { Origin: ORIGIN, 'Access-Control-Request-Method': 'POST' }, 'OPTIONS'),
      await raw('/fast', { Origin: ORIGIN }),
      await raw('/fast', { Origin: ORIGIN }, 'OPTIONS'),
    ])
      expect(all(received, 'Access-Control-Allow-Origin')).toEqual(['*']);
  });
});

describe('headers on their way', () => {
  it('the upstream gets nothing of the connection, no override, no identity and no claim about the client', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    const evil = [
      'X-HTTP-Method-Override',
      'X-Method-Override',
      'X-Original-URL',
      'X-Rewrite-URL',
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'X-Forwarded-Proto',
      'Forwarded',
      'X-Real-IP',
      'X-Forwarded-User',
      'X-Remote-User',
      'Proxy-Authorization',
      'Proxy',
      'TE',
      'Trailer',
      'Keep-Alive',
      'X-Request-Id',
      'Client-Cert',
      'X-Middleware-Subrequest',
      'X-Hop',
    ];
    const received = await door.raw(
      `GET /fast HTTP/1.1\r\nHost: a\r\n${evil.map((name) => `${name}: evil\r\n`).join('')}Connection: close, X-Hop\r\nX-Good: 1\r\n\r\n`,
    );
    expect(statusesOf(received)).toEqual([200]);
    const { rawHeaders } = door.seen[0] ?? { rawHeaders: [] };
    expect(rawHeaders).not.toContain('evil');
    expect(rawHeaders).toContain('X-Good');
    expect(door.seen[0]?.headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  it('the client gets nothing of the connection to the upstream and no banner', async () => {
    door = await openDoor({
      document: SMALL_API,
      policy: `${SMALL_POLICY}responses: { undeclaredHeaders: pass }\n`,
      upstream: (_request, response) =>
        response
          .writeHead(200, {
            'Content-Type': 'application/json',
            Connection: 'close, X-Hop',
            'X-Hop': 'secret',
            'Keep-Alive': 'timeout=99',
            'Proxy-Authenticate': 'Basic',
            Upgrade: 'h2c',
            Server: 'nginx/1.2.3',
            'X-Powered-By': 'PHP/5',
            'X-Request-Id': 'theirs',
            'Alt-Svc': 'h3=":443"',
            'X-Kept': 'yes',
          })
          .end('{"ok":true}'),
    });
    const received = await raw('/fast', {});
    expect(received).not.toMatch(/x-hop|timeout=99|proxy-authenticate|upgrade|nginx|php|theirs|alt-svc/i);
    expect(all(received, 'X-Kept')).toEqual(['yes']);
    expect(all(received, 'X-Request-Id').length).toBe(1);
  });

  it('a trace goes on with a span of our own, and an invalid one is as none', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await raw('/fast', { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, tracestate: 'a=b' });
    await raw('/fast', { traceparent: `00-${traceId}-0000000000000000-01`, tracestate: 'a=b' });
    await until(() => door.log.length === 2);
    const [first, second] = door.seen;
    expect(first?.headers['traceparent']).toBe(`00-${traceId}-${String(door.log[0]?.['span.id'])}-01`);
    expect(door.log[0]).toMatchObject({ 'trace.id': traceId, 'parent.id': '00f067aa0ba902b7' });
    expect(first?.headers['tracestate']).toBe('a=b');
    expect(second?.headers['tracestate']).toBeUndefined();
    expect(second?.headers['traceparent']).not.toContain(traceId);
  });

  it("the request id of answer, upstream and record is one, and never the client's", async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    const received = await raw('/fast', { 'X-Request-Id': 'mine' });
    await until(() => door.log.length === 1);
    const id = all(received, 'X-Request-Id')[0];
    expect(id).not.toBe('mine');
    expect([door.seen[0]?.headers['x-request-id'], door.log[0]?.['http.request.id']]).toEqual([id, id]);
  });

  it('a trusted proxy may say who asks, and a stranger may not', async () => {
    for (const [trusted, expected] of [
      ['127.0.0.1/32', '203.0.113.7'],
      ['10.0.0.0/8', '127.0.0.1'],
    ] as const) {
      door = await openDoor({ document: SMALL_API, policy: `${SMALL_POLICY}trustedProxies: ['${trusted}']\n` });
      await raw('/fast', { 'X-Forwarded-For': '198.51.100.1, 203.0.113.7', 'X-Forwarded-Proto': 'https' });
      await until(() => door.log.length === 1);
      expect(door.log[0]?.['client.ip']).toBe(expected);
      expect(door.seen[0]?.headers['x-forwarded-for']).toBe(expected);
      if (trusted !== '10.0.0.0/8') await door.close();
    }
  });

  it('the upstream learns who asks in headers that no client can set', async () => {
    const issuer = await createTestIssuer();
    const document = {
      ...SMALL_API,
      components: { securitySchemes: { jwt: { type: 'http', scheme: 'bearer' } } },
      paths: {
        '/me': {
          get: { operationId: 'me', security: [{ jwt: [] }], responses: SMALL_API.paths['/fast'].get.responses },
        },
        '/open': { get: { operationId: 'open', responses: SMALL_API.paths['/fast'].get.responses } },
      },
    };
    let seen: Record<string, unknown> = {};
    const upstream = createServer((request, response) => {
      seen = request.headers;
      response.setHeader('Content-Type', 'application/json').end('{"ok":true}');
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    door = await openDoor({
      document,
      files: { 'jwks.json': issuer.jwks },
      upstreamUrl: `{ url: 'http://127.0.0.1:${(upstream.address() as { port: number }).port}', principalHeaders: { subject: X-User, roles: X-Roles, scopes: X-Scopes } }`,
      policy: `authentication: { jwt: { issuer: ${issuer.issuer}, audience: ${issuer.audience}, algorithms: [RS256], jwks: jwks.json, types: [JWT] } }\n`,
    });
    await raw('/me', {
      Authorization: `Bearer ${await issuer.sign({ sub: 'ada\r\nX-Admin: 1', scope: 'a b' })}`,
      'X-User': 'mallory',
      'X-Roles': 'admin',
    });
    expect(seen).toMatchObject({ 'x-user': 'ada%0D%0AX-Admin:%201', 'x-scopes': 'a b' });
    expect([seen['x-admin'], seen['authorization']]).toEqual([undefined, undefined]);
    expect(seen['x-roles'] ?? '').not.toContain('admin');
    await raw('/open', { 'X-User': 'mallory', 'X-Roles': 'admin' });
    expect([seen['x-user'], seen['x-roles']]).toEqual([undefined, undefined]);
    expect(statusesOf(await raw('/open', { X_User: 'mallory' }))).toEqual([400]);
    upstream.close();
    upstream.closeAllConnections();
    expect(detailOf(door.log.at(-1))['code']).toBe('HTTP_HEADER_INVALID');
  });
});
