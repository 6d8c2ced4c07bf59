import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { UpstreamPolicy } from '@sallyport/core';
import { createHttp1Upstream } from './http1-upstream.ts';
import type { UpstreamPort, UpstreamRequest, UpstreamSink } from './upstream-port.ts';

const EVENTUALLY = { timeout: 25_000, interval: 5 };
const NO_TLS = { ca: null, certificate: null, key: null };
const GET: UpstreamRequest = {
  method: 'GET',
  path: '/',
  headers: ['Host', 'upstream'],
  body: null,
  length: 0,
  firstByteTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
};
const NO_CONTENT = 'HTTP/1.1 204 No Content\r\n\r\n';
const STRAY = 'HTTP/1.1 418 Stray\r\nContent-Length: 0\r\n\r\n';

describe('http1 upstream', () => {
  const open: { close(): unknown }[] = [];
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });

  /** An upstream that answers every request at once, unless `onData` does, and the wire to it. */
  async function wireTo(
    connectTimeoutMs = 60_000,
    onData = (socket: Socket, _data: string): unknown => socket.write(NO_CONTENT),
  ) {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (data) => onData(socket, data.toString('latin1'))).on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const policy: UpstreamPolicy = {
      url: `http://127.0.0.1:${port}`,
      connections: 1,
      connectTimeoutMs,
      firstByteTimeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      preserveHost: false,
      tls: { ca: null, certificate: null, key: null, serverName: null, verify: true },
      principalHeaders: { subject: null, issuer: null, scopes: null, roles: null },
    };
    const upstream = createHttp1Upstream(policy, NO_TLS);
    open.push(server, upstream, { close: () => sockets.forEach((socket) => socket.destroy()) });
    return { upstream, sockets, port };
  }

  /** The status of the answer, or the code of the failure. */
  function ask(upstream: UpstreamPort, request = GET, onHead = (): void => undefined): Promise<number | string> {
    return new Promise((resolve) => {
      let answered = 0;
      const sink: UpstreamSink = {
        onUpstreamHead: (status) => {
          answered = status;
          onHead();
        },
        onUpstreamData: () => true,
        onUpstreamEnd: () => resolve(answered),
        onUpstreamFailure: ({ code }) => resolve(code),
      };
      upstream.send(request, sink);
    });
  }

  it('does not take a stall of its own process for a delay of the upstream', async () => {
    const { upstream } = await wireTo(100);
    const outcome = ask(upstream);
    // The kernel has connected when this returns; nobody here has heard of it yet.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    expect(await outcome).toBe(204);
  });

  it('does not take an answer for late that came while its own process stood still', async () => {
    const { upstream } = await wireTo(60_000, (socket) => {
      socket.write(NO_CONTENT);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    });
    expect(await ask(upstream, { ...GET, firstByteTimeoutMs: 200 })).toBe(204);
  });

  it('takes no bytes for an answer that came before the request was written, and asks once more', async () => {
    const { upstream, sockets } = await wireTo();
    expect(await ask(upstream)).toBe(204);
    // From here the turn goes on with reading, and writes behind that.
    const outcome = new Promise((resolve) =>
      setImmediate(() => {
        sockets[0]?.write(STRAY);
        resolve(ask(upstream));
      }),
    );
    expect(await outcome).toBe(204);
    expect(sockets.length).toBe(2);
  });

  it('sends no request behind bytes that nobody asked for, read though not looked at', async () => {
    const { upstream, sockets, port } = await wireTo();
    expect(await ask(upstream)).toBe(204);
    const other = connect(port, '127.0.0.1');
    await vi.waitUntil(() => sockets.length === 2, EVENTUALLY);
    const outcome = new Promise((resolve) =>
      other.on('data', () => resolve(ask(upstream, { ...GET, method: 'POST', body: new Uint8Array(64 * 1024) }))),
    );
    // Both are there when the next turn reads, in this order.
    setImmediate(() => {
      sockets[0]?.write(STRAY);
      sockets[1]?.write('now');
    });
    expect(await outcome).toBe(204);
    expect(sockets.length).toBe(3);
    other.destroy();
  });

  it('gives each request a connection of its own once bytes have come that nobody asked for, for ten minutes', async () => {
    const { upstream, sockets } = await wireTo();
    expect(await ask(upstream)).toBe(204);
    sockets[0]?.write(STRAY);
    await vi.waitUntil(() => sockets[0]?.destroyed, EVENTUALLY);
    expect(await Promise.all([ask(upstream), ask(upstream), ask(upstream)])).toEqual([204, 204, 204]);
    expect(sockets.length).toBe(4);
    const now = performance.now.bind(performance);
    const later = vi.spyOn(performance, 'now').mockImplementation(() => now() + 10 * 60_000);
    expect(await ask(upstream)).toBe(204);
    expect(await ask(upstream)).toBe(204);
    later.mockRestore();
    expect(sockets.length).toBe(5);
  });

  for (const [what, answer] of [
    ['a piece of its answer', 'HTTP/1.1 200 OK\r\nContent-'],
    ['an answer that is none', 'HTTP/1.1 2OO OK\r\n\r\n'],
    ['word that it is being worked on', 'HTTP/1.1 102 Processing\r\n\r\n'],
  ] as const)
    it(`sends no request again of which ${what} has come`, async () => {
      let asked = 0;
      const { upstream } = await wireTo(60_000, (socket) => {
        asked += 1;
        if (asked === 2) socket.end(answer);
        else socket.write(NO_CONTENT);
      });
      expect(await ask(upstream)).toBe(204);
      expect(await ask(upstream)).toBe('UPSTREAM_BROKEN');
      expect(asked).toBe(2);
    });

  it('lets go of requests that were given up while they waited for a connection', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const { upstream } = await wireTo(60_000, () => undefined);
    void ask(upstream);
    const sink: UpstreamSink = {
      onUpstreamHead: () => undefined,
      onUpstreamData: () => true,
      onUpstreamEnd: () => undefined,
      onUpstreamFailure: () => undefined,
    };
    const bodies = Array.from({ length: 20 }, () => {
      const body = new Uint8Array(1024);
      upstream.send({ ...GET, method: 'POST', body }, sink).abort();
      return new WeakRef(body);
    });
    await vi.waitUntil(() => {
      gc();
      return bodies.every((body) => body.deref() === undefined);
    }, EVENTUALLY);
    expect(upstream.pending).toBe(1);
  });

  it('bounds how long an answer pauses that began before the request was whole', async () => {
    const { upstream, sockets } = await wireTo(60_000, (socket, data) => {
      if (!data.startsWith('POST')) return;
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n');
      socket.pause();
    });
    const body = new Readable({ read: () => undefined });
    let begun = false;
    const request = { ...GET, method: 'POST', body, length: null, idleTimeoutMs: 1_000 };
    const outcome = ask(upstream, request, () => (begun = true));
    body.push(Buffer.alloc(1024));
    await vi.waitUntil(() => begun, EVENTUALLY);
    body.push(Buffer.alloc(16 * 1024 * 1024));
    await vi.waitUntil(() => body.isPaused(), EVENTUALLY);
    sockets[0]?.resume();
    await vi.waitUntil(() => !body.isPaused(), EVENTUALLY);
    body.push(null);
    expect(await outcome).toBe('UPSTREAM_TIMEOUT');
  });

  it('bounds how long an answer pauses that began while nobody took the rest of the request', async () => {
    const { upstream, sockets } = await wireTo(60_000, (socket) => socket.pause());
    const body = new Readable({ read: () => undefined });
    const outcome = ask(upstream, { ...GET, method: 'POST', body, length: null, idleTimeoutMs: 1_000 });
    body.push(Buffer.alloc(16 * 1024 * 1024));
    await vi.waitUntil(() => sockets.length === 1 && body.isPaused(), EVENTUALLY);
    sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n');
    expect(await outcome).toBe('UPSTREAM_TIMEOUT');
  });

  it('waits for a client that is slow with the rest of its body, though the answer has begun', async () => {
    const { upstream } = await wireTo(60_000, (socket, data) => {
      if (data.startsWith('POST')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n');
      else if (data.includes('0\r\n\r\n')) socket.write('x');
    });
    const body = new Readable({ read: () => undefined });
    let begun = false;
    const request = { ...GET, method: 'POST', body, length: null, idleTimeoutMs: 500 };
    const outcome = ask(upstream, request, () => (begun = true));
    body.push(Buffer.alloc(1024));
    await vi.waitUntil(() => begun, EVENTUALLY);
    const other = await wireTo(60_000, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n'));
    expect(await ask(other.upstream, { ...GET, idleTimeoutMs: 500 })).toBe('UPSTREAM_TIMEOUT');
    body.push(null);
    expect(await outcome).toBe(200);
  });
});
