import { joinPointer, parsePointer } from '../json/json-pointer.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { joinSurveys, type KeywordSurvey } from './keyword-survey.ts';
import type { NormalizedSchema, SchemaIssue } from './schema-compiler.ts';
import { placeOf } from './schema-reference.ts';

/** One schema object of a normalized schema. */
export interface SchemaNode {
  readonly [keyword: string]: unknown;
}

/** A normalized schema: an object or a boolean. */
export type Schema = boolean | SchemaNode;

/** The check of a text that a schema object says is JSON: null where it holds. Null instead of a check for an object that says nothing of it. */
export type ContentCheck = (schema: SchemaNode) => ((text: string) => readonly SchemaIssue[] | null) | null;

/** Why a property's schema was replaced by `false`. */
export type HiddenMark = 'readOnly' | 'writeOnly';

/** How a discriminator chooses among the branches of a node. */
export interface Selector {
  readonly property: string;
  readonly keyword: 'oneOf' | 'anyOf';
  /** The branch by the value of the property. */
  readonly byName: ReadonlyMap<string, number>;
  /** The branch of a value without the property; null where it has to have it. */
  readonly missing: number | null;
  /** The branch of a value whose property names none; null where it has to name one. */
  readonly unknown: number | null;
  readonly place: string;
}

/** What is known about the nodes of normalized schemas beyond their keywords. Kept beside them, so that they stay plain JSON Schema. */
export interface NodeNotes {
  /** `file#pointer` in the document. */
  readonly places: WeakMap<object, string>;
  /** By the node that holds the `properties`, then by name. */
  readonly hidden: WeakMap<object, ReadonlyMap<string, HiddenMark>>;
  /** Nodes whose `oneOf` or `anyOf` a discriminator decides. */
  readonly selectors: WeakMap<object, Selector>;
}

/** Notes where in the document a node comes from, and gives it back. `suffix` is a pointer below the source. */
export type NotePlace = <T extends object>(source: SchemaSource, schema: T, suffix?: string) => T;

export function createNotes(): NodeNotes {
  return { places: new WeakMap(), hidden: new WeakMap(), selectors: new WeakMap() };
}

export function placeNoter(notes: NodeNotes): NotePlace {
  return (source, schema, suffix = '') => {
    notes.places.set(schema, placeOf(source) + suffix);
    return schema;
  };
}

/** What is known about one node holds for a copy of it too. */
export function copyNotes(notes: NodeNotes, from: object, to: object): void {
  const place = notes.places.get(from);
  if (place !== undefined) notes.places.set(to, place);
  const marks = notes.hidden.get(from);
  if (marks !== undefined) notes.hidden.set(to, marks);
  const selector = notes.selectors.get(from);
  if (selector !== undefined) notes.selectors.set(to, selector);
}

/** A normalized schema with what the engines need to explain it. */
export interface NormalizedGraph extends NormalizedSchema {
  readonly schema: Schema;
  readonly defs: Readonly<Record<string, Schema>>;
  readonly notes: NodeNotes;
  /** Sources of all `pattern` and `patternProperties` in it. */
  readonly patterns: ReadonlySet<string>;
  /** True where the code generator is known to get a combination wrong, so that `evaluateSchema` has to give the verdict. */
  readonly needsEvaluation: boolean;
  /** The check of texts that are JSON by what the schema says of their content; null where there are none, or they are not checked. */
  readonly contents: ContentCheck | null;
  /** Each `contentSchema` in it, by place. */
  readonly contentSchemas: ReadonlySet<string>;
}

export function createGraph(
  schema: Schema,
  rootPlace: string,
  defs: Readonly<Record<string, Schema>>,
  notes: NodeNotes,
  surveys: readonly KeywordSurvey[],
  contents: ContentCheck | null,
): NormalizedGraph {
  const { patterns, unevaluated, prototype, prefixItems, contains, unnamed, content, contentSchemas } =
    joinSurveys(surveys);
  // ajv 8.20 does not count `contains` as evaluation, counts `if` wrongly, throws on some schemas, skips properties named `__proto__`, leaves
  // out `contains` where there is no item for `prefixItems`, and does not miss a required member with the empty name.
  const needsEvaluation = unevaluated || prototype || unnamed || (prefixItems && contains);
  return {
    schema,
    defs,
    notes,
    patterns,
    needsEvaluation,
    hasContent: content,
    contents: content ? contents : null,
    contentSchemas,
    place: (pointer) => placeOfPointer(schema, rootPlace, notes, pointer),
  };
}

/** Walks down as far as nodes with a known place lead, and appends what is left of the pointer. */
function placeOfPointer(schema: Schema, rootPlace: string, notes: NodeNotes, pointer: string): string {
  let place = rootPlace;
  let rest: string[] = [];
  let node: unknown = schema;
  for (const token of parsePointer(pointer)) {
    node =
      typeof node === 'object' && node !== null && Object.hasOwn(node, token) ? (node as SchemaNode)[token] : undefined;
    const known = typeof node === 'object' && node !== null ? notes.places.get(node) : undefined;
    if (known === undefined) rest.push(token);
    else {
      place = known;
      rest = [];
    }
  }
  return joinPointer(place, ...rest);
}
