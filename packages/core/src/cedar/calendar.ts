const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The hour of the day in UTC, from 0 to 23. */
export function hourOf(epochMs: number): number {
  return modulo(Math.floor(epochMs / HOUR_MS), 24);
}

/** The day of the week in UTC, from 1 for Monday to 7 (ISO 8601). 1970 began on a Thursday. */
export function weekdayOf(epochMs: number): number {
  return modulo(Math.floor(epochMs / DAY_MS) + 3, 7) + 1;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
