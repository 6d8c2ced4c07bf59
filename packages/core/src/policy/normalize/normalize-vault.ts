import { checkUrl } from '../check-url.ts';
import type { Place } from '../place.ts';
import type { PolicyProblems } from '../policy-problems.ts';
import type { vaultShape } from '../schema/schema-vault.ts';
import type { Read } from '../shape.ts';
import type { VaultLogin, VaultPolicy } from '../vault-policy.ts';

/** Reads `vault`; null where it is not there, or says no login. */
export function normalizeVault(
  authored: Read<typeof vaultShape> | undefined,
  place: Place,
  problems: PolicyProblems,
): VaultPolicy | null {
  if (authored === undefined) return null;
  checkUrl(authored.address, { plain: 'loopback', query: false }, '/vault/address', problems);
  const { token, appRole, kubernetes } = authored;
  const logins: VaultLogin[] = [];
  if (token !== undefined) logins.push({ method: 'token', token });
  if (appRole !== undefined) logins.push({ method: 'approle', ...appRole });
  if (kubernetes !== undefined) logins.push({ method: 'kubernetes', ...kubernetes });
  const [login] = logins;
  if (login === undefined || logins.length > 1) {
    if (!problems.touches('/vault'))
      problems.add(
        login === undefined ? 'POLICY_REQUIRED' : 'POLICY_CONTRADICTION',
        '/vault',
        login === undefined ? 'nothing says how to log in' : 'there is more than one way to log in',
        'Write one of token, appRole and kubernetes.',
        'key',
      );
    return null;
  }
  return {
    address: authored.address.replace(/\/+$/, ''),
    namespace: authored.namespace ?? null,
    ca: authored.ca ?? null,
    login,
    timeoutMs: authored.timeout,
    refreshMs: authored.refresh,
    maxStaleMs: authored.maxStale,
    place,
  };
}
