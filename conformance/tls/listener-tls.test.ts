import { connect as connectTls } from 'node:tls';
import { connect } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from './certificates.ts';
import { passed } from '../until.ts';
import { createTcpUpstream, okAnswer } from '../gateway/tcp-upstream.ts';
import { openDoor, until, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY, statusesOf } from '../gateway/documents.ts';

const authority = createTestAuthority();
afterAll(() => authority?.close());
let door: Door;
afterEach(() => door.close());

const TLS = 'listen: { tls: { certificate: cert.pem, key: key.pem } }\nrequests: { headTimeout: 1s }\n';

function get(): Promise<{ readonly text: string; readonly name: string }> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      port: door.gateway.port,
      host: '127.0.0.1',
      ca: authority?.certificate ?? '',
      servername: '',
      checkServerIdentity: () => undefined,
    });
    let text = '';
    const name = (): string => String(socket.getPeerCertificate().subject.CN);
    let seen = '';
    socket.on('secureConnect', () => {
      seen = name();
      socket.write('GET /fast HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    });
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve({ text, name: seen }));
  });
}

describe.skipIf(authority === null)('TLS of the door', () => {
  if (authority === null) return;
  const first = authority.issue('first.example');
  const second = authority.issue('second.example');
  const files = { 'cert.pem': first.certificate, 'key.pem': first.key };

  it('serves, and a renewed certificate is presented after a reload', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY + TLS, files });
    const before = await get();
    expect([statusesOf(before.text), before.name]).toEqual([[200], 'first.example']);
    expect(door.seen[0]?.headers['x-forwarded-proto']).toBe('https');
    writeFileSync(join(door.folder, 'cert.pem'), second.certificate);
    // Half of a renewal: the key is not there yet.
    expect((await door.gateway.reload())?.problems.length).toBe(1);
    expect((await get()).name).toBe('first.example');
    writeFileSync(join(door.folder, 'key.pem'), second.key);
    expect(await door.gateway.reload()).toBeNull();
    expect((await get()).name).toBe('second.example');
  });

  it('ends when its time is over, whatever handshakes have not come to their end', async () => {
    const policy = `${SMALL_POLICY}listen: { drainTimeout: 100ms, tls: { certificate: cert.pem, key: key.pem } }\nrequests: { headTimeout: 1h }\n`;
    door = await openDoor({ document: SMALL_API, policy, files });
    const silent = connect(door.gateway.port, '127.0.0.1').on('error', () => undefined);
    const closed = new Promise((resolve) => silent.on('close', resolve));
    // The beginning of a record that says it is 512 bytes long.
    silent.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
    await get();
    await door.gateway.close();
    await closed;
  });

  it('keeps an idle connection, and one whose upstream thinks, longer than a client may stall', async () => {
    const waiting: (() => void)[] = [];
    const upstream = await createTcpUpstream((socket, head) => {
      if (head.startsWith('GET /slow')) waiting.push(() => socket.write(okAnswer()));
      else socket.write(okAnswer());
    });
    door = await openDoor({
      document: SMALL_API,
      policy: SMALL_POLICY + TLS,
      files,
      upstreamUrl: `{ url: '${upstream.url}', idleTimeout: 200ms, firstByteTimeout: 20s }`,
    });
    const socket = connectTls({ port: door.gateway.port, host: '127.0.0.1', rejectUnauthorized: false });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    let closed = false;
    socket.on('close', () => (closed = true));
    socket.write('GET /fast HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => statusesOf(text).length === 1);
    // Longer than the time that a reply may wait to be taken, and all of it was taken.
    await passed(600);
    socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => waiting.length === 1);
    await passed(600);
    waiting[0]?.();
    await until(() => statusesOf(text).length === 2 || closed);
    expect(closed).toBe(false);
    expect(statusesOf(text)).toEqual([200, 200]);
    socket.destroy();
    await upstream.close();
  });

  it('ends connections that speak no TLS, or never finish their handshake', async () => {
    door = await openDoor({ document: SMALL_API, policy: SMALL_POLICY + TLS, files });
    const closed = (bytes: string): Promise<void> =>
      new Promise((resolve) => {
        const socket = connect(door.gateway.port, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
        socket.resume();
        if (bytes !== '') socket.write(bytes);
      });
    await Promise.all([closed('GET /fast HTTP/1.1\r\nHost: a\r\n\r\n'), closed('')]);
    expect(door.seen).toEqual([]);
    expect(statusesOf((await get()).text)).toEqual([200]);
    await until(() => door.log.length >= 2);
    // A handshake that is never finished is counted, and has no record.
    expect(door.log.map((line) => line['http.response.status_code'])).toEqual([403, 200]);
  });
});
