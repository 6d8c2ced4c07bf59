import { constants } from 'node:http2';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../tls/certificates.ts';
import { openDoor, until, type Door } from '../door.ts';
import { code, codesOf, frame, FRAME, get, headers, openRaw } from './http2-frames.ts';

const authority = createTestAuthority();
const leaf = authority?.issue('127.0.0.1');
let door: Door;
afterEach(() => door.close());
afterAll(() => authority?.close());

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Large', version: '1' },
  paths: {
    '/large': {
      get: {
        operationId: 'large',
        responses: { 200: { description: 'ok', content: { 'application/json': { schema: { type: 'string' } } } } },
      },
    },
  },
};
const LARGE = JSON.stringify('x'.repeat(9_000_000));
const STREAMS = [1, 3, 5, 7, 9];

describe.skipIf(authority === null)('replies of a session that wait for their client', () => {
  it('are given up beyond 32 MiB where it takes but a little of each', async () => {
    door = await openDoor({
      document: DOCUMENT,
      policy: 'listen: { tls: { certificate: cert.pem, key: key.pem } }\nupstream: { idleTimeout: 1s }\n',
      files: { 'cert.pem': leaf?.certificate ?? '', 'key.pem': leaf?.key ?? '' },
      upstream: (_request, response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(LARGE),
    });
    const raw = await openRaw(door.gateway.port, authority?.certificate ?? '');
    raw.send(...STREAMS.map((id) => headers(id, get('/large'))));
    // More than the KiB that each has to take in a second, and less than a sixtieth of all.
    const windows = [0, ...STREAMS].map((id) => frame(FRAME.WINDOW_UPDATE, 0, id, code(id === 0 ? 100_000 : 2_000)));
    const taking = setInterval(() => raw.send(...windows), 200);
    await until(() => codesOf(raw.got(), FRAME.RST_STREAM).length > 0);
    clearInterval(taking);
    expect(codesOf(raw.got(), FRAME.RST_STREAM)[0]).toBe(constants.NGHTTP2_CANCEL);
    raw.socket.destroy();
    expect(door.seen.length).toBe(5);
  });
});
