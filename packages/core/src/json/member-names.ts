import { stringText } from './json-text.ts';

/** Up to this many names of one object are compared pair by pair, which allocates nothing; beyond it a Set keeps the time linear. */
const PAIRWISE = 16;

/**
 * The names seen in each open object of one JSON text, to find a name that stands twice. Parsers differ on which of two members
 * counts, so a check of one is not a check of the other. Names are compared unescaped: `a` and `\u0061` are one name.
 *
 * Time is linear in the bytes of the names, however many there are and whatever they hold.
 */
export class MemberNames {
  /** Index after the last name kept; an object remembers it when it opens (its base) and gives it to `close`. */
  top = 0;
  #spans = new Int32Array(256);
  readonly #sets: (Set<string> | undefined)[] = [];
  #view: Buffer | null = null;
  #bytes: Uint8Array | null = null;

  /** Starts on another text. */
  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = null;
    this.top = 0;
  }

  /** Forgets the text, whatever state it was left in. */
  reset(): void {
    this.#bytes = null;
    this.#view = null;
    this.top = 0;
    // To set a length is a call out of compiled code.
    if (this.#sets.length > 0) this.#sets.length = 0;
    if (this.#spans.length > 65_536) this.#spans = new Int32Array(256);
  }

  /** Keeps the name between `from` and `to` for the object at nesting `level`; false when the object has it already. */
  add(bytes: Uint8Array, level: number, base: number, from: number, to: number, escaped: boolean): boolean {
    const set = this.#sets[level];
    if (set !== undefined) {
      const size = set.size;
      set.add(this.#key(from, to, escaped));
      return set.size > size;
    }
    if (escaped || this.top - base >= PAIRWISE * 2) {
      const names = this.#toSet(base);
      this.#sets[level] = names;
      const size = names.size;
      names.add(this.#key(from, to, escaped));
      return names.size > size;
    }
    const spans = this.#spans;
    const length = to - from;
    for (let at = base; at < this.top; at += 2) {
      const start = spans[at] as number;
      if ((spans[at + 1] as number) - start !== length) continue;
      let same = 0;
      while (same < length && bytes[start + same] === bytes[from + same]) same++;
      if (same === length) return false;
    }
    if (this.top + 2 > spans.length) this.#grow();
    this.#spans[this.top] = from;
    this.#spans[this.top + 1] = to;
    this.top += 2;
    return true;
  }

  /** Forgets the names of the object at nesting `level`. */
  close(level: number, base: number): void {
    this.top = base;
    if (this.#sets.length > level) this.#sets[level] = undefined;
  }

  /** Forgets the names of the object at nesting `level` and of all within it, left open when a branch was given up. */
  rewind(level: number, base: number): void {
    this.top = base;
    if (this.#sets.length > level) this.#sets.length = level;
  }

  #toSet(base: number): Set<string> {
    const names = new Set<string>();
    for (let at = base; at < this.top; at += 2) {
      names.add(this.#key(this.#spans[at] as number, this.#spans[at + 1] as number, false));
    }
    return names;
  }

  /**
   * A string that is the same for the same name: its UTF-8 bytes as Latin-1, after a quote. The quote keeps names of digits from being
   * hashed as array indices, whose hash is not seeded and can be made to collide.
   */
  #key(from: number, to: number, escaped: boolean): string {
    const bytes = this.#bytes ?? new Uint8Array(0);
    if (escaped) return Buffer.from(`"${stringText(bytes, from, to, true)}`, 'utf8').toString('latin1');
    this.#view ??= Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.#view.toString('latin1', from - 1, to);
  }

  #grow(): void {
    const larger = new Int32Array(this.#spans.length * 2);
    larger.set(this.#spans);
    this.#spans = larger;
  }
}
