import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createListener, type Listener } from './listener.ts';

let listener: Listener;
let asked: string[] = [];
const clients = new Set<Socket>();

async function listen(headTimeoutMs: number): Promise<void> {
  asked = [];
  listener = await createListener(
    {
      host: '127.0.0.1',
      port: 0,
      maxHeadBytes: 16_384,
      headTimeoutMs,
      bodyTimeoutMs: 10_000,
      maxConnections: 100,
      tls: null,
      http2: null,
    },
    {
      onRequest: (request) => ({
        run() {
          asked.push(`${request.target} of ${request.peer.address}`);
          request.reply(204, [], null);
        },
        onBroken: () => undefined,
        onGone: () => undefined,
        onDrain: () => undefined,
      }),
      onMalformed: () => undefined,
      onHandshakeFailure: () => undefined,
      onRefused: () => undefined,
      stallTimeoutMs: () => 10_000,
    },
  );
}

function client(bytes: string): Socket {
  const socket = connect(listener.port, '127.0.0.1');
  clients.add(socket);
  socket.on('error', () => undefined);
  socket.write(bytes);
  return socket;
}

/** Whether the listener takes connections. */
function isTaken(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(listener.port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

afterEach(async () => {
  for (const each of clients) each.destroy();
  clients.clear();
  await listener.drain(100);
});

/** Sends a request and resets the connection, while nobody accepts it. */
const RESETS = `const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1', () =>
  socket.write('POST /reset HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 0\\r\\n\\r\\n', () => socket.resetAndDestroy()));`;

describe('createListener', () => {
  it('takes no request of a client that has no address any more', async () => {
    await listen(10_000);
    expect(spawnSync(process.execPath, ['-e', RESETS, String(listener.port)]).status).toBe(0);
    await once(client('GET /next HTTP/1.1\r\nHost: a\r\n\r\n'), 'data');
    expect(asked).toEqual(['/next of 127.0.0.1']);
    for (const each of clients) each.destroy();
    await vi.waitUntil(async () => (await listener.connections()) === 0, { timeout: 25_000, interval: 5 });
  });

  it('answers what clients had sent when it was told to end, and ends those connections', async () => {
    await listen(10_000);
    const kept = client('GET /first HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(kept, 'data');
    // The kernel has it when this returns; nobody here has heard of it yet.
    kept.write('GET /second HTTP/1.1\r\nHost: a\r\n\r\n');
    const drained = listener.drain(10_000);
    const [second] = (await once(kept, 'data')) as [Buffer];
    expect(second.toString()).toMatch(/^HTTP\/1\.1 204 [^]*Connection: close/);
    await drained;
  });

  it('answers who had connected when it was told to end, however many they are, and whose request was still on its way', async () => {
    await listen(10_000);
    const connected = Array.from({ length: 90 }, () => connect(listener.port, '127.0.0.1'));
    for (const socket of connected) clients.add(socket.on('error', () => undefined));
    // The kernel has taken them all; nobody here has heard of one.
    await Promise.all(connected.map((socket) => once(socket, 'connect')));
    const drained = listener.drain(10_000);
    const ask = (socket: Socket): void => void socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const asking = connected.slice(0, -1);
    const replied = Promise.all(asking.map((socket) => once(socket, 'data')));
    asking.slice(0, 60).forEach(ask);
    while (await isTaken()) continue;
    asking.slice(60).forEach(ask);
    expect(new Set((await replied).map(([reply]) => String(reply).slice(0, 12)))).toEqual(new Set(['HTTP/1.1 204']));
    // The last has nothing to ask, and keeps nobody waiting.
    await once(connected.at(-1) as Socket, 'close');
    await drained;
    expect(asked.length).toBe(89);
  });

  it('does not take a stall of its own process for a delay of its clients', async () => {
    await listen(1_000);
    await once(client('GET /first HTTP/1.1\r\nHost: a\r\n\r\n'), 'data');
    const waiting = client('GET /waiting HTTP/1.1\r\nHost: a\r\n\r\n');
    const begun = client('GET /begun HTTP/1.1\r\n');
    // The kernel has taken all of it when this returns; nobody here has heard of it yet.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
    await once(waiting, 'data');
    begun.write('Host: a\r\n\r\n');
    await once(begun, 'data');
    expect(asked.toSorted()).toEqual(['/begun of 127.0.0.1', '/first of 127.0.0.1', '/waiting of 127.0.0.1']);
  });
});
