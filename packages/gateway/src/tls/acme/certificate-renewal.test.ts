import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeProtectedHeader, flattenedVerify, importJWK, type FlattenedJWSInput, type JWK } from 'jose';
import { signOwnCertificate, writeExtension, writeSequence } from '../sign-own-certificate.ts';
import { writeElement } from '../der.ts';
import { createEgress } from '../../egress/egress.ts';
import { AcmeStorage } from './acme-storage.ts';
import { CertificateRenewal } from './certificate-renewal.ts';

/** An authority that issues nothing, for what a real one cannot be made to do. Requests are verified as a real one would. */
const DAY = 86_400_000;
let folder = '';
let server: Server;
let answers: Record<
  string,
  (payload: Record<string, unknown>) => {
    readonly status?: number;
    readonly headers?: Record<string, string>;
    readonly body: unknown;
  }
>;
let asked: { readonly path: string; readonly payload: Record<string, unknown> }[];
let renewal: CertificateRenewal | null = null;
let told: string[];
let nowMs: number;
let origin = '';

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-renewal-'));
  asked = [];
  told = [];
  nowMs = Date.now();
  let key: JWK | null = null;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void (async () => {
        let payload: Record<string, unknown> = {};
        if (request.method === 'POST') {
          const jws = JSON.parse(Buffer.concat(chunks).toString()) as FlattenedJWSInput;
          const header = decodeProtectedHeader(jws) as { readonly jwk?: JWK; readonly url?: string };
          key = header.jwk ?? key;
          if (header.url !== `${origin}${request.url}`) throw new Error('signed for another address');
          const verified = await flattenedVerify(jws, await importJWK(key ?? {}, 'ES256'));
          payload = JSON.parse(Buffer.from(verified.payload).toString() || '{}') as Record<string, unknown>;
        }
        const path = request.url ?? '';
        asked.push({ path, payload });
        const answer = answers[path]?.(payload) ?? { status: 404, body: {} };
        response.writeHead(answer.status ?? 200, { 'Replay-Nonce': 'nonce', ...answer.headers });
        response.end(JSON.stringify(answer.body));
      })().catch((error: unknown) => response.writeHead(500).end(JSON.stringify({ detail: String(error) })));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  answers = {
    '/dir': () => ({
      body: {
        newNonce: `${origin}/nonce`,
        newAccount: `${origin}/account`,
        newOrder: `${origin}/order`,
        renewalInfo: `${origin}/ari`,
      },
    }),
    '/nonce': () => ({ body: {} }),
    '/account': () => ({ status: 201, headers: { Location: '/account/1' }, body: {} }),
    '/order': () => ({
      status: 403,
      body: { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many' },
      headers: { 'Retry-After': '7200' },
    }),
  };
});
afterEach(async () => {
  await renewal?.close();
  renewal = null;
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  rmSync(folder, { recursive: true, force: true });
});

function storage(): AcmeStorage {
  const made = new AcmeStorage(folder, `${origin}/dir`);
  made.open();
  return made;
}

function begin(kept = storage()): CertificateRenewal {
  const policy = {
    directory: `${origin}/dir`,
    domains: ['a.example'],
    contact: [],
    challenge: 'http-01',
    ca: null,
    eab: null,
    storage: folder,
  } as const;
  renewal = new CertificateRenewal(
    { policy, ca: null, eab: null, storage: kept, egress: createEgress() },
    {
      onCertificate: () => undefined,
      tell: (level, message, fields) => told.push(`${level} ${message} ${String(fields['reason'])}`),
    },
    { nowMs: () => nowMs, random: () => 0.5 },
  );
  return renewal;
}

/** A fresh certificate of 90 days that names the key of its issuer. */
function keepCertificate(): void {
  const issuer = writeExtension('2.5.29.35', false, writeSequence(writeElement(0x80, Buffer.from([1, 2, 3]))));
  storage().keepCertificate(
    signOwnCertificate({
      commonName: 'a',
      dnsNames: ['a.example'],
      addresses: [],
      fromMs: nowMs - DAY,
      toMs: nowMs + 89 * DAY,
      extensions: [issuer],
    }),
  );
}

describe('CertificateRenewal', () => {
  it('does not ask before it must, then renews early where the authority suggests it, and says what is replaced', async () => {
    keepCertificate();
    const watched = begin();
    await watched.look();
    expect(asked).toEqual([]);
    nowMs += DAY / 24;
    const window = { start: new Date(nowMs - DAY).toISOString(), end: new Date(nowMs - DAY / 2).toISOString() };
    const before = answers['/dir'];
    answers = new Proxy(answers, {
      get: (all, path: string) =>
        path.startsWith('/ari/') ? () => ({ body: { suggestedWindow: window } }) : all[path],
    });
    expect(before).toBeDefined();
    await watched.look();
    expect(asked.find(({ path }) => path.startsWith('/ari/'))?.path).toMatch(/^\/ari\/AQID\.[\w-]+$/);
    expect(asked.find(({ path }) => path === '/order')?.payload['replaces']).toMatch(/^AQID\./);
  });

  it('leaves the authority alone for as long as it asks', async () => {
    const watched = begin();
    await watched.look();
    expect(told).toEqual([
      'error a certificate could not be ordered the authority answered 403 (rateLimited): too many',
    ]);
    asked = [];
    nowMs += 7_100_000;
    await watched.look();
    expect(asked).toEqual([]);
    nowMs += 200_000;
    await watched.look();
    expect(asked.map(({ path }) => path)).toContain('/order');
  });

  it.each([
    ['http to another machine', 'http://192.0.2.1/order', 'is asked over https'],
    ['another scheme', 'file:///etc/passwd', 'is asked over https'],
    ['an address with a password', 'https://a:b@127.0.0.1/order', 'holds a user name or password'],
  ])('asks no address of %s, whatever the directory says', async (_, newOrder, reason) => {
    answers['/dir'] = () => ({ body: { newNonce: `${origin}/nonce`, newAccount: `${origin}/account`, newOrder } });
    await begin().look();
    expect(told.join()).toContain(reason);
  });

  it('takes no token that is a path', async () => {
    answers['/order'] = () => ({
      status: 201,
      headers: { Location: '/order/1' },
      body: { finalize: `${origin}/finalize`, authorizations: [`${origin}/authz`] },
    });
    answers['/authz'] = () => ({
      body: {
        status: 'pending',
        identifier: { type: 'dns', value: 'a.example' },
        challenges: [{ type: 'http-01', url: `${origin}/challenge`, token: '../../../../etc/cron.d/x' }],
      },
    });
    await begin().look();
    expect(told.join()).toContain('the token of a challenge is malformed');
    expect(asked.map(({ path }) => path)).not.toContain('/challenge');
  });

  it('asks nothing inside that the directory names, but what lies beside the directory', async () => {
    const { port } = new URL(origin);
    answers['/dir'] = () => ({
      body: {
        newNonce: `${origin}/nonce`,
        newAccount: `http://localhost:${port}/account`,
        newOrder: `${origin}/order`,
      },
    });
    await begin().look();
    expect(asked.map(({ path }) => path)).toEqual(['/dir']);
    expect(told[0]).toMatch(/localhost leads to this machine itself/);
  });

  it('reads no answer without an end', async () => {
    answers['/dir'] = () => ({ body: { filler: 'a'.repeat(300_000) } });
    await begin().look();
    expect(told.join()).toContain('larger than 256 KiB');
  });

  it('orders nothing while another process does, and takes over from one that has died', async () => {
    const lock = storage().lock(Date.now());
    const watched = begin();
    await watched.look();
    expect(asked).toEqual([]);
    lock?.release();
    await watched.look();
    expect(asked.length).toBeGreaterThan(0);
    expect(storage().lock(Date.now())).not.toBeNull();
    expect(storage().lock(Date.now() + 9 * 60_000)).toBeNull();
    expect(storage().lock(Date.now() + 11 * 60_000)).not.toBeNull();
  });

  it.each([
    ['has got the certificate', () => keepCertificate()],
    ['was refused', () => storage().keepFailures({ failures: 1, notBeforeMs: nowMs + 60_000 })],
  ])('orders nothing where another process had the lock just before and %s', async (_what, meanwhile) => {
    class OvertakenStorage extends AcmeStorage {
      override lock(atMs: number): ReturnType<AcmeStorage['lock']> {
        meanwhile();
        return super.lock(atMs);
      }
    }
    const kept = new OvertakenStorage(folder, `${origin}/dir`);
    kept.open();
    await begin(kept).look();
    expect(asked).toEqual([]);
  });

  it('leaves the authority alone where the pause cannot be kept in the folder', async () => {
    const kept = storage();
    mkdirSync(join(kept.folder, 'failures.json'));
    const watched = begin();
    await watched.look();
    await watched.look();
    nowMs += 7_100_000;
    await watched.look();
    expect(asked.filter(({ path }) => path === '/order').length).toBe(1);
    nowMs += 200_000;
    await watched.look();
    expect(asked.filter(({ path }) => path === '/order').length).toBe(2);
    expect(told.length).toBe(2);
  });

  it('says once why its folder takes no lock, and orders nothing', async () => {
    const kept = storage();
    rmSync(kept.folder, { recursive: true });
    const watched = begin(kept);
    await watched.look();
    await watched.look();
    expect([told, asked]).toEqual([['error a certificate cannot be ordered there is no such file'], []]);
    kept.open();
    await watched.look();
    expect(asked.map(({ path }) => path)).toContain('/order');
  });

  it('starts from nothing where its files are broken', () => {
    const kept = storage();
    writeFileSync(kept.certificateFile, 'nonsense');
    writeFileSync(join(kept.folder, 'failures.json'), '{"failures":"x"');
    expect(kept.certificate()).toBeNull();
    expect(kept.failures()).toEqual({ failures: 0, notBeforeMs: 0 });
    expect(begin().status.dueAtMs).toBe(0);
  });
});
