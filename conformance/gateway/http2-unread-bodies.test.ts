import { connect, constants, type ClientHttp2Session } from 'node:http2';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../tls/certificates.ts';
import { SMALL_API, SMALL_POLICY } from './documents.ts';
import { codesOf, END_HEADERS, END_STREAM, frame, FRAME, headers, openRaw, type Field } from './http2-frames.ts';
import { openDoor, until, type Door } from '../door.ts';

/** More than a session may have under way at once: streams that are never given back would use it up. */
const MORE_THAN_AT_ONCE = 120;
const BODY = Buffer.alloc(30_000, 'b');

const authority = createTestAuthority();
const leaf = authority?.issue('127.0.0.1');
let door: Door;
let client: ClientHttp2Session;
afterEach(async () => {
  client.destroy();
  await door.close();
});
afterAll(() => authority?.close());

async function open(): Promise<void> {
  door = await openDoor({
    document: SMALL_API,
    policy: `${SMALL_POLICY}listen: { tls: { certificate: cert.pem, key: key.pem }, drainTimeout: 1h }\n`,
    files: { 'cert.pem': leaf?.certificate ?? '', 'key.pem': leaf?.key ?? '' },
  });
  client = connect(door.url, { ca: authority?.certificate ?? '' });
  client.on('error', () => undefined);
}

/** The status of a reply, or the code that the stream was reset with where there is none. */
function ask(fields: Record<string, string>, body: Buffer | null): Promise<string> {
  return new Promise((resolve) => {
    const stream = client.request(fields, { endStream: body === null });
    let status = '';
    stream.on('response', (head) => (status = String(head[':status'])));
    stream.on('error', () => undefined);
    stream.on('close', () => resolve(status === '' ? `reset ${stream.rstCode}` : status));
    stream.resume();
    if (body !== null) stream.end(body);
  });
}

const upload = (method: string, path: string): Record<string, string> => ({
  ':method': method,
  ':path': path,
  'content-type': 'application/octet-stream',
});

describe.skipIf(authority === null)('a body that nobody reads', () => {
  it.each([
    ['refused', 'POST', '/guarded', '401'],
    ['refused without a word', 'HEAD', '/nowhere', '404'],
  ])('of a request that is %s takes no stream from its session', async (_, method, path, status) => {
    await open();
    const statuses = new Set<string>();
    for (let i = 0; i < MORE_THAN_AT_ONCE; i++) statuses.add(await ask(upload(method, path), BODY));
    expect([...statuses]).toEqual([status]);
    expect(await ask({ ':path': '/fast' }, null)).toBe('200');
  });

  it('of a request that is refused keeps no connection that is to end', async () => {
    await open();
    const raw = await openRaw(door.gateway.port, authority?.certificate ?? '');
    const fields: Field[] = [
      [':method', 'POST'],
      [':scheme', 'https'],
      [':path', '/guarded'],
      [':authority', 'a'],
      ['content-type', 'application/octet-stream'],
    ];
    const half = BODY.subarray(0, BODY.length / 2);
    raw.send(headers(1, fields, END_HEADERS), frame(FRAME.DATA, 0, 1, half), frame(FRAME.DATA, END_STREAM, 1, half));
    await until(() => door.log.length === 1);
    // Is never cut: it would wait for `drainTimeout`.
    await door.gateway.close();
    await raw.closed;
    expect(codesOf(raw.got(), FRAME.GOAWAY)).toEqual([constants.NGHTTP2_NO_ERROR]);
  });
});
