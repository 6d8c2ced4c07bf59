import { keyName, nameOf } from './read-certificate.ts';
import type { ClientTrust } from './client-trust.ts';

/** When the revocation list of an authority ends; 0 where it has none. */
export interface ListExpiry {
  readonly issuer: string;
  readonly endsAtMs: number;
}

/** One for each authority whose certificates are looked up in lists; of one that stands in several places the earliest. */
export function listExpiries(
  trusts: readonly (Pick<ClientTrust, 'authorities' | 'lists'> | null | undefined)[],
): readonly ListExpiry[] {
  const byIssuer = new Map<string, number>();
  for (const { authorities, lists } of trusts.filter((trust) => trust !== null && trust !== undefined))
    for (const { x509 } of lists === null ? [] : authorities) {
      const issuer = nameOf(x509);
      const endsAtMs = lists?.get(keyName(x509))?.endsAtMs ?? 0;
      byIssuer.set(issuer, Math.min(byIssuer.get(issuer) ?? Infinity, endsAtMs));
    }
  return [...byIssuer].map(([issuer, endsAtMs]) => ({ issuer, endsAtMs }));
}
