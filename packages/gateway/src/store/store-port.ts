import type { Actor, AuditEntry, AuditHead, AuditReport } from './audit-port.ts';
import type { GrantStore } from './grant-port.ts';
import type { OneTimeStore } from './one-time-port.ts';
import type { CookieSealer } from './cookie-sealer.ts';
import type { ResealReport } from './reseal.ts';
import type { SessionStore } from './session-port.ts';

export type * from './audit-port.ts';
export type * from './grant-port.ts';
export type { ResealReport };

/** An API key as the store keeps it: its hash and what it may do, never the key. */
export interface StoredKey {
  /** Unique; shown in logs. 1 to 256 visible ASCII characters. */
  readonly id: string;
  /** SHA-256 of the key in lower-case hex; unique. */
  readonly sha256: string;
  /** The security scheme it is a key of; it proves nothing to another. */
  readonly scheme: string;
  /** Its first and last characters, for people who look for it; null for an imported key. */
  readonly hint: string | null;
  /** Who answers for it. */
  readonly owner: string;
  /** How to reach the owner; sealed in the store. */
  readonly contact: string | null;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Canonical CIDR ranges it may be used from; empty: from anywhere. */
  readonly addresses: readonly string[];
  /** What else the principal carries; sealed in the store. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  /** To the minute. */
  readonly lastUsedAtMs: number | null;
  /** The id of the key that it took over from. */
  readonly replaces: string | null;
  /** Limits of its own, as `renderKeyLimit` writes them. */
  readonly limits: readonly string[];
  /** The id of the first key of its rotations: its own where it took over from none. What is counted is counted by it. */
  readonly family: string;
}

/** A key to add; without limits it has none of its own, without a family it begins one. */
export type NewKey = Omit<StoredKey, 'revokedAtMs' | 'lastUsedAtMs' | 'limits' | 'family'> &
  Partial<Pick<StoredKey, 'limits' | 'family'>>;

/** That something about a key changed. Versions rise in the order in which changes became visible. */
export interface KeyChange {
  readonly version: number;
  readonly sha256: string;
  /** How tokens that it obtained are counted, and where they may come from; null for a key that never had limits of its own, took over from none and may be used from anywhere. */
  readonly counted: Pick<StoredKey, 'id' | 'family' | 'limits' | 'addresses'> | null;
}

/** How many keys are in use, and how many of them somebody should look after. */
export interface KeyCare {
  /** Neither revoked nor expired. */
  readonly active: number;
  readonly expiring: number;
  readonly unused: number;
}

const REVOCATION_KINDS = ['token', 'jti', 'subject', 'certificate', 'key'] as const;
/** What is taken away: one token, tokens by `jti`, what a subject has, a certificate, tokens that a key obtained. */
export type RevocationKind = (typeof REVOCATION_KINDS)[number];

/** A revocation to add. */
export interface NewRevocation {
  /** Unique; shown in logs. 1 to 256 visible ASCII characters. */
  readonly id: string;
  readonly kind: RevocationKind;
  /** SHA-256 in lower-case hex of what is revoked, as `revocationName` makes it; one revocation for each. */
  readonly name: string;
  /** Who issued it, for people; null for whoever. */
  readonly issuer: string | null;
  /** What is revoked, for people; null for a token, which is a secret. */
  readonly value: string | null;
  readonly reason: string | null;
  /** What was issued up to then is void. */
  readonly atMs: number;
  /** From then on nothing is left that could be refused; null where that is not known. */
  readonly expiresAtMs: number | null;
}

/** A revocation as the store has it; `liftedAtMs` is null unless it was lifted. */
export interface Revocation extends NewRevocation {
  readonly liftedAtMs: number | null;
}

/** A revocation as a gateway needs it. A lifted one has expired at 0. */
export interface RevocationChange {
  readonly version: number;
  readonly name: string;
  readonly atMs: number;
  readonly expiresAtMs: number | null;
}

/** A key that tokens of our own are signed with. */
export interface SigningKey {
  /** The `kid` of its tokens. */
  readonly id: string;
  readonly algorithm: string;
  /** JSON Web Keys; the private one is sealed in the store. */
  readonly publicJwk: string;
  readonly privateJwk: string;
  readonly signsFromMs: number;
  readonly signsUntilMs: number;
  /** From then on no token of it lives. */
  readonly verifiedUntilMs: number;
}

/**
 * Durable records. What a promise acknowledged survives a kill or a loss of power at any moment. Every method rejects with a
 * `StoreError` and nothing else; one that changes something does all of it, its row of the audit trail included, or nothing.
 */
export interface Store extends GrantStore, SessionStore, OneTimeStore {
  /** Opens the store and brings it to this version. May be called again after it rejected as `unavailable`. */
  open(): Promise<void>;
  /** Adds one key; `conflict` where id or hash is there already. */
  createKey(key: NewKey, by: Actor): Promise<void>;
  /** Adds keys whose hashes came from elsewhere, all or none. */
  importKeys(keys: readonly NewKey[], by: Actor): Promise<void>;
  /** Adds `next`, with the limits and the family of the key `id`, and lets that end at `endsAtMs`, or when it would have ended anyway; `unknown` where it is not there or revoked. */
  rotateKey(id: string, next: NewKey, endsAtMs: number, by: Actor): Promise<void>;
  /** Revokes a key for good; false where it was revoked already. `unknown` where there is no such key. */
  revokeKey(id: string, by: Actor): Promise<boolean>;
  /**
   * Gives a key limits of its own in the place of those it has, and with it every key of its family that is not revoked: they are counted as one. Returns their
   * ids. An empty list takes all limits away. `unknown` where the key is not there or revoked.
   */
  limitKey(id: string, limits: readonly string[], by: Actor): Promise<readonly string[]>;
  findKey(sha256: string): Promise<StoredKey | null>;
  getKey(id: string): Promise<StoredKey | null>;
  /** The next keys after `afterId` in the order of ids. */
  listKeys(afterId: string, limit: number): Promise<readonly StoredKey[]>;
  /** Counts active keys, those that expire within `expiringMs`, and those that were made and last used longer than `unusedMs` ago. */
  keysToLookAfter(nowMs: number, expiringMs: number, unusedMs: number): Promise<KeyCare>;
  /** Notes when keys were last used, by id. Never moves a time back. */
  recordUses(uses: ReadonlyMap<string, number>): Promise<void>;
  /** Changes after a version, oldest first; of a key that changed twice only the last. */
  changesSince(version: number, limit: number): Promise<readonly KeyChange[]>;
  /**
   * Revokes something, or revokes it again: then the revocation that is there takes the later moment and the later end, and counts again where it
   * was lifted. Returns its id. `full` where there are as many as a gateway keeps in memory; those that have expired are removed first.
   */
  revoke(revocation: NewRevocation, by: Actor): Promise<string>;
  /** Takes a revocation back; false where it was already. `unknown` where there is none. */
  liftRevocation(id: string, by: Actor): Promise<boolean>;
  /** The next revocations after `afterId` in the order of ids, lifted and expired ones among them until they are removed. */
  listRevocations(afterId: string, limit: number): Promise<readonly Revocation[]>;
  /** As `changesSince`, for revocations. */
  revocationsSince(version: number, limit: number): Promise<readonly RevocationChange[]>;
  /** Signing keys whose tokens may live at `nowMs`, those first that sign first. */
  signingKeys(nowMs: number): Promise<readonly SigningKey[]>;
  /** Adds a key behind `newest`, the id of the newest of its algorithm (null: there is none); false where another node was first. */
  addSigningKey(key: SigningKey, newest: string | null, by: Actor): Promise<boolean>;
  /** Ends every signing key at once, as after a leak: none of their tokens is good any more, and the next one is made. Returns how many. */
  endSigningKeys(by: Actor): Promise<number>;
  /** Tells as soon as it can that there may be changes; whoever has to know for certain also asks from time to time. */
  onChange(listener: () => void): void;
  auditTrail(afterSequence: number, limit: number): Promise<readonly AuditEntry[]>;
  /** Reads the whole trail and tells what is not as it was written. `noted`: a head that was kept elsewhere and must still be in it. */
  verifyAuditTrail(noted?: AuditHead): Promise<AuditReport>;
  /**
   * Seals everything anew under the first key that `store.key` names, while nodes run. May be killed and called again; `onProgress` hears how many rows it has done.
   */
  reseal(by: Actor, onProgress?: (rows: number) => void): Promise<ResealReport>;
  /** What cookies are made with. Throws a `StoreError` before the store is open. */
  cookies(): CookieSealer;
  close(): Promise<void>;
}
