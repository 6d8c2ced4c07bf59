import { Buffer } from 'node:buffer';
import type { BodySink } from '../wire/client-request.ts';

/** A whole body, or why there is none. */
export type Collected = Buffer | 'too-large' | 'aborted';

/**
 * Collects a request body of at most `maxBytes`. Calls back once: with the whole body, `too-large` as soon as it is, or
 * `aborted` when the client went away. The declared length is a hint for nothing but the order of checks: what counts is what comes.
 */
export class BodyCollector implements BodySink {
  readonly #maxBytes: number;
  readonly #done: (result: Collected) => void;
  #held: Buffer | null = null;
  #bytes = 0;
  #over = false;

  constructor(maxBytes: number, done: (result: Collected) => void) {
    this.#maxBytes = maxBytes;
    this.#done = done;
  }

  onChunk(chunk: Buffer, last: boolean): void {
    if (this.#over) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.#finish('too-large');
    else if (this.#held === null) this.#held = last ? chunk : ownCopy(chunk);
    else {
      const before = this.#bytes - chunk.length;
      this.#held = withRoom(this.#held, before, this.#bytes, this.#maxBytes);
      chunk.copy(this.#held, before);
    }
  }

  onEnd(): void {
    const held = this.#held ?? Buffer.alloc(0);
    this.#finish(held.length === this.#bytes ? held : held.subarray(0, this.#bytes));
  }

  onAborted(): void {
    this.#finish('aborted');
  }

  #finish(result: Collected): void {
    if (this.#over) return;
    this.#over = true;
    this.#done(result);
  }
}

const LEAST_ROOM = 16 * 1024;

/** In memory of its own, no more than it is long: a client may let the rest of its body wait, and what a socket read is a piece of a larger buffer. */
function ownCopy(chunk: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(chunk.length);
  chunk.copy(copy);
  return copy;
}

/** A buffer for `bytes` with the first `used` of what was held; the same one while it has room. A buffer for each chunk would cost a hundred times what a client sends byte by byte. */
function withRoom(held: Buffer, used: number, bytes: number, maxBytes: number): Buffer {
  // The first chunk has no room behind it.
  if (bytes <= held.length) return held;
  const larger = Buffer.allocUnsafeSlow(Math.min(maxBytes, Math.max(bytes, held.length * 2, LEAST_ROOM)));
  held.copy(larger, 0, 0, used);
  return larger;
}
