import { foldCase } from './fold-case.ts';

/** The declared names of one object, to find another that differs from one of them in case only. */
export class Lookalikes {
  readonly #folded: ReadonlySet<string>;
  readonly #lengths: ReadonlySet<number>;

  constructor(names: Iterable<string>) {
    this.#folded = new Set(Array.from(names, foldCase));
    this.#lengths = new Set(Array.from(this.#folded, ({ length }) => length));
  }

  /** Whether a name of this many bytes, all of them ASCII, is worth making a text of. Case changes no length there. */
  mayHaveLength(bytes: number): boolean {
    return this.#lengths.has(bytes);
  }

  /** Whether the name, which is none of the declared, could be taken for one. */
  has(name: string): boolean {
    return this.#folded.has(foldCase(name));
  }
}
