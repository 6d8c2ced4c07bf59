import { addressBlock } from '../limits/address-block.ts';
import { boundedText } from '../limits/bounded-text.ts';
import type { Exchange } from '../../exchange.ts';
import type { OwnershipPolicy } from '../../policy/ownership-policy.ts';

interface Sighting {
  sinceMs: number;
  /** Hashes: which objects they were is nobody's business here. */
  readonly objects: Set<number>;
}

/** Objects are remembered for so many principals and addresses together; beyond, the ones seen longest ago are forgotten. */
const MAX_REMEMBERED = 200_000;
const MAX_KEYS = 10_000;

/**
 * Notices who asks for many different objects that are not theirs: of each principal, and of each address (a /64 of IPv6), the different
 * ones within a window. Memory is bounded whatever is asked for.
 */
export class EnumerationWatch {
  readonly #policy: NonNullable<OwnershipPolicy['enumeration']>;
  readonly #maxKeys: number;
  readonly #steadyMs: () => number;
  readonly #seen: Map<string, Sighting>;

  /**
   * `steadyMs` is time that is never set back. What `previous` noticed goes on, as counters do over a reload: else each would give whoever asks around a new start.
   * Windows and numbers are those of this policy.
   */
  constructor(
    policy: NonNullable<OwnershipPolicy['enumeration']>,
    steadyMs: () => number,
    previous: EnumerationWatch | null = null,
  ) {
    this.#policy = policy;
    this.#steadyMs = steadyMs;
    this.#seen = new Map(previous === null ? [] : previous.#seen);
    this.#maxKeys = Math.min(MAX_KEYS, Math.floor(MAX_REMEMBERED / policy.objects));
  }

  /** How many principals and addresses are remembered. */
  get size(): number {
    return this.#seen.size;
  }

  /** Takes note of what an exchange asked for. True where that makes too many, and for all that follow in the window. */
  note(exchange: Exchange): boolean {
    if (exchange.strange.length === 0) return false;
    const { principal } = exchange;
    const nowMs = this.#steadyMs();
    let tooMany = this.#add(`a${addressBlock(exchange.clientAddress, 32, 64)}`, exchange.strange, nowMs);
    if (principal !== null && principal.kind !== 'anonymous') {
      const key = `p${boundedText(principal.issuer)}\n${boundedText(principal.subject)}`;
      tooMany = this.#add(key, exchange.strange, nowMs) || tooMany;
    }
    return tooMany;
  }

  #add(key: string, objects: readonly string[], nowMs: number): boolean {
    let sighting = this.#seen.get(key);
    if (sighting === undefined || nowMs - sighting.sinceMs >= this.#policy.withinMs)
      sighting = { sinceMs: nowMs, objects: new Set() };
    // The last one used stands last, so that the first is the one to forget.
    this.#seen.delete(key);
    this.#seen.set(key, sighting);
    // More than one where a policy that remembered more was before this one.
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= this.#maxKeys) break;
      this.#seen.delete(oldest);
    }
    for (const object of objects) if (sighting.objects.size < this.#policy.objects) sighting.objects.add(hash(object));
    return sighting.objects.size >= this.#policy.objects;
  }
}

/** FNV-1a, 32 bits. Two objects that collide count as one: one more is needed then. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
