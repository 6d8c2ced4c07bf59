import { basename } from 'node:path';
import type { DoorTls } from './load-door-tls.ts';

/** One certificate of the door, for people. */
export interface CertificateDescription {
  readonly names: readonly string[];
  /** RFC 3339; null where there is none yet. */
  readonly expires: string | null;
  /** Where it comes from. */
  readonly from: string;
  /** The setting that names it, where that is not listen.tls. */
  readonly of?: string;
}

/** The certificates of a listener in the order in which they stand for a name; none without TLS. */
export function describeCertificates(tls: DoorTls | null, of: string | null = null): CertificateDescription[] {
  if (tls === null) return [];
  const { acme, selfSigned } = tls;
  return tls.certificates.map(({ names, expiresAtMs }, index) => ({
    names,
    expires: index === 0 && tls.waiting ? null : new Date(expiresAtMs).toISOString(),
    from:
      selfSigned === null
        ? index === 0 && acme !== null
          ? `ordered from ${new URL(acme.policy.directory).host} by ${acme.policy.challenge}`
          : 'from a file'
        : `self-signed, in ${basename(selfSigned)}`,
    ...(of === null ? {} : { of }),
  }));
}
