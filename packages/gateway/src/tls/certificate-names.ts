import { hash, type X509Certificate } from 'node:crypto';
import { readCertificateFields } from './certificate-fields.ts';
import type { CertificateNames } from '../identity/revocations/revocations.ts';

/** What a certificate is revoked by: its issuer's name as it is encoded, and its serial number. Throws `DerError` for a malformed one. */
export function certificateNames({ raw }: X509Certificate): CertificateNames {
  const { issuer, serial } = readCertificateFields(raw);
  return { issuer: issuerName(issuer), serial: Buffer.from(serial, 'latin1').toString('hex').toUpperCase() };
}

/** The name of an issuer; `encoded` is its distinguished name as `readCertificateFields` gives it. */
export function issuerName(encoded: string): string {
  return hash('sha256', Buffer.from(encoded, 'latin1'), 'hex');
}
