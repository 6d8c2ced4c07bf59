/** Time as whatever waits or remembers sees it; tests put their own in its place. */
export interface Clock {
  nowMs(): number;
  /** Runs `task` after `delayMs` once; the returned function calls it off. Never keeps the process alive. */
  schedule(delayMs: number, task: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = Object.freeze({
  nowMs: () => Date.now(),
  schedule(delayMs: number, task: () => void) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
});
