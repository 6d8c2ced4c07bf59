import { afterEach, describe, expect, it } from 'vitest';
import { createTcpUpstream, okAnswer, type TcpUpstream } from './tcp-upstream.ts';
import { connect, type Socket } from 'node:net';
import { detailOf, SMALL_API, SMALL_POLICY, statusesOf } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';

const GET = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const slowly: Socket[] = [];
let upstream: TcpUpstream;
let door: Door;
afterEach(async () => {
  slowly.length = 0;
  await door.close();
  await upstream.close();
});

/** `/slow` waits until the test answers it on `slowly`; the rest is answered at once. */
async function open(): Promise<void> {
  upstream = await createTcpUpstream((socket, head) => {
    if (head.startsWith('GET /slow')) slowly.push(socket);
    else if (head.startsWith('GET /download'))
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${8 << 20}\r\n\r\n${'d'.repeat(8 << 20)}`,
      );
    else socket.write(okAnswer('{"ok":false}'));
  });
  door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY, upstreamUrl: upstream.url });
}

describe('pipelined requests', () => {
  for (const [name, second, status] of [
    ['a good one', GET('/fast', 'Connection: close\r\n'), 200],
    ['a refused one', GET('/nowhere', 'Connection: close\r\n'), 404],
    ['a head that is no HTTP', 'GET /fast HTTP/1.1\r\nBad Name: 1\r\n\r\n', 400],
    ['an expectation that nobody knows', GET('/fast', 'Expect: miracles\r\n'), 417],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', 405],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
    ['a head that is too large', GET('/fast', `X: ${'x'.repeat(40_000)}\r\n`), 431],
    ['two lengths', GET('/fast', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n'), 400],
  ] as const)
    it(`${name} is answered after the slow one before it`, async () => {
      await open();
      const received = door.raw(GET('/slow') + second);
      await until(() => slowly.length === 1);
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
      slowly[0]?.write(okAnswer());
      expect(statusesOf(await received)).toEqual([200, status]);
      await until(() => door.log.length >= 2);
      expect(door.log.length).toBe(2);
    });

  it('are worked on one at a time, in order, and what waits keeps nobody else out', async () => {
    await open();
    const received = door.raw(GET('/slow').repeat(300) + GET('/fast', 'Connection: close\r\n'));
    for (let answered = 0; answered < 300; answered++) {
      await until(() => slowly.length > answered);
      expect(slowly.length).toBe(answered + 1);
      if (answered === 0) expect((await fetch(`${door.url}/fast`)).status).toBe(200);
      slowly[answered]?.write(okAnswer());
    }
    expect(statusesOf(await received)).toEqual(new Array<number>(301).fill(200));
    await until(() => door.log.length >= 302);
    expect(door.log.length).toBe(302);
  });

  it('that come without end wait with the client: the door holds little of them', async () => {
    await open();
    const socket = connect(door.gateway.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const many = Buffer.from(`GET /slow HTTP/1.1\r\nHost:a\r\n\r\n`.repeat(20_000));
    let written = 0;
    const write = (): void => {
      while (written < 64 << 20 && !socket.destroyed) {
        written += many.length;
        if (!socket.write(many)) return;
      }
    };
    socket.on('drain', write);
    write();
    await until(() => slowly.length === 1);
    expect((await fetch(`${door.url}/fast`)).status).toBe(200);
    // What the door does not read fills the buffers of both sockets, and the client has to wait.
    await until(() => socket.writableNeedDrain);
    expect(slowly.length).toBe(1);
    slowly[0]?.write(okAnswer());
    await until(() => slowly.length === 2);
    socket.destroy();
    slowly[1]?.write(okAnswer());
    await until(() => door.log.length === 3);
  });

  it('behind one that is refused with the end of its connection are not carried out', async () => {
    await open();
    const before = upstream.heads.length;
    const received = await door.raw(GET('/fast', 'X_Forwarded_For: 1\r\n') + GET('/fast'));
    expect(statusesOf(received)).toEqual([400]);
    await until(() => door.log.length >= 1);
    expect([door.log.length, upstream.heads.length - before]).toEqual([1, 0]);
  });

  it('behind one that offers an upgrade are told to come again on another connection, and never read in part', async () => {
    await open();
    const offer = 'Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    const received = await door.raw(GET('/fast', offer) + GET('/fast'));
    expect(statusesOf(received)).toEqual([200]);
    expect(received).toMatch(/\r\nConnection: close\r\n/i);
  });

  it('broken bytes after a refused request behind a slow reader come last and once', async () => {
    await open();
    const socket = connect(door.gateway.port, '127.0.0.1');
    let received = '';
    socket.pause();
    socket.write(GET('/download') + GET('/nowhere') + 'NONSENSE\r\n\r\n');
    await until(() => upstream.heads.length === 1);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    socket.resume();
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    await new Promise((resolve) => socket.on('close', resolve));
    expect(statusesOf(received)).toEqual([200, 404, 400]);
    expect(received.split('\r\n\r\n')[1]?.startsWith('d'.repeat(8 << 20))).toBe(true);
    expect(door.log.length).toBe(3);
  });

  it('broken bytes are refused and recorded once, however many follow', async () => {
    await open();
    const socket = connect(door.gateway.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      socket.write('MORE NONSENSE\r\n\r\n');
    });
    socket.on('error', () => undefined);
    socket.write('NONSENSE\r\n\r\n');
    await new Promise((resolve) => socket.on('close', resolve));
    expect(statusesOf(received)).toEqual([400]);
    expect(door.log.length).toBe(1);
  });

  it('a body whose request was refused before it was read is no second request, and leaves no second record', async () => {
    await open();
    const received = await door.raw(
      'POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nGET /fast HTTP/1.1\r\nHost: a\r\n\r\n',
    );
    expect(statusesOf(received)).toEqual([404]);
    expect(upstream.heads).toEqual([]);
    expect(door.log.map((record) => detailOf(record)['code'])).toEqual(['PATH_UNKNOWN']);
  });

  it('a client that goes away ends the exchange under way, and what waited behind it never was one', async () => {
    await open();
    const socket = connect(door.gateway.port, '127.0.0.1');
    socket.write(GET('/slow') + GET('/slow'));
    await until(() => slowly.length === 1);
    socket.destroy();
    await until(() => door.log.length === 1);
    expect(door.log[0]?.['http.response.status_code']).toBe(499);
    await until(() => upstream.sockets.size === 0);
    expect((await fetch(`${door.url}/fast`)).status).toBe(200);
    expect(door.log.length).toBe(2);
  });
});
