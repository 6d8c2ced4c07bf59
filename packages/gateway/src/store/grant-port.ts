import type { Actor } from './audit-port.ts';

/** How many grants may count at a time: what a gateway keeps in about 40 MB. Who has a role by the thousand has it by a claim. */
export const MAX_GRANTS = 100_000;

/** To whom a role is granted: a subject of one issuer, for the same name at another is somebody else. */
export interface GrantKey {
  readonly issuer: string;
  readonly subject: string;
  readonly role: string;
}

export interface NewGrant extends GrantKey {
  /** Why, for people; null where nobody said. */
  readonly reason: string | null;
  readonly expiresAtMs: number | null;
}

/** A grant as the store keeps it; one for each subject and role. */
export interface StoredGrant extends NewGrant {
  /** SHA-256 of issuer, subject and role in lower-case hex. */
  readonly id: string;
  readonly grantedBy: string;
  readonly grantedAtMs: number;
  readonly revokedAtMs: number | null;
  /** When the subject was last let in with it, to the minute; null for never. */
  readonly lastSeenAtMs: number | null;
}

/** A grant as it is after a change. Versions rise in the order in which changes became visible. */
export interface GrantChange {
  readonly version: number;
  readonly grant: StoredGrant;
}

/** Roles that were granted to principals beside what their credentials say. A part of the store, with its promises. */
export interface GrantStore {
  /**
   * Grants a role; one that is granted already is granted anew, with this end and this reason. `full` where as many grants count as a
   * gateway keeps.
   */
  grantRole(grant: NewGrant, by: Actor): Promise<'granted' | 'renewed'>;
  /** Takes a role back; false where it has been already. `unknown` where it was never granted. */
  revokeRole(grant: GrantKey, by: Actor): Promise<boolean>;
  /** The next grants after `afterId` in the order of ids, revoked and expired ones among them. */
  listGrants(afterId: string, limit: number): Promise<readonly StoredGrant[]>;
  /** Changes after a version, oldest first; of a grant that changed twice only the last. */
  grantsSince(version: number, limit: number): Promise<readonly GrantChange[]>;
  /** Notes when grants were last used, by id. Never moves a time back. */
  recordGrantUses(uses: ReadonlyMap<string, number>): Promise<void>;
}
