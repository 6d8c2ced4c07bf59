import type { Duplex } from 'node:stream';
import type { CertificateChecker } from './certificate-port.ts';
import { certificateNames } from './certificate-names.ts';
import { certificateThumbprint } from './certificate-thumbprint.ts';
import type { Revocations } from '../identity/revocations/revocations.ts';

/** What tokens bound to a certificate are held against on one connection; null where there is no certificate that is believed now. */
export type ProvedThumbprint = (socket: Duplex, nowMs: number) => string | null;

/** A certificate that was revoked since the handshake proves possession of a token as little as it proves a subject. */
export function createProvedThumbprint(
  checker: CertificateChecker | null,
  revocations: Revocations | null,
): ProvedThumbprint {
  return (socket, nowMs) => {
    const thumbprint = certificateThumbprint(socket);
    if (thumbprint === null || checker === null) return thumbprint;
    const shown = checker.check(socket, nowMs);
    if (shown === null || shown.result.code !== null) return null;
    const refused = revocations?.refuseCertificate(socket, () => certificateNames(shown.leaf), nowMs) ?? null;
    return refused === null ? thumbprint : null;
  };
}
