import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority, type Pair } from './certificates.ts';
import { handshake } from './tls-clients.ts';
import { openDoor, sendRaw, type Door } from '../door.ts';
import { SMALL_API, SMALL_POLICY } from '../gateway/documents.ts';

/** What a real `openssl s_client` may agree on with the door. */
const authority = createTestAuthority();
const folder = mkdtempSync(join(tmpdir(), 'sallyport-tls-'));
afterAll(() => {
  authority?.close();
  rmSync(folder, { recursive: true, force: true });
});
let door: Door;
afterEach(() => door.close());

/** A self-made RSA pair: the key exchange without forward secrecy exists with RSA only. */
function rsaPair(bits: number): Pair {
  const words = [
    'req',
    '-x509',
    '-newkey',
    `rsa:${bits}`,
    '-nodes',
    '-keyout',
    'rsa.key',
    '-out',
    'rsa.pem',
    '-days',
    '90',
    '-subj',
    '/CN=rsa',
    '-addext',
    'subjectAltName=DNS:rsa.example',
  ];
  execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
  return {
    certificate: readFileSync(join(folder, 'rsa.pem'), 'utf8'),
    key: readFileSync(join(folder, 'rsa.key'), 'utf8'),
  };
}

const WEAK = ':@SECLEVEL=0';
const failures = async (): Promise<string> =>
  (await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text())
    .split('\n')
    .filter((line) => line.startsWith('sallyport_tls_handshake_failures_total{'))
    .join('\n');

describe.skipIf(authority === null)('the handshake', () => {
  if (authority === null) return;
  const ec = authority.issue('ec.example', 90);
  const open = async (more = '', pair: Pair = ec, extra: Record<string, string> = {}): Promise<void> => {
    door = await openDoor({
      document: SMALL_API,
      policy: `${SMALL_POLICY}listen: { tls: { certificate: cert.pem, key: key.pem${more} } }\nrequests: { headTimeout: 1s }\n`,
      files: { 'cert.pem': pair.certificate, 'key.pem': pair.key, ...extra },
    });
  };
  const agreed = async (...words: string[]): Promise<string | null> => {
    const { text } = await handshake(door.gateway.port, words);
    return /New, (TLSv1\.\d), Cipher is (?!\(NONE\))(\S+)/.exec(text)?.slice(1).join(' ') ?? null;
  };

  it('is TLS 1.3, or TLS 1.2 with authenticated encryption and an ephemeral key exchange', async () => {
    await open();
    expect(await agreed()).toMatch(/^TLSv1\.3 TLS_/);
    for (const cipher of [
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-ECDSA-AES256-GCM-SHA384',
      'ECDHE-ECDSA-CHACHA20-POLY1305',
    ])
      expect(await agreed('-tls1_2', '-cipher', cipher)).toBe(`TLSv1.2 ${cipher}`);
  });

  it.each([
    ['TLS 1.0', ['-tls1', '-cipher', `ALL${WEAK}`]],
    ['TLS 1.1', ['-tls1_1', '-cipher', `ALL${WEAK}`]],
    ['CBC', ['-tls1_2', '-cipher', `ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256${WEAK}`]],
    ['a key exchange by RSA', ['-tls1_2', '-cipher', `AES128-GCM-SHA256:AES256-GCM-SHA384${WEAK}`]],
    ['DHE', ['-tls1_2', '-cipher', `DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384${WEAK}`]],
    ['no encryption', ['-tls1_2', '-cipher', `NULL${WEAK}`]],
    ['CCM', ['-tls1_2', '-cipher', `ECDHE-ECDSA-AES128-CCM8:AES128-CCM${WEAK}`]],
    ['a signature with SHA-1', ['-tls1_2', '-sigalgs', 'RSA+SHA1', '-cipher', `ALL${WEAK}`]],
    ['a weak curve', ['-groups', 'secp224r1', '-cipher', `ALL${WEAK}`]],
    ['another protocol in ALPN', ['-alpn', 'h3']],
  ])('refuses %s', async (_, words) => {
    await open('', rsaPair(2048));
    expect(await agreed(...words)).toBeNull();
    expect(await agreed()).not.toBeNull();
    expect(door.log).toEqual([]);
  });

  it('compresses nothing and does not begin anew on an open connection', async () => {
    await open();
    const { text } = await handshake(door.gateway.port, ['-tls1_2'], 'R\n');
    expect(text).toContain('Compression: NONE');
    expect(text).toMatch(/no renegotiation|unexpected message|alert/i);
    expect(door.seen).toEqual([]);
  });

  it.each(['-tls1_3', '-tls1_2'])(
    'resumes a session (%s), and not with a ticket from before a renewal',
    async (version) => {
      await open();
      const session = join(folder, `session${version}`);
      const request = 'GET /fast HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
      await handshake(door.gateway.port, [version, '-ign_eof', '-sess_out', session], request);
      expect((await handshake(door.gateway.port, [version, '-ign_eof', '-sess_in', session], request)).text).toContain(
        'Reused, ',
      );
      expect(await door.gateway.reload()).toBeNull();
      expect((await handshake(door.gateway.port, [version, '-ign_eof', '-sess_in', session], request)).text).toContain(
        'New, ',
      );
    },
  );

  it('shows each name its own certificate, a wildcard for one label, and the first to all others', async () => {
    const other = authority.issue('other.example', 90);
    const wild = authority.issue('*.wild.example', 90);
    const more = ', others: [{ certificate: o.pem, key: o.key }, { certificate: w.pem, key: w.key }]';
    await open(more, ec, {
      'o.pem': other.certificate,
      'o.key': other.key,
      'w.pem': wild.certificate,
      'w.key': wild.key,
    });
    const shown = async (...words: string[]): Promise<string | undefined> =>
      /subject=CN = (\S+)/.exec((await handshake(door.gateway.port, words)).text)?.[1];
    expect(await shown('-noservername')).toBe('ec.example');
    expect(await shown('-servername', 'ec.example')).toBe('ec.example');
    expect(await shown('-servername', 'OTHER.example')).toBe('other.example');
    expect(await shown('-servername', 'a.wild.example')).toBe('*.wild.example');
    expect(await shown('-servername', 'a.b.wild.example')).toBe('ec.example');
    expect(await shown('-servername', 'wild.example')).toBe('ec.example');
    expect(await shown('-servername', 'nobody.example')).toBe('ec.example');
    const next = authority.issue('*.wild.example', 91);
    writeFileSync(join(door.folder, 'w.pem'), next.certificate);
    writeFileSync(join(door.folder, 'w.key'), next.key);
    expect(await door.gateway.reload()).toBeNull();
    expect(await shown('-servername', 'a.wild.example')).toBe('*.wild.example');
  });

  it('that fails is counted by its reason, and only plain HTTP is a request that is refused', async () => {
    await open('', rsaPair(2048));
    await handshake(door.gateway.port, ['-tls1_1', '-cipher', `ALL${WEAK}`]);
    await handshake(door.gateway.port, ['-tls1_2', '-cipher', 'AES128-GCM-SHA256']);
    // One that says nothing, and one that speaks plain HTTP.
    const [, plain] = await Promise.all([
      sendRaw(door.gateway.port, ''),
      sendRaw(door.gateway.port, 'GET /fast HTTP/1.1\r\nHost: a\r\n\r\n'),
    ]);
    const [head = '', body = ''] = plain.split('\r\n\r\n');
    expect(head.split('\r\n')[0]).toBe('HTTP/1.1 403 Forbidden');
    expect(head.toLowerCase()).not.toContain('strict-transport-security');
    expect(JSON.parse(body)).toMatchObject({ status: 403, code: 'TLS_REQUIRED' });
    const counted = await failures();
    for (const reason of ['protocol', 'cipher', 'timeout', 'plain-http'])
      expect(counted).toContain(`{reason="${reason}"} 1`);
    expect(door.log.map((line) => line['sallyport'])).toMatchObject([{ verdict: 'denied', code: 'TLS_REQUIRED' }]);
  });

  it.each([
    ['a weak key', () => rsaPair(1024), 'less than 2048 bits'],
    ['one that has expired', () => authority.issue('ec.example', -1), 'has expired'],
    [
      'a key of another certificate',
      () => ({ certificate: ec.certificate, key: authority.issue('x.example').key }),
      'do not belong together',
    ],
    ['something else', () => ({ certificate: 'nothing', key: ec.key }), 'no certificate in it'],
  ])('does not start with %s', async (_, pair, message) => {
    await open();
    const { certificate, key } = pair();
    const policy = `${SMALL_POLICY}listen: { tls: { certificate: c.pem, key: k.pem } }`;
    const started = openDoor({ document: SMALL_API, policy, files: { 'c.pem': certificate, 'k.pem': key } });
    await expect(started).rejects.toThrow(message);
  });
});
