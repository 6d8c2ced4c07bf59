/** What signals ask of a running process. */
export interface SignalTaker {
  reload(): void;
  stop(): void;
}

let taker: SignalTaker | null = null;
let reloads = false;

/**
 * Heeds signals before there is anything that could reload or stop. Without a handler SIGHUP would end a process that is still starting, and the first
 * process of a container, which has no default for signals, would never hear of SIGTERM. A start that is told to stop ends with exit code 0.
 */
export function heedSignals(): void {
  const stop = (): void => {
    if (taker === null) process.exit(0);
    taker.stop();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => {
    reloads = true;
    taker?.reload();
  });
}

/** Hands signals on from now on. What the start was told of may have changed after it was read, so a reload is asked for again. */
export function takeSignals(next: SignalTaker): void {
  taker = next;
  if (reloads) next.reload();
}
