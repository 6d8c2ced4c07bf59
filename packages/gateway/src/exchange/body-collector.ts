import type { BodySink } from '../wire/client-request.ts';

/**
 * Collects a request body of at most `maxBytes`. Calls back once: with the whole body, `too-large` as soon as it is, or
 * `aborted` when the client went away. The declared length is a hint for nothing but the order of checks: what counts is what comes.
 */
export class BodyCollector implements BodySink {
  readonly #maxBytes: number;
  readonly #done: (result: Buffer | 'too-large' | 'aborted') => void;
  #first: Buffer | null = null;
  #held: Buffer | null = null;
  #bytes = 0;
  #over = false;

  constructor(maxBytes: number, done: (result: Buffer | 'too-large' | 'aborted') => void) {
    this.#maxBytes = maxBytes;
    this.#done = done;
  }

  onChunk(chunk: Buffer): void {
    if (this.#over) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.#finish('too-large');
    else if (this.#first === null) this.#first = chunk;
    else {
      const before = this.#bytes - chunk.length;
      this.#held = withRoom(this.#held ?? this.#first, before, this.#bytes, this.#maxBytes);
      chunk.copy(this.#held, before);
    }
  }

  onEnd(): void {
    this.#finish(this.#held !== null ? this.#held.subarray(0, this.#bytes) : (this.#first ?? Buffer.alloc(0)));
  }

  onAborted(): void {
    this.#finish('aborted');
  }

  #finish(result: Buffer | 'too-large' | 'aborted'): void {
    if (this.#over) return;
    this.#over = true;
    this.#done(result);
  }
}

const LEAST_ROOM = 16 * 1024;

/** A buffer for `bytes` with the first `used` of what was held; the same one while it has room. A buffer for each chunk would cost a hundred times what a client sends byte by byte. */
function withRoom(held: Buffer, used: number, bytes: number, maxBytes: number): Buffer {
  // The first chunk is a view on what the socket read, and has no room behind it.
  if (used > 0 && bytes <= held.length) return held;
  const larger = Buffer.allocUnsafeSlow(Math.min(maxBytes, Math.max(bytes, held.length * 2, LEAST_ROOM)));
  held.copy(larger, 0, 0, used);
  return larger;
}
