import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';

/** At first what is awaited is most often a few turns away; later the processor is better used by whoever brings it about. */
const EAGER_MS = 20;
/** A little less than a test may take, so that what is said is what was awaited. */
const WITHIN_MS = 25_000;

type Held<T> = Exclude<T, false | null | undefined>;

/**
 * Resolves with the first answer of `condition` that is neither false, null nor undefined; rejects with its text, and with `told`, where there is
 * none in time. For what another process or the other end of a socket brings about; what tells of itself is listened to instead.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  withinMs = WITHIN_MS,
  { everyMs = 10, told = () => '' }: { readonly everyMs?: number; readonly told?: () => string } = {},
): Promise<Held<T>> {
  const startedMs = Date.now();
  for (;;) {
    const answer = await condition();
    if (answer !== false && answer !== null && answer !== undefined) return answer as Held<T>;
    const tookMs = Date.now() - startedMs;
    if (tookMs > withinMs) throw new Error(`it did not come about: ${String(condition)}\n${told()}`);
    await (tookMs < EAGER_MS ? nextTurn() : pause(everyMs));
  }
}

/** Resolves once so much time has passed: for what ends by the clock, such as a token. */
export async function passed(ms: number): Promise<void> {
  await pause(ms);
}
