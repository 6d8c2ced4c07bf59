import { hash } from 'node:crypto';

/** `away`: nobody can tell, as what is shared cannot be asked. */
export type Remembered = 'new' | 'seen' | 'full' | 'away';

/** A proof that was shown. */
export interface UsedProof {
  /** Whose it is counted as: who was proved beside it (`holderOf`), never the key that signed it, of which anybody makes as many as they like. */
  readonly holder: string;
  /** Thumbprint of the key that signed it. */
  readonly key: string;
  /** Its `jti`. */
  readonly id: string;
  /** When it would be too old anyway. */
  readonly untilMs: number;
}

/** Who has to be counted for proofs: a subject of an issuer. */
export function holderOf(issuer: string, subject: string): string {
  return digest(`${issuer}\n${subject}`);
}

/** What a proof is remembered as: 128 bits of a digest. */
export function replayName({ key, id }: Pick<UsedProof, 'key' | 'id'>): string {
  return digest(`${key} ${id}`);
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}

interface Slice {
  readonly untilMs: number;
  readonly seen: Set<string>;
  /** How many of them are of each holder. */
  readonly counts: Map<string, number>;
}

const SLICE_MS = 15_000;

/**
 * Remembers proofs until they would be too old anyway, so that none counts twice (RFC 9449, section 11.1). Bounded: at most `maxEntries`, and
 * at most `maxOfOneHolder` of one subject of an issuer, however many keys it makes, so that one client cannot use up the memory of all; what does not fit is refused, for a proof that is
 * forgotten too early could be replayed. Entries are 128 bits of a digest in slices of 15 seconds, and a slice is dropped whole: no timers, no scans.
 * Where the clock is set forward and back, or only back, proofs of a slice that was dropped are young again: whether they were used cannot be told, and they count as seen.
 */
export class ReplayMemory {
  readonly #maxEntries: number;
  readonly #maxOfOneHolder: number;
  #slices: Slice[] = [];
  #size = 0;
  /** Of the slices that were dropped, the latest end. */
  #forgottenMs = -Infinity;

  constructor(maxEntries = 500_000, maxOfOneHolder = maxEntries / 10) {
    this.#maxEntries = maxEntries;
    this.#maxOfOneHolder = maxOfOneHolder;
  }

  get size(): number {
    return this.#size;
  }

  /** Remembers a proof, unless it is known or there is no room. */
  remember(proof: UsedProof, nowMs: number): Remembered {
    this.#forget(nowMs);
    const { holder, untilMs } = proof;
    const name = replayName(proof);
    if (untilMs <= this.#forgottenMs || this.#slices.some(({ seen }) => seen.has(name))) return 'seen';
    const ofHolder = this.#slices.reduce((sum, { counts }) => sum + (counts.get(holder) ?? 0), 0);
    if (this.#size >= this.#maxEntries || ofHolder >= this.#maxOfOneHolder) return 'full';
    const endMs = Math.ceil(untilMs / SLICE_MS) * SLICE_MS;
    let slice = this.#slices.find((other) => other.untilMs === endMs);
    if (slice === undefined) {
      slice = { untilMs: endMs, seen: new Set(), counts: new Map() };
      this.#slices.push(slice);
    }
    slice.seen.add(name);
    this.#size++;
    slice.counts.set(holder, (slice.counts.get(holder) ?? 0) + 1);
    return 'new';
  }

  /** A slice stays for longer than its proofs count: some requests are under way for a while, and are judged by the time at which they came. */
  #forget(nowMs: number): void {
    const beforeMs = nowMs - SLICE_MS;
    if (!this.#slices.some(({ untilMs }) => untilMs < beforeMs)) return;
    for (const { untilMs } of this.#slices)
      if (untilMs < beforeMs) this.#forgottenMs = Math.max(this.#forgottenMs, untilMs);
    this.#slices = this.#slices.filter(({ untilMs }) => untilMs >= beforeMs);
    this.#size = this.#slices.reduce((sum, { seen }) => sum + seen.size, 0);
  }
}
