import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createTcpUpstream, okAnswer, type TcpUpstream } from './tcp-upstream.ts';
import { detailOf, SMALL_API, SMALL_POLICY, statusesOf } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';
import type { Socket } from 'node:net';

let upstream: TcpUpstream;
let door: Door;
afterEach(async () => {
  await door.close();
  await upstream.close();
});

async function open(onHead: (socket: Socket, head: string, number: number) => void, settings = ''): Promise<void> {
  upstream = await createTcpUpstream(onHead);
  door = await openDoor({
    document: SMALL_API,
    policy: SMALL_POLICY,
    upstreamUrl: `{ url: '${upstream.url}'${settings} }`,
  });
}

const close = 'Connection: close\r\n\r\n';
const GET = (path: string): Promise<string> => door.raw(`GET ${path} HTTP/1.1\r\nHost: a\r\n${close}`);
const OCTETS = 'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n';
const JSON_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

async function codeOf(): Promise<unknown> {
  await until(() => door.log.length >= 1);
  expect(door.log.length).toBe(1);
  return detailOf(door.log[0])['code'];
}

function strayEvents(): unknown[] {
  return door.log
    .filter((line) => /bytes that no request asked for/.test(String(line['message'])))
    .map((line) => detailOf(line)['detail']);
}

async function upstreamCount(): Promise<string | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
  return /^sallyport_upstream_seconds_count (\d+)$/m.exec(text)?.[1];
}

describe('an upstream that fails', () => {
  const before: readonly (readonly [string, (socket: Socket) => void, string, number])[] = [
    ['closes without an answer', (socket) => socket.end(), 'UPSTREAM_BROKEN', 502],
    [
      'resets in the middle of its head',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nX-A', () => socket.resetAndDestroy()),
      'UPSTREAM_BROKEN',
      502,
    ],
    ['never answers', () => undefined, 'UPSTREAM_TIMEOUT', 504],
    [
      'ends its JSON early',
      (socket) => socket.end(`${JSON_HEAD}Content-Length: 100\r\n\r\n{"ok":`),
      'UPSTREAM_BROKEN',
      502,
    ],
    [
      'says two lengths',
      (socket) => socket.write(`${JSON_HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} `),
      'UPSTREAM_BROKEN',
      502,
    ],
    [
      'says a length and chunked',
      (socket) =>
        socket.write(`${JSON_HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
      'UPSTREAM_BROKEN',
      502,
    ],
    [
      'sends a head that is too large',
      (socket) => socket.write(`${JSON_HEAD}X-Long: ${'x'.repeat(100_000)}\r\nContent-Length: 2\r\n\r\n{}`),
      'UPSTREAM_BROKEN',
      502,
    ],
    [
      'switches protocols',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
      'UPSTREAM_BROKEN',
      502,
    ],
    [
      'ends its lines with line feeds alone',
      (socket) => socket.write('HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 2\n\n{}'),
      'UPSTREAM_BROKEN',
      502,
    ],
    ['speaks another protocol', (socket) => socket.write('220 mail.example ESMTP\r\n'), 'UPSTREAM_BROKEN', 502],
    [
      'folds a header',
      (socket) => socket.write(`${JSON_HEAD}X-A: 1\r\n 2\r\nContent-Length: 2\r\n\r\n{}`),
      'UPSTREAM_BROKEN',
      502,
    ],
  ];
  for (const [what, answer, code, status] of before)
    it(`${what}: ${status} ${code}, and its text is told to nobody`, async () => {
      await open(answer, ', firstByteTimeout: 300ms, idleTimeout: 300ms');
      const received = await GET('/fast');
      expect(statusesOf(received)).toEqual([status]);
      expect(received).not.toContain('UND_ERR');
      expect(await codeOf()).toBe(code);
      expect(detailOf(door.log[0])['verdict']).toBe('failed');
    });

  it('that never answers was waited for: the time stands in the record and in the metric', async () => {
    await open(() => undefined, ', firstByteTimeout: 100ms');
    expect(statusesOf(await GET('/fast'))).toEqual([504]);
    expect(await codeOf()).toBe('UPSTREAM_TIMEOUT');
    const detail = detailOf(door.log[0]);
    expect([detail['upstream_status'], Number(detail['upstream_ms']) > 0]).toEqual([undefined, true]);
    expect(await upstreamCount()).toBe('1');
    expect(statusesOf(await GET('/nowhere'))).toEqual([404]);
    await until(() => door.log.length === 2);
    expect(detailOf(door.log[1])).not.toHaveProperty('upstream_ms');
    expect(await upstreamCount()).toBe('1');
  });

  const during: readonly (readonly [string, (socket: Socket) => void])[] = [
    [
      'resets',
      (socket) =>
        socket.write(`${OCTETS}Content-Length: 100\r\n\r\nabc`, () => setTimeout(() => socket.resetAndDestroy(), 50)),
    ],
    ['closes before its length', (socket) => socket.end(`${OCTETS}Content-Length: 100\r\n\r\nabc`)],
    ['closes before its last chunk', (socket) => socket.end(`${OCTETS}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`)],
    ['stops for too long', (socket) => socket.write(`${OCTETS}Content-Length: 100\r\n\r\nabc`)],
    [
      'sends a chunk that is none',
      (socket) => socket.write(`${OCTETS}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nxyz\r\n`),
    ],
  ];
  for (const [what, answer] of during)
    it(`${what} in the middle of a body: the client's connection breaks, and the record says failed`, async () => {
      await open(answer, ', idleTimeout: 300ms');
      await expect(fetch(`${door.url}/download`).then((response) => response.arrayBuffer())).rejects.toThrow();
      await until(() => door.log.length === 1);
      expect(detailOf(door.log[0])['verdict']).toBe('failed');
    });

  it('gives more than its length: the client gets the length, and the rest is no answer to anyone', async () => {
    await open(
      (socket, head) =>
        socket.write(
          head.startsWith('GET /download')
            ? `${OCTETS}Content-Length: 3\r\n\r\nabcHTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"evil":true}`
            : okAnswer(),
        ),
      ', connections: 1',
    );
    for (let i = 0; i < 3; i++) expect(await (await fetch(`${door.url}/download`)).text()).toBe('abc');
    for (let i = 0; i < 5; i++) expect(await (await fetch(`${door.url}/fast`)).text()).toBe('{"ok":true}');
    // Where some came behind an answer, others may have come behind a request: told, and not once for each.
    expect(strayEvents()).toEqual(['connections ended: 1']);
  });

  it('sends an answer on a connection that is idle: it is for nobody, and told', async () => {
    await open((socket, head) => {
      socket.write(okAnswer());
      if (head.includes('/slow')) setImmediate(() => setImmediate(() => socket.write(okAnswer('{"evil":true}'))));
    });
    expect((await fetch(`${door.url}/slow`)).status).toBe(200);
    await until(() => strayEvents().length === 1 && upstream.sockets.size === 0);
    expect(await (await fetch(`${door.url}/fast`)).text()).toBe('{"ok":true}');
    expect(strayEvents()).toEqual(['connections ended: 1']);
  });

  it('has sent what nobody asked for: from then on what comes late for one request is no answer to the next', async () => {
    let last: Socket | null = null;
    await open((socket, head) => {
      if (last !== socket) last?.write(okAnswer('{"evil":true}'));
      last = socket;
      socket.write(okAnswer());
      if (head.includes('/slow')) setImmediate(() => setImmediate(() => socket.write(okAnswer('{"evil":true}'))));
    }, ', connections: 1');
    expect((await fetch(`${door.url}/slow`)).status).toBe(200);
    await until(() => strayEvents().length === 1 && upstream.sockets.size === 0);
    for (let i = 0; i < 5; i++) expect(await (await fetch(`${door.url}/fast`)).text()).toBe('{"ok":true}');
    expect(upstream.accepted()).toBe(6);
    expect(strayEvents()).toEqual(['connections ended: 1']);
  });

  it('answers with a body where none may be: 204, 304 and HEAD keep the connection clean', async () => {
    await open((socket, head) => {
      if (head.startsWith('GET /empty')) socket.write('HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n');
      else if (head.startsWith('HEAD')) socket.write(`${JSON_HEAD}Content-Length: 13\r\n\r\n`);
      else if (head.includes('If-None-Match'))
        socket.write('HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 13\r\n\r\n');
      else socket.write(okAnswer());
    });
    const received = await door.raw(
      `GET /empty HTTP/1.1\r\nHost: a\r\n\r\nHEAD /fast HTTP/1.1\r\nHost: a\r\n\r\nGET /fast HTTP/1.1\r\nHost: a\r\nIf-None-Match: "a"\r\n\r\nGET /fast HTTP/1.1\r\nHost: a\r\n${close}`,
    );
    expect(statusesOf(received)).toEqual([204, 200, 304, 200]);
    const [empty = '', head = ''] = received.split('\r\n\r\n');
    expect(empty).not.toMatch(/content-length|transfer-encoding/i);
    expect(head).toMatch(/^HTTP\/1\.1 200/);
    expect(received.endsWith('{"ok":true}')).toBe(true);
  });

  it('says something before its answer: 100, 102 and 103 are left out', async () => {
    await open((socket) =>
      socket.write(`HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${okAnswer()}`),
    );
    expect(statusesOf(await GET('/fast'))).toEqual([200]);
  });

  it('sends trailers: they are left out', async () => {
    await open((socket) =>
      socket.write(
        `${JSON_HEAD}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\n\r\n`,
      ),
    );
    const received = await GET('/fast');
    expect(received).toMatch(/\r\n\r\n\{\}$/);
    expect(received).not.toMatch(/x-sum|trailer|set-cookie/i);
  });

  it('answers before it has read the request: the client gets the answer, and the connection ends', async () => {
    await open((socket) => socket.write(okAnswer()));
    const received = await door.raw([
      `POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\n`,
      'x'.repeat(1000),
    ]);
    expect(statusesOf(received)).toEqual([200]);
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])['verdict']).toBe('passed');
  });

  it('is refused by nobody listening: UPSTREAM_UNREACHABLE', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as { port: number };
    await new Promise((resolve) => gone.close(resolve));
    upstream = await createTcpUpstream(() => undefined);
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY, upstreamUrl: `http://127.0.0.1:${port}` });
    expect(statusesOf(await GET('/fast'))).toEqual([502]);
    expect(await codeOf()).toBe('UPSTREAM_UNREACHABLE');
  });
});

describe('an upstream that closes kept connections', () => {
  it('a GET is sent once more and a DELETE or POST never', async () => {
    await open((socket, _head, number) =>
      [2, 4, 6, 7].includes(number) ? socket.destroy() : socket.write(okAnswer()),
    );
    const get = async (): Promise<number> => (await fetch(`${door.url}/fast`)).status;
    expect([await get(), upstream.heads.length]).toEqual([200, 1]);
    // The kept connection is destroyed under the second, and the repetition goes over a new one.
    expect([await get(), upstream.heads.length]).toEqual([200, 3]);
    expect([(await fetch(`${door.url}/slow`, { method: 'DELETE' })).status, upstream.heads.length]).toEqual([502, 4]);
    expect([await get(), upstream.heads.length]).toEqual([200, 5]);
    expect(
      (
        await fetch(`${door.url}/items`, {
          method: 'POST',
          body: '{}',
          headers: { 'Content-Type': 'application/json' },
        })
      ).status,
    ).toBe(502);
    expect(upstream.heads.length).toBe(6);
    // A connection of its own that breaks is no accident of keeping one.
    expect([await get(), upstream.heads.length]).toEqual([502, 7]);
  });

  it('at random under load: every GET is answered, and no POST arrives twice', async () => {
    const posts = new Map<string, number>();
    let seed = 7;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    await open((socket, head) => {
      const id = /X-Id: (\d+)/i.exec(head)?.[1];
      if (id !== undefined) posts.set(id, (posts.get(id) ?? 0) + 1);
      socket.write(okAnswer());
      // After the answer, while the door may already be writing the next request.
      if (random() < 0.3) setImmediate(() => socket.destroy());
    });
    const results = await Promise.all(
      Array.from({ length: 8 }, async (_, worker) => {
        const statuses: string[] = [];
        for (let i = 0; i < 40; i++) {
          const post = i % 4 === 0;
          const response = await fetch(
            `${door.url}/${post ? 'items' : 'fast'}`,
            post
              ? {
                  method: 'POST',
                  body: '{}',
                  headers: { 'Content-Type': 'application/json', 'X-Id': `${worker * 1000 + i}` },
                }
              : {},
          );
          statuses.push(`${post ? 'POST' : 'GET'} ${response.status}`);
          await response.arrayBuffer();
        }
        return statuses;
      }),
    );
    const all = results.flat();
    expect(all.filter((each) => each.startsWith('GET') && each !== 'GET 200')).toEqual([]);
    expect([...posts.values()].filter((count) => count !== 1)).toEqual([]);
    expect(door.log.length).toBe(320);
  });
});
