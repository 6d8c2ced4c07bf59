import type { SchemaSource } from '../openapi/model.ts';
import { type NodeNotes, type NotePlace, type Schema } from './normalized-graph.ts';
import type { Demand } from './required-names.ts';

/** A schema object as it is written. */
export type SchemaDraft = Record<string, unknown>;

export function addMembers(out: SchemaDraft, members: readonly Schema[]): void {
  if (members.length > 0) out['allOf'] = [...((out['allOf'] as readonly Schema[] | undefined) ?? []), ...members];
}

/** An empty `enum` allows nothing; validators refuse to compile it. */
export function neverHolds(out: SchemaDraft): void {
  delete out['enum'];
  addMembers(out, [false]);
}

/** OpenAPI 3.0 `nullable`: see the decision note on why it also holds beside `allOf` and without `type`. */
export function acceptNull(source: SchemaSource, out: SchemaDraft, note: NotePlace): Schema {
  const { type, enum: values } = out;
  const isPlain = ['allOf', 'anyOf', 'oneOf', 'not'].every((keyword) => out[keyword] === undefined);
  if (!isPlain) return note(source, { anyOf: [note(source, { type: 'null' }, '/nullable'), out] });
  if (type !== undefined) out['type'] = [...new Set([...(Array.isArray(type) ? type : [type]), 'null'])];
  if (Array.isArray(values) && !values.includes(null)) out['enum'] = [...values, null];
  return out;
}

/** What is demanded of a schema from elsewhere, told at the places that demand it. */
export function demandedRules(demands: readonly Demand[], notes: NodeNotes): Schema[] {
  const byPlace = new Map<string, Demand[]>();
  for (const demand of demands) {
    const known = byPlace.get(demand.place);
    if (known === undefined) byPlace.set(demand.place, [demand]);
    else known.push(demand);
  }
  return [...byPlace].map(([place, asked]) => {
    const required = asked.flatMap(({ name, beside }) => (beside === undefined ? [name] : []));
    const beside = new Map<string, string[]>();
    for (const { name, beside: other } of asked)
      if (other !== undefined) beside.set(other, [...(beside.get(other) ?? []), name]);
    const schema = {
      ...(required.length > 0 ? { required } : {}),
      ...(beside.size > 0 ? { dependentRequired: Object.fromEntries(beside) } : {}),
    };
    notes.places.set(schema, place);
    return schema;
  });
}
