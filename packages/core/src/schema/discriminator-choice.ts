import type { SchemaSource } from '../openapi/model.ts';
import type { DiscriminatorBranch, DiscriminatorIndex } from './discriminator-branches.ts';
import type { HiddenProperties } from './hidden-properties.ts';
import { namesAmong } from './name-union.ts';
import {
  type NodeNotes,
  type NotePlace,
  placeNoter,
  type Schema,
  type SchemaNode,
  type Selector,
} from './normalized-graph.ts';
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
      tagged(branch, branches, property, alternatives[i] ?? false, note, allowsOthers(branch.source)),
    );
    const other = defaultOf(branches);
    notes.selectors.set(out, selectorOf(source, property, keyword, branches, other, other));
    return;
  }
  const children = kinds.children(source).filter(({ names, isDefault }) => names.length > 0 || isDefault);
  if (children.length === 0) return;
  const itself = { source, names: kinds.ownNames(source), isDefault: kinds.isOwnDefault(source) };
  const all = [...children, itself];
  const schemas = children.map((branch) => tagged(branch, all, property, define(branch.source), note, false));
  const other = defaultOf(all);
  const own = note(source, ownRule(itself, all, property, ownRules), '/discriminator');
  const choice = note(source, { oneOf: [...schemas, own] }, '/discriminator');
  notes.selectors.set(choice, selectorOf(source, property, 'oneOf', all, other ?? children.length, other));
  out['allOf'] = [...((out['allOf'] as readonly Schema[] | undefined) ?? []), choice];
}

function defaultOf(branches: readonly DiscriminatorBranch[]): number | null {
  const index = branches.findIndex(({ isDefault }) => isDefault);
  return index < 0 ? null : index;
}

/** The parent itself: its own name; or no name, where it does not require one and no kind is chosen by none. */
function ownRule(
  itself: DiscriminatorBranch,
  all: readonly DiscriminatorBranch[],
  property: string,
  ownRules: readonly Schema[],
): SchemaNode {
  const rules = ownRules.length === 0 ? {} : { allOf: ownRules };
  if (itself.isDefault) return { ...namesNoOther(itself, all, property), ...rules };
  return {
    ...(defaultOf(all) === null ? {} : { required: [property] }),
    properties: { [property]: itself.names.length > 0 ? { enum: itself.names } : false },
    ...rules,
  };
}

/** Of an object: its property is absent, or has a value that chooses no other branch. */
function namesNoOther(
  branch: DiscriminatorBranch,
  all: readonly DiscriminatorBranch[],
  property: string,
): { readonly properties?: Readonly<Record<string, Schema>> } {
  const others = all.flatMap((other) => (other === branch ? [] : other.names));
  return others.length === 0 ? {} : { properties: { [property]: { not: { enum: others } } } };
}

/**
 * A branch that holds for the values of its names alone: no two branches can then hold at once, and plain JSON Schema chooses as the
 * discriminator does. What is no object has no property that could choose: then the branch that says it may be that holds, as in plain JSON Schema. A
 * branch without a name cannot be chosen, so it holds for nothing else (OpenAPI 3.0.4, 4.7.25.4), unless it is the one for what names no other.
 */
function tagged(
  branch: DiscriminatorBranch,
  all: readonly DiscriminatorBranch[],
  property: string,
  schema: Schema,
  note: NotePlace,
  allowsOthers: boolean,
): Schema {
  const object = allowsOthers ? {} : { type: 'object' };
  if (branch.isDefault)
    return note(branch.source, { ...object, ...namesNoOther(branch, all, property), allOf: [schema] });
  if (branch.names.length === 0)
    return note(branch.source, { type: ['null', 'boolean', 'number', 'string', 'array'], allOf: [schema] });
  return note(branch.source, {
    ...object,
    required: [property],
    properties: { [property]: { enum: branch.names } },
    allOf: [schema],
  });
}

/**
 * How the discriminator at `source` chooses among `branches`; `missing` is the branch of a value without the property, and `unknown` of one whose
 * property names none.
 */
function selectorOf(
  source: SchemaSource,
  property: string,
  keyword: 'oneOf' | 'anyOf',
  branches: readonly DiscriminatorBranch[],
  missing: number | null,
  unknown: number | null,
): Selector {
  const byName = new Map(branches.flatMap((branch, i) => branch.names.map((name): [string, number] => [name, i])));
  return { property, keyword, byName, missing, unknown, place: `${placeOf(source)}/discriminator` };
}
