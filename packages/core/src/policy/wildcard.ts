/**
 * A text in which `*` stands for any characters, none included. Matching goes through the text once for each piece between stars, so that
 * neither the pattern nor the text can make it slow (no backtracking).
 */
export class Wildcard {
  readonly #first: string;
  readonly #middle: readonly string[];
  /** Null where the pattern has no star and means itself. */
  readonly #last: string | null;

  constructor(pattern: string) {
    const pieces = pattern.split('*');
    this.#first = pieces[0] ?? '';
    this.#last = pieces.length === 1 ? null : (pieces.at(-1) ?? '');
    this.#middle = pieces.slice(1, -1).filter((piece) => piece !== '');
  }

  matches(text: string): boolean {
    if (this.#last === null) return text === this.#first;
    const end = text.length - this.#last.length;
    if (end < this.#first.length || !text.startsWith(this.#first) || !text.endsWith(this.#last)) return false;
    let at = this.#first.length;
    for (const piece of this.#middle) {
      // The earliest place is as good as any: what is left is longest after it.
      const found = text.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return true;
  }
}

/**
 * A path template in which `*` stands for any characters of one segment and `**`, as a segment, for any number of segments, none included. A
 * template's expression (`{id}`) is a segment like others. Goes through the path once for each piece between two `**`.
 */
export class PathWildcard {
  readonly #pieces: readonly (readonly Wildcard[])[];

  constructor(pattern: string) {
    const pieces: Wildcard[][] = [[]];
    for (const segment of pattern.split('/').slice(1)) {
      if (segment === '**') pieces.push([]);
      else pieces.at(-1)?.push(new Wildcard(segment));
    }
    this.#pieces = pieces;
  }

  matches(path: string): boolean {
    const segments = path.split('/').slice(1);
    const [first = [], ...others] = this.#pieces;
    if (others.length === 0) return segments.length === first.length && matchesAt(first, segments, 0);
    const last = others.at(-1) ?? [];
    const end = segments.length - last.length;
    if (end < first.length || !matchesAt(first, segments, 0) || !matchesAt(last, segments, end)) return false;
    let at = first.length;
    for (const piece of others.slice(0, -1)) {
      while (at + piece.length <= end && !matchesAt(piece, segments, at)) at += 1;
      if (at + piece.length > end) return false;
      at += piece.length;
    }
    return true;
  }
}

function matchesAt(piece: readonly Wildcard[], segments: readonly string[], at: number): boolean {
  return piece.every((wildcard, index) => {
    const segment = segments[at + index];
    return segment !== undefined && wildcard.matches(segment);
  });
}
