import { CELL_SIZE, clearCell, idleMs, takeFromCell, type LimitState, type PlannedLimit } from '@sallyport/core';

const FIRST_CAPACITY = 64;

/** Keys and their numbers: a key's cell is three numbers in one array, so that a key costs no object of its own. */
class Generation {
  readonly index = new Map<string, number>();
  cells = new Float64Array(FIRST_CAPACITY * CELL_SIZE);

  /** Makes room for a new key and returns its offset; what stands there is left over. */
  add(key: string): number {
    const at = this.index.size * CELL_SIZE;
    if (at === this.cells.length) {
      const larger = new Float64Array(this.cells.length * 2);
      larger.set(this.cells);
      this.cells = larger;
    }
    this.index.set(key, at);
    return at;
  }
}

/** The counters of one limit, in two generations: see `createMemoryCounters`. */
export class CounterTable {
  maxKeys = 2;
  /** Set when it is no longer counted as one of the tables. */
  dropped = false;
  #young = new Generation();
  #old = new Generation();
  #youngSinceMs = Number.NaN;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** The longest of all limits that share the table: those of single keys have one window, and buckets that fill at different speeds. */
  #idleMs = 0;

  get size(): number {
    return this.#young.index.size + this.#old.index.size;
  }

  /** Whether every counter in it is as good as new. */
  isIdle(nowMs: number): boolean {
    return nowMs - this.#lastMs > this.#idleMs;
  }

  take(limit: PlannedLimit, key: string, cost: number, nowMs: number): LimitState {
    this.#idleMs = Math.max(this.#idleMs, idleMs(limit));
    const at = this.#young.index.get(key) ?? this.#enter(key, nowMs);
    this.#lastMs = nowMs;
    return takeFromCell(limit, this.#young.cells, at, cost, nowMs);
  }

  /** Brings a key into the young generation, from the old one or as new. */
  #enter(key: string, nowMs: number): number {
    if (Number.isNaN(this.#youngSinceMs)) this.#youngSinceMs = nowMs;
    const full = this.#young.index.size >= Math.max(1, this.maxKeys >> 1);
    if (full || nowMs - this.#youngSinceMs > this.#idleMs) this.#turn(nowMs);
    const young = this.#young;
    const at = young.add(key);
    const from = this.#old.index.get(key);
    if (from === undefined) clearCell(young.cells, at);
    else young.cells.set(this.#old.cells.subarray(from, from + CELL_SIZE), at);
    return at;
  }

  /** The old generation goes; the young one goes with it where nobody asked for so long that all of it is as good as new. */
  #turn(nowMs: number): void {
    this.#old = this.isIdle(nowMs) ? new Generation() : this.#young;
    this.#young = new Generation();
    this.#youngSinceMs = nowMs;
  }
}
