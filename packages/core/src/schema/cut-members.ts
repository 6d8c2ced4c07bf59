import { parsePointer } from '../json/json-pointer.ts';
import type { ValuePath } from './value-path.ts';

/** Members to cut out of a JSON text: a null is cut, a tree leads on. Array items are named by their index and only led through. */
export interface CutTree extends Map<string, CutTree | null> {}

export function addCut(tree: CutTree, path: ValuePath): void {
  const tokens: string[] = [];
  for (let at = path; at !== null; at = at.parent) tokens.push(String(at.token));
  addTokens(tree, tokens.reverse());
}

/** A tree of cuts from JSON Pointers; the empty pointer names no member and is left out. */
export function cutTreeOf(pointers: readonly string[]): CutTree {
  const tree: CutTree = new Map();
  for (const pointer of pointers) addTokens(tree, parsePointer(pointer));
  return tree;
}

function addTokens(root: CutTree, tokens: readonly string[]): void {
  let tree = root;
  for (const [i, token] of tokens.entries()) {
    const next = tree.get(token);
    if (next === null) return;
    if (i === tokens.length - 1) tree.set(token, null);
    else if (next !== undefined) tree = next;
    else {
      const made: CutTree = new Map();
      tree.set(token, made);
      tree = made;
    }
  }
}

/**
 * Cuts members out of a JSON text. Every byte that stays is as it was: numbers keep their digits, strings their escapes, white space its
 * place. The very same bytes come back when nothing is cut. A member named twice is cut twice.
 *
 * The bytes must be one valid JSON text (see `scanJson`); anything else throws. Linear in the bytes; recursion goes only as deep as `tree`.
 */
export function cutMembers(bytes: Uint8Array, tree: CutTree): Uint8Array {
  if (tree.size === 0) return bytes;
  const cutter = new Cutter(bytes);
  cutter.value(cutter.space(0), tree);
  const { cuts } = cutter;
  if (cuts.length === 0) return bytes;
  let kept = bytes.length;
  for (let i = 0; i < cuts.length; i += 2) kept -= (cuts[i + 1] as number) - (cuts[i] as number);
  const rest = new Uint8Array(kept);
  let from = 0;
  let to = 0;
  for (let i = 0; i <= cuts.length; i += 2) {
    const end = cuts[i] ?? bytes.length;
    rest.set(bytes.subarray(from, end), to);
    to += end - from;
    from = cuts[i + 1] ?? bytes.length;
  }
  return rest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
// A name may begin with what would be a byte order mark at the start of a text.
const text = new TextDecoder('utf-8', { ignoreBOM: true });

class Cutter {
  /** Disjoint ranges in order: from, to, from, to … */
  readonly cuts: number[] = [];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The offset behind white space. */
  space(at: number): number {
    let i = at;
    for (let b = this.#bytes[i]; b === 0x20 || b === 0x0a || b === 0x0d || b === 0x09; b = this.#bytes[i]) i++;
    return i;
  }

  /** The offset behind the value that starts at `at`. */
  value(at: number, tree: CutTree): number {
    const first = this.#bytes[at];
    if (first === 0x7b) return this.#object(at, tree);
    if (first === 0x5b) return this.#array(at, tree);
    return this.#skip(at);
  }

  #object(at: number, tree: CutTree): number {
    const bytes = this.#bytes;
    let i = this.space(at + 1);
    if (bytes[i] === 0x7d) return i + 1;
    let keptEnd = -1;
    let isCut = false;
    let runStart = i;
    for (;;) {
      const start = i;
      const nameEnd = this.#string(start);
      const next = tree.get(this.#name(start, nameEnd));
      const valueStart = this.space(this.#expect(this.space(nameEnd), 0x3a));
      // A run of cut members goes with the commas behind them, up to the member that stays.
      if (isCut && next !== null) this.cuts.push(runStart, start);
      if (!isCut && next === null) runStart = start;
      isCut = next === null;
      const end = next === null || next === undefined ? this.#skip(valueStart) : this.value(valueStart, next);
      if (!isCut) keptEnd = end;
      i = this.space(end);
      if (bytes[i] === COMMA) {
        i = this.space(i + 1);
        continue;
      }
      // The last run goes with the comma before it.
      if (isCut) this.cuts.push(keptEnd < 0 ? runStart : keptEnd, end);
      return this.#expect(i, 0x7d);
    }
  }

  #array(at: number, tree: CutTree): number {
    let i = this.space(at + 1);
    if (this.#bytes[i] === 0x5d) return i + 1;
    for (let index = 0; ; index++) {
      const next = tree.get(String(index));
      i = this.space(next === null || next === undefined ? this.#skip(i) : this.value(i, next));
      if (this.#bytes[i] !== COMMA) return this.#expect(i, 0x5d);
      i = this.space(i + 1);
    }
  }

  /** The offset behind any value, without recursion. */
  #skip(at: number): number {
    const bytes = this.#bytes;
    let depth = 0;
    let i = at;
    for (;;) {
      const b = bytes[i];
      if (b === undefined) throw new SyntaxError('not a JSON text');
      if (b === QUOTE) i = this.#string(i);
      else if (b === 0x7b || b === 0x5b) {
        depth++;
        i++;
        continue;
      } else if (b === 0x7d || b === 0x5d) {
        depth--;
        i++;
      } else if (depth > 0) {
        i++;
        continue;
      } else {
        while (isScalarByte(bytes[i])) i++;
        if (i === at) throw new SyntaxError('not a JSON text');
      }
      if (depth <= 0) return i;
    }
  }

  /** The offset behind the string that starts at `at`. */
  #string(at: number): number {
    let i = this.#expect(at, QUOTE);
    for (let b = this.#bytes[i]; b !== QUOTE; b = this.#bytes[i]) {
      if (b === undefined) throw new SyntaxError('not a JSON text');
      i += b === BACKSLASH ? 2 : 1;
    }
    return i + 1;
  }

  #name(start: number, end: number): string {
    const inside = this.#bytes.subarray(start + 1, end - 1);
    return inside.includes(BACKSLASH)
      ? (JSON.parse(text.decode(this.#bytes.subarray(start, end))) as string)
      : text.decode(inside);
  }

  #expect(at: number, byte: number): number {
    if (this.#bytes[at] !== byte) throw new SyntaxError('not a JSON text');
    return at + 1;
  }
}

function isScalarByte(byte: number | undefined): boolean {
  return byte !== undefined && byte > 0x20 && byte !== COMMA && byte !== 0x7d && byte !== 0x5d;
}
