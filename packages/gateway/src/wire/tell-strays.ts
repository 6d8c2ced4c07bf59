import { performance } from 'node:perf_hooks';

const QUIET_MS = 60_000;

/**
 * Makes what is called for each connection that ended because the upstream sent bytes which no request had asked for. Those that come behind a request cannot
 * be told from its answer, so where some are seen others may have been taken for one: the operator must know. Tells at once, and then at most once a minute.
 */
export function tellStrays(
  tell: (message: string, detail: string) => void,
  nowMs: () => number = () => performance.now(),
): () => void {
  let ended = 0;
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  return () => {
    ended += 1;
    if (nowMs() < quietUntilMs) return;
    quietUntilMs = nowMs() + QUIET_MS;
    tell(
      'the upstream sends bytes that no request asked for; a request that is sent before such bytes come gets them for its answer. For ten minutes each request has a connection of its own',
      `connections ended: ${ended}`,
    );
    ended = 0;
  };
}
