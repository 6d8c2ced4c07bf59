import type { CharSet } from './char-set.ts';
import type { PatternNode } from './pattern-node.ts';

/** One step of a match; `next` are the nodes where it goes on. */
export type GraphNode =
  | { readonly kind: 'accept' }
  | { readonly kind: 'set'; readonly set: CharSet; readonly next: number }
  | { readonly kind: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'fork'; readonly next: readonly number[] };

/** The node where a match is complete. */
export const ACCEPT = 0;

/** A pattern as a graph without recursion, every counted repetition written out. Throws RangeError when that takes more than `maxNodes`, or for nodes that are no regular language. */
export class PatternGraph {
  readonly nodes: readonly GraphNode[];
  readonly entry: number;
  readonly #nodes: GraphNode[] = [{ kind: 'accept' }];
  readonly #maxNodes: number;
  #visits = 0;

  constructor(pattern: PatternNode, maxNodes: number) {
    this.#maxNodes = maxNodes;
    this.nodes = this.#nodes;
    this.entry = this.#before(pattern, ACCEPT);
  }

  #add(node: GraphNode): number {
    return this.#nodes.push(node) - 1;
  }

  /** The node to enter for `pattern` and then `next`. */
  #before(pattern: PatternNode, next: number): number {
    // Each visit adds at most one node. Visits are what is counted, for repetitions of nothing add none.
    if (++this.#visits > this.#maxNodes) throw new RangeError('the pattern is too large');
    switch (pattern.kind) {
      case 'set':
        return this.#add({ kind: 'set', set: pattern.set, next });
      case 'start':
      case 'end':
        return this.#add({ kind: pattern.kind, next });
      case 'sequence':
        return pattern.items.reduceRight((entry, item) => this.#before(item, entry), next);
      case 'choice':
        return this.#add({ kind: 'fork', next: pattern.items.map((item) => this.#before(item, next)) });
      case 'repeat':
        return this.#repeated(pattern.item, pattern.min, pattern.max, next);
      default:
        throw new RangeError('the pattern looks around');
    }
  }

  #repeated(item: PatternNode, min: number, max: number, next: number): number {
    let entry = next;
    if (max === Number.POSITIVE_INFINITY) {
      const again = [next];
      entry = this.#add({ kind: 'fork', next: again });
      again.push(this.#before(item, entry));
    } else {
      // Each copy that may be left out goes straight to the end: a state then holds two nodes of a counted run and not all of it.
      for (let left = max - min; left > 0; left--)
        entry = this.#add({ kind: 'fork', next: [this.#before(item, entry), next] });
    }
    for (let left = min; left > 0; left--) entry = this.#before(item, entry);
    return entry;
  }
}
