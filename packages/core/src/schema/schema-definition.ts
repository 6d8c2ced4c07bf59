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
  /** Those among them that look at the very same value. */
  readonly inPlace: Set<string>;
  readonly survey: KeywordSurvey;
}

export function createDefinition(name: string, source: SchemaSource): Definition {
  return { name, source, schema: true, references: new Set(), inPlace: new Set(), survey: createSurvey() };
}

/** A schema that refers to itself for the very same value would never come to a verdict. */
export function refuseEndless(root: Definition, reached: ReadonlyMap<string, Definition>): void {
  const state = new Map<Definition, 'open' | 'done'>();
  const walk = (definition: Definition): void => {
    state.set(definition, 'open');
    for (const name of definition.inPlace) {
      const next = reached.get(name);
      if (next === undefined || state.get(next) === 'done') continue;
      if (state.get(next) === 'open')
        throw new SchemaCompileError(
          root.source,
          `the schema at ${placeOf(next.source)} refers to itself without an end`,
        );
      walk(next);
    }
    state.set(definition, 'done');
  };
  walk(root);
}
