import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4 * 1024;

/** Random bytes, drawn from the system's generator 4 KiB at a time: one call for many salts. No byte is given twice. */
export class RandomPool {
  #pool: Buffer = Buffer.alloc(0);
  #at = 0;

  /** At most 4096 bytes. They are the taker's own. */
  take(bytes: number): Buffer {
    if (this.#at + bytes > this.#pool.length) {
      // Another pool, as what was taken lies in the one before.
      this.#pool = randomFillSync(Buffer.allocUnsafeSlow(POOL_BYTES));
      this.#at = 0;
    }
    this.#at += bytes;
    return this.#pool.subarray(this.#at - bytes, this.#at);
  }
}
