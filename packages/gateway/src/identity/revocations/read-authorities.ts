import { readFileSync } from 'node:fs';
import type { Policy } from '@sallyport/core';
import { RevocationError } from './make-revocation.ts';

/** The text of the authorities that the policy names for clients' certificates; null where it asks nobody for one. Paths are absolute by then. */
export function readAuthorities({ listen }: Policy): string | null {
  const path = listen.tls?.clientCertificates?.authorities;
  if (path === undefined) return null;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new RevocationError(`listen.tls.clientCertificates.authorities cannot be read: ${path}`, { cause });
  }
}
