import { BOOLEAN, NULL } from './walker-shape.ts';
import { isProtoName, literalEnd, numberEnd, spaceEnd, stringEnd, stringFacts, stringText } from './json-text.ts';
import type { Lookalikes } from './lookalikes.ts';
import { MemberNames } from './member-names.ts';

/** What a walking function gives back when the whole text goes to the slow path, whatever other branches would say. */
export const BAIL = -0x80000000;

/** Deeper texts go to the slow path: walkers recurse. */
export const DEEPEST = 256;

/** Arrays longer than this many bytes are not compared for unique items here. */
const MAX_UNIQUE_BYTES = 65_536;

/** Number texts longer than this go to the slow path. */
const MAX_NUMBER_BYTES = 512;

/** State of the one walk that runs; walks are synchronous and do not nest. */
export interface WalkState {
  /** Members so far. */
  keys: number;
  /** Bytes that trying branches may still cost: what keeps nested unions linear. */
  fuel: number;
  maxDepth: number;
  /** Ranges to leave out, as from and to, in order. */
  cuts: number[];
  /** The text that `view` is on. */
  viewed: Uint8Array;
  view: Buffer;
}

export const names = new MemberNames();

const NOTHING = Buffer.alloc(0);

export const state: WalkState = { keys: 0, fuel: 0, maxDepth: 0, cuts: [], viewed: NOTHING, view: NOTHING };

/** Gets ready for a walk over `bytes`. */
export function startWalk(bytes: Uint8Array, maxDepth: number): void {
  names.open(bytes);
  state.keys = 0;
  state.fuel = 16 * bytes.length + 4096;
  state.maxDepth = maxDepth;
  if (state.cuts.length > 0) state.cuts = [];
}

/** Lets go of the text, which may be secret and large. */
export function endWalk(): void {
  names.reset();
  state.viewed = NOTHING;
  state.view = NOTHING;
}

/** The number `readNumber` read. A typed array, so that storing it allocates nothing. */
export const numberRead = new Float64Array(1);

/**
 * After the value at `i` under no schema, or BAIL: strict syntax, no name twice, bounds. `level` counts the arrays and objects around it.
 * The byte at `n - 1` closes the outermost value, which is what lets scans stop without asking for the end.
 */
export function skipValue(b: Uint8Array, i: number, n: number, level: number): number {
  const c = b[i] as number;
  if (c === 0x22) {
    const to = stringEnd(b, i + 1, n);
    return to < 0 ? BAIL : to + 1;
  }
  if (c === 0x7b) return skipObject(b, i, n, level);
  if (c === 0x5b) return skipArray(b, i, n, level);
  const to = c === 0x2d || (c >= 0x30 && c <= 0x39) ? numberEnd(b, i, n) : literalEnd(b, i, n);
  return to < 0 ? BAIL : to;
}

function skipArray(b: Uint8Array, from: number, n: number, level: number): number {
  if (level >= state.maxDepth) return BAIL;
  let i = spaceEnd(b, from + 1, n);
  if (b[i] === 0x5d) return i + 1;
  for (;;) {
    if (i >= n) return BAIL;
    i = skipValue(b, i, n, level + 1);
    if (i < 0 || i >= n) return BAIL;
    if ((b[i] as number) <= 0x20) i = spaceEnd(b, i, n);
    const c = b[i];
    if (c === 0x5d) return i + 1;
    if (c !== 0x2c) return BAIL;
    i = spaceEnd(b, i + 1, n);
  }
}

function skipObject(b: Uint8Array, from: number, n: number, level: number): number {
  if (level >= state.maxDepth) return BAIL;
  let i = spaceEnd(b, from + 1, n);
  if (b[i] === 0x7d) return i + 1;
  const base = names.top;
  for (;;) {
    i = unknownName(b, i, n, level, base);
    if (i < 0) return BAIL;
    state.keys++;
    i = colonEnd(b, i, n);
    if (i < 0) return BAIL;
    i = skipValue(b, i, n, level + 1);
    if (i < 0 || i >= n) return BAIL;
    if ((b[i] as number) <= 0x20) i = spaceEnd(b, i, n);
    const c = b[i];
    if (c === 0x7d) break;
    if (c !== 0x2c) return BAIL;
    i = spaceEnd(b, i + 1, n);
  }
  names.close(level, base);
  return i + 1;
}

/** After the closing quote of the name whose opening quote should be at `i`. Kept, so that it cannot stand twice. */
export function unknownName(b: Uint8Array, i: number, n: number, level: number, base: number): number {
  if (b[i] !== 0x22) return BAIL;
  const to = stringEnd(b, i + 1, n);
  if (to < 0) return BAIL;
  const { escaped } = stringFacts;
  if (escaped ? stringText(b, i + 1, to, true) === '__proto__' : isProtoName(b, i + 1, to)) return BAIL;
  return names.add(b, level, base, i + 1, to, escaped) ? to + 1 : BAIL;
}

/**
 * Like `unknownName`, in an object where some names are known and were compared as they stand: a name with an escape could be one of
 * those under another spelling, so it goes to the slow path.
 */
export function otherName(b: Uint8Array, i: number, n: number, level: number, base: number): number {
  const to = stringEnd(b, i + 1, n);
  if (to < 0 || stringFacts.escaped || isProtoName(b, i + 1, to)) return BAIL;
  return names.add(b, level, base, i + 1, to, false) ? to + 1 : BAIL;
}

/** Like `otherName`, in an object whose known names nothing may pass for: a name that differs from one in case only goes to the slow path. */
export function plainName(b: Uint8Array, i: number, n: number, level: number, base: number, known: Lookalikes): number {
  const after = otherName(b, i, n, level, base);
  if (after < 0) return after;
  const to = after - 1;
  const beyondAscii = stringFacts.surplus > 0;
  if (!beyondAscii && !known.mayHaveLength(to - i - 1)) return after;
  return known.has(view(b).toString(beyondAscii ? 'utf8' : 'latin1', i + 1, to)) ? BAIL : after;
}

/** Where the value starts after the name that ends before `i`, or BAIL where no colon stands. */
export function colonEnd(b: Uint8Array, i: number, n: number): number {
  const colon = spaceEnd(b, i, n);
  if (b[colon] !== 0x3a) return BAIL;
  const value = spaceEnd(b, colon + 1, n);
  return value < n ? value : BAIL;
}

/** Powers of ten that doubles hold exactly, as far as 15 digits of a fraction need them. */
const TENS = Float64Array.from({ length: 16 }, (_, power) => 10 ** power);

/** After the number at `i`, or BAIL; its value, as `JSON.parse` has it, is left in `numberRead`. Infinite numbers go to the slow path. */
export function readNumber(b: Uint8Array, i: number, n: number): number {
  const negative = b[i] === 0x2d;
  const first = negative ? i + 1 : i;
  let at = first;
  let c = b[at] as number;
  let value = 0;
  while (c >= 0x30 && c <= 0x39) {
    value = value * 10 + (c - 0x30);
    c = b[++at] as number;
  }
  const wholes = at - first;
  let fractions = 0;
  if (c === 0x2e) {
    const point = at;
    c = b[++at] as number;
    while (c >= 0x30 && c <= 0x39) {
      value = value * 10 + (c - 0x30);
      c = b[++at] as number;
    }
    fractions = at - point - 1;
    if (fractions === 0) return BAIL;
  }
  if (wholes === 0 || (wholes > 1 && b[first] === 0x30)) return BAIL;
  // Up to 15 digits are exact, and one division by an exact power of ten rounds once, as reading the decimal does.
  if (wholes + fractions <= 15 && (c | 0x20) !== 0x65) {
    if (fractions > 0) value /= TENS[fractions] as number;
    numberRead[0] = negative ? -value : value;
    return at;
  }
  return readLongNumber(b, i, n);
}

function readLongNumber(b: Uint8Array, i: number, n: number): number {
  const to = numberEnd(b, i, n);
  if (to < 0 || to - i > MAX_NUMBER_BYTES) return BAIL;
  const value = Number(view(b).toString('latin1', i, to));
  if (!Number.isFinite(value)) return BAIL;
  numberRead[0] = value;
  return to;
}

/** The text of the string between the quotes, just read by `stringEnd`. */
export function textOf(b: Uint8Array, from: number, to: number): string {
  if (stringFacts.escaped) return stringText(b, from, to, true);
  return view(b).toString(stringFacts.surplus > 0 ? 'utf8' : 'latin1', from, to);
}

/** Node makes short strings of a Buffer in half the time a TextDecoder takes. */
function view(b: Uint8Array): Buffer {
  if (state.viewed !== b) {
    state.viewed = b;
    state.view = Buffer.from(b.buffer, b.byteOffset, b.byteLength);
  }
  return state.view;
}

/** After the `true`, `false` or `null` at `i` when its kind is among `kinds`; else a schema failure, or BAIL for no literal at all. */
export function literal(b: Uint8Array, i: number, n: number, kinds: number): number {
  const c = b[i];
  if (c !== 0x74 && c !== 0x66 && c !== 0x6e) return ~i;
  const to = literalEnd(b, i, n);
  if (to < 0) return BAIL;
  return (kinds & (c === 0x6e ? NULL : BOOLEAN)) === 0 ? ~i : to;
}

/**
 * Where the value of the member with these bytes as its name starts, in the object at `i`; a schema failure where none has that name. The
 * object is read again by whoever asks, so only what comes before the member is looked at. Escaped names go to the slow path.
 */
export function findMember(b: Uint8Array, from: number, n: number, level: number, name: Uint8Array): number {
  if (level >= state.maxDepth) return BAIL;
  const { keys } = state;
  let i = spaceEnd(b, from + 1, n);
  if (b[i] === 0x7d) return ~i;
  for (;;) {
    if (b[i] !== 0x22) return BAIL;
    const start = i + 1;
    const to = stringEnd(b, start, n);
    if (to < 0 || stringFacts.escaped) return BAIL;
    i = colonEnd(b, to + 1, n);
    if (i < 0) return BAIL;
    if (to - start === name.length) {
      let same = 0;
      while (same < name.length && b[start + same] === name[same]) same++;
      if (same === name.length) break;
    }
    i = skipValue(b, i, n, level + 1);
    if (i < 0 || i >= n) return BAIL;
    i = spaceEnd(b, i, n);
    const c = b[i];
    if (c === 0x7d) {
      state.keys = keys;
      return ~i;
    }
    if (c !== 0x2c) return BAIL;
    i = spaceEnd(b, i + 1, n);
  }
  state.keys = keys;
  return i;
}

/** Whether no element of the array between `from` and `to` stands twice: 1, 0, or BAIL for long arrays and elements that are not scalars. */
export function uniqueItems(b: Uint8Array, from: number, to: number): number {
  if (to - from > MAX_UNIQUE_BYTES) return BAIL;
  const items = JSON.parse(stringText(b, from, to, false)) as unknown[];
  if (items.some((item) => typeof item === 'object' && item !== null)) return BAIL;
  return new Set(items).size === items.length ? 1 : 0;
}

/** The bytes without the ranges in `cuts`. */
export function withoutCuts(bytes: Uint8Array, cuts: readonly number[]): Uint8Array {
  let dropped = 0;
  for (let at = 0; at < cuts.length; at += 2) dropped += (cuts[at + 1] as number) - (cuts[at] as number);
  const kept = new Uint8Array(bytes.length - dropped);
  let from = 0;
  let length = 0;
  for (let at = 0; at < cuts.length; at += 2) {
    const part = bytes.subarray(from, cuts[at]);
    kept.set(part, length);
    length += part.length;
    from = cuts[at + 1] as number;
  }
  kept.set(bytes.subarray(from), length);
  return kept;
}
