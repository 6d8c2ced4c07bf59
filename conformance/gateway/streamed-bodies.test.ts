import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { statusesOf } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Uploads', version: '1' },
  paths: {
    '/uploads': {
      post: {
        operationId: 'upload',
        requestBody: { content: { 'application/octet-stream': {} } },
        responses: { 200: { description: 'done', content: { 'application/json': {} } } },
      },
    },
  },
};
const HEAD = 'POST /uploads HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\n';
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;

let door: Door;
let client: Socket;
afterEach(async () => {
  client.destroy();
  await door.close();
});

async function open(upstream?: (response: ServerResponse) => void): Promise<void> {
  door = await openDoor({
    document: DOCUMENT,
    policy: 'limits: []\n',
    ...(upstream === undefined ? {} : { upstream: (_request, response) => upstream(response) }),
  });
  client = connect(door.gateway.port, '127.0.0.1');
  await once(client, 'connect');
}

describe('a body that is passed on as it comes', () => {
  for (const [name, request] of [
    ['of a length above what is collected', `${HEAD}Content-Length: 70000\r\n\r\n${'x'.repeat(70_000)}`],
    ['of a length of several reads', `${HEAD}Content-Length: 900000\r\n\r\n${'x'.repeat(900_000)}`],
    ['in one small chunk', `${CHUNKED}5\r\nhello\r\n0\r\n\r\n`],
    ['in one large chunk', `${CHUNKED}4e20\r\n${'x'.repeat(20_000)}\r\n0\r\n\r\n`],
    ['in chunks of one byte', `${CHUNKED}${'1\r\nx\r\n'.repeat(2_000)}0\r\n\r\n`],
  ] as const)
    it(`leaves the connection free for the next requests: ${name}`, async () => {
      await open();
      let received = '';
      client.on('data', (bytes: Buffer) => (received += bytes.toString('latin1')));
      // The client waits for each reply: a second request behind the body would be read with it.
      for (const count of [1, 2, 3]) {
        client.write(request, 'latin1');
        await until(() => statusesOf(received).length === count);
      }
      expect(statusesOf(received)).toEqual([200, 200, 200]);
    });

  it('does not keep a client that goes away from being heard, once it is whole', async () => {
    let closed = false;
    let asked = false;
    await open((response) => {
      asked = true;
      response.on('close', () => (closed = true));
    });
    client.write(`${CHUNKED}5\r\nhello\r\n0\r\n\r\n`);
    await until(() => asked);
    client.destroy();
    await until(() => closed);
    expect(door.log.length).toBe(1);
  });
});
