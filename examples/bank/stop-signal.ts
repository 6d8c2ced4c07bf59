/** A signal this soon after the first is the same Ctrl-C: a terminal sends it to npm and to us, and npm passes its own on. */
export const SAME_PRESS_MS = 1000;

export interface StopActions {
  readonly close: () => void;
  /** For somebody who presses again because closing takes too long. */
  readonly force: () => void;
  readonly nowMs: () => number;
}

/** A handler for SIGINT and SIGTERM: the first signal closes, one that comes later than `SAME_PRESS_MS` forces, those between do nothing. */
export function createStopSignal({ close, force, nowMs }: StopActions): () => void {
  let firstMs: number | null = null;
  return () => {
    if (firstMs === null) {
      firstMs = nowMs();
      close();
    } else if (nowMs() - firstMs > SAME_PRESS_MS) {
      force();
    }
  };
}
