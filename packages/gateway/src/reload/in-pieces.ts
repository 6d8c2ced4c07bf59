import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Steps } from '@sallyport/core';

/** As long as a request waits at most for one turn of somebody else's work, where its pieces are shorter. */
const TURN_MS = 10;

/**
 * Drives steps, and lets whatever else waits have its turn in between. Null where `isOver` says, between two turns, that nobody needs the result any more: the
 * steps are then left off. Rejects with what a step throws.
 */
export async function inPieces<T>(steps: Steps<T>, isOver: () => boolean): Promise<T | null> {
  for (;;) {
    const until = performance.now() + TURN_MS;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < until);
    await nextTurn();
    if (isOver()) {
      steps.return(undefined as never);
      return null;
    }
  }
}
