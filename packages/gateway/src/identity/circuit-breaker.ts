/** After this many failures in a row the other side is left alone. */
const FAILURES_TO_OPEN = 5;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

/**
 * Leaves alone what does not answer: after 5 failures in a row nothing is asked for a second, then one question is let through; each
 * failure of it doubles the pause, up to 30 seconds, and a success ends it. Without it every request would wait for the time limit, and
 * the other side would come back up under a flood. Times are of a clock that never goes back: one set back by an hour would leave it alone for an hour.
 */
export class CircuitBreaker {
  #failures = 0;
  #openUntilMs = -Infinity;
  #trying = false;

  /** Whether to ask now. Whoever is told yes must report with `succeeded` or `failed`. */
  admits(steadyMs: number): boolean {
    if (this.#failures < FAILURES_TO_OPEN) return true;
    if (steadyMs < this.#openUntilMs || this.#trying) return false;
    this.#trying = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#trying = false;
  }

  failed(steadyMs: number): void {
    this.#failures++;
    this.#trying = false;
    const beyond = this.#failures - FAILURES_TO_OPEN;
    if (beyond >= 0) this.#openUntilMs = steadyMs + Math.min(FIRST_PAUSE_MS * 2 ** Math.min(beyond, 10), MAX_PAUSE_MS);
  }
}
