import { failureReason } from '../egress/failure-reason.ts';
import type { KeySource, LoadedKeys } from './key-source.ts';
import { SYSTEM_CLOCK, type Clock } from '../clock.ts';
import type { VerificationKey } from './json-web-key.ts';

/** How a key set is, for metrics and people. */
export interface KeySetStatus {
  /** `loading` until the first answer; `fresh`; `stale` when it could not be renewed in time; `unavailable` when there are no keys to verify with. */
  readonly state: 'loading' | 'fresh' | 'stale' | 'unavailable';
  readonly keys: number;
  /** Since the last successful load; null before the first. */
  readonly ageMs: number | null;
  /** Of the last attempt; null when it succeeded. */
  readonly lastError: string | null;
  /** Why keys of the set are not used. */
  readonly skipped: readonly string[];
}

/** Why keys cannot be loaded; null when they can be again. */
export type KeySetListener = (error: string | null) => void;

/** The keys of one issuer, kept fresh in the background. */
export interface KeySet {
  /** Counts changes of the keys. */
  readonly version: number;
  /** The keys to verify with; null while there are none that may be used. */
  current(nowMs: number): readonly VerificationKey[] | null;
  /** The load that is under way, else null; begins one where none was ever begun, and where keys grew too old before their turn to be renewed came. Never rejects; ends within the time limit of a load. */
  loading(): Promise<void> | null;
  /** Reads the set again for a key that it does not have: joins the load that is under way, begins one, or null during the cool-down. */
  refreshForUnknownKey(): Promise<void> | null;
  /** Begins to load and goes on until `close`. `told` hears of the first load that fails for a reason, and of the first that works again. */
  start(told?: KeySetListener): void;
  close(): void;
  status(): KeySetStatus;
  /** What was loaded last, for a key set that takes over; null where nothing may be used. */
  carryOver(): CarriedKeys | null;
}

/** Keys with the time at which their source gave them: taking over does not make them younger. */
export interface CarriedKeys extends LoadedKeys {
  readonly loadedAtMs: number;
  /** The same in steady time. */
  readonly loadedAtSteadyMs: number;
}

/** A load ends after this time, whatever the other side does. */
const LOAD_TIMEOUT_MS = 5_000;
/** Unknown keys make at most one load in this time: tokens with invented `kid`s must not become requests to the issuer. */
export const UNKNOWN_KEY_COOL_DOWN_MS = 30_000;
/** How much longer than promised keys are used when they cannot be renewed. An issuer that is down must not take every API down with it. */
export const MAX_STALE_MS = 24 * 60 * 60 * 1000;
const DEFAULT_MAX_AGE_MS = 10 * 60 * 1000;
const MIN_MAX_AGE_MS = 60_000;
const MAX_MAX_AGE_MS = 24 * 60 * 60 * 1000;
const MAX_RETRY_MS = 60_000;

export interface KeySetOptions {
  readonly clock?: Clock;
  readonly timeoutMs?: number;
  readonly maxStaleMs?: number;
  /** Keys that were loaded already: a file read at start, or those of the key set before a reload. */
  readonly initial?: CarriedKeys | null;
}

/**
 * Keeps the keys of one source. One load at a time. Renewed after four fifths of the source's max-age, which counts
 * as between a minute and a day (10 minutes where the source does not say); after a failure again after 1 s, 2 s, 4 s … at most a minute.
 * A failure never replaces keys: they are used until `maxStaleMs` after their max-age, and then no more. An answer that is a key set
 * without usable keys is an answer: the issuer took its keys back.
 */
export function createKeySet(source: KeySource, options: KeySetOptions = {}): KeySet {
  const clock = options.clock ?? SYSTEM_CLOCK;
  const timeoutMs = options.timeoutMs ?? LOAD_TIMEOUT_MS;
  const maxStaleMs = options.maxStaleMs ?? MAX_STALE_MS;
  const closed = new AbortController();
  let keys: readonly VerificationKey[] | null = null;
  let skipped: readonly string[] = [];
  let maxAgeMs: number | null = null;
  let version = 0;
  let loadedAtMs: number | null = null;
  let loadedAtSteadyMs = 0;
  let freshUntilMs = 0;
  let failures = 0;
  let lastError: string | null = null;
  let unknownKeyAtMs = -Infinity;
  let underWay: Promise<void> | null = null;
  let attempts = 0;
  let cancel: () => void = () => undefined;
  let tell: KeySetListener = () => undefined;

  if (options.initial !== undefined && options.initial !== null) accept(options.initial, options.initial);

  function accept(loaded: LoadedKeys, at: Pick<CarriedKeys, 'loadedAtMs' | 'loadedAtSteadyMs'>): void {
    if (keys === null || identityOf(keys) !== identityOf(loaded.keys)) version++;
    keys = loaded.keys;
    skipped = loaded.skipped;
    maxAgeMs = loaded.maxAgeMs;
    ({ loadedAtMs, loadedAtSteadyMs } = at);
    freshUntilMs =
      at.loadedAtMs + Math.min(Math.max(loaded.maxAgeMs ?? DEFAULT_MAX_AGE_MS, MIN_MAX_AGE_MS), MAX_MAX_AGE_MS);
    failures = 0;
    lastError = null;
  }

  /** By time that is never set back. Requests go by the date, which is at hand; this is asked once a minute while the issuer is away. */
  function dropIfOld(): void {
    const usableMs = freshUntilMs - (loadedAtMs ?? 0) + maxStaleMs;
    if (clock.steadyMs() - loadedAtSteadyMs >= usableMs) drop();
  }

  function drop(): void {
    if (keys === null) return;
    keys = null;
    version++;
  }

  function load(): Promise<void> {
    if (underWay !== null) return underWay;
    attempts++;
    cancel();
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(timeoutMs)]);
    underWay = withDeadline(source(signal), signal)
      .then(
        (loaded) => {
          const failed = failures > 0;
          accept(loaded, { loadedAtMs: clock.nowMs(), loadedAtSteadyMs: clock.steadyMs() });
          if (failed) tell(null);
        },
        (error: unknown) => {
          const reason = failureReason(error);
          const isNews = reason !== lastError && !closed.signal.aborted;
          failures++;
          lastError = reason;
          dropIfOld();
          if (isNews) tell(reason);
        },
      )
      .then(() => {
        underWay = null;
        if (!closed.signal.aborted) cancel = clock.schedule(delayMs(), () => void load());
      });
    return underWay;
  }

  function delayMs(): number {
    if (failures > 0) return Math.min(1000 * 2 ** Math.min(failures - 1, 10), MAX_RETRY_MS);
    return Math.max((freshUntilMs - (loadedAtMs ?? 0)) * 0.8, 1000);
  }

  function current(nowMs: number): readonly VerificationKey[] | null {
    if (keys !== null && nowMs >= freshUntilMs + maxStaleMs) drop();
    return keys;
  }

  return {
    get version() {
      return version;
    },
    current,
    loading() {
      if (underWay !== null || closed.signal.aborted) return underWay;
      // Where a load failed, the next one is due soon. Where none did, the clock was set forward.
      const isOverdue = keys === null && failures === 0;
      return attempts === 0 || isOverdue ? load() : null;
    },
    refreshForUnknownKey() {
      if (underWay !== null) return underWay;
      const nowMs = clock.steadyMs();
      if (closed.signal.aborted || nowMs - unknownKeyAtMs < UNKNOWN_KEY_COOL_DOWN_MS) return null;
      unknownKeyAtMs = nowMs;
      return load();
    },
    start(told) {
      if (told !== undefined) tell = told;
      if (attempts === 0 && !closed.signal.aborted) void load();
    },
    close() {
      closed.abort();
      cancel();
    },
    carryOver() {
      const usable = current(clock.nowMs());
      return usable === null || loadedAtMs === null
        ? null
        : { keys: usable, skipped, maxAgeMs, loadedAtMs, loadedAtSteadyMs };
    },
    status() {
      const nowMs = clock.nowMs();
      const usable = current(nowMs);
      const state =
        usable === null ? (failures === 0 ? 'loading' : 'unavailable') : nowMs < freshUntilMs ? 'fresh' : 'stale';
      return {
        state,
        keys: usable?.length ?? 0,
        ageMs: loadedAtMs === null ? null : nowMs - loadedAtMs,
        lastError,
        skipped,
      };
    },
  };
}

/** Settles with the source, or rejects when the signal says stop: a source that ignores its signal must not hold requests. */
function withDeadline(loading: Promise<LoadedKeys>, signal: AbortSignal): Promise<LoadedKeys> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(Object.assign(new Error('it did not answer in time'), { name: 'TimeoutError' }));
    signal.addEventListener('abort', stop, { once: true });
    loading.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function identityOf(keys: readonly VerificationKey[]): string {
  return keys
    .map((key) => key.fingerprint)
    .sort()
    .join(' ');
}
