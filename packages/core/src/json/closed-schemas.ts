import { isObject } from './json-value.ts';
import { own, type Schema, type WalkerRoot } from './walker-root.ts';
import { type Shape, shapeOf } from './walker-shape.ts';

/** Finds out whether `additionalProperties: false` stands anywhere a shape reaches. What was found open is not looked at again: branches reach the same things over and over. */
export class ClosedSchemas {
  readonly #root: WalkerRoot;
  readonly #open = new Set<object>();

  constructor(root: WalkerRoot) {
    this.#root = root;
  }

  reachedFrom(shape: Shape): boolean {
    const seen = new Set<object>();
    const left = partsOf(shape);
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      if (typeof next !== 'object' || next === null || seen.has(next) || this.#open.has(next)) continue;
      this.#root.count();
      seen.add(next);
      if (isObject(next)) {
        if (own(next, 'additionalProperties') === false) return true;
        if (typeof own(next, '$ref') === 'string') left.push(...partsOf(shapeOf(this.#root, [next as Schema])));
      }
      left.push(...Object.values(next).filter((value) => value !== undefined));
    }
    for (const each of seen) this.#open.add(each);
    return false;
  }
}

function partsOf({ leaves, unions }: Shape): unknown[] {
  return [...leaves, ...unions.flatMap(({ branches }) => branches)];
}
