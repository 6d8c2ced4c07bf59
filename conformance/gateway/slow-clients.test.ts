import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { createTcpUpstream, okAnswer, type TcpUpstream } from './tcp-upstream.ts';
import { detailOf, SMALL_API, SMALL_POLICY, statusesOf } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const MEGABYTE = 1 << 20;
let upstream: TcpUpstream;
let door: Door;
const clients = new Set<Socket>();
let answered: Socket[] = [];
afterEach(async () => {
  for (const client of clients) client.destroy();
  clients.clear();
  answered = [];
  await door.close();
  await upstream.close();
});

/** `/slow` is never answered, `/download` without an end, `/upload` after its body if ever; the rest at once. */
async function open(policy: string): Promise<void> {
  upstream = await createTcpUpstream((socket, head) => {
    if (head.startsWith('GET /download')) {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      const chunk = `10000\r\n${'d'.repeat(65_536)}\r\n`;
      const pour = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', pour);
      answered.push(socket);
      pour();
    } else if (head.startsWith('GET /fast')) socket.write(okAnswer());
  });
  door = await openDoor({
    document: SMALL_API,
    policy: SMALL_POLICY + policy,
    upstreamUrl: `{ url: '${upstream.url}', idleTimeout: 1s, connections: 4 }`,
  });
}

function client(bytes: string): {
  readonly socket: Socket;
  readonly received: () => string;
  readonly closed: Promise<void>;
} {
  const socket = connect(door.gateway.port, '127.0.0.1');
  let received = '';
  clients.add(socket);
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.write(bytes);
  return { socket, received: () => received, closed: new Promise((resolve) => socket.on('close', () => resolve())) };
}

describe('slow clients', () => {
  it('a thousand connections that dribble their heads end with 408, or without a word where nothing came, and others are served meanwhile', async () => {
    await open('requests: { headTimeout: 2s }');
    const started = Date.now();
    const dribbling = Array.from({ length: 1000 }, (_, i) =>
      client(i % 3 === 0 ? '' : 'GET /fast HTTP/1.1\r\nHost: a\r\nX-A: '),
    );
    const dribble = setInterval(() => {
      for (const [i, { socket }] of dribbling.entries()) if (i % 3 === 1 && socket.writable) socket.write('a');
    }, 200);
    const latencies: number[] = [];
    let over = false;
    const served = (async () => {
      while (!over) {
        const asked = performance.now();
        expect((await fetch(`${door.url}/fast`)).status).toBe(200);
        latencies.push(performance.now() - asked);
      }
    })();
    await Promise.all(dribbling.map(({ closed }) => closed));
    clearInterval(dribble);
    over = true;
    await served;
    const statuses = dribbling.map(({ received }) => statusesOf(received())[0] ?? 'silent');
    expect(statuses).toEqual(Array.from({ length: 1000 }, (_, i) => (i % 3 === 0 ? 'silent' : 408)));
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(latencies.length).toBeGreaterThan(20);
    expect(door.log.filter((record) => detailOf(record)['code'] === 'HTTP_HEAD_TIMEOUT').length).toBe(666);
  });

  it('a body that never ends ends with 408, collected or streamed, and the upstream call is given up', async () => {
    await open('requests: { headTimeout: 1s, bodyTimeout: 1s }');
    const collected = client(
      'POST /items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
    );
    const streamed = client(
      'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n{',
    );
    await Promise.all([collected.closed, streamed.closed]);
    expect([statusesOf(collected.received()), statusesOf(streamed.received())]).toEqual([[408], [408]]);
    await until(() => upstream.sockets.size === 0);
    expect(door.log.map((record) => detailOf(record)['code'])).toEqual(['BODY_TIMEOUT', 'BODY_TIMEOUT']);
  });

  it('clients that never read pause the upstream, take little memory, and are cut off', async () => {
    await open('');
    collectGarbage();
    const before = process.memoryUsage();
    const readers = Array.from({ length: 4 }, () => {
      const one = client('GET /download HTTP/1.1\r\nHost: a\r\n\r\n');
      one.socket.pause();
      return one;
    });
    await until(() => answered.length === 4);
    // The upstream would send without end: what it could get rid of sits in the buffers of sockets.
    let written = -1;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const now = answered.reduce((sum, socket) => sum + socket.bytesWritten, 0);
        if (now === written) {
          clearInterval(timer);
          resolve();
        }
        written = now;
      }, 200);
    });
    // What went through them is garbage by now, of which the engine gives back a part later; what counts is what is kept.
    const kept = (): number => {
      collectGarbage();
      const { external, heapUsed } = process.memoryUsage();
      return external + heapUsed - before.external - before.heapUsed;
    };
    await until(() => kept() < 8 * MEGABYTE || door.log.length > 0);
    expect(door.log).toEqual([]);
    await until(() => door.log.length === 4);
    expect(door.log.map((record) => detailOf(record)['verdict'])).toEqual(Array(4).fill('aborted'));
    await until(() => upstream.sockets.size === 0);
    // They held every connection to the upstream.
    expect((await fetch(`${door.url}/fast`)).status).toBe(200);
    for (const { socket } of readers) socket.destroy();
  });

  it('a client that never reads is cut off though it sends a byte now and then', async () => {
    await open('');
    const one = client('GET /download HTTP/1.1\r\nHost: a\r\n\r\n');
    one.socket.pause();
    await until(() => answered.length === 1);
    const dribble = setInterval(() => one.socket.write('G'), 100);
    try {
      await until(() => upstream.sockets.size === 0 && door.log.length === 1);
    } finally {
      clearInterval(dribble);
    }
    expect(detailOf(door.log[0])['verdict']).toBe('aborted');
  });

  it('a connection on which nothing but empty lines comes ends as one on which nothing comes', async () => {
    await open('requests: { headTimeout: 1s }');
    const one = client('\r\n');
    const dribble = setInterval(() => one.socket.write('\r\n'), 100);
    await one.closed;
    clearInterval(dribble);
    expect(one.received()).toBe('');
  });

  it('a keep-alive connection serves many and an idle one is no exchange', async () => {
    await open('');
    const one = client('GET /fast HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => statusesOf(one.received()).length === 1);
    one.socket.write('GET /fast HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => statusesOf(one.received()).length === 2);
    one.socket.destroy();
    await until(() => door.log.length === 2);
    expect(one.received()).toMatch(/Keep-Alive: timeout=30/i);
  });
});

describe('clients that vanish', () => {
  const phases: readonly (readonly [string, string, boolean])[] = [
    ['while the upstream thinks', 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n', true],
    [
      'while a body is collected',
      'POST /items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
      false,
    ],
    [
      'while a body is streamed',
      'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 100000\r\n\r\n{',
      true,
    ],
    ['while the answer is streamed', 'GET /download HTTP/1.1\r\nHost: a\r\n\r\n', true],
  ];
  for (const [phase, bytes, asked] of phases)
    for (const how of ['destroy', 'resetAndDestroy'] as const)
      it(`${phase} (${how}): the call is aborted, and one record says 499`, async () => {
        await open('');
        const one = client(bytes);
        if (asked) await until(() => upstream.heads.length === 1);
        else await new Promise((resolve) => one.socket.write('"', resolve));
        one.socket[how]();
        await until(() => door.log.length === 1 && upstream.sockets.size === 0);
        expect(door.log[0]?.['http.response.status_code']).toBe(499);
        expect(detailOf(door.log[0])['verdict']).toBe('aborted');
      });

  it('in the middle of a head: one record, and nothing is sent upstream', async () => {
    await open('');
    const one = client('GET /slow HTTP/1.1\r\nHos');
    one.socket.end();
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])['code']).toBe('HTTP_MALFORMED');
    expect(upstream.heads).toEqual([]);
  });

  it('from an idle connection: there was no exchange, so there is no record', async () => {
    await open('');
    const one = client('GET /fast HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => statusesOf(one.received()).length === 1);
    one.socket.resetAndDestroy();
    expect((await fetch(`${door.url}/fast`)).status).toBe(200);
    await until(() => door.log.length === 2);
  });
});
