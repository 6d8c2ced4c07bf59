import type { SchemaSource } from '../openapi/model.ts';
import { createSurvey, type KeywordSurvey } from './keyword-survey.ts';
import type { Schema } from './normalized-graph.ts';
import { SchemaCompileError } from './schema-compiler.ts';
import { placeOf } from './schema-reference.ts';

/** A schema that others refer to, or the root of all, while it is normalized. */
export interface Definition {
  readonly name: string;
  readonly source: SchemaSource;
  schema: Schema;
  /** Definitions it refers to. */
  readonly references: Set<string>;
  /** Those among them that look at the very same value, and how many schemas are around each other to get there: by anything but references and `allOf`. */
  readonly inPlace: Map<string, number>;
  readonly survey: KeywordSurvey;
}

export function createDefinition(name: string, source: SchemaSource): Definition {
  return { name, source, schema: true, references: new Set(), inPlace: new Map(), survey: createSurvey() };
}

/** Alternatives and conditions within each other for one value: each costs whoever checks it some of the call stack. */
const MAX_LEVELS = 200;

interface Step {
  readonly definition: Definition;
  readonly next: Iterator<[string, number]>;
}

/**
 * A schema that refers to itself for the very same value would never come to a verdict, and one too deep would end the call stack of whoever
 * checks a value: of the root's value or of any inside it, so each schema that is `reached` is looked at, once.
 */
export function refuseEndless(root: Definition, reached: ReadonlyMap<string, Definition>): void {
  const open = new Set<Definition>();
  /** Levels below each. */
  const done = new Map<Definition, number>();
  for (const definition of [root, ...reached.values()]) if (!done.has(definition)) follow(definition);

  function follow(first: Definition): void {
    open.add(first);
    // No recursion: a chain of references may be longer than the call stack is deep.
    const path: Step[] = [{ definition: first, next: first.inPlace.entries() }];
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const taken = step.next.next();
      if (taken.done === true) {
        open.delete(step.definition);
        done.set(step.definition, levelsBelow(step.definition));
        path.pop();
        continue;
      }
      const [name] = taken.value;
      const next = reached.get(name);
      if (next === undefined || done.has(next)) continue;
      if (open.has(next))
        throw new SchemaCompileError(
          root.source,
          `the schema at ${placeOf(next.source)} refers to itself without an end`,
        );
      open.add(next);
      path.push({ definition: next, next: next.inPlace.entries() });
    }
  }

  function levelsBelow(definition: Definition): number {
    let most = 0;
    for (const [name, levels] of definition.inPlace) {
      const next = reached.get(name);
      most = Math.max(most, levels + (next === undefined ? 0 : (done.get(next) ?? 0)));
    }
    if (most > MAX_LEVELS)
      throw new SchemaCompileError(
        definition.source,
        `more than ${MAX_LEVELS} alternatives and conditions stand in each other for one value`,
      );
    return most;
  }
}
