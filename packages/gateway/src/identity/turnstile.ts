/** Lets at most `maxConcurrent` tasks run at once and at most `maxQueued` wait, first come, first served. */
export class Turnstile {
  readonly #maxConcurrent: number;
  readonly #maxQueued: number;
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(maxConcurrent: number, maxQueued: number) {
    this.#maxConcurrent = maxConcurrent;
    this.#maxQueued = maxQueued;
  }

  /** Runs `task` when its turn comes; null where too many wait already. */
  enter<T>(task: () => Promise<T>): Promise<T> | null {
    if (this.#running < this.#maxConcurrent) {
      this.#running++;
      return this.#run(task);
    }
    if (this.#queue.length >= this.#maxQueued) return null;
    return new Promise<void>((resolve) => this.#queue.push(resolve)).then(() => this.#run(task));
  }

  async #run<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } finally {
      // The place is handed on without being free in between, so that nobody overtakes.
      const next = this.#queue.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
