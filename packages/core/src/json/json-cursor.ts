const BLANKS_AND_ENDS = new Uint8Array(256);
for (const character of ' \t\n\r,:]}[{"') BLANKS_AND_ENDS[character.charCodeAt(0)] = 1;

/**
 * Goes through a JSON text as it came, one character a byte, and tells where a place in it stands, without making anything of what it passes.
 * Meant for texts that were found well formed; of others it tells `broken`, or places that do not exist. Time is linear, whatever is asked.
 */
export class JsonCursor {
  readonly #text: string;
  #at = 0;
  /** For each level: the index in an array; -1 in an object. */
  readonly #indexes: number[] = [];
  /** For each level: where the name begins and ends that a member of an object stands under. */
  readonly #nameStarts: number[] = [];
  readonly #nameEnds: number[] = [];
  #expectsName = false;
  /** The string, number or literal that was found: `[start, end)` of the text, a string without its quotes. */
  start = 0;
  end = 0;
  isString = false;
  /** It is the name of a member. */
  isName = false;
  /** The text is no JSON. */
  broken = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Goes on to the string, number or literal that holds the character at `offset`; asked in rising order. False where there is none, or the text is no JSON. */
  seek(offset: number): boolean {
    const text = this.#text;
    while (this.#at < text.length) {
      const at = this.#at;
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        const end = this.#endOfString(at + 1);
        if (end < 0) break;
        if (offset <= end) return this.#found(at + 1, end, true);
        if (this.#expectsName) {
          this.#nameStarts[this.#nameStarts.length - 1] = at + 1;
          this.#nameEnds[this.#nameEnds.length - 1] = end;
        }
        this.#at = end + 1;
      } else if (BLANKS_AND_ENDS[code] === 1) {
        if (!this.#step(code)) break;
        this.#at = at + 1;
      } else {
        let end = at + 1;
        while (end < text.length && BLANKS_AND_ENDS[text.charCodeAt(end)] !== 1) end++;
        if (offset < end) return this.#found(at, end, false);
        this.#at = end;
      }
    }
    this.broken = this.#at < text.length || this.#indexes.length > 0;
    return false;
  }

  /** The way to what was found: names as they stand in the text, escapes and all, and indexes. The last is its own name or index. */
  *path(): Generator<string | number> {
    for (let level = 0; level < this.#indexes.length; level++) {
      const index = this.#indexes[level] as number;
      const isOwnName = this.isName && level === this.#indexes.length - 1;
      if (index >= 0) yield index;
      else if (isOwnName) yield this.#text.slice(this.start, this.end);
      else yield this.#text.slice(this.#nameStarts[level] as number, this.#nameEnds[level] as number);
    }
  }

  #found(start: number, end: number, isString: boolean): true {
    this.start = start;
    this.end = end;
    this.isString = isString;
    this.isName = isString && this.#expectsName;
    return true;
  }

  /** Takes a sign of structure. False where it cannot stand here. */
  #step(code: number): boolean {
    switch (code) {
      case 0x7b:
      case 0x5b:
        this.#indexes.push(code === 0x5b ? 0 : -1);
        this.#nameStarts.push(0);
        this.#nameEnds.push(0);
        this.#expectsName = code === 0x7b;
        return true;
      case 0x7d:
      case 0x5d:
        this.#nameStarts.pop();
        this.#nameEnds.pop();
        this.#expectsName = false;
        return this.#indexes.pop() !== undefined;
      case 0x2c: {
        const level = this.#indexes.length - 1;
        const index = this.#indexes[level];
        if (index === undefined) return false;
        if (index >= 0) this.#indexes[level] = index + 1;
        else this.#expectsName = true;
        return true;
      }
      case 0x3a:
        this.#expectsName = false;
        return true;
      default:
        return true;
    }
  }

  /** The offset of the closing quote; -1 where there is none. */
  #endOfString(from: number): number {
    const text = this.#text;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === 0x22) return at;
      if (code === 0x5c) at++;
    }
    return -1;
  }
}

/** What a string or a name of JSON says, of its text without quotes, one character a byte. Null where its escapes or its UTF-8 are broken. */
export function textOfRaw(raw: string): string | null {
  if (/^[\x20-\x5b\x5d-\x7e]*$/.test(raw)) return raw;
  const text = Buffer.from(raw, 'latin1').toString('utf8');
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return null;
  }
}
