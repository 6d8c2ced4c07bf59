import { Buffer } from 'node:buffer';
import { readablePart, UpstreamAnswer } from '@sallyport/core';

/** Of one answer; what is longer is looked at in its beginning. */
const MAX_BYTES = 1024 * 1024;

/** What has gone out of an answer that is passed on as it comes, for those who look at it afterwards. Bounded: an upstream decides how long it is. */
export class SentBytes {
  readonly #pieces: Uint8Array[] = [];
  #left = MAX_BYTES;
  #isWhole = false;

  add(bytes: Uint8Array): void {
    if (this.#left <= 0) return;
    this.#pieces.push(bytes);
    this.#left -= bytes.length;
  }

  /** Nothing more comes: the answer is whole. */
  end(): void {
    this.#isWhole = this.#left >= 0;
  }

  /** The answer, or what can be read of it where it was cut off or is longer; null where nothing can. */
  toAnswer(status: number, headers: string[]): UpstreamAnswer | null {
    const answer = new UpstreamAnswer(status, headers, Buffer.concat(this.#pieces));
    if (this.#isWhole) return answer;
    const part = readablePart(answer.bytes(), answer.header('content-type'));
    return part === null ? null : new UpstreamAnswer(status, headers, part);
  }
}
