import type { SchemaSource } from '../openapi/model.ts';
import type { DiscriminatorBranch } from './discriminator-branches.ts';
import type { NotePlace, Schema, Selector } from './normalized-graph.ts';
import { placeOf } from './schema-reference.ts';

/**
 * A branch that holds for the values of its names alone: no two branches can then hold at once, and plain JSON Schema chooses as the
 * discriminator does. A branch without a name cannot be chosen, so it holds for what is not an object (OpenAPI 3.0.4, 4.7.25.4).
 */
export function tagged(branch: DiscriminatorBranch, property: string, schema: Schema, note: NotePlace): Schema {
  if (branch.names.length === 0)
    return note(branch.source, { type: ['null', 'boolean', 'number', 'string', 'array'], allOf: [schema] });
  return note(branch.source, {
    type: 'object',
    required: [property],
    properties: { [property]: { enum: branch.names } },
    allOf: [schema],
  });
}

/** How the discriminator at `source` chooses among `branches`; `missing` is the branch of a value without the property. */
export function selectorOf(
  source: SchemaSource,
  property: string,
  keyword: 'oneOf' | 'anyOf',
  branches: readonly DiscriminatorBranch[],
  missing: number | null,
): Selector {
  const byName = new Map(branches.flatMap((branch, i) => branch.names.map((name): [string, number] => [name, i])));
  return { property, keyword, byName, missing, place: `${placeOf(source)}/discriminator` };
}
