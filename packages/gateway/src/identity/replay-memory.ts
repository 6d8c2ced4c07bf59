import { hash } from 'node:crypto';

/** `away`: nobody can tell, as what is shared cannot be asked. */
export type Remembered = 'new' | 'seen' | 'full' | 'away';

/** What a proof is remembered as: 128 bits of a digest. */
export function replayName(key: string, id: string): string {
  return hash('sha256', `${key} ${id}`, 'base64url').slice(0, 22);
}

interface Slice {
  readonly untilMs: number;
  readonly seen: Set<string>;
  /** How many of them are of each key. */
  readonly counts: Map<string, number>;
}

const SLICE_MS = 15_000;

/**
 * Remembers proofs until they would be too old anyway, so that none counts twice (RFC 9449, section 11.1). Bounded: at most `maxEntries`, and
 * at most `maxOfOneKey` of one key, so that one client cannot use up the memory of all; what does not fit is refused, for a proof that is
 * forgotten too early could be replayed. Entries are 128 bits of a digest in slices of 15 seconds, and a slice is dropped whole: no timers, no scans.
 */
export class ReplayMemory {
  readonly #maxEntries: number;
  readonly #maxOfOneKey: number;
  #slices: Slice[] = [];
  #size = 0;

  constructor(maxEntries = 500_000, maxOfOneKey = maxEntries / 10) {
    this.#maxEntries = maxEntries;
    this.#maxOfOneKey = maxOfOneKey;
  }

  get size(): number {
    return this.#size;
  }

  /** Remembers the proof `id` of `key` until `untilMs`, unless it is known or there is no room. */
  remember(key: string, id: string, untilMs: number, nowMs: number): Remembered {
    this.#forget(nowMs);
    const name = replayName(key, id);
    if (this.#slices.some(({ seen }) => seen.has(name))) return 'seen';
    const ofKey = this.#slices.reduce((sum, { counts }) => sum + (counts.get(key) ?? 0), 0);
    if (this.#size >= this.#maxEntries || ofKey >= this.#maxOfOneKey) return 'full';
    const endMs = Math.ceil(untilMs / SLICE_MS) * SLICE_MS;
    let slice = this.#slices.find((other) => other.untilMs === endMs);
    if (slice === undefined) {
      slice = { untilMs: endMs, seen: new Set(), counts: new Map() };
      this.#slices.push(slice);
    }
    slice.seen.add(name);
    this.#size++;
    slice.counts.set(key, (slice.counts.get(key) ?? 0) + 1);
    return 'new';
  }

  #forget(nowMs: number): void {
    if (!this.#slices.some(({ untilMs }) => nowMs > untilMs)) return;
    this.#slices = this.#slices.filter(({ untilMs }) => nowMs <= untilMs);
    this.#size = this.#slices.reduce((sum, { seen }) => sum + seen.size, 0);
  }
}
