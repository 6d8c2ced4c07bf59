import { BlockList } from 'node:net';
import { parseKeyLimits, planKeyLimits, type CountedKey } from '@sallyport/core';
import { toBlockList } from './key-addresses.ts';
import type { KeyChange, StoredKey } from '../../store/store-port.ts';

type PlannedLimits = CountedKey['limits'];

/** Keys mostly have one of a few sets of limits, and one of a few lists of addresses. */
const MAX_SHARED = 1000;
const NONE: PlannedLimits = Object.freeze([]);

/** How one key is counted. Throws where its limits are not as they were written: then nobody can tell what it may do. */
export function countedKeyOf({ family, limits }: Pick<StoredKey, 'family' | 'limits'>): CountedKey {
  return Object.freeze({ family, limits: limits.length === 0 ? NONE : plan(limits) });
}

function plan(texts: readonly string[]): PlannedLimits {
  const parsed = parseKeyLimits(texts);
  if (!parsed.ok) throw new Error(`the limits of a key cannot be read: ${parsed.message}`);
  return planKeyLimits(parsed.value);
}

/** Ranges that cannot be read are no address's. */
function readAddresses(ranges: readonly string[]): BlockList | null {
  try {
    return toBlockList(ranges);
  } catch {
    return new BlockList();
  }
}

/** How the keys of a store are counted whose tokens are not counted by the key's id alone, and where those may be used from that may not be from anywhere: about 200 bytes for each that has limits, was rotated or is bound to addresses, and 1 KB for each list of addresses. */
export interface CountedKeys {
  /** Takes what changed. */
  note(changes: readonly KeyChange[]): void;
  /** Undefined: by its id, without limits. Null: nobody can tell. */
  of(id: string): CountedKey | null | undefined;
  /** Where the key may be used from; null for anywhere. */
  addressesOf(id: string): BlockList | null;
  readonly size: number;
}

/**
 * Follows how keys are counted, for requests that show no key but a token which one obtained: such a request is decided without asking the store. Grows with the
 * keys of the operator, never with what clients send.
 */
export function createCountedKeys(): CountedKeys {
  const known = new Map<string, CountedKey | null>();
  const addresses = new Map<string, BlockList>();
  const shared = new Map<string, PlannedLimits>();
  const sharedAddresses = new Map<string, BlockList | null>();

  function limitsOf(texts: readonly string[]): PlannedLimits {
    const name = texts.join();
    let limits = shared.get(name);
    if (limits === undefined) {
      limits = texts.length === 0 ? NONE : plan(texts);
      if (shared.size >= MAX_SHARED) shared.clear();
      shared.set(name, limits);
    }
    return limits;
  }

  function listOf(ranges: readonly string[]): BlockList | null {
    const name = ranges.join();
    let list = sharedAddresses.get(name);
    if (list === undefined) {
      list = readAddresses(ranges);
      if (sharedAddresses.size >= MAX_SHARED) sharedAddresses.clear();
      sharedAddresses.set(name, list);
    }
    return list;
  }

  return {
    note(changes) {
      for (const { counted } of changes) {
        if (counted === null) continue;
        const { id, family, limits } = counted;
        const from = listOf(counted.addresses);
        if (from === null) addresses.delete(id);
        else addresses.set(id, from);
        if (family === id && limits.length === 0) known.delete(id);
        else
          try {
            known.set(id, Object.freeze({ family: family === id ? id : family, limits: limitsOf(limits) }));
          } catch {
            known.set(id, null);
          }
      }
    },
    of: (id) => known.get(id),
    addressesOf: (id) => addresses.get(id) ?? null,
    get size() {
      return known.size + addresses.size;
    },
  };
}
