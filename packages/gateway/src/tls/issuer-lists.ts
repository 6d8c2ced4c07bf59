import { CLOCK_SKEW_MS } from './clock-skew.ts';
import type { RevocationList } from './revocation-list.ts';

/**
 * The revocation lists of one authority, the newest first; never empty. One of a time to come begins to count by itself when that has come, and the
 * one before it counts until then: a list that is put down early, or by an authority whose clock is ahead, takes nothing away meanwhile.
 */
export class IssuerLists {
  readonly #lists: readonly [RevocationList, ...RevocationList[]];

  constructor(first: RevocationList, ...others: readonly RevocationList[]) {
    const [newest = first, ...older] = [first, ...others].sort((one, other) => other.thisUpdateMs - one.thisUpdateMs);
    this.#lists = [newest, ...older];
  }

  /** When the last of them ends. */
  get endsAtMs(): number {
    return this.#lists[0].nextUpdateMs;
  }

  /** The newest that has begun; where none has, the one that begins first. It may have ended. */
  at(nowMs: number): RevocationList {
    return this.#lists.find((list) => hasBegun(list, nowMs)) ?? (this.#lists.at(-1) as RevocationList);
  }

  /** Whether the list that counts, or one that is to follow it, has the serial number: what is known to be revoked is not let in until its list begins. */
  isRevoked(serial: string, nowMs: number): boolean {
    for (const list of this.#lists) {
      if (list.revoked.has(serial)) return true;
      if (hasBegun(list, nowMs)) return false;
    }
    return false;
  }

  /** When the next of them begins to count; Infinity where none is to follow. */
  nextBeginMs(nowMs: number): number {
    return Math.min(Infinity, ...this.#lists.map(beginOf).filter((beginMs) => beginMs > nowMs));
  }
}

/** The list of each authority that counted when lists were loaded last, by the authority's key: kept over reloads, as many as the policies named. */
export type KnownLists = Map<string, RevocationList>;

/** From when on a list counts. */
export function beginOf({ thisUpdateMs }: RevocationList): number {
  return thisUpdateMs - CLOCK_SKEW_MS;
}

/** Whether a list is one of now. */
export function counts(list: RevocationList, nowMs: number): boolean {
  return hasBegun(list, nowMs) && nowMs <= list.nextUpdateMs;
}

function hasBegun(list: RevocationList, nowMs: number): boolean {
  return nowMs >= beginOf(list);
}
