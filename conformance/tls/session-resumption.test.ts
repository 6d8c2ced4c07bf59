import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from './certificates.ts';
import { createClientAuthority } from './client-authority.ts';
import { handshake } from './tls-clients.ts';
import { openDoor, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY } from '../gateway/documents.ts';

/** What a real `openssl s_client` gets when it comes again. */
const authority = createTestAuthority();
const clients = createClientAuthority();
const folder = mkdtempSync(join(tmpdir(), 'sallyport-sessions-'));
afterAll(() => {
  authority?.close();
  clients?.close();
  rmSync(folder, { recursive: true, force: true });
});
const doors: Door[] = [];
afterEach(async () => {
  for (const door of doors.splice(0)) await door.close();
});

const REQUEST = 'GET /fast HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe.skipIf(authority === null || clients === null)('a session', () => {
  if (authority === null || clients === null) return;
  const server = authority.issue('api.example.com');
  const open = async (more = '', files: Record<string, string> = {}): Promise<Door> => {
    const door = await openDoor({
      document: SMALL_API,
      policy: `${SMALL_POLICY}listen: { tls: { certificate: cert.pem, key: key.pem${more} } }\n`,
      files: { 'cert.pem': server.certificate, 'key.pem': server.key, 'ca.pem': clients.certificate, ...files },
    });
    doors.push(door);
    return door;
  };
  const first = (door: Door, version: string, words: readonly string[] = []): Promise<{ readonly text: string }> =>
    handshake(door.gateway.port, [version, '-ign_eof', '-sess_out', join(folder, version), ...words], REQUEST);
  const again = async (door: Door, version: string, words: readonly string[] = []): Promise<string> => {
    const { text } = await handshake(
      door.gateway.port,
      [version, '-ign_eof', '-sess_in', join(folder, version), ...words],
      REQUEST,
    );
    expect(text).toContain('HTTP/1.1 200');
    return text.includes('Reused, ') ? 'resumed' : 'new';
  };

  it.each(['-tls1_2', '-tls1_3'])('is resumed (%s), with s_client -reconnect as well', async (version) => {
    const door = await open();
    await first(door, version);
    expect(await again(door, version)).toBe('resumed');
    // The first connection, then five that come again; TLS 1.3 gives tickets only after what s_client waits for.
    const { text } = await handshake(door.gateway.port, ['-tls1_2', '-reconnect', '-no_ign_eof'], '');
    expect(text.match(/^Reused, /gm)?.length).toBe(5);
  });

  it.each(['-tls1_2', '-tls1_3'])(
    'of one machine is resumed by another that has the same secret (%s)',
    async (version) => {
      const secret = { 'tickets.secret': `${'s'.repeat(43)}\n` };
      const [one, two, other] = [
        await open(', ticketSecret: tickets.secret', secret),
        await open(', ticketSecret: tickets.secret', secret),
        await open(),
      ];
      await first(one, version);
      expect(await again(two, version)).toBe('resumed');
      expect(await again(other, version)).toBe('new');
      writeFileSync(join(two.folder, 'tickets.secret'), 't'.repeat(43));
      expect(await two.gateway.reload()).toBeNull();
      expect(await again(two, version)).toBe('new');
    },
  );

  it.each(['-tls1_2', '-tls1_3'])('where clients show certificates is begun anew each time (%s)', async (version) => {
    const door = await open(', clientCertificates: { authorities: ca.pem, require: true }');
    const alice = clients.issue({ subject: '/CN=alice' });
    const words = ['-cert', alice.certificateFile, '-key', alice.keyFile];
    await first(door, version, words);
    expect(await again(door, version, words)).toBe('new');
  });

  it('takes no early data: what is sent before the handshake is done can be sent again by anybody', async () => {
    const door = await open();
    const { text } = await first(door, '-tls1_3');
    expect(text).toMatch(/Max Early Data: 0/);
    writeFileSync(join(folder, 'early'), REQUEST);
    const { text: early } = await handshake(
      door.gateway.port,
      ['-tls1_3', '-ign_eof', '-sess_in', join(folder, '-tls1_3'), '-early_data', join(folder, 'early')],
      REQUEST,
    );
    expect(early).not.toContain('Early data was accepted');
    expect(door.seen.length).toBe(2);
  });

  it('has no secret that is short', async () => {
    await expect(open(', ticketSecret: tickets.secret', { 'tickets.secret': 'short' })).rejects.toThrow('less than 32');
  });
});
