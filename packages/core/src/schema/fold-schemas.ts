import type { SchemaSource } from '../openapi/model.ts';
import { placeOf } from './schema-reference.ts';

/** What is gathered over schemas that lead to each other. */
export interface SchemaFold<T> {
  /** The schemas that a schema's value is made of, besides what it says itself. */
  readonly parts: (source: SchemaSource) => readonly SchemaSource[];
  /** The value of a schema; `valueOf` gives that of each of its parts. */
  readonly combine: (source: SchemaSource, parts: readonly SchemaSource[], valueOf: (part: SchemaSource) => T) => T;
  /** Stands for a schema that is one of its own parts, while it is looked at. */
  readonly open: T;
}

interface Step {
  readonly source: SchemaSource;
  readonly place: string;
  readonly parts: readonly SchemaSource[];
  next: number;
}

/** Gathers a value from the parts up, each schema once. Without the call stack: a chain of references may be longer than that is deep. */
export function createSchemaFold<T>({ parts, combine, open }: SchemaFold<T>): (source: SchemaSource) => T {
  const known = new Map<string, T>();
  const valueOf = (source: SchemaSource): T => known.get(placeOf(source)) ?? open;
  return (source) => {
    const before = known.get(placeOf(source));
    if (before !== undefined) return before;
    const path: Step[] = [];
    const enter = (next: SchemaSource): void => {
      const place = placeOf(next);
      if (known.has(place)) return;
      known.set(place, open);
      path.push({ source: next, place, parts: parts(next), next: 0 });
    };
    enter(source);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const part = step.parts[step.next++];
      if (part !== undefined) {
        enter(part);
        continue;
      }
      known.set(step.place, combine(step.source, step.parts, valueOf));
      path.pop();
    }
    return valueOf(source);
  };
}
