import { X509Certificate } from 'node:crypto';
import type { Policy } from '@sallyport/core';
import type { UpstreamTls } from '../wire/http1-upstream.ts';
import { checkDoorCertificate } from './door-certificate.ts';
import { readPemBlocks } from './pem.ts';
import type { TlsFileProblems } from './tls-file-problems.ts';

/**
 * Checks what was read for TLS to the upstream before anything is connected with it: that certificate and key are a pair and valid, and that
 * the file of the authority holds certificates. Half of a renewal, or an empty file, would take the API away one connection later.
 */
export function checkUpstreamTls({ upstream }: Policy, read: UpstreamTls, nowMs: number, found: TlsFileProblems): void {
  const { ca, certificate } = upstream.tls;
  // What could not be read is a problem already.
  if (certificate !== null && read.certificate && read.key)
    checkDoorCertificate(certificate, { certificate: read.certificate, key: read.key }, null, nowMs, found);
  if (ca !== null && read.ca && !holdsCertificates(read.ca))
    found.add(
      ca,
      'there is no certificate in it',
      'Name a PEM file with the certificates of the authority of the upstream.',
    );
}

function holdsCertificates(pem: string): boolean {
  try {
    return readPemBlocks(pem, 'CERTIFICATE').map((der) => new X509Certificate(der)).length > 0;
  } catch {
    return false;
  }
}
