/** A set of code points as sorted, disjoint, non-adjacent ranges, flat: `[low, high, low, high, …]`. */
export type CharSet = readonly number[];

const MAX_CODE_POINT = 0x10ffff;
export const NOTHING: CharSet = [];
export const EVERYTHING: CharSet = [0, MAX_CODE_POINT];

/** Sorts and merges any ranges into a set. */
export function toCharSet(ranges: readonly number[]): CharSet {
  const pairs: [number, number][] = [];
  for (let i = 0; i + 1 < ranges.length; i += 2) pairs.push([ranges[i] as number, ranges[i + 1] as number]);
  pairs.sort((a, b) => a[0] - b[0]);
  const merged: number[] = [];
  for (const [low, high] of pairs) {
    const last = merged.length - 1;
    if (last > 0 && low <= (merged[last] as number) + 1) merged[last] = Math.max(merged[last] as number, high);
    else merged.push(low, high);
  }
  return merged;
}

export function unite(...sets: readonly CharSet[]): CharSet {
  return toCharSet(sets.flat());
}

/** The code points that are not in the set. */
export function complement(set: CharSet): CharSet {
  const rest: number[] = [];
  let next = 0;
  for (let i = 0; i < set.length; i += 2) {
    const low = set[i] as number;
    if (low > next) rest.push(next, low - 1);
    next = (set[i + 1] as number) + 1;
  }
  if (next <= MAX_CODE_POINT) rest.push(next, MAX_CODE_POINT);
  return rest;
}

/** True when the two sets share a code point. */
export function overlaps(a: CharSet, b: CharSet): boolean {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if ((a[i + 1] as number) < (b[j] as number)) i += 2;
    else if ((b[j + 1] as number) < (a[i] as number)) j += 2;
    else return true;
  }
  return false;
}

const chars = (text: string): CharSet =>
  toCharSet([...text].flatMap((c) => [c.codePointAt(0) ?? 0, c.codePointAt(0) ?? 0]));

/** `\d` (ECMA-262, 22.2.2.9): ASCII digits only. */
export const DIGITS: CharSet = [0x30, 0x39];
/** `\w`: ASCII only. */
export const WORD: CharSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
/** `\s`: WhiteSpace and LineTerminator of ECMA-262, 12.2 and 12.3. */
export const SPACE: CharSet = toCharSet([
  9, 13, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000,
  0x3000, 0xfeff, 0xfeff,
]);
/** `.` without the `s` flag: everything but line terminators. */
export const DOT: CharSet = complement(chars('\n\r\u2028\u2029'));

const properties = new Map<string, CharSet>();

/**
 * The code points of a Unicode property escape's inside (`L`, `Script=Greek`), asked of the engine itself so that every engine means
 * the same. The names are the engine's own finite list, so the cache is bounded.
 */
export function unicodeProperty(name: string): CharSet {
  const known = properties.get(name);
  if (known !== undefined) return known;
  const expression = new RegExp(`^\\p{${name}}$`, 'u');
  const ranges: number[] = [];
  let from = -1;
  for (let code = 0; code <= MAX_CODE_POINT + 1; code++) {
    const inside = code <= MAX_CODE_POINT && expression.test(String.fromCodePoint(code));
    if (inside && from < 0) from = code;
    else if (!inside && from >= 0) {
      ranges.push(from, code - 1);
      from = -1;
    }
  }
  properties.set(name, ranges);
  return ranges;
}
