import { createSecureContext, type SecureContext } from 'node:tls';
import type { DoorTls } from './load-door-tls.ts';
import { secureContextOptions } from './tls-settings.ts';

/** Finds the certificate for the name that a client asks for (RFC 6066, section 3). Undefined for one that none has: the first is shown then. */
export type CertificateChooser = (name: string) => SecureContext | undefined;

/** Makes the contexts of all certificates, once. Of two certificates for one name the earlier is shown; a full name goes before a wildcard. */
export function createCertificateChooser({ certificates, clients }: DoorTls): CertificateChooser {
  const byName = new Map<string, SecureContext>();
  for (const certificate of certificates) {
    const context = createSecureContext(secureContextOptions(certificate, clients?.authorities ?? null));
    for (const name of certificate.names) if (!byName.has(name)) byName.set(name, context);
  }
  return (asked) => {
    const name = asked.toLowerCase();
    return byName.get(name) ?? byName.get(`*${name.slice(Math.max(name.indexOf('.'), 0))}`);
  };
}
