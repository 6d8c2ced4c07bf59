import { readFileSync } from 'node:fs';
import type { Policy } from '@sallyport/core';
import { RevocationError } from './make-revocation.ts';

/** The text of the authorities that the policy names for certificates of clients, their own and those that a proxy passes on, and of administrators; null where it takes none. Paths are absolute by then. */
export function readAuthorities({ listen, admin }: Policy): string | null {
  const named = [
    ['listen.tls.clientCertificates', listen.tls?.clientCertificates?.authorities],
    ['listen.forwardedCertificates', listen.forwardedCertificates?.authorities],
    ['admin.tls.clientCertificates', admin?.tls?.clientCertificates?.authorities],
  ] as const;
  const texts = named.flatMap(([setting, path]) => (path === undefined ? [] : [read(setting, path)]));
  return texts.length === 0 ? null : texts.join('\n');
}

function read(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new RevocationError(`${setting}.authorities cannot be read: ${path}`, { cause });
  }
}
