/** What a small parser made of a text: a value, or what a person should know. Never the text itself: it may have come from the environment. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/** So many in so long: `1000/h`, `10/15m`. */
export interface Rate {
  readonly amount: number;
  readonly windowMs: number;
}

// A Map, not an object: `constructor` and `__proto__` are not units.
const DURATION_UNITS = new Map<string, number>([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

const SIZE_UNITS = new Map<string, number>([
  ['B', 1],
  ['KiB', 2 ** 10],
  ['MiB', 2 ** 20],
  ['GiB', 2 ** 30],
  ['kB', 1e3],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
]);

/** Patterns of the same texts, for the JSON Schema of the policy. */
export const DURATION_PATTERN = '^[0-9]{1,15}(ms|s|m|min|h|d)$';
export const SIZE_PATTERN = '^[0-9]{1,15}(B|KiB|MiB|GiB|kB|KB|MB|GB)$';
export const RATE_PATTERN = '^[0-9]{1,15}/([0-9]{1,15})?(ms|s|m|min|h|d)$';

const DURATION_HINT = 'Write a whole number and one unit: 500ms, 10s, 15m, 1h or 7d.';
const SIZE_HINT = 'Write a whole number and one unit: 512B, 64KiB, 1MiB or 10MB.';
const RATE_HINT = 'Write how many in how long: 50/s, 5/min, 1000/h or 10/15m.';

/**
 * Reads a duration in milliseconds: a whole number and one of `ms s m min h d`. Zero is a duration; a number without a unit,
 * a fraction, several units and anything beyond the safe integers are not.
 */
export function parseDuration(text: string): Parsed<number> {
  return parseAmount(text, DURATION_UNITS, 'a duration', DURATION_HINT);
}

/** Reads a size in bytes: a whole number and one of `B KiB MiB GiB kB KB MB GB` (powers of 1024 with an `i`, of 1000 without). */
export function parseSize(text: string): Parsed<number> {
  return parseAmount(text, SIZE_UNITS, 'a size', SIZE_HINT);
}

/** Reads a rate: `N/UNIT` or `N/MUNIT` with the units of a duration. Neither N nor the window may be zero. */
export function parseRate(text: string): Parsed<Rate> {
  const match = /^(\d{1,15})\/(\d{1,15})?(ms|s|m|min|h|d)$/.exec(text);
  if (match === null) return refused('expected a rate', RATE_HINT);
  const amount = Number(match[1]);
  const windowMs = Number(match[2] ?? '1') * (DURATION_UNITS.get(match[3] ?? '') ?? Number.NaN);
  if (amount === 0)
    return refused(
      'a rate of zero lets nothing through',
      'Write at least one, or leave the operation out of the document.',
    );
  if (windowMs === 0) return refused('a rate over no time at all limits nothing', RATE_HINT);
  if (!Number.isSafeInteger(windowMs)) return refused('the window of the rate is too long', RATE_HINT);
  return { ok: true, value: { amount, windowMs } };
}

function parseAmount(text: string, units: ReadonlyMap<string, number>, what: string, hint: string): Parsed<number> {
  const match = /^(\d{1,15})([A-Za-z]{1,3})$/.exec(text);
  const factor = units.get(match?.[2] ?? '');
  if (match === null || factor === undefined) {
    return refused(/^-?\d+$/.test(text) ? `expected ${what} with its unit` : `expected ${what}`, hint);
  }
  const value = Number(match[1]) * factor;
  return Number.isSafeInteger(value) ? { ok: true, value } : refused(`expected ${what} that is not so large`, hint);
}

function refused(message: string, hint: string): Parsed<never> {
  return { ok: false, message, hint };
}

/** Renders milliseconds as the policy writes them, in the largest unit that fits exactly. */
export function renderDuration(durationMs: number): string {
  for (const [unit, factor] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (durationMs >= factor && durationMs % factor === 0) return `${durationMs / factor}${unit}`;
  }
  return `${durationMs}ms`;
}

/** Renders bytes as the policy writes them, in the largest binary unit that fits exactly. */
export function renderSize(bytes: number): string {
  for (const [unit, factor] of [
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return `${bytes}B`;
}
