const NOTHING = new Uint8Array(0);

/** Bytes that wait for the end of their item. Grows by doubling, so that many small chunks cost no more than one large one. */
export class ByteQueue {
  #bytes: Uint8Array = NOTHING;
  /** What of it is in use: an item of a stream may be a few bytes, and costs no view of its own to be looked for. */
  #held: Uint8Array = NOTHING;
  #from = 0;

  get length(): number {
    return this.#held.length - this.#from;
  }

  push(chunk: Uint8Array): void {
    const { length } = this;
    const whole = length + chunk.length;
    let to = this.#held.length;
    if (length === 0 && whole <= this.#bytes.length) {
      this.#from = 0;
      to = 0;
    } else if (to + chunk.length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(whole, Math.min(length * 2, length + 1_048_576), 1024));
      grown.set(this.#held.subarray(this.#from));
      to = length;
      this.#from = 0;
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, to);
    this.#held = this.#bytes.subarray(0, to + chunk.length);
  }

  /** Index of a byte from `start` on, or -1. */
  indexOf(byte: number, start: number): number {
    const at = this.#held.indexOf(byte, this.#from + start);
    return at < 0 ? -1 : at - this.#from;
  }

  at(index: number): number | undefined {
    return this.#held[this.#from + index];
  }

  /** The bytes from `start` to `end`, lent until more come. */
  view(start: number, end: number): Uint8Array {
    return this.#held.subarray(this.#from + start, this.#from + end);
  }

  /** Takes the first bytes out. */
  skip(count: number): void {
    this.#from += Math.min(count, this.length);
  }

  /** Takes the first bytes out, as a copy. */
  take(count: number): Uint8Array {
    const start = this.#from;
    this.skip(count);
    return this.#held.slice(start, this.#from);
  }

  /** A copy of the bytes that were taken out last, since the last push. */
  skipped(count: number): Uint8Array {
    return this.#held.slice(this.#from - count, this.#from);
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
