import { hashJson } from '../json/hash-json.ts';
import { isSameJson } from '../json/same-json.ts';

/** As many items are compared in full that only look the same, at most, and as many places looked at for each on the way: else somebody chose them so. */
const MAX_COMPARED = 16;
const MAX_STEPS = 16;

/**
 * True when no two items are equal as JSON Schema compares them (core, 4.2.2): objects whatever the order of their members, numbers by
 * value. Linear in the size of the array, apart from sorting member names: comparing each with each would let a client choose a quadratic cost.
 */
export function hasUniqueItems(items: readonly unknown[]): boolean {
  if (items.length < 2) return true;
  const scalars = new Set<unknown>();
  const structures: object[] = [];
  for (const item of items)
    if (typeof item === 'object' && item !== null) structures.push(item);
    else scalars.add(item);
  if (scalars.size + structures.length < items.length) return false;
  return structures.length < 2 || (uniqueByHash(structures) ?? uniqueByText(structures));
}

/** Null where too many look the same that are not. */
function uniqueByHash(items: readonly object[]): boolean | null {
  const mask = 2 ** (33 - Math.clz32(items.length)) - 1;
  /** Numbers of items from 1 on, by their hash; 0 where there is none. */
  const table = new Int32Array(mask + 1);
  const hashes = new Int32Array(items.length);
  let steps = MAX_STEPS * items.length;
  let compared = 0;
  for (let index = 0; index < items.length; index++) {
    const hash = hashJson(items[index]);
    hashes[index] = hash;
    let at = hash & mask;
    for (let other = table[at] as number; other > 0; other = table[at] as number) {
      if (hashes[other - 1] === hash) {
        if (isSameJson(items[other - 1], items[index])) return false;
        if (++compared > MAX_COMPARED) return null;
      }
      if (--steps < 0) return null;
      at = (at + 1) & mask;
    }
    table[at] = index + 1;
  }
  return true;
}

function uniqueByText(items: readonly object[]): boolean {
  const seen = new Set<string>();
  for (const item of items) seen.add(canonical(item));
  return seen.size === items.length;
}

/** One text for all values that are equal, and for no others: a text or name stands behind its length, so that nothing needs to be escaped. */
function canonical(value: unknown): string {
  if (typeof value === 'string') return `"${value.length}:${value}`;
  if (typeof value !== 'object' || value === null) return `${String(value)},`;
  if (Array.isArray(value)) {
    let text = '[';
    for (const item of value) text += canonical(item);
    return `${text}]`;
  }
  const names = Object.keys(value);
  if (names.length > 1) names.sort();
  let text = '{';
  for (const name of names)
    text += `${name.length}:${name}${canonical((value as Readonly<Record<string, unknown>>)[name])}`;
  return `${text}}`;
}
