import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeSelfSigned, selfSignedFile, takeOrTell, takeSelfSigned } from './self-signed.ts';
import { TlsFileProblems } from './tls-file-problems.ts';
import { readCertificateFields } from './certificate-fields.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-06-01T00:00:00Z');
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sallyport-self-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('makeSelfSigned', () => {
  test('is a certificate for servers that signs no other, and whose own signature holds', () => {
    const x509 = new X509Certificate(makeSelfSigned(['localhost', 'dev.example'], NOW).certificate);
    expect(x509.ca).toBe(false);
    expect(x509.verify(x509.publicKey)).toBe(true);
    expect([
      x509.checkHost('dev.example'),
      x509.checkIP('127.0.0.1'),
      x509.checkIP('::1'),
      x509.checkHost('other.example'),
    ]).toEqual(['dev.example', '127.0.0.1', '::1', undefined]);
    expect(x509.validToDate.getTime() - NOW).toBe(365 * DAY_MS);
    const { purposes, keyUsage, unknownCritical, dnsNames } = readCertificateFields(x509.raw);
    expect({ purposes, keyUsage, unknownCritical, dnsNames }).toEqual({
      purposes: ['1.3.6.1.5.5.7.3.1'],
      keyUsage: 0x8000,
      unknownCritical: false,
      dnsNames: ['localhost', 'dev.example'],
    });
  });
});

describe('takeSelfSigned', () => {
  test('gives the same one until a day before its end, then another', () => {
    const made = takeSelfSigned(folder, NOW, true);
    expect(takeSelfSigned(folder, NOW + 363 * DAY_MS, true)).toEqual(made);
    expect(takeSelfSigned(folder, NOW + 365 * DAY_MS, true)).not.toEqual(made);
  });

  test('makes another where the kept one is damaged', () => {
    const made = takeSelfSigned(folder, NOW, true);
    writeFileSync(selfSignedFile(folder), made.certificate.slice(0, 100));
    const next = takeSelfSigned(folder, NOW, true);
    expect(next.certificate).not.toBe(made.certificate);
    expect(takeSelfSigned(folder, NOW, true)).toEqual(next);
  });
});

describe('takeOrTell', () => {
  test('where it cannot be kept, that is a problem of its file, with the reason', () => {
    writeFileSync(join(folder, '.sallyport'), '');
    const found = new TlsFileProblems();
    expect(takeOrTell({ folder, nowMs: NOW, makesFiles: true }, found)).toBeNull();
    expect(found.problems).toEqual([
      expect.objectContaining({
        code: 'TLS_FILE_INVALID',
        file: selfSignedFile(folder),
        message: 'the certificate for development cannot be written: something else of this name is there',
      }),
    ]);
  });
});
