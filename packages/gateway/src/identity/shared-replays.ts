import { replayName, type Remembered, type ReplayMemory, type UsedProof } from './replay-memory.ts';
import type { Clock } from '../clock.ts';
import type { OneTimeStore } from '../store/one-time-port.ts';

/** Where used proofs are remembered. */
export interface Replays {
  /** Remembers a proof, unless it is known or there is no room. Never throws and never rejects. */
  remember(proof: UsedProof, nowMs: number): Remembered | Promise<Remembered>;
}

/** Used proofs that the nodes of one store share. */
export interface SharedReplays extends Replays {
  /** How many there were when they were counted last, by whichever node they were used at. */
  readonly size: number;
  /** True while every proof is refused, because the store is away. */
  readonly away: boolean;
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
/** Of those who wait, one holder is at most this part. */
const SHARES = 10;
const BATCH = 100;
const SWEEP_MS = 15_000;
/** A node whose clock is ahead must not forget for one whose clock is behind. */
const KEEP_MS = 60_000;

interface Waiting {
  readonly holder: string;
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
  const maxOfOneHolder = Math.ceil(maxWaiting / SHARES);
  /** How many of those who wait are of each holder: one who sends many at once must not be all that others wait behind. */
  const waitingOf = new Map<string, number>();
  let asking = false;
  let counted = 0;
  let sinceCount = 0;
  let closed = false;
  let sweeping = false;
  /** How long proofs are remembered, the longest of them. */
  let longestMs = 0;
  let lookedAtMs = clock.nowMs();
  /** What was too old by then is swept. */
  let sweptMs = -Infinity;
  /** Turns for which that stays as it is. */
  let held = 0;
  let cancel: () => void = () => undefined;

  const alone = (nowMs: number): Remembered => (mayBeAlone(nowMs) ? 'new' : 'away');

  async function ask(): Promise<void> {
    asking = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH);
      for (const { holder } of batch) {
        const left = (waitingOf.get(holder) ?? 1) - 1;
        if (left === 0) waitingOf.delete(holder);
        else waitingOf.set(holder, left);
      }
      try {
        const fresh = await store.useOnce(batch.map(({ name, untilMs }) => ({ name, untilMs })));
        for (const { name, settle } of batch) settle(fresh.has(name) ? 'new' : 'seen');
      } catch {
        for (const { nowMs, settle } of batch) settle(alone(nowMs));
      }
    }
    asking = false;
  }

  /**
   * Where the clock was set forward, nothing more is forgotten for as long as proofs live: it may be set back, and what was used before would be young again,
   * for every node of the store.
   */
  function sweptUntil(): number {
    const nowMs = clock.nowMs();
    if (nowMs - lookedAtMs > 2 * SWEEP_MS) held = Math.ceil(longestMs / SWEEP_MS);
    lookedAtMs = nowMs;
    if (held > 0) held -= 1;
    else sweptMs = nowMs - KEEP_MS;
    return sweptMs;
  }

  /** Begins with the first proof: whoever sends none pays for nothing. */
  function sweepLater(): void {
    sweeping = true;
    cancel = clock.schedule(SWEEP_MS, () => {
      const before = sinceCount;
      const beforeMs = sweptUntil();
      const swept = isUp() ? store.sweepUsed(beforeMs, maxRows) : Promise.reject(new Error('away'));
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
    get away() {
      return !isUp() && !mayBeAlone(clock.nowMs());
    },
    remember(proof, nowMs) {
      const { holder, untilMs } = proof;
      const known = local.remember(proof, nowMs);
      if (known !== 'new') return known;
      if (!isUp()) return alone(nowMs);
      const before = waitingOf.get(holder) ?? 0;
      if (counted + sinceCount >= maxRows || waiting.length >= maxWaiting || before >= maxOfOneHolder) return 'full';
      longestMs = Math.max(longestMs, untilMs - nowMs);
      if (!sweeping && !closed) {
        lookedAtMs = clock.nowMs();
        sweepLater();
      }
      sinceCount += 1;
      return new Promise((settle) => {
        waiting.push({ holder, name: replayName(proof), untilMs, nowMs, settle });
        waitingOf.set(holder, before + 1);
        if (!asking) void ask();
      });
    },
    close() {
      closed = true;
      cancel();
    },
  };
}
