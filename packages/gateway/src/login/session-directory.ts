import type { CredentialResult } from '@sallyport/core';
import { principalOf, readSecrets } from './session-secrets.ts';
import { Turnstile } from '../identity/turnstile.ts';
import { TwoGenerations } from '../identity/stored-keys/two-generations.ts';
import type { Clock } from '../clock.ts';
import type { EndedCursor, SessionStore, StoredSession } from '../store/session-port.ts';

/** A session that was loaded, ready to be decided upon. */
export interface KnownSession {
  readonly session: StoredSession;
  readonly clientId: string;
  readonly proved: Extract<CredentialResult, { ok: true }>;
  readonly renewAtMs: number | null;
  lastSeenAtMs: number;
  notedAtMs: number;
}

const PAGE = 1000;
/** About 40 MB of usual sessions; one beyond them costs a question to the store. */
const MAX_KNOWN = 20_000;
const MAX_GONE = 10_000;
const MAX_LOADS = 32;
const MAX_WAITING_LOADS = 1000;
const MAX_PENDING_USES = 100_000;
const FLUSH_MS = 5_000;
const SWEEP_MS = 5 * 60_000;
/** How long the store tells of an ended session, so that every node hears of it. */
const KEEP_ENDED_MS = 60 * 60_000;

/** The sessions of the store, as the requests of one process see them. */
export interface SessionDirectory {
  /** What is known of the session without asking; null where it has to be loaded. */
  known(id: string): KnownSession | null;
  /** True where the session is known to be gone: ended, or never there. */
  isGone(id: string): boolean;
  /** Loads a session, once for all who ask at a time; null where it is not there, has ended or cannot be read. Rejects with `StoreError`; null at once where too many wait. */
  load(id: string): Promise<KnownSession | null> | null;
  /** What was loaded is not what the store has any more. */
  forget(id: string): void;
  /** Notes that a session was seen, and has it written down from time to time. */
  noteUse(known: KnownSession, nowMs: number, everyMs: number): void;
  /** Reads which sessions have ended since the last time. Called whenever the store is asked for changes. */
  follow(store: SessionStore): Promise<void>;
  start(): void;
  close(): Promise<void>;
}

/**
 * Keeps sessions that were loaded until the store tells that they ended, which every node is told within a second. `isTrusted` says whether the store was heard
 * of lately enough: after it was away for longer nothing that is remembered counts.
 */
export function createSessionDirectory(
  store: SessionStore,
  {
    clock,
    graceMs,
    isTrusted,
    maxKnown = MAX_KNOWN,
  }: {
    readonly clock: Clock;
    readonly graceMs: number;
    readonly isTrusted: () => boolean;
    readonly maxKnown?: number;
  },
): SessionDirectory {
  const known = new TwoGenerations<KnownSession>(maxKnown);
  const gone = new TwoGenerations<true>(MAX_GONE);
  const loads = new Turnstile(MAX_LOADS, MAX_WAITING_LOADS);
  const loading = new Map<string, { readonly result: Promise<KnownSession | null>; overtaken: boolean }>();
  const uses = new Map<string, number>();
  let cursor: EndedCursor | null = null;
  let closed = false;
  let sweptAtMs = -Infinity;
  let cancel: () => void = () => undefined;

  function end(id: string): void {
    known.delete(id);
    gone.set(id, true);
    const under = loading.get(id);
    if (under !== undefined) under.overtaken = true;
  }

  async function flush(): Promise<void> {
    const nowMs = clock.nowMs();
    if (!isTrusted()) return;
    const batch = new Map(uses);
    uses.clear();
    try {
      if (batch.size > 0) await store.recordSessionUses(batch);
      if (clock.steadyMs() - sweptAtMs >= SWEEP_MS) {
        sweptAtMs = clock.steadyMs();
        await store.sweepSessions(nowMs - KEEP_ENDED_MS - graceMs);
      }
    } catch {
      for (const [id, atMs] of batch) if (!uses.has(id) && uses.size < MAX_PENDING_USES) uses.set(id, atMs);
    }
  }

  return {
    known: (id) => known.get(id) ?? null,
    isGone: (id) => gone.get(id) === true,
    load(id) {
      const under = loading.get(id);
      if (under !== undefined && !under.overtaken) return under.result;
      const result = loads.enter(async () => {
        const session = await store.findSession(id);
        return session === null || session.endedAtMs !== null ? null : toKnown(session);
      });
      if (result === null) return null;
      const entry = { result, overtaken: false };
      loading.set(id, entry);
      result.then(
        (session) => {
          if (loading.get(id) === entry) loading.delete(id);
          if (session === null) gone.set(id, true);
          else if (!entry.overtaken) known.set(id, session);
        },
        () => {
          if (loading.get(id) === entry) loading.delete(id);
        },
      );
      return result;
    },
    forget(id) {
      known.delete(id);
      const under = loading.get(id);
      if (under !== undefined) under.overtaken = true;
    },
    noteUse(session, nowMs, everyMs) {
      session.lastSeenAtMs = Math.max(session.lastSeenAtMs, nowMs);
      if (nowMs - session.notedAtMs < everyMs || uses.size >= MAX_PENDING_USES) return;
      session.notedAtMs = nowMs;
      uses.set(session.session.id, nowMs);
    },
    async follow(from) {
      // Away for too long: what ended meanwhile may be forgotten there already.
      if (cursor === null || !isTrusted()) {
        cursor = await from.endedCursor();
        known.clear();
        for (const under of loading.values()) under.overtaken = true;
        return;
      }
      for (;;) {
        const ended = await from.endedSince(cursor, PAGE);
        for (const at of ended) {
          end(at.id);
          cursor = at;
        }
        if (ended.length < PAGE) return;
      }
    },
    start() {
      const flushLater = (): void => {
        cancel = clock.schedule(FLUSH_MS, () => {
          void flush().then(() => {
            if (!closed) flushLater();
          });
        });
      };
      flushLater();
    },
    async close() {
      closed = true;
      cancel();
      await flush();
    },
  };
}

function toKnown(session: StoredSession): KnownSession | null {
  const secrets = readSecrets(session.secrets);
  if (secrets === null) return null;
  return {
    // Tokens stay in the store.
    session: { ...session, secrets: '' },
    clientId: secrets.clientId,
    proved: Object.freeze({ ok: true, principal: principalOf(session, secrets) }),
    renewAtMs: secrets.refreshToken === null ? null : secrets.renewAtMs,
    lastSeenAtMs: session.lastSeenAtMs,
    notedAtMs: session.lastSeenAtMs,
  };
}
