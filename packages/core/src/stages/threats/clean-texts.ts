import { detached } from '../../detached.ts';
import { oncePer } from '../../once-per.ts';
import type { SchemaCompiler } from '../../schema/schema-compiler.ts';

const MAX_TEXTS = 1_024;
const MAX_LENGTH = 512;

/** Texts in which nothing was found lately: two generations of at most 1,024 each, none longer than 512 characters. */
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

/** Those of a document: a client that sends its own to each of a thousand operations makes no more of them kept. */
export const cleanTextsOf = oncePer((_schemas: SchemaCompiler) => new CleanTexts());
