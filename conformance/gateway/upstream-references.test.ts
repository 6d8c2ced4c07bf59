import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../tls/certificates.ts';
import { curl } from '../tls/tls-clients.ts';
import { detailOf } from './documents.ts';
import { freePort } from '../free-port.ts';
import { openDoor, until, type Door } from '../door.ts';
import type { AddressInfo } from 'node:net';

const authority = createTestAuthority();
const leaf = authority?.issue('127.0.0.1');
const hasNginx = spawnSync('nginx', ['-v'], { stdio: 'ignore' }).status === 0;
let door: Door | null = null;
let server: Server | null = null;
let nginx: ChildProcess | null = null;
const folders: string[] = [];
afterEach(async () => {
  await door?.close();
  door = null;
  server?.closeAllConnections();
  server?.close();
  server = null;
  if (nginx?.kill() === true) await once(nginx, 'exit');
  nginx = null;
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
afterAll(() => authority?.close());

const EMPTY = { description: 'without a body' };
const OPERATION = { responses: { 200: EMPTY, 201: EMPTY, 303: EMPTY } };
const CHECKED = { headers: { Location: { required: true, schema: { type: 'string', format: 'uri' } } }, ...EMPTY };
const API = {
  openapi: '3.1.0',
  info: { title: 'Shop', version: '1' },
  servers: [{ url: '/shop' }],
  components: { securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'session' } } },
  paths: {
    '/items': { get: OPERATION, post: OPERATION },
    '/items/5': { get: OPERATION },
    '/checked': { get: { responses: { 303: CHECKED } } },
  },
};
const KEYS =
  'authentication: { session: { keys: [{ id: one, sha256: 27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9 }] } }';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Opens a door in front of an API behind `basePath`; gives the address of the API as its policy has it. */
async function open(basePath: string, answer: Answer, policy = '', tls = false): Promise<string> {
  server = createServer((incoming, response) => {
    incoming.resume();
    answer(incoming, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}`;
  door = await openDoor({
    document: API,
    upstreamUrl: address,
    policy: `limits: []\n${KEYS}\n${tls ? 'listen: { tls: { certificate: cert.pem, key: key.pem } }\n' : ''}${policy}`,
    files: { 'cert.pem': leaf?.certificate ?? '', 'key.pem': leaf?.key ?? '', 'ca.pem': authority?.certificate ?? '' },
  });
  return address;
}

/** An API that names a thing below each path in every header that can, by the Host that it was asked by. */
function naming(status: number, scheme = 'http'): Answer {
  return ({ headers, url = '' }, response) => {
    if (url.endsWith('/items/5')) return void response.writeHead(200).end();
    const named = `${scheme}://${headers.host}${url}/5`;
    const rest = { Refresh: `0; url=${named}`, Link: `<${named}>; rel="item"` };
    response.writeHead(status, { Location: named, 'Content-Location': named, ...rest }).end();
  };
}

const AT_DOOR = ['/shop/items/5', '/shop/items/5', '</shop/items/5>; rel="item"'];
const told = ({ headers }: Response): (string | null)[] =>
  ['Location', 'Content-Location', 'Link'].map((name) => headers.get(name));
const ask = (path: string, more: RequestInit = {}): Promise<Response> =>
  fetch(`${door?.url}${path}`, { redirect: 'manual', ...more });

describe('an answer that names the upstream', () => {
  it.each(['', '/base/v1'])('leads to the door where the API is behind "%s"', async (basePath) => {
    await open(basePath, naming(303));
    expect(told(await ask('/shop/items'))).toEqual(AT_DOOR);
    expect(told(await ask('/shop/items', { method: 'HEAD' }))).toEqual(AT_DOOR);
    const followed = await ask('/shop/items', { redirect: 'follow' });
    expect([followed.status, followed.url]).toEqual([200, `${door?.url}/shop/items/5`]);
  });

  it('leads to the door where something was made', async () => {
    await open('/base', naming(201));
    const made = await ask('/shop/items', { method: 'POST' });
    expect([made.status, ...told(made)]).toEqual([201, ...AT_DOOR]);
  });

  it('leads to the door in every mode, Refresh with it, and where nothing of the document matches', async () => {
    for (const policy of ['mode: off', 'mode: observe', 'modes: { match: observe }']) {
      await open('/base', naming(303), `${policy}\n`);
      const path = policy.startsWith('modes') ? '/nowhere' : '/shop/items';
      const answer = await ask(path);
      expect([answer.status, answer.headers.get('Location')]).toEqual([303, `${path}/5`]);
      expect(answer.headers.get('Refresh')).toBe(`0; url=${path}/5`);
      await door?.close();
      server?.close();
      server?.closeAllConnections();
    }
  });

  it.skipIf(authority === null)(
    'leads to the door over HTTP/2 as over HTTP/1.1, where it took the scheme from X-Forwarded-Proto',
    async () => {
      await open('/base', naming(303, 'https'), '', true);
      for (const version of ['--http2', '--http1.1']) {
        const { text } = await curl(`${door?.url}/shop/items`, [version, '--cacert', `${door?.folder}/ca.pem`]);
        expect(text).toMatch(version === '--http2' ? /^HTTP\/2 303/ : /^HTTP\/1\.1 303/);
        expect(text).toMatch(/^location: \/shop\/items\/5\r$/im);
        expect(text).not.toContain(new URL(door?.gateway.plan.policy.upstream.url ?? '').host);
      }
    },
  );

  it('leads elsewhere as it came', async () => {
    const login = 'https://id.example/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%2Fshop';
    await open('/base', (_request, response) => response.writeHead(303, { Location: login }).end());
    expect((await ask('/shop/items')).headers.get('Location')).toBe(login);
  });

  it('never leads to a host that the upstream named in a path', async () => {
    await open('/base', ({ headers }, response) =>
      response.writeHead(303, { Location: `http://${headers.host}/base//evil.example/a` }).end(),
    );
    const { headers } = await ask('/shop/items');
    expect(headers.get('Location')).toBe('/.//evil.example/a');
    const followed = await ask('/shop/items', { redirect: 'follow' });
    expect(followed.url).toBe(`${door?.url}//evil.example/a`);
    expect(((await followed.json()) as { code: string }).code).toBe('PATH_INVALID');
  });

  it('is held against the document as the upstream wrote it', async () => {
    let location = '';
    const address = await open('', (_request, response) => response.writeHead(303, { Location: location }).end());
    location = `${address}/shop/items/5`;
    expect((await ask('/shop/checked')).headers.get('Location')).toBe('/shop/items/5');
    location = '/shop/items/5';
    expect((await ask('/shop/checked')).status).toBe(502);
    await until(() => door?.log.length === 2);
    expect(detailOf(door?.log[1])['code']).toBe('RESPONSE_HEADER_INVALID');
  });

  it('sets its cookies for the door, under the name by which the client knows it', async () => {
    await open('/base', (_request, response) =>
      response.writeHead(200, { 'Set-Cookie': 'session=1; Domain=127.0.0.1; Path=/base/shop; HttpOnly' }).end(),
    );
    const port = door?.gateway.port ?? 0;
    for (const [host, expected] of [
      ['door.example', 'session=1; Path=/shop; HttpOnly'],
      [`127.0.0.1:${port}`, 'session=1; Domain=127.0.0.1; Path=/shop; HttpOnly'],
    ] as const) {
      const asked = request({ port, host: '127.0.0.1', path: '/shop/items', headers: { Host: host } }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      response.resume();
      expect(response.headers['set-cookie']).toEqual([expected]);
    }
  });

  it.each(['enforce', 'observe', 'off'])('tells no software of it where answers are %s', async (mode) => {
    await open(
      '',
      (_request, response) =>
        response.writeHead(200, { Server: 'nginx/1.2.3', 'X-Powered-By': 'PHP/5', 'X-AspNet-Version': '4' }).end(),
      `modes: { responses: ${mode} }\n`,
    );
    const { status, headers } = await ask('/shop/items');
    expect(status).toBe(200);
    for (const name of ['Server', 'X-Powered-By', 'X-AspNet-Version']) expect(headers.get(name)).toBeNull();
  });

  it('is one by the door alone where the upstream is away: nothing in it names the upstream', async () => {
    const address = await open('/base', (incoming) => incoming.socket.destroy());
    server?.close();
    for (const _ of [1, 2]) {
      const answer = await ask('/shop/items');
      const text = `${await answer.text()}${JSON.stringify([...answer.headers])}`;
      expect(answer.status).toBe(502);
      expect(text).not.toContain(new URL(address).port);
      expect(text).not.toContain('/base');
    }
  });
});

describe.skipIf(!hasNginx)('nginx, as it comes', () => {
  it('sends clients to the same places by Location, where it knows the upstream by its spelling', async () => {
    let location = '';
    const address = await open('/base/', (_request, response) => response.writeHead(303, { Location: location }).end());
    const { origin, port } = new URL(address);
    const other = await startNginx(`location / { proxy_pass ${address}; }`);
    for (const reference of [
      `${origin}/base/shop/items/5?a=b#c`,
      `${origin}/base/`,
      `${origin}/base//evil.example/a`,
      `http://127.0.0.1:${Number(port) - 1}/base/shop/items`,
      `http://127.0.0.1:${port}.evil.example/base/`,
      `http://127.0.0.1:${port}@evil.example/base/`,
      `${origin.replace('http', 'https')}/base/`,
      'https://id.example/base/',
      '/shop/items/5',
      '../items',
      '?page=2',
    ]) {
      location = reference;
      const [ours, theirs] = await Promise.all(
        [`${door?.url}`, other].map(async (base) => {
          const answer = await fetch(`${base}/shop/items`, { redirect: 'manual' });
          const told = answer.headers.get('Location') ?? '';
          return (URL.parse(told, `${base}/shop/items`)?.href ?? told).replace(base, '');
        }),
      );
      expect(ours, reference).toBe(theirs);
    }
  });
});

async function startNginx(locations: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-nginx-'));
  folders.push(folder);
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (one) => `${one}_temp_path ${folder}/${one};`,
  );
  const http = `access_log off; ${temporary.join(' ')} server { listen 127.0.0.1:${port}; ${locations} }`;
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error; events {} http { ${http} }`,
  );
  nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(url, { redirect: 'manual' }).catch(() => null)) !== null);
  return url;
}
