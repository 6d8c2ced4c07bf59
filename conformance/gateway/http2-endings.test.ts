import { constants } from 'node:http2';
import type { Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../tls/certificates.ts';
import { detailOf, SMALL_API, SMALL_POLICY } from './documents.ts';
import { createTcpUpstream, okAnswer, type TcpUpstream } from './tcp-upstream.ts';
import { openDoor, until, type Door } from '../door.ts';
import {
  block,
  code,
  END_HEADERS,
  END_STREAM,
  frame,
  FRAME,
  get,
  headers,
  openRaw,
  type GotFrame,
  type RawSession,
} from './http2-frames.ts';

const authority = createTestAuthority();
const leaf = authority?.issue('127.0.0.1');
const ca = authority?.certificate ?? '';
let door: Door;
let upstream: TcpUpstream;
let raw: RawSession;
afterEach(async () => {
  raw.socket.destroy();
  await door.close();
  await upstream.close();
});
afterAll(() => authority?.close());

/** A session on which the streams 1 and 3 ask for what is answered when the test says so. */
async function openWithTwo(policy = ''): Promise<readonly Socket[]> {
  const slow: Socket[] = [];
  upstream = await createTcpUpstream((socket, head) => {
    if (head.startsWith('GET /slow')) slow.push(socket);
    else socket.write(okAnswer());
  });
  door = await openDoor({
    document: SMALL_API,
    policy: `${SMALL_POLICY}listen: { tls: { certificate: cert.pem, key: key.pem } }\n${policy}`,
    files: { 'cert.pem': leaf?.certificate ?? '', 'key.pem': leaf?.key ?? '' },
    upstreamUrl: upstream.url,
  });
  raw = await openRaw(door.gateway.port, ca);
  raw.send(headers(1, get('/slow')), headers(3, get('/slow')));
  await until(() => slow.length === 2);
  return slow;
}

/** The last stream and the code of each GOAWAY. */
const goaways = (frames: readonly GotFrame[]): number[][] =>
  frames
    .filter(({ type }) => type === FRAME.GOAWAY)
    .map(({ payload }) => [payload.readUInt32BE(0), payload.readUInt32BE(4)]);
const ended = (stream: number): boolean =>
  raw.got().some(({ type, flags, stream: id }) => id === stream && type === FRAME.DATA && (flags & END_STREAM) !== 0);
const records = (): unknown[] => door.log.map((record) => detailOf(record)['code'] ?? detailOf(record)['verdict']);

describe.skipIf(authority === null)('HTTP/2: the end of a connection', () => {
  it('because of a late head says GOAWAY, and what was asked before it is answered', async () => {
    const slow = await openWithTwo('requests: { headTimeout: 1s }');
    raw.send(frame(FRAME.HEADERS, END_STREAM, 5, block(get('/fast'))));
    await until(() => goaways(raw.got()).length === 1);
    expect(goaways(raw.got())).toEqual([[5, constants.NGHTTP2_NO_ERROR]]);
    // The rest comes after all, and a request that did not know yet.
    raw.send(frame(FRAME.CONTINUATION, END_HEADERS, 5), headers(7, get('/fast')));
    for (const socket of slow) socket.write(okAnswer());
    await raw.closed;
    expect([1, 3, 5, 7].map(ended)).toEqual([true, true, false, false]);
    expect(records()).toEqual(['HTTP_HEAD_TIMEOUT', 'passed', 'passed']);
    expect(upstream.heads.length).toBe(2);
  });

  it('because of a late head does not outlive a body whose rest cannot come behind it', async () => {
    await openWithTwo('requests: { headTimeout: 1s, bodyTimeout: 2s }');
    const post = [[':method', 'POST'], ...get('/items').slice(1), ['content-type', 'application/json']] as const;
    raw.send(headers(5, post, END_HEADERS), frame(FRAME.DATA, 0, 5, Buffer.from('{')));
    for (const stream of [1, 3]) raw.send(frame(FRAME.RST_STREAM, 0, stream, code(constants.NGHTTP2_CANCEL)));
    raw.send(frame(FRAME.HEADERS, END_STREAM, 5, block([['x', 'a trailer']])));
    await raw.closed;
    expect(records()).toEqual(['aborted', 'aborted', 'HTTP_HEAD_TIMEOUT', 'BODY_TIMEOUT']);
  });

  it.each([
    ['pings', () => Array.from({ length: 1_200 }, () => frame(FRAME.PING, 0, 0, Buffer.alloc(8)))],
    [
      'streams that are reset',
      () =>
        Array.from({ length: 300 }, (_, i) =>
          Buffer.concat([headers(2 * i + 5, get('/fast')), frame(FRAME.RST_STREAM, 0, 2 * i + 5, code(8))]),
        ),
    ],
  ])(
    'because of a flood of %s says which streams were looked at, and each of them has its record',
    async (_, flood) => {
      await openWithTwo();
      raw.send(...flood());
      await raw.closed;
      expect(goaways(raw.got())).toEqual([[3, constants.NGHTTP2_ENHANCE_YOUR_CALM]]);
      expect(records()).toEqual(['HTTP2_FLOOD', 'aborted', 'aborted']);
      await until(() => upstream.sockets.size === 0);
    },
  );

  it('does not come because some of many requests are given up, as on a connection that many clients share', async () => {
    const slow = await openWithTwo();
    let stream = 5;
    for (let round = 0; round < 40; round++) {
      const answered = Array.from({ length: 10 }, () => (stream += 2) - 2);
      const cancelled = Array.from({ length: 10 }, () => (stream += 2) - 2);
      raw.send(...answered.map((id) => headers(id, get('/fast'))));
      await until(() => answered.every(ended));
      raw.send(...cancelled.map((id) => headers(id, get('/slow'))));
      await until(() => slow.length === 2 + 10 * (round + 1));
      raw.send(...cancelled.map((id) => frame(FRAME.RST_STREAM, 0, id, code(constants.NGHTTP2_CANCEL))));
    }
    await until(() => door.log.length === 800);
    expect(goaways(raw.got())).toEqual([]);
    expect(records().filter((one) => one === 'aborted').length).toBe(400);
    expect(records().filter((one) => one === 'passed').length).toBe(400);
  });
});
