import { connect, type ClientHttp2Session } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../tls/certificates.ts';
import { detailOf, SMALL_API, SMALL_POLICY } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';

const authority = createTestAuthority();
const leaf = authority?.issue('127.0.0.1');
const ca = authority?.certificate ?? '';
let door: Door;
const sessions = new Set<ClientHttp2Session>();
afterEach(async () => {
  for (const one of sessions) one.destroy();
  sessions.clear();
  await door.close();
});
afterAll(() => authority?.close());

/** More than is held of a body that nobody reads, on the way to the door and in it. */
const BODY = Buffer.alloc(8 << 20, 'b');
const HEAD = { 'content-type': 'application/octet-stream' };

function session(): ClientHttp2Session {
  const one = connect(door.url, { ca });
  one.on('error', () => undefined);
  sessions.add(one);
  return one;
}

/** The status of an upload. */
type Upload = (length: Record<string, number>) => Promise<number>;

const overHttp1: Upload = (length) =>
  new Promise((resolve, reject) => {
    const asked = httpsRequest(`${door.url}/upload`, { method: 'POST', ca, headers: { ...HEAD, ...length } });
    asked.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject);
    asked.end(BODY);
  });

const overHttp2: Upload = (length) =>
  new Promise((resolve, reject) => {
    const stream = session().request({ ':method': 'POST', ':path': '/upload', ...HEAD, ...length });
    stream.on('response', (head) => resolve(Number(head[':status']))).on('error', reject);
    stream.resume().end(BODY);
  });

/** Resolves when a client that began later than those before it was too slow with its own body. */
function tooSlow(): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session().request({ ':method': 'POST', ':path': '/items', 'content-type': 'application/json' });
    stream.on('response', (head) => resolve(Number(head[':status']))).on('error', reject);
    stream.resume().write('{');
  });
}

describe.skipIf(authority === null)('a body that the door holds back, as no connection to the upstream is free', () => {
  it.each([
    ['HTTP/1.1', 'with its length', overHttp1, { 'content-length': BODY.length }],
    ['HTTP/1.1', 'in chunks', overHttp1, {}],
    ['HTTP/2', 'with its length', overHttp2, { 'content-length': BODY.length }],
    ['HTTP/2', 'without a length', overHttp2, {}],
  ] as const)('is not late (%s, %s)', async (_, _length, upload, length) => {
    let slow: ServerResponse | null = null;
    const answer = (response: ServerResponse): void => {
      response.setHeader('Content-Type', 'application/json');
      response.end('{"ok":true}');
    };
    door = await openDoor({
      document: SMALL_API,
      policy: `${SMALL_POLICY}listen: { tls: { certificate: cert.pem, key: key.pem } }\nrequests: { bodyTimeout: 1s, maxBodyBytes: 16MiB }\nupstream: { connections: 1 }`,
      files: { 'cert.pem': leaf?.certificate ?? '', 'key.pem': leaf?.key ?? '' },
      upstream: ({ url }, response) => {
        if (url === '/slow') slow = response;
        else answer(response);
      },
    });
    session().request({ ':path': '/slow' }).resume();
    await until(() => slow !== null);
    const uploaded = upload(length);
    // Each of them takes all the time that a body may.
    expect([await tooSlow(), await tooSlow()]).toEqual([408, 408]);
    if (slow !== null) answer(slow);
    expect(await uploaded).toBe(200);
    expect(door.seen.at(-1)?.body.equals(BODY)).toBe(true);
    await until(() => door.log.length === 4);
    expect(door.log.map((record) => detailOf(record)['code'])).toEqual([
      'BODY_TIMEOUT',
      'BODY_TIMEOUT',
      undefined,
      undefined,
    ]);
  });
});
