import { detached } from '../../detached.ts';

const MAX_TEXTS = 256;
const MAX_LENGTH = 512;

/** Texts in which nothing was found lately: two generations of at most 256 each, none longer than 512 characters. */
export class CleanTexts {
  #recent = new Set<string>();
  #older = new Set<string>();

  has(text: string): boolean {
    if (this.#recent.has(text)) return true;
    if (!this.#older.has(text)) return false;
    this.add(text);
    return true;
  }

  add(text: string): void {
    if (text.length > MAX_LENGTH) return;
    if (this.#recent.size >= MAX_TEXTS) {
      this.#older = this.#recent;
      this.#recent = new Set();
    }
    this.#recent.add(detached(text));
  }
}
