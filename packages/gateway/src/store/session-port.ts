import type { Actor } from './audit-port.ts';

/** A session of a browser that logged in, as the store keeps it. Never what stands in its cookie, which is more than its id. */
export interface StoredSession {
  /** 32 hexadecimal digits; shown in logs. */
  readonly id: string;
  /** The security scheme it is a session of; it proves nothing to another. */
  readonly scheme: string;
  /** Who the principal is. */
  readonly subject: string;
  /** The provider that vouched for it, what it calls the user (`sub`), and its own session (`sid`), null where it has none. */
  readonly issuer: string;
  readonly providerSubject: string;
  readonly providerSession: string | null;
  /** Claims and tokens, as whoever created it wrote them; sealed in the store, and gone once the session has ended. */
  readonly secrets: string;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  /** When it ends in any case. */
  readonly expiresAtMs: number;
  readonly endedAtMs: number | null;
  /** Counts renewals. */
  readonly revision: number;
}

/** A session to add. */
export type NewSession = Omit<StoredSession, 'endedAtMs' | 'revision'>;

/** Which sessions are meant. */
export type SessionChoice =
  | { readonly id: string }
  | { readonly subject: string }
  | { readonly issuer: string; readonly providerSession: string; readonly createdBeforeMs: number }
  | { readonly issuer: string; readonly providerSubject: string; readonly createdBeforeMs: number };

/** A place in the list of ended sessions, which only grows at its end. */
export interface EndedCursor {
  readonly version: number;
  readonly id: string;
}

/** Sessions of browsers. As of the store itself: every method rejects with a `StoreError` and nothing else, and does all or nothing. */
export interface SessionStore {
  createSession(session: NewSession): Promise<void>;
  findSession(id: string): Promise<StoredSession | null>;
  /** The next sessions after `afterId` in the order of ids, those that have ended as well; of one subject where it is given. */
  listSessions(afterId: string, limit: number, subject?: string): Promise<readonly Omit<StoredSession, 'secrets'>[]>;
  /** Gives one caller among all nodes the right to renew this revision, until `untilMs`; false where somebody else has it, or the session has ended or was renewed. */
  claimSession(id: string, revision: number, nowMs: number, untilMs: number): Promise<boolean>;
  /** Replaces what the session holds and counts its revision up; false where it was renewed or has ended meanwhile. `secrets` null gives the right to renew back and changes nothing. */
  renewSession(id: string, revision: number, secrets: string | null): Promise<boolean>;
  /** Notes when sessions were last seen. Never moves a time back. */
  recordSessionUses(uses: ReadonlyMap<string, number>): Promise<void>;
  /** Ends sessions for good, as their users or their provider asked; tells how many. */
  endSessions(which: SessionChoice, atMs: number): Promise<number>;
  /** The same at somebody's order, with a row in the audit trail. */
  revokeSessions(which: { readonly id: string } | { readonly subject: string }, by: Actor): Promise<number>;
  /** Where the list of ended sessions ends now. */
  endedCursor(): Promise<EndedCursor>;
  /** Sessions that ended after a place in that list, in its order. */
  endedSince(cursor: EndedCursor, limit: number): Promise<readonly EndedCursor[]>;
  /** Forgets sessions that expired or ended before a time. */
  sweepSessions(beforeMs: number): Promise<void>;
}
