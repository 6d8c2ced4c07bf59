import type { OwnerAnswer } from '@sallyport/core';

const MAX_ENTRIES = 10_000;
/** An object with more owners than fit in this is asked about every time. */
const MAX_OWNER_CHARACTERS = 2048;

/** Keeps what was learnt of owners, the last used last; bounded in number and size. How old an answer may be says whoever asks. */
export class AnswerCache {
  readonly #entries = new Map<string, OwnerAnswer>();

  get size(): number {
    return this.#entries.size;
  }

  /** `nowMs`: an answer of a time to come is one of before the clock was set back, and nobody can tell how old it is. */
  get(key: string, notBeforeMs: number, nowMs: number): OwnerAnswer | null {
    const found = this.#entries.get(key);
    if (found === undefined) return null;
    this.#entries.delete(key);
    if (found.askedMs < notBeforeMs || found.askedMs > nowMs) return null;
    this.#entries.set(key, found);
    return found;
  }

  set(key: string, answer: OwnerAnswer): void {
    this.#entries.delete(key);
    if (answer.state === 'failed' || sizeOf(answer) > MAX_OWNER_CHARACTERS) return;
    this.#entries.set(key, answer);
    if (this.#entries.size <= MAX_ENTRIES) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

function sizeOf(answer: OwnerAnswer): number {
  if (answer.state !== 'found') return 0;
  let size = 0;
  for (const of of answer.owners) for (const owner of of ?? []) size += owner.length + 8;
  return size;
}
