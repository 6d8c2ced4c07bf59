import {
  type CharSet,
  complement,
  DIGITS,
  DOT,
  EVERYTHING,
  SPACE,
  toCharSet,
  unicodeProperty,
  unite,
  WORD,
} from './char-set.ts';
import { EMPTY, type PatternNode } from './pattern-node.ts';

/** More than this many nested groups are not looked into: the caller then treats the pattern as one it cannot prove anything about. */
const MAX_NESTING = 200;

const CLASS_ESCAPES: Readonly<Record<string, CharSet>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
};
const CONTROL_ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };

/**
 * Reads a pattern that `new RegExp` has already accepted; `unicode` tells with which flag. Throws SyntaxError on what it does not know
 * (modifiers, nesting deeper than 200): the caller must then take the pattern for unproven.
 *
 * Annex B texts (`\-`, a lone `{`, `[\w-.]`) are read as engines read them, but always in code points, never in halves of one.
 */
export function parsePattern(source: string, unicode: boolean): PatternNode {
  return new PatternReader(source, unicode).read();
}

class PatternReader {
  private readonly text: readonly string[];
  private readonly unicode: boolean;
  private readonly hasNamedGroups: boolean;
  private at = 0;
  private nesting = 0;

  constructor(source: string, unicode: boolean) {
    this.text = [...source];
    this.unicode = unicode;
    this.hasNamedGroups = unicode || /\(\?<[^=!]/.test(source);
  }

  read(): PatternNode {
    const node = this.choice();
    if (this.at < this.text.length) throw new SyntaxError('unbalanced group');
    return node;
  }

  private peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? '';
  }

  private take(expected: string): boolean {
    for (let i = 0; i < expected.length; i++) if (this.peek(i) !== expected[i]) return false;
    this.at += expected.length;
    return true;
  }

  private choice(): PatternNode {
    if (++this.nesting > MAX_NESTING) throw new SyntaxError('groups nested too deep');
    const items = [this.sequence()];
    while (this.take('|')) items.push(this.sequence());
    this.nesting--;
    return items.length === 1 ? (items[0] ?? EMPTY) : { kind: 'choice', items };
  }

  private sequence(): PatternNode {
    const items: PatternNode[] = [];
    while (this.at < this.text.length && this.peek() !== '|' && this.peek() !== ')')
      items.push(this.quantified(this.term()));
    return items.length === 1 ? (items[0] ?? EMPTY) : { kind: 'sequence', items };
  }

  private quantified(item: PatternNode): PatternNode {
    let range: [number, number] | null = null;
    if (this.take('*')) range = [0, Number.POSITIVE_INFINITY];
    else if (this.take('+')) range = [1, Number.POSITIVE_INFINITY];
    else if (this.take('?')) range = [0, 1];
    else if (this.peek() === '{') range = this.braces();
    if (range === null) return item;
    this.take('?');
    const [min, max] = range;
    return min === 1 && max === 1 ? item : { kind: 'repeat', item, min, max };
  }

  /** `{n}`, `{n,}`, `{n,m}`; anything else is a literal brace (Annex B). */
  private braces(): [number, number] | null {
    const match = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.text.slice(this.at, this.at + 48).join(''));
    if (match === null) return null;
    this.at += match[0].length;
    const min = Number(match[1]);
    if (match[2] === undefined) return [min, min];
    return [min, match[3] === '' || match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3])];
  }

  private term(): PatternNode {
    const c = this.peek();
    if (c === '(') return this.group();
    if (c === '[') return { kind: 'set', set: this.characterClass() };
    if (c === '\\') return this.escape();
    this.at++;
    if (c === '^') return { kind: 'start' };
    if (c === '$') return { kind: 'end' };
    if (c === '.') return { kind: 'set', set: DOT };
    return single(c.codePointAt(0) ?? 0);
  }

  private group(): PatternNode {
    this.at++;
    let look: { ahead: boolean; negated: boolean } | null = null;
    if (this.take('?')) {
      if (this.take('=')) look = { ahead: true, negated: false };
      else if (this.take('!')) look = { ahead: true, negated: true };
      else if (this.take('<=')) look = { ahead: false, negated: false };
      else if (this.take('<!')) look = { ahead: false, negated: true };
      else if (this.take('<')) while (this.at < this.text.length && !this.take('>')) this.at++;
      else if (!this.take(':')) throw new SyntaxError('modifiers are not supported');
    }
    const item = this.choice();
    if (!this.take(')')) throw new SyntaxError('unbalanced group');
    return look === null ? item : { kind: 'look', ...look, item };
  }

  private escape(): PatternNode {
    const next = this.peek(1);
    if (next === 'b' || next === 'B') {
      this.at += 2;
      return { kind: 'boundary', negated: next === 'B' };
    }
    if (next >= '1' && next <= '9') {
      // Annex B reads some of these as octal; taking them for a backreference only makes the analysis more careful.
      this.at++;
      while (this.peek() >= '0' && this.peek() <= '9') this.at++;
      return { kind: 'backreference' };
    }
    if (next === 'k' && this.hasNamedGroups && this.peek(2) === '<') {
      while (this.at < this.text.length && !this.take('>')) this.at++;
      return { kind: 'backreference' };
    }
    return { kind: 'set', set: this.classEscape() };
  }

  /** An escape that stands for one set of characters, inside or outside brackets. */
  private classEscape(): CharSet {
    this.at++;
    const c = this.peek();
    this.at++;
    const named = CLASS_ESCAPES[c];
    if (named !== undefined) return named;
    if ((c === 'p' || c === 'P') && this.unicode) {
      const end = this.text.indexOf('}', this.at);
      const set = unicodeProperty(this.text.slice(this.at + 1, end).join(''));
      this.at = end + 1;
      return c === 'P' ? complement(set) : set;
    }
    const code = this.codePoint(c);
    return [code, code];
  }

  private codePoint(c: string): number {
    if (c === 'x') return this.hex(2) ?? 0x78;
    if (c === 'u') return this.unicodeEscape();
    if (c === 'c' && /^[A-Za-z]$/.test(this.peek())) {
      this.at++;
      return (this.text[this.at - 1]?.codePointAt(0) ?? 0) % 32;
    }
    if (c === 'c' && !this.unicode) {
      // Annex B: a backslash that stands for itself; the "c" is read again as a character.
      this.at--;
      return 0x5c;
    }
    if (!this.unicode && c >= '0' && c <= '7') return this.octal(c);
    return CONTROL_ESCAPES[c] ?? c.codePointAt(0) ?? 0;
  }

  /** Annex B: `\12`, `\377` inside brackets, and `\0` with more digits outside. */
  private octal(first: string): number {
    let digits = first;
    while (
      digits.length < 3 &&
      this.peek() >= '0' &&
      this.peek() <= '7' &&
      this.peek() !== '' &&
      Number.parseInt(digits + this.peek(), 8) <= 255
    ) {
      digits += this.peek();
      this.at++;
    }
    return Number.parseInt(digits, 8);
  }

  private hex(length: number): number | null {
    const digits = this.text.slice(this.at, this.at + length).join('');
    if (digits.length !== length || !/^[0-9A-Fa-f]+$/.test(digits)) return null;
    this.at += length;
    return Number.parseInt(digits, 16);
  }

  private unicodeEscape(): number {
    if (this.unicode && this.peek() === '{') {
      const end = this.text.indexOf('}', this.at);
      const code = Number.parseInt(this.text.slice(this.at + 1, end).join(''), 16);
      this.at = end + 1;
      return code;
    }
    const high = this.hex(4);
    if (high === null) return 0x75;
    if (high < 0xd800 || high > 0xdbff || this.peek() !== '\\' || this.peek(1) !== 'u') return high;
    const before = this.at;
    this.at += 2;
    const low = this.hex(4);
    if (low !== null && low >= 0xdc00 && low <= 0xdfff) return (high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000;
    this.at = before;
    return high;
  }

  private characterClass(): CharSet {
    this.at++;
    const negated = this.take('^');
    const parts: CharSet[] = [];
    while (this.at < this.text.length && !this.take(']')) {
      const low = this.classAtom();
      if (this.peek() !== '-' || this.peek(1) === ']' || this.peek(1) === '') {
        parts.push(low);
        continue;
      }
      this.at++;
      const high = this.classAtom();
      // Annex B: a set at either end of "-" makes it a plain hyphen.
      if (low.length === 2 && high.length === 2 && low[0] === low[1] && high[0] === high[1])
        parts.push([low[0] as number, high[0] as number]);
      else parts.push(low, [0x2d, 0x2d], high);
    }
    const set = unite(...parts);
    return negated ? (set.length === 0 ? EVERYTHING : complement(set)) : toCharSet(set);
  }

  private classAtom(): CharSet {
    const c = this.peek();
    if (c !== '\\') {
      this.at++;
      const code = c.codePointAt(0) ?? 0;
      return [code, code];
    }
    const next = this.peek(1);
    if (next === 'b') {
      this.at += 2;
      return [8, 8];
    }
    if (next === 'B' && !this.unicode) {
      this.at += 2;
      return [0x42, 0x42];
    }
    return this.classEscape();
  }
}

function single(code: number): PatternNode {
  return { kind: 'set', set: [code, code] };
}
