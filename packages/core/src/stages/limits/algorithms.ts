import type { LimitState, PlannedLimit } from './limit-state.ts';

/**
 * A counter is three numbers in an array, at some offset; what they mean is the algorithm's affair. Every product below is of
 * integers, so that decisions are exact as long as limit × window in milliseconds stays below 2^53, and every store decides alike.
 */
export const CELL_SIZE = 3;

/** Makes a counter that nobody has used yet. */
export function clearCell(cells: Float64Array, at: number): void {
  cells[at] = Number.NEGATIVE_INFINITY;
  cells[at + 1] = 0;
  cells[at + 2] = 0;
}

/**
 * Takes `cost` from the counter at `at`, or takes nothing and says how long to wait. A cost above the capacity waits for ever, as does
 * one that is no number. A negative cost gives back what was taken at the same time, and never more than was taken. Times are epoch milliseconds. A clock that went back by up to a window is treated as standing still;
 * one that went back further starts a new window with what was used.
 */
export function takeFromCell(
  limit: PlannedLimit,
  cells: Float64Array,
  at: number,
  cost: number,
  nowMs: number,
): LimitState {
  const now = Math.floor(nowMs);
  switch (limit.algorithm) {
    case 'fixed-window':
      return fixedWindow(limit, cells, at, cost, now);
    case 'sliding-window':
      return slidingWindow(limit, cells, at, cost, now);
    case 'token-bucket':
      return tokenBucket(limit, cells, at, cost, now);
  }
}

/** Milliseconds without a take after which a counter is as good as unused. */
export function idleMs(limit: PlannedLimit): number {
  switch (limit.algorithm) {
    case 'fixed-window':
      return limit.windowMs;
    case 'sliding-window':
      return 2 * limit.windowMs;
    case 'token-bucket':
      return limit.limit > 0 ? Math.ceil((limit.burst * limit.windowMs) / limit.limit) : Number.POSITIVE_INFINITY;
  }
}

/** At most `limit` in each window, windows aligned to the epoch; up to twice that around a boundary. Cell: window, used. */
function fixedWindow(limit: PlannedLimit, cells: Float64Array, at: number, cost: number, now: number): LimitState {
  const { windowMs } = limit;
  const window = currentWindow(cells, at, now, windowMs);
  if (window > read(cells, at)) cells[at + 1] = 0;
  cells[at] = window;
  const used = read(cells, at + 1);
  const resetMs = (window + 1) * windowMs - now;
  if (!(used + cost <= limit.limit)) {
    return refused(Math.max(0, limit.limit - used), resetMs, cost <= limit.limit ? resetMs : Number.POSITIVE_INFINITY);
  }
  const usedNow = Math.max(0, used + cost);
  cells[at + 1] = usedNow;
  return { allowed: true, remaining: Math.floor(limit.limit - usedNow), resetMs, retryAfterMs: 0 };
}

/**
 * The weighted two-window counter: the previous window counts by the share of it that the sliding window still covers, as if its
 * requests had been spread evenly. Never more than `limit` in an aligned window, and at most `limit · (1 + e)` in a sliding one, where `e` is
 * the elapsed share of the current window. Cell: window, used in it, used in the one before.
 */
function slidingWindow(limit: PlannedLimit, cells: Float64Array, at: number, cost: number, now: number): LimitState {
  const { windowMs } = limit;
  const window = currentWindow(cells, at, now, windowMs);
  const before = read(cells, at);
  if (window > before) {
    cells[at + 2] = window === before + 1 ? read(cells, at + 1) : 0;
    cells[at + 1] = 0;
  }
  cells[at] = window;
  // Behind the window's start only where the clock went back: then its start is now.
  const elapsed = Math.max(0, now - window * windowMs);
  const resetMs = (window + 1) * windowMs - now;
  const used = read(cells, at + 1);
  const weighted = read(cells, at + 2) * (windowMs - elapsed);
  const room = limit.limit * windowMs - weighted - used * windowMs;
  if (!(cost * windowMs <= room)) {
    const wait = slidingWait(limit, used, read(cells, at + 2), cost, elapsed);
    return refused(Math.max(0, Math.floor(room / windowMs)), resetMs, wait + Math.max(0, window * windowMs - now));
  }
  const taken = Math.max(-used, cost);
  cells[at + 1] = used + taken;
  return { allowed: true, remaining: Math.max(0, Math.floor(room / windowMs - taken)), resetMs, retryAfterMs: 0 };
}

function slidingWait(limit: PlannedLimit, used: number, previous: number, cost: number, elapsed: number): number {
  const { windowMs } = limit;
  if (!(cost <= limit.limit)) return Number.POSITIVE_INFINITY;
  const room = limit.limit - used - cost;
  // While the previous window fades out; there is some of it, or the cost would have been allowed.
  if (room >= 0) return windowMs - Math.floor((room * windowMs) / previous) - elapsed;
  // In the next window, while this one fades out.
  return windowMs - elapsed + Math.max(0, windowMs - Math.floor(((limit.limit - cost) * windowMs) / used));
}

/**
 * A bucket of `burst` that refills by `limit` a window, continuously; decides as the generic cell rate algorithm does. Never more
 * than `burst + limit · t / window` in any time t. Cell: last refill, level in units of 1/windowMs.
 */
function tokenBucket(limit: PlannedLimit, cells: Float64Array, at: number, cost: number, now: number): LimitState {
  const { windowMs } = limit;
  const capacity = limit.burst * windowMs;
  const last = read(cells, at);
  let level = read(cells, at + 1);
  if (last === Number.NEGATIVE_INFINITY) level = capacity;
  else if (now > last) level = Math.min(capacity, level + (now - last) * limit.limit);
  // Back by more than a window: from here on, without what was taken coming back. Less: the time already refilled does not count again.
  cells[at] = last - now > windowMs ? now : Math.max(last, now);
  cells[at + 1] = level;
  const lag = Math.max(0, read(cells, at) - now);
  const need = cost * windowMs;
  if (!(need <= level)) {
    const wait =
      need <= capacity && limit.limit > 0 ? lag + Math.ceil((need - level) / limit.limit) : Number.POSITIVE_INFINITY;
    return refused(Math.floor(level / windowMs), fillMs(limit, capacity - level, lag), wait);
  }
  const left = Math.min(capacity, level - need);
  cells[at + 1] = left;
  return {
    allowed: true,
    remaining: Math.floor(left / windowMs),
    resetMs: fillMs(limit, capacity - left, lag),
    retryAfterMs: 0,
  };
}

function fillMs(limit: PlannedLimit, missing: number, lag: number): number {
  if (missing <= 0) return 0;
  return limit.limit > 0 ? lag + Math.ceil(missing / limit.limit) : Number.POSITIVE_INFINITY;
}

/** The window to count in: the clock's, or the counter's own where the clock went back into the window before. */
function currentWindow(cells: Float64Array, at: number, now: number, windowMs: number): number {
  const clock = Math.floor(now / windowMs);
  const kept = read(cells, at);
  return kept === clock + 1 ? kept : clock;
}

function refused(remaining: number, resetMs: number, retryAfterMs: number): LimitState {
  return { allowed: false, remaining, resetMs, retryAfterMs };
}

function read(cells: Float64Array, at: number): number {
  return cells[at] ?? 0;
}
