import type { SchemaSource } from '../openapi/model.ts';
import { placeOf } from './schema-reference.ts';

/** What is gathered over schemas that lead to each other. */
export interface SchemaFold<T extends NonNullable<unknown>> {
  /** The schemas that a schema's value is made of, besides what it says itself. */
  readonly parts: (source: SchemaSource) => readonly SchemaSource[];
  /** What a schema says itself, whatever its parts say. */
  readonly own: (source: SchemaSource) => T;
  /**
   * One value of several, at least one: a union, an "or", a maximum. Neither their order nor how often one is among them may matter, as schemas
   * that lead back to each other are joined all at once, each of them once, and have the same value.
   */
  readonly join: (values: readonly T[]) => T;
}

interface Step {
  readonly source: SchemaSource;
  readonly parts: readonly SchemaSource[];
  /** Where it stands among those that wait for their value. */
  readonly index: number;
  /** The first of those that it leads back to, as far as is known. */
  low: number;
  next: number;
}

/**
 * The value of a schema: what it and every schema behind it say, joined. Each is looked at once, and no value is kept before it is whole, so
 * that none depends on which schema was asked for first. Without the call stack: a chain of references may be longer than that is deep.
 */
export function createSchemaFold<T extends NonNullable<unknown>>({
  parts,
  own,
  join,
}: SchemaFold<T>): (source: SchemaSource) => T {
  const known = new Map<string, T>();

  return (source) => {
    for (const cycle of cyclesBehind(source)) {
      const values = cycle.map((step) => own(step.source));
      for (const step of cycle) {
        for (const part of step.parts) {
          const value = known.get(placeOf(part));
          if (value !== undefined) values.push(value);
        }
      }
      const value = join(values);
      for (const step of cycle) known.set(placeOf(step.source), value);
    }
    return known.get(placeOf(source)) as T;
  };

  /** The schemas behind this one that have no value yet: those that lead to each other together, and what they lead to before them (Tarjan 1972). */
  function* cyclesBehind(source: SchemaSource): Generator<readonly Step[]> {
    const entered = new Map<string, Step>();
    const waiting: Step[] = [];
    const path: Step[] = [];
    const enter = (next: SchemaSource): void => {
      const place = placeOf(next);
      if (known.has(place)) return;
      const before = entered.get(place);
      const from = path.at(-1);
      if (before !== undefined) {
        if (from !== undefined) from.low = Math.min(from.low, before.index);
        return;
      }
      const index = waiting.length;
      const step: Step = { source: next, parts: parts(next), index, low: index, next: 0 };
      entered.set(place, step);
      waiting.push(step);
      path.push(step);
    };
    enter(source);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const part = step.parts[step.next++];
      if (part !== undefined) {
        enter(part);
        continue;
      }
      path.pop();
      const from = path.at(-1);
      if (from !== undefined) from.low = Math.min(from.low, step.low);
      if (step.low === step.index) yield waiting.splice(step.index);
    }
  }
}
