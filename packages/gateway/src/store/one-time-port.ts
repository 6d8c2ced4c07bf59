/** Something that counts once: its name, and when it would not count any more anyway. */
export interface OneTimeValue {
  /** A digest: nothing of the value itself. */
  readonly name: string;
  readonly untilMs: number;
}

/** What was used already, at whichever node. A part of the store, with its promises. */
export interface OneTimeStore {
  /** Remembers values; returns the names of those that nobody had used. Of two nodes that use one at a time, one is told so. */
  useOnce(values: readonly OneTimeValue[]): Promise<ReadonlySet<string>>;
  /** Forgets values that ended before a time, and tells how many are left, counted up to `limit`. */
  sweepUsed(beforeMs: number, limit: number): Promise<number>;
}
