import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { openDoor, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY } from './documents.ts';
import type { AddressInfo } from 'node:net';

let door: Door;
let server: Server | null = null;
afterEach(async () => {
  await door.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  server = null;
});

async function listen(host: string): Promise<{ readonly port: number; readonly seen: string[] } | null> {
  const seen: string[] = [];
  server = createServer((request, response) => {
    seen.push(`${request.headers.host} ${request.url}`);
    response.setHeader('Content-Type', 'application/json').end('{"ok":true}');
  });
  const listening = await new Promise<boolean>((resolve) =>
    server?.once('error', () => resolve(false)).listen(0, host, () => resolve(true)),
  );
  return listening ? { port: (server.address() as AddressInfo).port, seen } : null;
}

describe('upstream.url', () => {
  it('may have a path, which stands before every path and nothing can leave', async () => {
    const upstream = await listen('127.0.0.1');
    door = await openDoor({
      document: SMALL_API,
      policy: SMALL_POLICY,
      upstreamUrl: `http://127.0.0.1:${upstream?.port}/base/v1/`,
    });
    expect((await fetch(`${door.url}/fast`)).status).toBe(200);
    await door.raw('GET /../fast HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await door.raw('GET /%2e%2e/fast HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(upstream?.seen).toEqual([`127.0.0.1:${upstream?.port} /base/v1/fast`]);
  });

  it('may be an IPv6 address', async (context) => {
    const upstream = await listen('::1');
    door = await openDoor({
      document: SMALL_API,
      policy: SMALL_POLICY,
      upstreamUrl: `'http://[::1]:${upstream?.port ?? 1}'`,
    });
    if (upstream === null) return context.skip('this machine has no IPv6');
    expect((await fetch(`${door.url}/fast`)).status).toBe(200);
    expect(upstream.seen).toEqual([`[::1]:${upstream.port} /fast`]);
  });
});
