/** A clock that is merely slow or fast is put right bit by bit; further than this from where it should be, it was set. */
const SET_MS = 1_000;

/**
 * Time for what must not last longer because the clock of the machine was set back: it goes on as the monotonic clock does. Where the clock is set forward, it is set
 * forward as well: a machine that was suspended wakes up so, and its monotonic clock has stood still meanwhile.
 */
export function createSteadyTime(epochMs: () => number, monotonicMs: () => number): () => number {
  let apartMs = epochMs() - monotonicMs();
  let skippedMs = 0;
  return () => {
    const nowMs = monotonicMs();
    const setByMs = epochMs() - nowMs - apartMs;
    if (Math.abs(setByMs) > SET_MS) {
      apartMs += setByMs;
      if (setByMs > 0) skippedMs += setByMs;
    }
    return nowMs + skippedMs;
  };
}
