import { parseRate, renderDuration, type Parsed } from './units.ts';
import type { LimitAlgorithm } from './limit-algorithm.ts';

/** A limit that one API key has of its own, beside those of the policy. */
export interface KeyLimit {
  readonly algorithm: LimitAlgorithm;
  readonly limit: number;
  readonly windowMs: number;
  /** Capacity of a token bucket; equals `limit` for the others. */
  readonly burst: number;
}

/** Each is asked with every request of the key. */
export const MAX_KEY_LIMITS = 4;

/**
 * Counters are kept in a table for each window, and windows of keys come from whoever may write keys: with any number of them, the tables of the
 * policy's own limits would be pushed out.
 */
const WINDOWS = '1s 5s 10s 15s 30s 1m 2m 5m 10m 15m 30m 1h 2h 3h 4h 6h 8h 12h 1d 7d 30d'.split(' ');
const MAX_AMOUNT = 1_000_000_000;
const MAX_PER_SECOND = 1_000_000;

const HINT = 'Write how many in how long: 100/m, 5000/d fixed-window, 50/s token-bucket or 50/s burst 100.';

/**
 * Reads the limit of a key: `100/m` for a sliding window, `100/m fixed-window`, `50/s token-bucket`, or `50/s burst 100` for a token bucket that
 * holds more than its rate. Case counts, and words are divided by one space.
 */
export function parseKeyLimit(text: string): Parsed<KeyLimit> {
  const match = /^([^ ]{1,64})(?: (fixed-window|sliding-window|token-bucket)| burst ([1-9]\d{0,9}))?$/.exec(text);
  if (match === null) return refused('expected the limit of a key');
  const rate = parseRate(match[1] ?? '');
  if (!rate.ok) return rate;
  const { amount, windowMs } = rate.value;
  const burst = match[3] === undefined ? amount : Number(match[3]);
  const algorithm = match[3] === undefined ? ((match[2] ?? 'sliding-window') as LimitAlgorithm) : 'token-bucket';
  if (!WINDOWS.includes(renderDuration(windowMs)))
    return refused('this is no window that a key may have', `Take one of ${WINDOWS.join(', ')}.`);
  if (Math.max(amount, burst) > MAX_AMOUNT || amount / (windowMs / 1000) > MAX_PER_SECOND)
    return refused('the limit is so high that it never refuses anything', 'Lower it, or leave it out.');
  return { ok: true, value: { algorithm, limit: amount, windowMs, burst } };
}

/** The text of a limit in its canonical form; `parseKeyLimit` reads it back. */
export function renderKeyLimit({ algorithm, limit, windowMs, burst }: KeyLimit): string {
  const rate = `${limit}/${renderWindow(windowMs)}`;
  if (algorithm === 'sliding-window') return rate;
  return algorithm === 'token-bucket' && burst !== limit ? `${rate} burst ${burst}` : `${rate} ${algorithm}`;
}

/** The name of a key's limit in `RateLimit-Policy`; no limit of a policy can be called so. */
export function keyLimitName(windowMs: number): string {
  return `@key-${renderDuration(windowMs)}`;
}

/**
 * Reads all limits of a key in their canonical order, shortest window first. Refused are more than four, and two of one window: their counts could not be told
 * apart when one of them changes. Empty: the key has none of its own.
 */
export function parseKeyLimits(texts: readonly string[]): Parsed<readonly KeyLimit[]> {
  if (texts.length > MAX_KEY_LIMITS) return refused(`a key has at most ${MAX_KEY_LIMITS} limits`, 'Leave some out.');
  const limits: KeyLimit[] = [];
  for (const text of texts) {
    const parsed = parseKeyLimit(text);
    if (!parsed.ok) return parsed;
    if (limits.some(({ windowMs }) => windowMs === parsed.value.windowMs))
      return refused('two limits of a key have one window', 'Keep the lower one.');
    limits.push(parsed.value);
  }
  return { ok: true, value: limits.sort((left, right) => left.windowMs - right.windowMs) };
}

/** `1m` after a slash is `m`. */
function renderWindow(windowMs: number): string {
  const text = renderDuration(windowMs);
  return /^1[a-z]+$/.test(text) ? text.slice(1) : text;
}

function refused(message: string, hint = HINT): Parsed<never> {
  return { ok: false, message, hint };
}
