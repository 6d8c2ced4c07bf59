import { isAnchored } from './pattern-cost.ts';
import { type PatternNode, someNode } from './pattern-node.ts';

/**
 * Cuts what cannot change the answer to "is there a match": `.*x.*` holds wherever `x` does. Unbounded repetition at an unanchored edge
 * is what makes a backtracking search quadratic. Returns the very same node when there is nothing to cut.
 */
export function trimPattern(node: PatternNode): PatternNode {
  // What looks around can see the part that would be cut.
  if (someNode(node, (part) => part.kind === 'look' || part.kind === 'backreference')) return node;
  const items = node.kind === 'sequence' ? node.items : [node];
  let from = 0;
  let to = items.length;
  const trimmed = [...items];
  if (!isAnchored(node)) {
    const edge = shortest(items[0]);
    if (edge === 'nothing') from = 1;
    else if (edge !== null) trimmed[0] = edge;
  }
  const lastIndex = items.length - 1;
  if (lastIndex >= from) {
    const edge = shortest(trimmed[lastIndex]);
    if (edge === 'nothing') to = lastIndex;
    else if (edge !== null) trimmed[lastIndex] = edge;
  }
  const rest = trimmed.slice(from, to);
  if (rest.length === items.length && rest.every((item, i) => item === items[i])) return node;
  return trimPattern(rest.length === 1 && rest[0] !== undefined ? rest[0] : { kind: 'sequence', items: rest });
}

/** A repetition reduced to its least count; null where it is not one that can be reduced. */
function shortest(node: PatternNode | undefined): PatternNode | 'nothing' | null {
  if (node?.kind !== 'repeat' || node.max === node.min) return null;
  if (node.min === 0) return 'nothing';
  return node.min === 1 ? node.item : { kind: 'repeat', item: node.item, min: node.min, max: node.min };
}
