import type { Revocation } from '../../store/store-port.ts';

/** A revocation as people see it: everything but the hash, which could be compared with guesses. */
export interface ShownRevocation extends Pick<Revocation, 'id' | 'kind' | 'issuer' | 'value' | 'reason'> {
  readonly state: 'active' | 'lifted' | 'expired';
  readonly at: string;
  readonly expires: string | null;
}

/** A revocation to be shown, with its state at `nowMs`: one that was lifted and has expired is `lifted`. Times in ISO 8601. */
export function shownRevocation(revocation: Revocation, nowMs: number): ShownRevocation {
  const { id, kind, issuer, value, reason, atMs, expiresAtMs, liftedAtMs } = revocation;
  const expired = expiresAtMs !== null && expiresAtMs <= nowMs;
  return {
    id,
    kind,
    state: liftedAtMs !== null ? 'lifted' : expired ? 'expired' : 'active',
    value,
    issuer,
    at: new Date(atMs).toISOString(),
    expires: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
    reason,
  };
}
