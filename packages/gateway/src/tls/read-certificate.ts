import { X509Certificate } from 'node:crypto';
import { readCertificateFields, type CertificateFields } from './certificate-fields.ts';

/** A certificate with the fields that Node does not show. */
export interface ReadCertificate {
  readonly x509: X509Certificate;
  readonly fields: CertificateFields;
}

/** A certificate read whole, or null where it is malformed. */
export function readCertificate(x509: X509Certificate): ReadCertificate | null {
  try {
    return { x509, fields: readCertificateFields(x509.raw) };
  } catch {
    return null;
  }
}

/** The same of the DER of a certificate. */
export function parseCertificate(der: Buffer): ReadCertificate | null {
  try {
    return readCertificate(new X509Certificate(der));
  } catch {
    return null;
  }
}

/** The name of a key: its encoded form. */
export function keyName({ publicKey }: X509Certificate): string {
  return publicKey.export({ type: 'spki', format: 'der' }).toString('latin1');
}

/** The name of an authority on one line, for people. */
export function nameOf({ subject }: X509Certificate): string {
  return subject.replaceAll('\n', ', ');
}
