const FIRST_SLOTS = 1024;
const MINUTE_MS = 60_000;
const NEVER = 0xffff_ffff;

/**
 * Revocations by the first 64 bits of their names (`revocationName`): 40 to 80 bytes each. A name that is not there is taken for one with a doubt of one in 2^64
 * a revocation, and then refused; nobody can steer that without finding partial preimages. Open addressing with at most half of the slots
 * taken. Grows with what operators revoke, never with what clients send; what has expired goes when the table would grow.
 */
export class RevocationTable {
  #words = new Uint32Array(FIRST_SLOTS * 2);
  #atMs = new Float64Array(FIRST_SLOTS);
  #expiresMinute = new Uint32Array(FIRST_SLOTS);
  #mask = FIRST_SLOTS - 1;
  #size = 0;

  /** Those that have expired and were not dropped yet included. */
  get size(): number {
    return this.#size;
  }

  /** Adds a revocation or changes it. `expiresAtMs` of null never comes, and 0 takes it back. */
  set(name: string, atMs: number, expiresAtMs: number | null, nowMs: number): void {
    this.#put(highOf(name), lowOf(name), atMs, expiresAtMs === null ? NEVER : minuteOf(expiresAtMs));
    if (this.#size * 2 > this.#mask) this.#rebuild(nowMs);
  }

  /** The moment of a revocation that has not expired; null where there is none. */
  find(high: number, low: number, nowMs: number): number | null {
    const slot = this.#slotOf(high, low);
    if (this.#words[slot * 2 + 1] === 0) return null;
    return (this.#expiresMinute[slot] as number) * MINUTE_MS > nowMs ? (this.#atMs[slot] as number) : null;
  }

  #put(high: number, low: number, atMs: number, minute: number): void {
    const slot = this.#slotOf(high, low);
    if (this.#words[slot * 2 + 1] === 0) this.#size += 1;
    this.#words[slot * 2] = high;
    this.#words[slot * 2 + 1] = low;
    this.#atMs[slot] = atMs;
    this.#expiresMinute[slot] = minute;
  }

  /** Where the name is, or the free slot where it belongs. */
  #slotOf(high: number, low: number): number {
    const words = this.#words;
    for (let slot = high & this.#mask; ; slot = (slot + 1) & this.#mask)
      if (words[slot * 2 + 1] === 0 || (words[slot * 2] === high && words[slot * 2 + 1] === low)) return slot;
  }

  /** Anew, without what has expired; with twice the slots where still more than a quarter of them would be taken. */
  #rebuild(nowMs: number): void {
    const words = this.#words;
    const atMs = this.#atMs;
    const minutes = this.#expiresMinute;
    const isLive = (slot: number): boolean =>
      words[slot * 2 + 1] !== 0 && (minutes[slot] as number) * MINUTE_MS > nowMs;
    let live = 0;
    for (let slot = 0; slot <= this.#mask; slot++) if (isLive(slot)) live += 1;
    const slots = live * 4 > this.#mask ? (this.#mask + 1) * 2 : this.#mask + 1;
    this.#words = new Uint32Array(slots * 2);
    this.#atMs = new Float64Array(slots);
    this.#expiresMinute = new Uint32Array(slots);
    this.#mask = slots - 1;
    this.#size = 0;
    for (let slot = 0; slot < minutes.length; slot++)
      if (isLive(slot)) this.#put(words[slot * 2] ?? 0, words[slot * 2 + 1] ?? 0, atMs[slot] ?? 0, minutes[slot] ?? 0);
  }
}

/** The first 32 bits of a name. */
export function highOf(name: string): number {
  return Number.parseInt(name.slice(0, 8), 16);
}

/** The next 32 bits. Zero marks a free slot, so no name has it. */
export function lowOf(name: string): number {
  return Number.parseInt(name.slice(8, 16), 16) || 1;
}

/** The minute after: rounded up, so that nothing is let in again too early. */
function minuteOf(expiresAtMs: number): number {
  return expiresAtMs <= 0 ? 0 : Math.min(Math.ceil(expiresAtMs / MINUTE_MS) + 1, NEVER - 1);
}
