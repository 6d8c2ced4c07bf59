import type { StoredGrant } from '../../store/grant-port.ts';

const NOTHING: readonly never[] = Object.freeze([]);

/** The grants of one subject of one issuer. */
interface Holder {
  readonly grants: Map<string, { readonly id: string; readonly expiresAtMs: number }>;
  /** The roles that count until `untilMs`; null where a grant changed since they were put together. */
  roles: readonly string[] | null;
  untilMs: number;
  /** When its use was last noted, so that it is noted once a minute at most. */
  notedMs: number;
}

/** The grants that count, by issuer and subject. Holds no more than the store has: nothing that a client sends is remembered. */
export class GrantTable {
  readonly #byIssuer = new Map<string, Map<string, Holder>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Takes over a grant as it is now: one that was revoked is forgotten. */
  apply(grant: StoredGrant): void {
    const { issuer, subject, role } = grant;
    const subjects = this.#byIssuer.get(issuer) ?? new Map<string, Holder>();
    const holder: Holder = subjects.get(subject) ?? { grants: new Map(), roles: null, untilMs: 0, notedMs: 0 };
    holder.roles = null;
    if (holder.grants.delete(role)) this.#size -= 1;
    if (grant.revokedAtMs === null) {
      holder.grants.set(role, { id: grant.id, expiresAtMs: grant.expiresAtMs ?? Infinity });
      this.#size += 1;
      subjects.set(subject, holder);
      this.#byIssuer.set(issuer, subjects);
    } else if (holder.grants.size === 0) subjects.delete(subject);
  }

  /** The same array as long as the same roles count. */
  rolesOf(issuer: string, subject: string, nowMs: number): readonly string[] {
    const holder = this.#byIssuer.get(issuer)?.get(subject);
    if (holder === undefined) return NOTHING;
    if (holder.roles === null || nowMs >= holder.untilMs) this.#count(holder, nowMs);
    return holder.roles ?? NOTHING;
  }

  /** The ids of the grants of a subject whose use is to be noted now: none where it was within the interval. */
  toNote(issuer: string, subject: string, nowMs: number, intervalMs: number): Iterable<string> {
    const holder = this.#byIssuer.get(issuer)?.get(subject);
    if (holder === undefined || nowMs - holder.notedMs < intervalMs) return NOTHING;
    holder.notedMs = nowMs;
    return [...holder.grants.values()].map(({ id }) => id);
  }

  /** Forgets what has expired. */
  sweep(nowMs: number): void {
    for (const subjects of this.#byIssuer.values())
      for (const [subject, holder] of subjects) {
        this.#count(holder, nowMs);
        if (holder.grants.size === 0) subjects.delete(subject);
      }
  }

  #count(holder: Holder, nowMs: number): void {
    let untilMs = Infinity;
    for (const [role, { expiresAtMs }] of holder.grants) {
      if (expiresAtMs <= nowMs) {
        holder.grants.delete(role);
        this.#size -= 1;
      } else untilMs = Math.min(untilMs, expiresAtMs);
    }
    holder.roles = Object.freeze([...holder.grants.keys()]);
    holder.untilMs = untilMs;
  }
}
