import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { createServer, request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { detailOf, SMALL_API, SMALL_POLICY, statusesOf } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage, Server } from 'node:http';

const MEGABYTE = 1 << 20;
const TOTAL = 50 * MEGABYTE;
const PIECE = Buffer.alloc(MEGABYTE);
for (let i = 0; i < PIECE.length; i++) PIECE[i] = (i * 7919) >> 3;

let upstream: Server;
let door: Door;
let arrived: { readonly sha: string; readonly bytes: number; readonly headers: IncomingMessage['headers'] } | null =
  null;
let aborted = 0;
afterEach(async () => {
  await door.close();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

async function open(policy: string): Promise<void> {
  arrived = null;
  aborted = 0;
  upstream = createServer((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': TOTAL });
      let sent = 0;
      const pour = (): void => {
        while (sent < TOTAL) {
          sent += PIECE.length;
          if (!response.write(PIECE)) return void response.once('drain', pour);
        }
        response.end();
      };
      return pour();
    }
    const hash = createHash('sha256');
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    request.on('error', () => (aborted += 1));
    request.on('end', () => {
      arrived = { sha: hash.digest('hex'), bytes, headers: request.headers };
      response.setHeader('Content-Type', 'application/json').end('{"ok":true}');
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  door = await openDoor({
    document: SMALL_API,
    policy: SMALL_POLICY + policy,
    upstreamUrl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
  });
}

const expected = ((): string => {
  const hash = createHash('sha256');
  for (let i = 0; i < 50; i++) hash.update(PIECE);
  return hash.digest('hex');
})();

/** Uploads so many megabytes; without `length` chunked. */
function upload(megabytes: number, withLength: boolean): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'Content-Type': 'application/octet-stream',
      ...(withLength ? { 'Content-Length': megabytes * MEGABYTE } : {}),
    };
    const request = httpRequest(`${door.url}/upload`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    let sent = 0;
    const pour = (): void => {
      while (sent < megabytes) {
        sent += 1;
        if (!request.write(PIECE)) return void request.once('drain', pour);
      }
      request.end();
    };
    pour();
  });
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is held, garbage left out. */
function memory(): number {
  collectGarbage();
  const { external, heapUsed } = process.memoryUsage();
  return external + heapUsed;
}

describe('large binary bodies', () => {
  it('a download of 50 MB arrives byte for byte, and memory stays flat', async () => {
    await open('');
    const before = memory();
    let peak = 0;
    let bytes = 0;
    let measured = 0;
    const hash = createHash('sha256');
    const response = await fetch(`${door.url}/download`);
    expect(response.headers.get('content-length')).toBe(String(TOTAL));
    for await (const chunk of response.body ?? []) {
      hash.update(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
      if (bytes < measured) continue;
      measured += 4 * MEGABYTE;
      peak = Math.max(peak, memory() - before);
    }
    expect(hash.digest('hex')).toBe(expected);
    expect(peak).toBeLessThan(24 * MEGABYTE);
    await until(() => door.log.length === 1);
    expect(door.log[0]?.['http.response.body.bytes']).toBe(TOTAL);
    expect(detailOf(door.log[0])['unchecked']).toBeDefined();
  });

  for (const withLength of [true, false])
    it(`an upload of 50 MB ${withLength ? 'with its length' : 'in chunks'} arrives byte for byte, and memory stays flat`, async () => {
      await open('requests: { maxBodyBytes: 64MiB }');
      const before = memory();
      let peak = 0;
      const timer = setInterval(() => (peak = Math.max(peak, memory() - before)), 20);
      expect(await upload(50, withLength)).toBe(200);
      clearInterval(timer);
      expect(arrived).toMatchObject({ sha: expected, bytes: TOTAL });
      expect(arrived?.headers['content-length']).toBe(withLength ? String(TOTAL) : undefined);
      // Twice what is held at most; what one turn can bring is several times as much.
      expect(peak).toBeLessThan(12 * MEGABYTE);
      await until(() => door.log.length === 1);
      expect(door.log[0]?.['http.request.body.bytes']).toBe(TOTAL);
    });

  it('an upload in chunks is cut off at the limit, and the upstream never sees its end', async () => {
    await open('requests: { maxBodyBytes: 3MiB }');
    const received = await door.raw(
      [
        'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
        ...Array.from({ length: 5 }, () => [`${MEGABYTE.toString(16)}\r\n`, PIECE, '\r\n']).flat(),
      ],
      /\}$/,
    );
    expect(statusesOf(received)).toEqual([413]);
    await until(() => door.log.length === 1 && aborted === 1);
    expect(detailOf(door.log[0])['code']).toBe('BODY_TOO_LARGE');
    expect(arrived).toBeNull();
  });

  it('a body over the limit is refused in a way that a client in the middle of sending it can read', async () => {
    await open('requests: { maxBodyBytes: 1MiB }');
    expect(await upload(20, true)).toBe(413);
    expect(await upload(20, false)).toBe(413);
    const response = await fetch(`${door.url}/items`, {
      method: 'POST',
      body: JSON.stringify({ a: 'x'.repeat(20 * MEGABYTE) }),
      headers: { 'Content-Type': 'application/json' },
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'BODY_TOO_LARGE' });
  });
});
