import type { SchemaSource } from '../openapi/model.ts';
import { placeOf } from './schema-reference.ts';

/** What is gathered over schemas that lead to each other. */
export interface SchemaFold<T extends NonNullable<unknown>, S extends SchemaSource = SchemaSource> {
  /** The schemas that a schema's value is made of, besides what it says itself. */
  readonly parts: (source: S) => readonly S[];
  /** What a schema says itself, whatever its parts say. */
  readonly own: (source: S) => T;
  /**
   * One value of several, at least one: a union, an "or", a maximum. Neither their order nor how often one is among them may matter, as schemas
   * that lead back to each other are joined all at once, each of them once, and have the same value.
   */
  readonly join: (values: readonly T[]) => T;
  /** What tells one schema from another. Default where it stands; more, where what it says depends on the way that led to it. */
  readonly keyOf?: (source: S) => string;
}

interface Step<S> {
  readonly source: S;
  readonly parts: readonly S[];
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
export function createSchemaFold<T extends NonNullable<unknown>, S extends SchemaSource = SchemaSource>({
  parts,
  own,
  join,
  keyOf = placeOf,
}: SchemaFold<T, S>): (source: S) => T {
  const known = new Map<string, T>();

  return (source) => {
    const key = keyOf(source);
    const before = known.get(key);
    if (before !== undefined) return before;
    const first = parts(source);
    // Most schemas are made of no others.
    if (first.length === 0) {
      const value = join([own(source)]);
      known.set(key, value);
      return value;
    }
    for (const cycle of cyclesBehind(source, first)) {
      const values = cycle.map((step) => own(step.source));
      for (const step of cycle) {
        for (const part of step.parts) {
          const value = known.get(keyOf(part));
          if (value !== undefined) values.push(value);
        }
      }
      const value = join(values);
      for (const step of cycle) known.set(keyOf(step.source), value);
    }
    return known.get(key) as T;
  };

  /** The schemas behind this one that have no value yet: those that lead to each other together, and what they lead to before them (Tarjan 1972). */
  function* cyclesBehind(source: S, first: readonly S[]): Generator<readonly Step<S>[]> {
    const entered = new Map<string, Step<S>>();
    const waiting: Step<S>[] = [];
    const path: Step<S>[] = [];
    const enter = (next: S, its?: readonly S[]): void => {
      const key = keyOf(next);
      if (known.has(key)) return;
      const before = entered.get(key);
      const from = path.at(-1);
      if (before !== undefined) {
        if (from !== undefined) from.low = Math.min(from.low, before.index);
        return;
      }
      const index = waiting.length;
      const step: Step<S> = { source: next, parts: its ?? parts(next), index, low: index, next: 0 };
      entered.set(key, step);
      waiting.push(step);
      path.push(step);
    };
    enter(source, first);
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
