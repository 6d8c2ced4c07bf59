const NOTHING = new Uint8Array(0);

/** Bytes that wait for the end of their item. Grows by doubling, so that many small chunks cost no more than one large one. */
export class ByteQueue {
  #bytes: Uint8Array = NOTHING;
  #from = 0;
  #to = 0;

  get length(): number {
    return this.#to - this.#from;
  }

  push(chunk: Uint8Array): void {
    if (this.#to + chunk.length > this.#bytes.length) {
      const grown = new Uint8Array(
        Math.max(this.length + chunk.length, Math.min(this.length * 2, this.length + 1_048_576), 1024),
      );
      grown.set(this.#bytes.subarray(this.#from, this.#to));
      this.#to = this.length;
      this.#from = 0;
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#to);
    this.#to += chunk.length;
  }

  /** Index of a byte from `start` on, or -1. */
  indexOf(byte: number, start: number): number {
    const at = this.#bytes.subarray(this.#from, this.#to).indexOf(byte, start);
    return at;
  }

  at(index: number): number | undefined {
    return index < this.length ? this.#bytes[this.#from + index] : undefined;
  }

  /** Takes the first bytes out, as a copy. */
  take(count: number): Uint8Array {
    const taken = this.#bytes.slice(this.#from, this.#from + count);
    this.#from += count;
    if (this.#from === this.#to) {
      this.#from = 0;
      this.#to = 0;
    }
    return taken;
  }
}

/** One array of all the pieces. */
export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
