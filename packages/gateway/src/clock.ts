import { createSteadyTime } from './steady-time.ts';

/** Time as whatever waits or remembers sees it; tests put their own in its place. */
export interface Clock {
  /** Milliseconds of the epoch, for what has a date: tokens, certificates, rows of a store. Whoever sets the clock of the machine moves it either way. */
  nowMs(): number;
  /** Milliseconds of no epoch, for how long something has lasted or may last. Never goes back; skips what the clock of the machine is set forward by. */
  steadyMs(): number;
  /** Runs `task` after `delayMs` once; the returned function calls it off. Never keeps the process alive. */
  schedule(delayMs: number, task: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = Object.freeze({
  nowMs: () => Date.now(),
  steadyMs: createSteadyTime(
    () => Date.now(),
    () => performance.now(),
  ),
  schedule(delayMs: number, task: () => void) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
});
