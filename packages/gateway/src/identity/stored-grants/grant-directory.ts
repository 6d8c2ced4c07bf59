import type { GrantPort } from '@sallyport/core';
import { GrantTable } from './grant-table.ts';
import { MAX_GRANTS } from '../../store/grant-port.ts';
import { StoreError } from '../../store/store-error.ts';
import type { Clock } from '../clock.ts';
import type { Store } from '../../store/store-port.ts';

const POLL_MS = 250;
const POLL_TIMEOUT_MS = 2000;
const PAGE = 10_000;
const FLUSH_MS = 5000;
const NOTE_USE_MS = 60_000;

export interface GrantDirectoryOptions {
  readonly clock: Clock;
  readonly graceMs: number;
  readonly maxGrants?: number;
  /** Told when the store goes away and when it is back. */
  readonly onState?: (up: boolean, reason: string) => void;
}

/** The roles granted in a store, as the requests of one process see them. */
export interface GrantDirectory {
  readonly port: GrantPort;
  /** Opens the store and learns what is granted. Resolves without where the store is away for the moment; rejects with `StoreError` for what does not heal by itself. */
  open(): Promise<void>;
  /** Begins to follow changes and to note uses. */
  start(): void;
  readonly size: number;
  close(): Promise<void>;
}

/**
 * Knows every grant that counts, so that no request waits for the store. Changes are asked for four times a second, and at once where the store
 * tells of them. While the store is away, what was known last goes on for `graceMs`; after that it is not known what is granted.
 */
export function createGrantDirectory(
  store: Pick<Store, 'open' | 'grantsSince' | 'recordGrantUses' | 'onChange' | 'close'>,
  { clock, graceMs, maxGrants = MAX_GRANTS, onState = () => undefined }: GrantDirectoryOptions,
): GrantDirectory {
  const table = new GrantTable();
  const uses = new Map<string, number>();
  let version = 0;
  let opened = false;
  let complete = false;
  let up = false;
  let lastContactMs = 0;
  let started = false;
  let closed = false;
  let polling: Promise<void> | null = null;
  let pollAgain = false;
  let cancelPoll: () => void = () => undefined;
  let cancelFlush: () => void = () => undefined;

  function setUp(now: boolean, reason: string): void {
    if (now) lastContactMs = clock.nowMs();
    if (now === up) return;
    up = now;
    onState(now, reason);
  }

  async function follow(): Promise<void> {
    if (!opened) {
      await store.open();
      opened = true;
      store.onChange(poll);
    }
    for (;;) {
      const changes = await store.grantsSince(version, PAGE);
      for (const { version: next, grant } of changes) {
        table.apply(grant);
        version = next;
      }
      if (changes.length > 0 && table.size > maxGrants) table.sweep(clock.nowMs());
      if (changes.length < PAGE) break;
    }
    // Whoever writes past the store could fill the memory of every node.
    if (table.size > maxGrants) throw new StoreError('full', `more than ${maxGrants} roles are granted`);
    complete = true;
    setUp(true, '');
  }

  /** One poll at a time; being told of a change during one asks for another. */
  function poll(): void {
    if (polling !== null) {
      pollAgain = true;
      return;
    }
    if (closed) return;
    cancelPoll();
    // A store that hangs is away, even though it has not said so.
    const cancelTimeout = clock.schedule(POLL_TIMEOUT_MS, () => {
      if (complete) setUp(false, 'the store does not answer');
    });
    polling = follow()
      .catch((error: unknown) => setUp(false, error instanceof Error ? error.message : String(error)))
      .finally(() => {
        cancelTimeout();
        polling = null;
        if (closed || !started) return;
        if (pollAgain) {
          pollAgain = false;
          poll();
        } else cancelPoll = clock.schedule(POLL_MS, poll);
      });
  }

  async function flush(): Promise<void> {
    if (uses.size === 0 || !up) return;
    const batch = new Map(uses);
    uses.clear();
    try {
      await store.recordGrantUses(batch);
    } catch {
      // There are as many ids as grants at most.
      for (const [id, atMs] of batch) if (!uses.has(id)) uses.set(id, atMs);
    }
  }
  function flushLater(): void {
    cancelFlush = clock.schedule(FLUSH_MS, () => {
      void flush().then(() => {
        if (!closed) flushLater();
      });
    });
  }

  return {
    port: {
      rolesOf(issuer, subject, nowMs) {
        if (!up && (!complete || nowMs - lastContactMs > graceMs)) return null;
        const roles = table.rolesOf(issuer, subject, nowMs);
        if (started && roles.length > 0)
          for (const id of table.toNote(issuer, subject, nowMs, NOTE_USE_MS)) uses.set(id, nowMs);
        return roles;
      },
    },
    async open() {
      // After a reload it is followed already; two that follow could overtake each other.
      if (started && complete && up) return;
      try {
        await follow();
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'unavailable') throw error;
        onState(false, error.message);
      }
    },
    start() {
      if (started || closed) return;
      started = true;
      poll();
      flushLater();
    },
    get size() {
      return table.size;
    },
    async close() {
      if (closed) return;
      closed = true;
      cancelPoll();
      cancelFlush();
      await polling;
      if (started) await flush();
      await store.close();
    },
  };
}
