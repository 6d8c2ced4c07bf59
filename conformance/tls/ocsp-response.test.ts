import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createClientAuthority } from './client-authority.ts';
import { readCertificate, type ReadCertificate } from '../../packages/gateway/src/tls/read-certificate.ts';
import { certificateId, writeOcspRequest } from '../../packages/gateway/src/tls/ocsp/ocsp-request.ts';
import { readOcspResponse, type OcspAnswer } from '../../packages/gateway/src/tls/ocsp/ocsp-response.ts';

/** Answers that `openssl ocsp` has made, read at other times and for other questions. */
const authority = createClientAuthority();
afterAll(() => authority?.close());

describe.skipIf(authority === null)('readOcspResponse', () => {
  if (authority === null) return;
  const alice = authority.issue({ subject: '/CN=alice' });
  const bob = authority.issue({ subject: '/CN=bob' });
  const run = (...words: string[]): void =>
    void execFileSync('openssl', ['ocsp', ...words], { cwd: authority.folder, stdio: 'ignore' });
  const answer = (...words: string[]): Buffer => {
    run(
      '-issuer',
      'ca.pem',
      '-cert',
      alice.certificateFile,
      '-reqout',
      'q.der',
      ...(words.includes('-nonce') ? ['-nonce'] : ['-no_nonce']),
    );
    const rest = words.filter((word) => word !== '-nonce');
    run(
      '-index',
      'index.txt',
      '-CA',
      'ca.pem',
      '-rsigner',
      'ca.pem',
      '-rkey',
      'ca.key',
      '-reqin',
      'q.der',
      '-respout',
      'a.der',
      ...rest,
    );
    return readFileSync(join(authority.folder, 'a.der'));
  };
  const issuer = readCertificate(new X509Certificate(authority.certificate)) as ReadCertificate;
  const read = (raw: Buffer, nowMs = Date.now(), pem = alice.certificate, nonce: Buffer | null = null): OcspAnswer =>
    readOcspResponse(raw, { id: certificateId(new X509Certificate(pem), issuer), issuer, nonce, nowMs });
  const HOUR = 3_600_000;
  const fresh = answer('-nmin', '60');

  it('believes an answer of now until its nextUpdate', () => {
    const { state, untilMs } = read(fresh);
    expect(state).toBe('good');
    expect(untilMs).toBeGreaterThan(Date.now() + 0.9 * HOUR);
  });

  it('believes none that is played back after its nextUpdate, nor one of a time to come', () => {
    expect(() => read(fresh, Date.now() + 1.1 * HOUR)).toThrow('too old');
    expect(() => read(fresh, Date.now() - HOUR)).toThrow('time to come');
  });

  it('believes one without nextUpdate for minutes only', () => {
    const open = answer();
    expect(read(open).untilMs).toBeLessThan(Date.now() + HOUR / 10);
    expect(() => read(open, Date.now() + HOUR / 4)).toThrow('too old');
  });

  it('takes no answer about another certificate', () => {
    expect(() => read(fresh, Date.now(), bob.certificate)).toThrow('about another certificate');
  });

  it('takes no answer to another question, and one without a nonce while it is fresh', () => {
    expect(() => read(answer('-nonce', '-nmin', '60'), Date.now(), alice.certificate, Buffer.alloc(32))).toThrow(
      'another question',
    );
    expect(read(fresh, Date.now(), alice.certificate, Buffer.alloc(32)).state).toBe('good');
  });

  it('no_byte_can_be_changed: whatever is not what the authority signed is no answer, or the same', () => {
    fc.assert(
      fc.property(fc.nat(fresh.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const raw = Buffer.from(fresh);
        raw[at] = (raw[at] as number) ^ change;
        try {
          expect(read(raw)).toMatchObject({ state: 'good', thisUpdateMs: read(fresh).thisUpdateMs });
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });

  it('cut_anywhere_it_is_no_answer', () => {
    for (let length = 0; length < fresh.length; length += 1) expect(() => read(fresh.subarray(0, length))).toThrow();
  });

  it('a question is read by openssl as what it is', () => {
    const question = writeOcspRequest(
      certificateId(new X509Certificate(alice.certificate), issuer),
      Buffer.alloc(32, 7),
    );
    writeFileSync(join(authority.folder, 'own.der'), question);
    const text = execFileSync('openssl', ['ocsp', '-reqin', 'own.der', '-req_text'], {
      cwd: authority.folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString();
    expect(text).toContain(`Serial Number: ${new X509Certificate(alice.certificate).serialNumber}`);
    expect(text).toContain('OCSP Nonce');
  });
});
