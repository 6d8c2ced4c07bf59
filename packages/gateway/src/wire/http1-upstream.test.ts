import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { UpstreamPolicy } from '@sallyport/core';
import { createHttp1Upstream } from './http1-upstream.ts';
import type { UpstreamSink } from './upstream-port.ts';

const NO_TLS = { ca: null, certificate: null, key: null };

describe('http1 upstream', () => {
  const open: { close(): unknown }[] = [];
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });

  /** An upstream that answers every request at once, and the wire to it. */
  async function wireTo(connectTimeoutMs: number) {
    const server = createServer((socket) =>
      socket.on('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n')).on('error', () => undefined),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const policy: UpstreamPolicy = {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      connections: 1,
      connectTimeoutMs,
      firstByteTimeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      preserveHost: false,
      tls: { ca: null, certificate: null, key: null, serverName: null, verify: true },
      principalHeaders: { subject: null, issuer: null, scopes: null, roles: null },
    };
    const upstream = createHttp1Upstream(policy, NO_TLS);
    open.push(server, upstream);
    return upstream;
  }

  it('does not take a stall of its own process for a delay of the upstream', async () => {
    const upstream = await wireTo(100);
    const outcome = new Promise<number | string>((resolve) => {
      const sink: UpstreamSink = {
        onUpstreamHead: (status) => resolve(status),
        onUpstreamData: () => true,
        onUpstreamEnd: () => undefined,
        onUpstreamFailure: ({ code }) => resolve(code),
      };
      upstream.send(
        {
          method: 'GET',
          path: '/',
          headers: ['Host', 'upstream'],
          body: null,
          length: 0,
          firstByteTimeoutMs: 60_000,
          idleTimeoutMs: 60_000,
        },
        sink,
      );
    });
    // The kernel has connected when this returns; nobody here has heard of it yet.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    expect(await outcome).toBe(204);
  });
});
