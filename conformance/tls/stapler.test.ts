import { EventEmitter } from 'node:events';
import { X509Certificate } from 'node:crypto';
import type { Server } from 'node:tls';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Stapler } from '../../packages/gateway/src/tls/ocsp/stapler.ts';
import { createClientAuthority } from './client-authority.ts';

const authority = createClientAuthority();
afterEach(() => {
  vi.useRealTimers();
  authority?.close();
});

const DAY_MS = 86_400_000;

describe.skipIf(authority === null)('an answer that is stapled', () => {
  it('is fetched anew with the next handshake where it ended at once, as in a machine that was suspended', async () => {
    if (authority === null) return;
    const pair = authority.issue({
      subject: '/CN=api.example.com',
      extensions: 'authorityInfoAccess=OCSP;URI:http://ocsp.example/\n1.3.6.1.5.5.7.1.24=DER:3003020105\n',
    });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    let asked = 0;
    const stapler = new Stapler({ tell: () => undefined, onAnswer: () => undefined });
    stapler.askThrough({
      ask(_url, _leaf, _issuer, nowMs) {
        asked += 1;
        return Promise.resolve({
          answer: { state: 'good', thisUpdateMs: nowMs, untilMs: nowMs + DAY_MS },
          der: Buffer.from([asked]),
        });
      },
      close: () => Promise.resolve(),
    });
    const server = new EventEmitter();
    stapler.attach(server as Server);
    stapler.take([
      { certificate: pair.certificate + authority.certificate, key: '', names: ['api.example.com'], expiresAtMs: 0 },
    ]);
    const { raw } = new X509Certificate(pair.certificate);
    const handshake = (): Promise<Buffer | null> =>
      new Promise((resolve) => {
        server.emit('OCSPRequest', raw, null, (_error: Error | null, response: Buffer | null) => resolve(response));
      });
    expect(await handshake()).toEqual(Buffer.from([1]));
    expect(await handshake()).toEqual(Buffer.from([1]));
    vi.setSystemTime(Date.now() + 3 * DAY_MS);
    expect(await handshake()).toEqual(Buffer.from([2]));
    expect(asked).toBe(2);
    await stapler.close();
  });
});
