import { connect, constants, type ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../tls/certificates.ts';
import { detailOf, SMALL_API, SMALL_POLICY } from './documents.ts';
import { codesOf, END_STREAM, FRAME, get, headers, openRaw } from './http2-frames.ts';
import { createTcpUpstream, type TcpUpstream } from './tcp-upstream.ts';
import { openDoor, until, type Door } from '../door.ts';

const authority = createTestAuthority();
const leaf = authority?.issue('127.0.0.1');
const ca = authority?.certificate ?? '';
/** More than a client may have reset over its own mistakes. */
const MANY = 300;
const AT_ONCE = 50;
let door: Door;
let upstream: TcpUpstream;
let client: ClientHttp2Session | null = null;
afterEach(async () => {
  client?.destroy();
  client = null;
  await door.close();
  await upstream.close();
});
afterAll(() => authority?.close());

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n';
const UPSTREAMS: readonly (readonly [string, string])[] = [
  ['in chunks', `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`],
  ['with a length', `${HEAD}Content-Length: 10\r\n\r\nabc`],
  ['up to the end of its connection', `${HEAD}\r\nabc`],
];

/** An upstream that says `answer` to each request and leaves it there. */
async function open(answer: string): Promise<Set<Socket>> {
  const answered = new Set<Socket>();
  upstream = await createTcpUpstream((socket) => {
    answered.add(socket);
    socket.write(answer);
  });
  door = await openDoor({
    document: SMALL_API,
    policy: `${SMALL_POLICY}listen: { tls: { certificate: cert.pem, key: key.pem } }\n`,
    files: { 'cert.pem': leaf?.certificate ?? '', 'key.pem': leaf?.key ?? '' },
    upstreamUrl: upstream.url,
  });
  return answered;
}

describe.skipIf(authority === null).each(UPSTREAMS)('an answer %s that breaks off', (_, answer) => {
  it('never passes for whole: its stream is reset, and nothing says that it ends', async () => {
    const answered = await open(answer);
    const raw = await openRaw(door.gateway.port, ca);
    raw.send(headers(1, get('/download')));
    await until(() => raw.got().some(({ type }) => type === FRAME.DATA));
    for (const socket of answered) socket.resetAndDestroy();
    await until(() => codesOf(raw.got(), FRAME.RST_STREAM).length > 0);
    expect(codesOf(raw.got(), FRAME.RST_STREAM)).toEqual([constants.NGHTTP2_INTERNAL_ERROR]);
    const ofStream = raw.got().filter(({ stream }) => stream === 1);
    expect(ofStream.filter(({ type, flags }) => type !== FRAME.RST_STREAM && (flags & END_STREAM) !== 0)).toEqual([]);
    raw.socket.destroy();
  });

  it('is no fault of the client, however many do on one session', async () => {
    const answered = await open(answer);
    const session = connect(door.url, { ca });
    client = session;
    session.on('error', () => undefined);
    const codes = new Set<number | undefined>();
    for (let asked = 0; asked < MANY; asked += AT_ONCE) {
      const closed = Array.from({ length: AT_ONCE }, () => {
        const stream = session.request({ ':path': '/download' });
        stream.on('error', () => undefined);
        stream.on('data', () => {
          for (const socket of answered) socket.resetAndDestroy();
          answered.clear();
        });
        return new Promise<void>((resolve) =>
          stream.on('close', () => {
            codes.add(stream.rstCode);
            resolve();
          }),
        );
      });
      await Promise.all(closed);
    }
    expect([...codes]).toEqual([constants.NGHTTP2_INTERNAL_ERROR]);
    await until(() => door.log.length >= MANY);
    expect(new Set(door.log.map((record) => detailOf(record)['code']))).toEqual(new Set(['UPSTREAM_BROKEN']));
  });
});
