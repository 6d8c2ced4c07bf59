import type { MarkedPlace } from '../marked-nodes.ts';
import type { MarkedValue, ValueVisitor } from '../marked-value.ts';

/** Visits each encrypted value once, though several places mark it. */
export function visitOnce(
  places: readonly MarkedPlace[],
  walk: (place: MarkedPlace, visitor: ValueVisitor) => void,
  visit: (value: MarkedValue) => void,
): void {
  const seen = new Set<string>();
  for (const place of places)
    walk(place, (value) => {
      if (!value.marks.encrypted) return true;
      const { pointer } = value;
      if (!seen.has(pointer)) visit(value);
      seen.add(pointer);
      return false;
    });
}
