import { renderGauge } from '../../metrics/single-metric.ts';
import type { Clock } from '../../clock.ts';
import type { KeyCare, Store } from '../../store/store-port.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** `sallyport keys list` marks keys that expire within this, and metrics and log tell of them. */
export const EXPIRING_MS = 30 * DAY_MS;
/** The same, of keys that are older than this and were not used for as long. */
export const UNUSED_MS = 90 * DAY_MS;

export interface KeyWatch {
  /** Counts once an hour at most; the store was just heard of. Never rejects. */
  look(store: Store): Promise<void>;
  /** Prometheus text; empty before the keys were counted. */
  metrics(): string;
}

/**
 * Counts the keys that somebody should look after: those that end within 30 days, and those that are older than 90 and were not used for as long. `tell` hears of
 * them once a day, and not where there are none.
 */
export function watchKeys(clock: Clock, tell: (message: string, detail: string) => void): KeyWatch {
  let counted: KeyCare | null = null;
  let countedAtMs = -Infinity;
  let toldAtMs = -Infinity;
  return {
    async look(store) {
      const nowMs = clock.nowMs();
      if (nowMs - countedAtMs < HOUR_MS) return;
      countedAtMs = nowMs;
      try {
        counted = await store.keysToLookAfter(nowMs, EXPIRING_MS, UNUSED_MS);
      } catch {
        // The store tells of its own state elsewhere; an hour later is soon enough.
        return;
      }
      if (nowMs - toldAtMs < DAY_MS || counted.expiring + counted.unused === 0) return;
      toldAtMs = nowMs;
      tell(
        'some API keys need looking after: sallyport keys list --expiring 30d --unused 90d',
        `${counted.expiring} expire within 30 days, ${counted.unused} were not used for 90 days`,
      );
    },
    metrics() {
      if (counted === null) return '';
      return (
        renderGauge('sallyport_keys_active', 'API keys that are neither revoked nor expired.', counted.active) +
        renderGauge('sallyport_keys_expiring', 'Active API keys that expire within 30 days.', counted.expiring) +
        renderGauge(
          'sallyport_keys_unused',
          'Active API keys older than 90 days and not used for as long.',
          counted.unused,
        )
      );
    },
  };
}
