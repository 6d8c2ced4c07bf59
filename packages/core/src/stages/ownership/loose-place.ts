import { oncePer } from '../../once-per.ts';
import { foldCase } from '../../json/fold-case.ts';
import type { BoundPlace } from '../../policy/ownership-coverage.ts';

/** How the name of a field or of a query parameter stands to a place of an id. */
export type Relation = 'same' | 'unclear' | 'other';

const WELL_FORMED = /^[^[\].]+(?:\[[^[\]]*\]|\.[^[\].]+)*$/;

/** Whether a name is that of a member of another, in brackets that every reader takes for such: `account[id]` of `account`, and not `account[id`. */
export function isMemberName(name: string, of: string): boolean {
  return name.startsWith(of) && /^(?:\[[^[\]]*\])+$/.test(name.slice(of.length));
}

/** A place of an id, as readers of forms and queries may find it under many names. */
export class LoosePlace {
  readonly tokens: readonly string[];
  /** Of each token; `''` where there is nothing to go by. */
  readonly likenesses: readonly string[];
  /** All of it in one name; `''` where there is nothing to go by. */
  readonly #joined: string;

  /** As the policy has it, without dividers of members. */
  get name(): string {
    return this.tokens.join('.');
  }

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
    this.likenesses = tokens.map(likenessOf);
    this.#joined = likenessOf(tokens.filter((token) => token !== '*').join(''));
  }

  /** Whether a path of members is this one, to the letter. */
  isAt(path: readonly string[]): boolean {
    return path.length === this.tokens.length && path.every((member, at) => member === this.tokens[at]);
  }

  /**
   * Whether a name is the place, may be to some reader, or is another. Readers take `a[b]` and `a.b` for the member `b` of `a`, and `a[]` and `a[0]` for items
   * of `a` (PHP, Rails, qs, Spring); a repeated `a` is a list to others. To PHP `account.id`, `account id` and `account[id` are `account_id`, and a NUL ends a
   * name; readers that turn `account_id` or `account-id` into `accountId` are common. So whatever differs in case and signs alone is unclear.
   */
  relate(name: string): Relation {
    const tokens = this.tokens;
    if (tokens.length === 1 && name === tokens[0]) return 'same';
    const parts = partsOf(name);
    const whole = parts.length === tokens.length || (parts.length === tokens.length - 1 && tokens.at(-1) === '*');
    if (whole && WELL_FORMED.test(name) && parts.every((part, at) => isSame(part, tokens[at] ?? ''))) return 'same';
    const bracket = name.indexOf('[', 1);
    // `account.id[0]` is a list of `account_id` to PHP.
    if (isLike(name, this.#joined) || (bracket > 0 && isLike(name.slice(0, bracket), this.#joined))) return 'unclear';
    const common = Math.min(parts.length, tokens.length);
    // A number alone is the item of a list of nobody's: `?1712345678` keeps caches from answering.
    if (/^\d/.test(name) && tokens[0] !== '*' && !this.#isLike(parts[0] ?? '', 0)) return 'other';
    for (let at = 0; at < common; at++) if (!this.#mayBe(parts[at] ?? '', at)) return 'other';
    return common === 0 ? 'other' : 'unclear';
  }

  /** To the most careless reader: an index or none, and signs and case aside. */
  #mayBe(part: string, at: number): boolean {
    return this.tokens[at] === '*' || isIndex(part) || this.#isLike(part, at);
  }

  #isLike(part: string, at: number): boolean {
    return part === this.tokens[at] || isLike(part, this.likenesses[at] ?? '');
  }
}

/** Made once for each place. */
export const looseOf = oncePer(
  (place: BoundPlace) => new LoosePlace(place.in === 'body' ? place.tokens : [place.name]),
);

/** `items[][id]` is `items`, `*`, `id`. */
function partsOf(name: string): readonly string[] {
  const parts = name.replaceAll(/\[\s*\]/g, '[*]').split(/[[\].]+/, 64);
  return parts.filter((part) => part !== '');
}

function isSame(part: string, token: string): boolean {
  return token === '*' ? isIndex(part) : part === token;
}

function isIndex(part: string): boolean {
  return part === '*' || /^\d+$/.test(part);
}

/** Letters and digits alone, whatever their case and width, up to a NUL; what is still percent-encoded is decoded once more, as careless readers do. */
export function likenessOf(name: string): string {
  return foldLetters(lettersOf(name));
}

/** Letters, digits, and what becomes some by compatibility normalisation, such as `Ⓐ` and `₨`. Marks are taken away here: a name of many would keep the next step busy. */
function lettersOf(name: string): string {
  const decoded = name.includes('%')
    ? name.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : name;
  const [before = ''] = decoded.split('\0', 1);
  return before.replaceAll(/[^\p{L}\p{N}\p{So}\p{Sc}]+/gu, '');
}

function foldLetters(letters: string): string {
  return foldCase(letters.normalize('NFKC')).replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

/** Three letters make one at most (Hangul), and nobody skips so many symbols. */
const MAX_TIMES = 4;
const MAX_SYMBOLS = 64;

/** Whether a name is of this likeness, in which `''` is nothing's. */
export function isLike(name: string, likeness: string): boolean {
  if (likeness === '') return false;
  // Most names are plain, and the members of a batch are many.
  if (/^[A-Za-z0-9]*$/.test(name)) return name.length === likeness.length && name.toLowerCase() === likeness;
  const letters = lettersOf(name);
  return letters.length <= MAX_TIMES * likeness.length + MAX_SYMBOLS && foldLetters(letters) === likeness;
}
