/** By how much the clock of an authority may be ahead of ours: what it has just signed is not refused for that. */
export const CLOCK_SKEW_MS = 5 * 60_000;
