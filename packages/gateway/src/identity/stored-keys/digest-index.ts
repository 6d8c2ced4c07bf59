const FIRST_SLOTS = 1024;

/**
 * A set of SHA-256 digests by their first 64 bits: 16 to 32 bytes a digest. Answers "not there" for certain and "there" with a doubt of
 * one in 2^64 a digest, which nobody can steer without finding partial preimages; whoever is told "there" asks the store. Open addressing with
 * at most half of the slots taken. Grows with the keys of the operator, never with what clients send.
 */
export class DigestIndex {
  #slots = new Uint32Array(FIRST_SLOTS * 2);
  #mask = FIRST_SLOTS - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `sha256`: 64 digits of hexadecimal. */
  has(sha256: string): boolean {
    const high = Number.parseInt(sha256.slice(0, 8), 16);
    const low = lowOf(sha256);
    return this.#slots[this.#find(high, low) + 1] !== 0;
  }

  add(sha256: string): void {
    const high = Number.parseInt(sha256.slice(0, 8), 16);
    const low = lowOf(sha256);
    const at = this.#find(high, low);
    if (this.#slots[at + 1] !== 0) return;
    this.#slots[at] = high;
    this.#slots[at + 1] = low;
    this.#size += 1;
    if (this.#size * 2 > this.#mask) this.#grow();
  }

  /** Where the digest is, or the free slot where it belongs. */
  #find(high: number, low: number): number {
    const slots = this.#slots;
    for (let slot = high & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * 2;
      if (slots[at + 1] === 0 || (slots[at] === high && slots[at + 1] === low)) return at;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Uint32Array((this.#mask + 1) * 2);
    for (let at = 0; at < old.length; at += 2) {
      const low = old[at + 1] ?? 0;
      if (low === 0) continue;
      const to = this.#find(old[at] ?? 0, low);
      this.#slots[to] = old[at] ?? 0;
      this.#slots[to + 1] = low;
    }
  }
}

/** Zero marks a free slot, so no digest has it. */
function lowOf(sha256: string): number {
  return Number.parseInt(sha256.slice(8, 16), 16) || 1;
}
