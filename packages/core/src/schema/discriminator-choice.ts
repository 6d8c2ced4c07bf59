import type { SchemaSource } from '../openapi/model.ts';
import type { DiscriminatorBranch, DiscriminatorIndex } from './discriminator-branches.ts';
import type { HiddenProperties } from './hidden-properties.ts';
import { namesAmong } from './name-union.ts';
import { type NodeNotes, type NotePlace, placeNoter, type Schema, type Selector } from './normalized-graph.ts';
import type { Asking } from './required-names.ts';
import { placeOf } from './schema-reference.ts';

/** The branches among which a discriminator chooses; null where it decides nothing. */
export type BranchesOf = (
  source: SchemaSource,
  keyword: 'oneOf' | 'anyOf',
  asking: Asking,
) => readonly DiscriminatorBranch[] | null;

/** Nobody can be chosen by a property that must not be there: the alternatives themselves then decide. */
export function createBranchesOf(kinds: DiscriminatorIndex, hidden: HiddenProperties): BranchesOf {
  return (source, keyword, { omit }) => {
    const property = kinds.propertyOf(source);
    if (property === null || omit.has(property)) return null;
    const isHidden = namesAmong(hidden.anywhere(source), new Set([property])).size > 0;
    return isHidden ? null : kinds.branches(source, keyword);
  };
}

export interface ChoiceParts {
  readonly kinds: DiscriminatorIndex;
  /** Of the schema's own alternatives. */
  readonly branches: (keyword: 'oneOf' | 'anyOf') => readonly DiscriminatorBranch[] | null;
  readonly notes: NodeNotes;
  /** The schema of a kind that extends the one with the discriminator. */
  readonly define: (branch: SchemaSource) => Schema;
  /** What the parent itself has to hold to besides, where it is chosen among those that extend it. */
  readonly ownRules: readonly Schema[];
  /** True where a schema speaks of what is no object: of null, mostly. */
  readonly allowsOthers: (branch: SchemaSource) => boolean;
}

/**
 * Makes the discriminator at `source`, whose keywords are in `out`, choose among `oneOf` or `anyOf`; without them, among the schemas that
 * extend it. Changes nothing where it cannot choose.
 */
export function chooseKind(
  source: SchemaSource,
  property: string,
  out: Record<string, unknown>,
  { kinds, branches: branchesOf, notes, define, ownRules, allowsOthers }: ChoiceParts,
): void {
  const note = placeNoter(notes);
  for (const keyword of ['oneOf', 'anyOf'] as const) {
    const alternatives = out[keyword] as readonly Schema[] | undefined;
    const branches = alternatives === undefined ? null : branchesOf(keyword);
    if (alternatives === undefined || branches === null) continue;
    out[keyword] = branches.map((branch, i) =>
      tagged(branch, property, alternatives[i] ?? false, note, allowsOthers(branch.source)),
    );
    notes.selectors.set(out, selectorOf(source, property, keyword, branches, null));
    return;
  }
  const children = kinds.children(source).filter(({ names }) => names.length > 0);
  if (children.length === 0) return;
  const schemas = children.map((branch) => tagged(branch, property, define(branch.source), note, false));
  // The parent itself: its own name, or no name where it does not require one.
  const names = kinds.ownNames(source);
  const named = { properties: { [property]: names.length > 0 ? { enum: names } : false } };
  const own = note(source, ownRules.length === 0 ? named : { ...named, allOf: ownRules }, '/discriminator');
  const choice = note(source, { oneOf: [...schemas, own] }, '/discriminator');
  const all = [...children, { source, names }];
  notes.selectors.set(choice, selectorOf(source, property, 'oneOf', all, children.length));
  out['allOf'] = [...((out['allOf'] as readonly Schema[] | undefined) ?? []), choice];
}

/**
 * A branch that holds for the values of its names alone: no two branches can then hold at once, and plain JSON Schema chooses as the
 * discriminator does. What is no object has no property that could choose: then the branch that says it may be that holds, as in plain JSON Schema. A
 * branch without a name cannot be chosen, so it holds for nothing else (OpenAPI 3.0.4, 4.7.25.4).
 */
function tagged(
  branch: DiscriminatorBranch,
  property: string,
  schema: Schema,
  note: NotePlace,
  allowsOthers: boolean,
): Schema {
  if (branch.names.length === 0)
    return note(branch.source, { type: ['null', 'boolean', 'number', 'string', 'array'], allOf: [schema] });
  return note(branch.source, {
    ...(allowsOthers ? {} : { type: 'object' }),
    required: [property],
    properties: { [property]: { enum: branch.names } },
    allOf: [schema],
  });
}

/** How the discriminator at `source` chooses among `branches`; `missing` is the branch of a value without the property. */
function selectorOf(
  source: SchemaSource,
  property: string,
  keyword: 'oneOf' | 'anyOf',
  branches: readonly DiscriminatorBranch[],
  missing: number | null,
): Selector {
  const byName = new Map(branches.flatMap((branch, i) => branch.names.map((name): [string, number] => [name, i])));
  return { property, keyword, byName, missing, place: `${placeOf(source)}/discriminator` };
}
