import { isObject, type JsonObject, type JsonValue } from '../../json/json-value.ts';
import type { DocumentPlace, SchemaSource } from '../../openapi/model.ts';
import type { DataPolicy } from '../../policy/data-policy.ts';
import { createDiscriminatorIndex } from '../../schema/discriminator-branches.ts';
import { compilePattern } from '../../schema/pattern/linear-pattern.ts';
import {
  below,
  isBareReference,
  listedSchemas,
  mappedSchemas,
  type ReferenceResolver,
  referenceOf,
} from '../../schema/schema-reference.ts';
import type { Steps } from '../../steps.ts';
import { hasFewValues } from './few-values.ts';
import { joinMarks, type MarkKinds, type MarkProblem, type OwnMarks, readMarks } from './marks.ts';
import type { NameRules } from './name-rules.ts';

/** One schema object of the document: what it says of a value, and which others speak of the value, its members and its items. */
export interface Vertex {
  readonly id: number;
  readonly own: OwnMarks | null;
  /** Where it stands; null where it says nothing itself. */
  readonly place: DocumentPlace | null;
  /** Those that may apply to the very same value: `$ref`, `allOf`, every branch of `oneOf` and `anyOf`, `then` and `else`, kinds of a discriminator. */
  readonly same: readonly Vertex[];
  readonly properties: ReadonlyMap<string, Vertex>;
  readonly patterns: readonly { readonly test: (name: string) => boolean; readonly vertex: Vertex }[];
  /** Members that are named by none of those above. */
  readonly rest: readonly Vertex[];
  readonly items: readonly Vertex[];
  /** Says outright that members come which it does not name: `additionalProperties`, or nothing of its members at all. */
  readonly open: boolean;
  /** Allows but few values. */
  readonly few: boolean;
  /** Keeps quiet about members that it does not name. */
  readonly silent: boolean;
  /** Kinds of marks at and below it, where undeclared members were taken out before. */
  reach: MarkKinds;
  /** The same where they were not. */
  reachOpen: MarkKinds;
  /** Those of members and values that the schemas describe, and of no others. */
  reachDeclared: MarkKinds;
}

interface Building extends Vertex {
  readonly same: Vertex[];
  properties: ReadonlyMap<string, Vertex>;
  patterns: { readonly test: (name: string) => boolean; readonly vertex: Vertex }[];
  readonly rest: Vertex[];
  readonly items: Vertex[];
}

/** Every schema that a set of schemas leads to, with what is marked at and below each. Built once for a document; linear in its schemas. */
export interface MarkGraph {
  /** The vertex of a schema that it was built from; throws for any other. */
  vertex(source: SchemaSource): Vertex;
  /** Stands for a value that nothing is declared of. */
  readonly anything: Vertex;
  /** Every class that some schema names. */
  readonly classes: ReadonlySet<string>;
  readonly vertices: readonly Vertex[];
}

const IN_PLACE_LISTS = ['allOf', 'oneOf', 'anyOf'];
const IN_PLACE = ['if', 'then', 'else'];
const REST = ['additionalProperties', 'unevaluatedProperties'];
const ITEMS = ['items', 'contains', 'unevaluatedItems', 'additionalItems'];

export function* buildMarkGraph(
  document: ReferenceResolver,
  roots: Iterable<SchemaSource>,
  policy: DataPolicy,
  names: NameRules,
  report: (place: DocumentPlace, problem: MarkProblem) => void,
): Steps<MarkGraph> {
  const kinds = createDiscriminatorIndex(document);
  // One object of the document is one vertex, however often a YAML alias or a reference leads to it.
  const byNode = new Map<JsonValue, Building>();
  const open: { readonly vertex: Building; readonly source: SchemaSource }[] = [];
  const anchors = new Map<string, Building[]>();
  const dynamic: { readonly vertex: Building; readonly anchor: string }[] = [];
  const classes = new Set<string>();
  const all: Building[] = [];

  const make = (
    own: OwnMarks | null,
    place: DocumentPlace | null,
    isOpen: boolean,
    silent: boolean,
    few: boolean,
  ): Building => {
    const vertex: Building = {
      id: all.length,
      own,
      place: own === null ? null : place,
      same: [],
      properties: new Map(),
      patterns: [],
      rest: [],
      items: [],
      open: isOpen,
      few,
      silent,
      reach: 0,
      reachOpen: 0,
      reachDeclared: 0,
    };
    all.push(vertex);
    return vertex;
  };
  const anything = make(null, null, true, true, false);

  function enter(source: SchemaSource): Building {
    const { node } = source;
    if (!isObject(node)) return anything;
    const known = byNode.get(node);
    if (known !== undefined) return known;
    const own = readMarks(node, (problem) => report(source, problem));
    for (const name of own?.classes ?? []) classes.add(name);
    const vertex = make(own, source, isOpen(source, node), isSilent(source, node), hasFewValues(node));
    byNode.set(node, vertex);
    open.push({ vertex, source });
    return vertex;
  }

  function expand(vertex: Building, source: SchemaSource): void {
    const node = source.node as JsonObject;
    const reference = referenceOf(node);
    if (reference !== null) follow(vertex, source, reference);
    if (isBareReference(source)) return;
    const dynamicReference = Object.hasOwn(node, '$dynamicRef') ? node['$dynamicRef'] : undefined;
    if (typeof dynamicReference === 'string') {
      follow(vertex, source, dynamicReference);
      dynamic.push({ vertex, anchor: dynamicReference.slice(dynamicReference.indexOf('#') + 1) });
    }
    const anchor = Object.hasOwn(node, '$dynamicAnchor') ? node['$dynamicAnchor'] : undefined;
    if (typeof anchor === 'string') anchors.set(anchor, [...(anchors.get(anchor) ?? []), vertex]);
    for (const keyword of IN_PLACE_LISTS)
      for (const member of listedSchemas(source, keyword)) vertex.same.push(enter(member));
    for (const keyword of IN_PLACE) vertex.same.push(...single(source, node, keyword));
    for (const [, member] of mappedSchemas(source, 'dependentSchemas')) vertex.same.push(enter(member));
    if (Object.hasOwn(node, 'discriminator'))
      for (const child of kinds.children(source)) vertex.same.push(enter(child.source));
    vertex.properties = new Map(mappedSchemas(source, 'properties').map(([name, member]) => [name, enter(member)]));
    for (const [pattern, member] of mappedSchemas(source, 'patternProperties'))
      vertex.patterns.push({ test: testOf(pattern), vertex: enter(member) });
    for (const keyword of REST) vertex.rest.push(...single(source, node, keyword));
    for (const keyword of ITEMS) vertex.items.push(...single(source, node, keyword));
    for (const member of listedSchemas(source, 'prefixItems')) vertex.items.push(enter(member));
    for (const member of listedSchemas(source, 'items')) vertex.items.push(enter(member));
  }

  function follow(vertex: Building, source: SchemaSource, reference: string): void {
    const target = document.resolveSchema(source, reference);
    // A broken reference is the schema compiler's to report; the operation refuses everything until it is mended.
    if (target !== null) vertex.same.push(enter(target));
  }

  function single(source: SchemaSource, node: JsonObject, keyword: string): Vertex[] {
    const value = Object.hasOwn(node, keyword) ? node[keyword] : undefined;
    return isObject(value) ? [enter(below(source, value, keyword))] : [];
  }

  for (const root of roots) enter(root);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    expand(next.vertex, next.source);
    yield;
  }
  // Which schema of an anchor is meant depends on the way that led there: any of them could be.
  for (const { vertex, anchor } of dynamic) vertex.same.push(...(anchors.get(anchor) ?? []));
  const labelled = joinMarks([], names.named, policy)?.kinds ?? 0;
  const parents = yield* parentsOf(all);
  for (const key of ['reach', 'reachOpen', 'reachDeclared'] as const)
    yield* settle(all, parents, policy, names, labelled, key);
  return {
    anything,
    classes,
    vertices: all,
    vertex(source) {
      if (!isObject(source.node)) return anything;
      const vertex = byNode.get(source.node);
      if (vertex === undefined) throw new Error(`no such schema: ${source.file}#${source.pointer}`);
      return vertex;
    },
  };
}

/** Where the schema compiler keeps members that are not named even though undeclared ones are to be taken out. */
function isOpen(source: SchemaSource, node: JsonObject): boolean {
  if (isBareReference(source)) return false;
  const additional = Object.hasOwn(node, 'additionalProperties') ? node['additionalProperties'] : undefined;
  if (additional !== undefined) return additional !== false;
  if (Object.hasOwn(node, 'patternProperties') || Object.hasOwn(node, 'unevaluatedProperties')) return true;
  if (asksForMore(source, node)) return true;
  if (Object.hasOwn(node, 'properties')) return false;
  // Free form, unless it is a text or another scalar, or somebody else says what its members are.
  const type = node['type'];
  const types: readonly JsonValue[] = Array.isArray(type) ? (type as readonly JsonValue[]) : [type ?? 'object'];
  const combined = ['$ref', '$dynamicRef', ...IN_PLACE_LISTS].some((keyword) => Object.hasOwn(node, keyword));
  return !combined && types.some((one) => one === 'object' || (one === 'array' && !Object.hasOwn(node, 'items')));
}

const DEPENDENT = ['dependentRequired', 'dependencies'];

/** True where it asks for a member that it does not name itself. */
function asksForMore(source: SchemaSource, node: JsonObject): boolean {
  const named = new Set(mappedSchemas(source, 'properties').map(([name]) => name));
  const dependent = DEPENDENT.flatMap((keyword) => {
    const map = Object.hasOwn(node, keyword) ? node[keyword] : undefined;
    return isObject(map) ? Object.values(map) : [];
  });
  return [node['required'], ...dependent].some(
    (list) => Array.isArray(list) && list.some((name) => !named.has(String(name))),
  );
}

function isSilent(source: SchemaSource, node: JsonObject): boolean {
  if (isBareReference(source)) return false;
  const type = node['type'];
  const types: readonly JsonValue[] = Array.isArray(type) ? (type as readonly JsonValue[]) : [type ?? 'object'];
  return node['additionalProperties'] !== false && types.some((one) => one === 'object' || one === 'array');
}

function testOf(pattern: string): (name: string) => boolean {
  try {
    const compiled = compilePattern(pattern);
    return (name) => compiled.test(name);
  } catch {
    // The schema compiler refuses it; until then any name could be meant.
    return () => true;
  }
}

function* parentsOf(all: readonly Building[]): Steps<ReadonlyMap<Vertex, readonly Building[]>> {
  const parents = new Map<Vertex, Building[]>();
  const lead = (child: Vertex, vertex: Building): void => {
    const known = parents.get(child);
    if (known === undefined) parents.set(child, [vertex]);
    else known.push(vertex);
  };
  for (const vertex of all) {
    for (const child of vertex.same) lead(child, vertex);
    for (const child of vertex.properties.values()) lead(child, vertex);
    for (const { vertex: child } of vertex.patterns) lead(child, vertex);
    for (const child of vertex.rest) lead(child, vertex);
    for (const child of vertex.items) lead(child, vertex);
    yield;
  }
  return parents;
}

/** Carries the kinds of marks from where they stand up to everything that leads there. */
function* settle(
  all: readonly Building[],
  parents: ReadonlyMap<Vertex, readonly Building[]>,
  policy: DataPolicy,
  names: NameRules,
  labelled: MarkKinds,
  key: 'reach' | 'reachOpen' | 'reachDeclared',
): Steps<void> {
  const open: Building[] = [];
  for (const vertex of all) {
    let reach = vertex.own === null ? 0 : (joinMarks([vertex.own], [], policy)?.kinds ?? 0);
    if (labelled !== 0) {
      if ((key !== 'reachDeclared' && vertex.open) || (key === 'reachOpen' && vertex.silent)) reach |= labelled;
      for (const name of vertex.properties.keys()) reach |= joinMarks([], names.ofName(name), policy)?.kinds ?? 0;
    }
    vertex[key] = reach;
    if (reach !== 0) open.push(vertex);
    yield;
  }
  for (let vertex = open.pop(); vertex !== undefined; vertex = open.pop()) {
    for (const parent of parents.get(vertex) ?? []) {
      const reach = parent[key] | vertex[key];
      if (reach === parent[key]) continue;
      parent[key] = reach;
      open.push(parent);
    }
    yield;
  }
}
