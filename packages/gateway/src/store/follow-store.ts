import { StoreError } from './store-error.ts';
import type { Clock } from '../clock.ts';
import type { Store } from './store-port.ts';

const POLL_MS = 250;
const POLL_TIMEOUT_MS = 2000;
const FLUSH_MS = 5000;
const MAX_PENDING_USES = 100_000;
/** Not at the first: a store that goes away may refuse a write before it is known to be away. */
const TOLD_REFUSALS = 2;

export interface FollowOptions {
  readonly clock: Clock;
  /** How long what was known last goes on while the store is away. */
  readonly graceMs: number;
  /** Reads what has changed since it was read last. */
  read(): Promise<void>;
  /** Writes when things were used last: epoch milliseconds by id. */
  recordUses(uses: ReadonlyMap<string, number>): Promise<void>;
  /** Told when the store goes away and when it is back. */
  onState(up: boolean, reason: string): void;
  /** Told when a store that can be asked takes no uses, and when it does again. */
  onUses(written: boolean, reason: string): void;
}

/** What one process knows of a store, kept up to date. */
export interface StoreFollower {
  /** Opens the store and reads it. Resolves without where the store is away for the moment; rejects with `StoreError` for what does not heal by itself. */
  open(): Promise<void>;
  /** Begins to follow changes and to note uses. */
  start(): void;
  readonly started: boolean;
  readonly up: boolean;
  /** True where what is known may be relied on: it was read whole, and the store answered within `graceMs`. */
  isTrusted(): boolean;
  /** Somebody else found that the store is away; the next poll would find out too. */
  lost(reason: string): void;
  /** Keeps a use until it is written with the others. False before `start`, and where too many wait. */
  noteUse(id: string, atMs: number): boolean;
  close(): Promise<void>;
}

/** Follows a store: asks for changes four times a second, and at once where the store tells of them, one question at a time. */
export function followStore(
  store: Pick<Store, 'open' | 'onChange' | 'close'>,
  { clock, graceMs, read, recordUses, onState, onUses }: FollowOptions,
): StoreFollower {
  const uses = new Map<string, number>();
  /** Flushes in a row that the store did not take. */
  let refused = 0;
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
    if (now) lastContactMs = clock.steadyMs();
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
    await read();
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
    const cancelTimeout = clock.schedule(POLL_TIMEOUT_MS, () => setUp(false, 'the store does not answer'));
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
      await recordUses(batch);
      if (refused >= TOLD_REFUSALS) onUses(true, '');
      refused = 0;
    } catch (error) {
      refused += 1;
      if (refused === TOLD_REFUSALS) onUses(false, error instanceof Error ? error.message : String(error));
      for (const [id, atMs] of batch) if (!uses.has(id) && uses.size < MAX_PENDING_USES) uses.set(id, atMs);
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
    async open() {
      // After a reload it is followed already; two that read could overtake each other.
      if (started && up) return;
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
    get started() {
      return started;
    },
    get up() {
      return up;
    },
    isTrusted: () => up || (complete && clock.steadyMs() - lastContactMs <= graceMs),
    lost: (reason) => setUp(false, reason),
    noteUse(id, atMs) {
      if (!started || (uses.size >= MAX_PENDING_USES && !uses.has(id))) return false;
      uses.set(id, atMs);
      return true;
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
