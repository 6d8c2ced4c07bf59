import type { CounterPort, LimitState, PlannedLimit } from '@sallyport/core';
import { CounterTable } from './counter-table.ts';

export interface MemoryCountersOptions {
  /** How many keys all limits hold together. Default 1,000,000, about 150 bytes each when full. */
  readonly maxKeys?: number;
}

export interface MemoryCounters extends CounterPort {
  take(limit: PlannedLimit, key: string, cost: number, nowMs: number): LimitState;
  /** Keys held now, those that would count for nothing any more included until their limit is next asked. */
  readonly size: number;
}

const DEFAULT_MAX_KEYS = 1_000_000;
/** Limits come from the policy, not from clients; this bounds what reloads with ever new ones leave behind. */
const MAX_TABLES = 1_024;

/**
 * Counters in this process. Bounded by `maxKeys` whatever clients send, without timers, and synchronous.
 *
 * Every limit has its own table, an equal share of `maxKeys`: a flood of made-up keys under one limit (by a header that clients
 * choose) pushes no key out of another (logins by address). Within a table keys live in two generations. Keys not asked for while a whole
 * generation lived, at least as long as a counter takes to be as good as new, are dropped with it; so nothing is forgotten that would still count.
 * Only a table that is full earlier forgets its less recently used half. Whoever wants his counter forgotten has to send
 * requests under half a table of other keys without touching his own, within one window: each of those keys had its own allowance to spend already, so he
 * gains nothing over owning them. A warning sign of it is `size` close to `maxKeys`.
 *
 * A reload keeps the counts of limits whose name, algorithm and window stay.
 */
export function createMemoryCounters(options: MemoryCountersOptions = {}): MemoryCounters {
  const maxKeys = options.maxKeys ?? DEFAULT_MAX_KEYS;
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 1) throw new RangeError('maxKeys must be a positive integer');
  const tables = new Map<string, CounterTable>();
  const byLimit = new WeakMap<PlannedLimit, CounterTable>();

  function tableOf(limit: PlannedLimit, nowMs: number): CounterTable {
    const id = `${limit.algorithm} ${limit.windowMs} ${limit.name}`;
    const table = tables.get(id) ?? addTable(id, nowMs);
    byLimit.set(limit, table);
    return table;
  }

  function addTable(id: string, nowMs: number): CounterTable {
    for (const [other, kept] of tables) {
      if (!kept.isIdle(nowMs) && tables.size < MAX_TABLES) continue;
      kept.dropped = true;
      tables.delete(other);
    }
    const table = new CounterTable();
    tables.set(id, table);
    const share = Math.max(1, Math.floor(maxKeys / tables.size));
    for (const each of tables.values()) each.maxKeys = share;
    return table;
  }

  return {
    take(limit, key, cost, nowMs) {
      const known = byLimit.get(limit);
      const table = known === undefined || known.dropped ? tableOf(limit, nowMs) : known;
      return table.take(limit, key, cost, nowMs);
    },
    get size() {
      let size = 0;
      for (const table of tables.values()) size += table.size;
      return size;
    },
  };
}
