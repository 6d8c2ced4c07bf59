/** Keeps log lines back until something else has been shown. */
export interface HeldLog {
  readonly line: (line: string) => void;
  /** Writes what was kept, in order, and each later line at once. */
  release(): void;
}

export function createHeldLog(write: (line: string) => void): HeldLog {
  let held: string[] | null = [];
  return {
    line(line) {
      if (held === null) write(line);
      else held.push(line);
    },
    release() {
      for (const line of held ?? []) write(line);
      held = null;
    },
  };
}
