import type { CharSet } from './char-set.ts';

/** A regular expression (ECMA-262, 22.2.1) as a tree; capturing and non-capturing groups, greedy and lazy repetition are not told apart. */
export type PatternNode =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly item: PatternNode; readonly min: number; readonly max: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'boundary'; readonly negated: boolean }
  | { readonly kind: 'look'; readonly ahead: boolean; readonly negated: boolean; readonly item: PatternNode }
  | { readonly kind: 'backreference' };

export const EMPTY: PatternNode = { kind: 'sequence', items: [] };

/** True when the node can match without consuming a character. */
export function isNullable(node: PatternNode): boolean {
  switch (node.kind) {
    case 'set':
      return false;
    case 'sequence':
      return node.items.every(isNullable);
    case 'choice':
      return node.items.some(isNullable);
    case 'repeat':
      return node.min === 0 || isNullable(node.item);
    default:
      return true;
  }
}

/** The most characters the node can consume; Infinity where there is no bound. */
export function maxLength(node: PatternNode): number {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'sequence':
      return node.items.reduce((sum, item) => sum + maxLength(item), 0);
    case 'choice':
      return node.items.reduce((most, item) => Math.max(most, maxLength(item)), 0);
    case 'repeat': {
      const length = maxLength(node.item);
      return length === 0 || node.max === 0 ? 0 : length * node.max;
    }
    case 'backreference':
      return Number.POSITIVE_INFINITY;
    default:
      return 0;
  }
}

/** True when `test` holds for the node or for anything inside it. */
export function someNode(node: PatternNode, test: (node: PatternNode) => boolean): boolean {
  if (test(node)) return true;
  if (node.kind === 'sequence' || node.kind === 'choice') return node.items.some((item) => someNode(item, test));
  if (node.kind === 'repeat' || node.kind === 'look') return someNode(node.item, test);
  return false;
}
