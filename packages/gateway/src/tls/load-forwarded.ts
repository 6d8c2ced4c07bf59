import type { ForwardedCertificatesPolicy } from '@sallyport/core';
import { certificateExtensions } from './certificate-fields.ts';
import { CertificateChecker } from './certificate-port.ts';
import { createForwardedReader, type ReadForwarded } from './forwarded-certificate.ts';
import { createReader, loadTrust, type TrustOptions } from './load-trust.ts';
import type { TlsFileProblems } from './tls-file-problems.ts';

/** What a proxy passes on, and whose certificates among that are believed. */
export interface Forwarded {
  readonly read: ReadForwarded;
  readonly checker: CertificateChecker;
}

const NAME_CONSTRAINTS = '2.5.29.30';

/** Reads what `listen.forwardedCertificates` names. Files are noted in `files`, what is wrong in `found`. */
export function loadForwarded(
  policy: ForwardedCertificatesPolicy,
  trustedProxies: readonly string[],
  options: TrustOptions,
  files: string[],
  found: TlsFileProblems,
): Forwarded {
  const trust = loadTrust(policy, 'listen.forwardedCertificates', createReader(files, found), options, found);
  // OpenSSL checks them in a handshake, and there is none of ours here.
  if (trust.authorities.some(({ x509 }) => certificateExtensions(x509.raw).has(NAME_CONSTRAINTS)))
    found.add(
      policy.authorities,
      'an authority has name constraints, which are checked in handshakes only',
      'Let clients connect to Sallyport itself, or name an authority without them.',
    );
  return { read: createForwardedReader(policy, trustedProxies), checker: new CertificateChecker(trust) };
}
