import { replayName, type Remembered, type ReplayMemory } from './replay-memory.ts';
import type { Clock } from './clock.ts';
import type { OneTimeStore } from '../store/one-time-port.ts';

/** Where used proofs are remembered. */
export interface Replays {
  /** Remembers the proof `id` of `key` until `untilMs`, unless it is known or there is no room. Never throws and never rejects. */
  remember(key: string, id: string, untilMs: number, nowMs: number): Remembered | Promise<Remembered>;
}

/** Used proofs that the nodes of one store share. */
export interface SharedReplays extends Replays {
  /** How many there were when they were counted last, by whichever node they were used at. */
  readonly size: number;
  close(): void;
}

export interface SharedReplaysOptions {
  /** What this process remembers by itself, which is asked first. */
  readonly local: ReplayMemory;
  readonly store: OneTimeStore;
  readonly clock: Clock;
  readonly isUp: () => boolean;
  /** Whether, with the store away, this process's own memory is enough for now. */
  readonly mayBeAlone: (nowMs: number) => boolean;
  /** How many the store holds at most, give or take what comes between two counts. */
  readonly maxRows?: number;
  readonly maxWaiting?: number;
}

const MAX_ROWS = 2_000_000;
/** Half a second of what a database usually takes. */
const MAX_WAITING = 10_000;
const BATCH = 100;
const SWEEP_MS = 15_000;
/** A node whose clock is ahead must not forget for one whose clock is behind. */
const KEEP_MS = 60_000;

interface Waiting {
  readonly name: string;
  readonly untilMs: number;
  readonly nowMs: number;
  readonly settle: (remembered: Remembered) => void;
}

/**
 * Remembers proofs for all nodes of a store (RFC 9449, section 11.1): whichever row is inserted first counts. What this process has seen itself is refused without asking,
 * and its bounds, for one client too, hold before anything is sent. Proofs that arrive while the store is asked go together with the next question, so that a write
 * to disk is shared by up to a hundred. While the store is away the answer is `away`, unless this process may go on alone.
 */
export function createSharedReplays({
  local,
  store,
  clock,
  isUp,
  mayBeAlone,
  maxRows = MAX_ROWS,
  maxWaiting = MAX_WAITING,
}: SharedReplaysOptions): SharedReplays {
  const waiting: Waiting[] = [];
  let asking = false;
  let counted = 0;
  let sinceCount = 0;
  let closed = false;
  let sweeping = false;
  let cancel: () => void = () => undefined;

  const alone = (nowMs: number): Remembered => (mayBeAlone(nowMs) ? 'new' : 'away');

  async function ask(): Promise<void> {
    asking = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH);
      try {
        const fresh = await store.useOnce(batch.map(({ name, untilMs }) => ({ name, untilMs })));
        for (const { name, settle } of batch) settle(fresh.has(name) ? 'new' : 'seen');
      } catch {
        for (const { nowMs, settle } of batch) settle(alone(nowMs));
      }
    }
    asking = false;
  }

  /** Begins with the first proof: whoever sends none pays for nothing. */
  function sweepLater(): void {
    sweeping = true;
    cancel = clock.schedule(SWEEP_MS, () => {
      const before = sinceCount;
      const swept = isUp() ? store.sweepUsed(clock.nowMs() - KEEP_MS, maxRows) : Promise.reject(new Error('away'));
      void swept
        .then(
          (left) => {
            counted = left;
            sinceCount -= before;
          },
          () => undefined,
        )
        .then(() => {
          if (!closed) sweepLater();
        });
    });
  }

  return {
    get size() {
      return counted + sinceCount;
    },
    remember(key, id, untilMs, nowMs) {
      const known = local.remember(key, id, untilMs, nowMs);
      if (known !== 'new') return known;
      if (!isUp()) return alone(nowMs);
      if (counted + sinceCount >= maxRows || waiting.length >= maxWaiting) return 'full';
      if (!sweeping && !closed) sweepLater();
      sinceCount += 1;
      return new Promise((settle) => {
        waiting.push({ name: replayName(key, id), untilMs, nowMs, settle });
        if (!asking) void ask();
      });
    },
    close() {
      closed = true;
      cancel();
    },
  };
}
