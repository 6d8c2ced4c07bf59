import type { UndeclaredMembers } from '../schema/schema-compiler.ts';
import type { Shape } from './walker-shape.ts';

/**
 * Schemas that no walker can be written for, because of what they reach: found out once, for all walkers that come to them. A walker consists of everything that it reaches, and
 * where the resources of an API refer to each other, each would be written up to the same limit anew.
 */
export class UnwalkableSchemas {
  readonly #byMode = new Map<UndeclaredMembers, WeakSet<object>>();

  has(shape: Shape, mode: UndeclaredMembers): boolean {
    const only = onlyLeaf(shape);
    return only !== null && this.#byMode.get(mode)?.has(only) === true;
  }

  add(shape: Shape, mode: UndeclaredMembers): void {
    const only = onlyLeaf(shape);
    if (only === null) return;
    const known = this.#byMode.get(mode) ?? new WeakSet();
    known.add(only);
    this.#byMode.set(mode, known);
  }
}

/** The one schema that a shape consists of; null where it is made of several. */
function onlyLeaf({ leaves, unions, never }: Shape): object | null {
  return leaves.length === 1 && unions.length === 0 && !never ? (leaves[0] ?? null) : null;
}
