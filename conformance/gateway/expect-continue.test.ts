import { afterEach, describe, expect, it } from 'vitest';
import { detailOf, SMALL_API, SMALL_POLICY, statusesOf } from './documents.ts';
import { connect } from 'node:net';
import { openDoor, until, type Door } from '../door.ts';

let door: Door;
afterEach(() => door.close());

/** Sends a head that asks first, and the body only when it may; resolves with all that came. */
function ask(path: string, type: string, body: string, more: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(door.gateway.port, '127.0.0.1');
    let received = '';
    let sent = false;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (!sent && received.startsWith('HTTP/1.1 100')) {
        sent = true;
        socket.write(body);
      }
    });
    socket.on('close', () => resolve(received));
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nExpect: 100-Continue\r\n${more}Connection: close\r\n\r\n`,
    );
  });
}

describe('a client that asks before it sends', () => {
  for (const [path, type, body] of [
    ['/guarded-items', 'application/json', '{"a":1}'],
    ['/guarded', 'application/octet-stream', 'bytes'],
  ] as const) {
    it(`is told to go on when it may (${path}), and the upstream hears nothing of it`, async () => {
      door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
      expect(statusesOf(await ask(path, type, body, 'X-Key: right\r\n'))).toEqual([100, 200]);
      expect(door.seen[0]?.body.toString()).toBe(body);
      expect(door.seen[0]?.headers['expect']).toBeUndefined();
    });
    it(`is refused without a word of going on when it may not (${path})`, async () => {
      door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
      expect(statusesOf(await ask(path, type, body, ''))).toEqual([401]);
      expect(statusesOf(await ask(path, 'text/plain', body, 'X-Key: right\r\n'))).toEqual([415]);
      expect(door.seen).toEqual([]);
    });
  }
  it('is told to go on where the path is not declared and that is only observed', async () => {
    door = await openDoor({ document: SMALL_API, policy: `${SMALL_POLICY}modes: { match: observe }\n` });
    expect(statusesOf(await ask('/nowhere', 'text/plain', 'bytes', ''))).toEqual([100, 200]);
  });
});

describe('methods', () => {
  it('HEAD is GET without a body, OPTIONS is answered from the document, TRACE and others are refused', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    const send = (method: string, target = '/fast'): Promise<string> =>
      door.raw(`${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const head = await send('HEAD');
    expect([statusesOf(head), head.split('\r\n\r\n')[1]]).toEqual([[200], '']);
    expect(door.seen[0]?.method).toBe('HEAD');
    const missing = await send('HEAD', '/nowhere');
    expect([statusesOf(missing), missing.split('\r\n\r\n')[1]]).toEqual([[404], '']);
    expect(await send('OPTIONS')).toMatch(/^HTTP\/1\.1 204 [^]*\r\nAllow: GET, HEAD, OPTIONS\r\n/);
    expect(statusesOf(await send('OPTIONS', '*'))).toEqual([404]);
    for (const method of ['TRACE', 'POST', 'PURGE', 'PROPFIND', 'get'])
      expect(statusesOf(await send(method))).toEqual([method === 'get' ? 400 : 405]);
    expect(door.seen.length).toBe(1);
  });

  it('absolute form and HTTP/1.0 go on as HTTP/1.1 with a path and one Host', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY });
    expect(statusesOf(await door.raw('GET http://a/fast HTTP/1.0\r\nHost: a\r\n\r\n'))).toEqual([200]);
    expect(door.seen[0]?.url).toBe('/fast');
    expect(door.seen[0]?.rawHeaders.filter((name) => name.toLowerCase() === 'host').length).toBe(1);
    expect(statusesOf(await door.raw('GET http://b/fast HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'))).toEqual([
      400,
    ]);
    await until(() => door.log.length === 2);
    expect(detailOf(door.log[1])['code']).toBe('PATH_INVALID');
  });
});
