import { connect } from 'node:tls';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from './certificates.ts';
import { handshake } from './tls-clients.ts';
import { openDoor, until, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY, statusesOf } from '../gateway/documents.ts';

const authority = createTestAuthority();
afterAll(() => authority?.close());
let door: Door;
afterEach(() => door.close());

const STRICT = /^strict-transport-security: max-age=63072000; includeSubDomains\r$/im;

describe.skipIf(authority === null)('an open TLS connection', () => {
  if (authority === null) return;
  const first = authority.issue('api.example');
  const open = async (days = 90): Promise<void> => {
    const pair = authority.issue('api.example', days);
    door = await openDoor({
      document: SMALL_API,
      policy: `${SMALL_POLICY}listen: { tls: { certificate: cert.pem, key: key.pem } }\n`,
      files: { 'cert.pem': pair.certificate, 'key.pem': pair.key },
    });
  };
  const request = (line: string, more = ''): string => `${line} HTTP/1.1\r\nHost: api.example\r\n${more}\r\n`;

  it('outlives the renewal of the certificate, and new ones get the new one', async () => {
    await open();
    const socket = connect({
      port: door.gateway.port,
      host: '127.0.0.1',
      servername: 'api.example',
      ca: authority.certificate,
    });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.write(request('GET /fast'));
    await until(() => statusesOf(text).length === 1);
    const serial = socket.getPeerCertificate().serialNumber;
    writeFileSync(join(door.folder, 'cert.pem'), first.certificate);
    writeFileSync(join(door.folder, 'key.pem'), first.key);
    expect(await door.gateway.reload()).toBeNull();
    socket.write(request('GET /fast'));
    await until(() => statusesOf(text).length === 2);
    socket.destroy();
    const { text: seen } = await handshake(door.gateway.port, ['-showcerts', '-servername', 'api.example']);
    expect(seen).toContain(first.certificate.split('\n')[1]);
    expect(serial).not.toBe('');
  });

  it.each([
    ['what passes', request('GET /fast')],
    ['a denial', request('GET /nowhere')],
    ['an answer of its own', request('OPTIONS /fast')],
    ['bytes that are no HTTP', 'nonsense\r\n\r\n'],
    ['a missing credential', request('POST /guarded', 'Content-Length: 0\r\n')],
  ])('carries Strict-Transport-Security on %s', async (_, bytes) => {
    await open();
    const { text } = await handshake(
      door.gateway.port,
      ['-quiet', '-ign_eof'],
      bytes.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'),
    );
    expect(text).toMatch(STRICT);
  });

  it('is served in the last 30 days of a certificate, with a warning', async () => {
    await open(29);
    await until(() => door.logText().includes('the certificate expires in'));
    expect(door.logText()).toContain('TLS_FILE_WARNING');
  });
});
