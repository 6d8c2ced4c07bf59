import { TLSSocket } from 'node:tls';
import type { CertificateChecks } from './certificate-port.ts';
import { certificateNames } from './certificate-names.ts';
import { certificateThumbprint } from './certificate-thumbprint.ts';
import { ForwardedCertificate } from './forwarded-certificate.ts';
import type { Revocations } from '../identity/revocations/revocations.ts';

/** What tokens bound to a certificate are held against on one connection; null where there is no certificate that is believed now. */
export type ProvedThumbprint = (connection: object, nowMs: number) => string | null;

/** A certificate that was revoked since the handshake proves possession of a token as little as it proves a subject. */
export function createProvedThumbprint(
  checker: CertificateChecks | null,
  revocations: Revocations | null,
): ProvedThumbprint {
  return (connection, nowMs) => {
    const thumbprint =
      connection instanceof TLSSocket
        ? certificateThumbprint(connection)
        : connection instanceof ForwardedCertificate
          ? thumbprintOf(connection)
          : null;
    if (thumbprint === null || checker === null) return thumbprint;
    const shown = checker.check(connection, nowMs);
    if (shown === null || shown.result.code !== null) return null;
    const refused = revocations?.refuseCertificate(connection, () => certificateNames(shown.leaf), nowMs) ?? null;
    return refused === null ? thumbprint : null;
  };
}

function thumbprintOf({ leaf }: ForwardedCertificate): string | null {
  const hex = leaf?.fingerprint256.replaceAll(':', '') ?? '';
  return hex === '' ? null : Buffer.from(hex, 'hex').toString('base64url');
}
