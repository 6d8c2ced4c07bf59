import { oncePer } from '../../once-per.ts';
import { interned } from '../../interned.ts';
import { foldCase } from '../../json/fold-case.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import type { JsonNode } from '../../json/json-node.ts';
import type { SchemaSource } from '../../openapi/model.ts';
import type { DataPolicy } from '../../policy/data-policy.ts';
import type { MarkGraph, Vertex } from './mark-graph.ts';
import { joinMarks, type Label, type MarkKinds, type Marks, type OwnMarks } from './marks.ts';
import type { NameRules } from './name-rules.ts';

/**
 * Where a value stands in a body, as far as its schema says anything of it: all schemas that may apply there together. Walks down as the value
 * does, so it serves JSON trees, forms and whatever else has members and items.
 *
 * Fails closed: where one of several branches (`oneOf`, `anyOf`, kinds of a discriminator, `then` and `else`) marks a value, it is marked, whether
 * or not the value chose that branch. A member that no schema names has the marks of `additionalProperties`, of the declared name that it differs
 * from in case only, and of the policy's names; a member that a pattern of `patternProperties` matches has the pattern's.
 */
export interface MarkedPlace {
  /** Null where nothing is said of the value itself. */
  readonly marks: Marks | null;
  /** The place of a member; null where nothing at or below it has a mark of the kinds that were asked for. */
  member(name: string): MarkedPlace | null;
  /** The same for an item of an array. */
  item(index: number): MarkedPlace | null;
  /** Names that the schemas declare, for reports. */
  declared(): Iterable<string>;
  /** Case folded: members of these names are marked wherever they stand, and nothing else is. Absent where it depends on the place. */
  readonly names?: ReadonlySet<string>;
}

/** Asked for each marked node, from the root down and in the order of the text. True goes on below it. */
export type MarkVisitor = (node: JsonNode, marks: Marks) => boolean;

/**
 * Visits every node of a JSON tree that is marked. Subtrees below which nothing can be marked are not looked at. Recurses as deep as the tree,
 * which `EditableJson` bounds.
 */
export function visitMarked(root: JsonNode, place: MarkedPlace | null, visit: MarkVisitor): void {
  if (place === null) return;
  if (place.marks !== null && !visit(root, place.marks)) return;
  if (root.members !== null) {
    for (const [name, member] of root.members) visitMarked(member, place.member(name), visit);
  } else if (root.items !== null) {
    for (let i = 0; i < root.items.length; i++) visitMarked(root.items[i] as JsonNode, place.item(i), visit);
  }
}

/** The JSON Pointer of a node. */
export function pointerOf(node: JsonNode): string {
  return node.parent === null ? '' : joinPointer(pointerOf(node.parent), node.key ?? '');
}

/**
 * What is marked among the declared members, for `check`: at most `limit` places; items are `*`. A schema that refers to itself is told once
 * on each way, and what is too wide to look through is not told in full.
 */
export function listMarked(root: MarkedPlace | null, limit: number): readonly MarkedAt[] {
  const found: MarkedAt[] = [];
  const above = new Set<MarkedPlace>();
  let steps = 0;
  const walk = (place: MarkedPlace | null, pointer: string): void => {
    if (place === null || above.has(place) || found.length >= limit || ++steps > MAX_LIST_STEPS) return;
    if (place.marks !== null) found.push({ pointer, marks: place.marks });
    above.add(place);
    for (const name of place.declared()) walk(place.member(name), joinPointer(pointer, name));
    walk(place.item(0), `${pointer}/*`);
    above.delete(place);
  };
  walk(root, '');
  return found;
}

export interface MarkedAt {
  readonly pointer: string;
  readonly marks: Marks;
}

const MAX_LIST_STEPS = 2_000;

/** How far along a pointer of the policy a place is. */
interface PointerStep {
  readonly tokens: readonly string[];
  readonly at: number;
  readonly label: Label;
}

/** Places kept for reuse. They come from the document; names that a client makes up lead to few of them, and none is kept beyond this. */
const MAX_PLACES = 20_000;

/** Makes places for one purpose: marks of other kinds are not looked for, and what can hold none of these is skipped. */
export class MarkMatcher {
  readonly #graph: MarkGraph;
  readonly #names: NameRules;
  readonly #policy: DataPolicy;
  readonly #kinds: MarkKinds;
  readonly #undeclared: boolean;
  readonly #places = new Map<string, Place | null>();

  /** `undeclared`: whether members get this far that no schema names. */
  constructor(graph: MarkGraph, names: NameRules, policy: DataPolicy, kinds: MarkKinds, undeclared: boolean) {
    this.#graph = graph;
    this.#names = names;
    this.#policy = policy;
    this.#kinds = kinds;
    this.#undeclared = undeclared;
  }

  /** The root of bodies that one of these schemas describes; null where nothing of them can have a mark of the kinds asked for. None: a body nothing is declared of. */
  root(sources: readonly SchemaSource[]): MarkedPlace | null {
    const vertices =
      sources.length === 0 ? [this.#graph.anything] : sources.map((source) => this.#graph.vertex(source));
    const steps = this.#names.pointers.map(({ tokens, label }) => ({ tokens, at: 0, label }));
    return this.place(vertices, [], steps);
  }

  place(vertices: readonly Vertex[], labels: readonly Label[], steps: readonly PointerStep[]): Place | null {
    const here = sameValue(vertices);
    let key = '';
    for (const vertex of here) key += `${vertex.id},`;
    if (labels.length > 0) key += JSON.stringify(labels);
    if (steps.length > 0) key += JSON.stringify(steps);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const made = this.#make(here, labels, steps);
    if (this.#places.size < MAX_PLACES) this.#places.set(key, made);
    return made;
  }

  #make(here: readonly Vertex[], labels: readonly Label[], steps: readonly PointerStep[]): Place | null {
    const arrived = steps.filter(({ tokens, at }) => at === tokens.length).map(({ label }) => label);
    const ahead = steps.filter(({ tokens, at }) => at < tokens.length);
    const own = here.map((vertex) => vertex.own).filter((marks): marks is OwnMarks => marks !== null);
    const all = joinMarks(own, [...labels, ...arrived], this.#policy);
    const marks = all !== null && (all.kinds & this.#kinds) !== 0 ? all : null;
    let reach =
      ahead.length === 0
        ? 0
        : (joinMarks(
            [],
            ahead.map(({ label }) => label),
            this.#policy,
          )?.kinds ?? 0);
    for (const vertex of here) reach |= this.#undeclared ? vertex.reachOpen : vertex.reach;
    if (marks === null && (reach & this.#kinds) === 0) return null;
    return new Place(this, marks, here, ahead, (reach & this.#kinds) !== 0);
  }

  /**
   * The labels that the policy's names give a member, where nothing else says anything of it by its name; null where a schema does, or a pointer of the
   * policy. Of members with the same labels, all the same is said.
   */
  labelsAlone(name: string, vertices: readonly Vertex[], steps: readonly PointerStep[]): readonly Label[] | null {
    if (isToken(steps, name)) return null;
    for (const vertex of vertices) {
      if (vertex.properties.size > 0 && foldedOf(vertex).has(foldCase(name))) return null;
      for (const { test } of vertex.patterns) if (test(name)) return null;
    }
    return this.#names.ofName(name);
  }

  memberOf(name: string, vertices: readonly Vertex[], steps: readonly PointerStep[]): Place | null {
    const next: Vertex[] = [];
    for (const vertex of vertices) this.#collect(name, vertex, next);
    return this.place(next, this.#names.ofName(name), advance(steps, name));
  }

  #collect(name: string, vertex: Vertex, into: Vertex[]): void {
    const declared = vertex.properties.get(name);
    let matched = declared !== undefined;
    if (declared !== undefined) into.push(declared);
    for (const { test, vertex: one } of vertex.patterns) {
      if (!test(name)) continue;
      into.push(one);
      matched = true;
    }
    if (matched) return;
    // Go and ASP.NET take ROLE for role: a name that differs in case only is what it could be taken for.
    const alike = foldedOf(vertex).get(foldCase(name));
    if (alike !== undefined) into.push(...alike);
    into.push(...vertex.rest);
    // A schema that but refers to others leaves it to them.
    const speaks = vertex.same.length === 0 || vertex.properties.size > 0 || vertex.patterns.length > 0;
    if (vertex.rest.length === 0 && speaks && this.#names.named.length > 0) into.push(this.#graph.anything);
  }

  itemOf(index: number, vertices: readonly Vertex[], steps: readonly PointerStep[]): Place | null {
    const next = vertices.flatMap((vertex) => vertex.items);
    if (next.length === 0 && this.#names.named.length > 0 && vertices.some((vertex) => vertex.open || vertex.silent))
      next.push(this.#graph.anything);
    return this.place(next, [], advance(steps, String(index)));
  }
}

class Place implements MarkedPlace {
  readonly marks: Marks | null;
  readonly #matcher: MarkMatcher;
  readonly #vertices: readonly Vertex[];
  readonly #steps: readonly PointerStep[];
  readonly #below: boolean;
  /** Declared names only: a cache keyed by what clients send must not grow. */
  readonly #named = new Map<string, Place | null>();
  /** Of other members, by the labels that are all that is said of them: a client decides how many of those there are. */
  readonly #labelled = new WeakMap<readonly Label[], { readonly place: Place | null }>();
  /** Of all items that no pointer of the policy tells apart. */
  #item: Place | null | undefined = undefined;

  constructor(
    matcher: MarkMatcher,
    marks: Marks | null,
    vertices: readonly Vertex[],
    steps: readonly PointerStep[],
    goesOn: boolean,
  ) {
    this.#matcher = matcher;
    this.marks = marks;
    this.#vertices = vertices;
    this.#steps = steps;
    this.#below = goesOn;
  }

  member(name: string): Place | null {
    if (!this.#below) return null;
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    const labels = this.#matcher.labelsAlone(name, this.#vertices, this.#steps);
    if (labels !== null) {
      let labelled = this.#labelled.get(labels);
      if (labelled === undefined) {
        labelled = { place: this.#matcher.memberOf(name, this.#vertices, this.#steps) };
        this.#labelled.set(labels, labelled);
      }
      return labelled.place;
    }
    const made = this.#matcher.memberOf(name, this.#vertices, this.#steps);
    if (this.#vertices.some(({ properties }) => properties.has(name))) this.#named.set(interned(name), made);
    return made;
  }

  item(index: number): Place | null {
    if (!this.#below) return null;
    if (this.#steps.length > 0 && isToken(this.#steps, String(index)))
      return this.#matcher.itemOf(index, this.#vertices, this.#steps);
    if (this.#item === undefined) this.#item = this.#matcher.itemOf(index, this.#vertices, this.#steps);
    return this.#item;
  }

  declared(): Iterable<string> {
    return new Set(this.#vertices.flatMap(({ properties }) => [...properties.keys()]));
  }
}

/** Whether a pointer goes on with just this token. */
function isToken(steps: readonly PointerStep[], token: string): boolean {
  return steps.some(({ tokens, at }) => tokens[at] === token);
}

function advance(steps: readonly PointerStep[], token: string): readonly PointerStep[] {
  if (steps.length === 0) return steps;
  return steps.flatMap(({ tokens, at, label }) =>
    at < tokens.length && (tokens[at] === '*' || tokens[at] === token) ? [{ tokens, at: at + 1, label }] : [],
  );
}

/** The vertices with all that may apply to the same value, each once, in a fixed order. */
export function sameValue(vertices: readonly Vertex[]): readonly Vertex[] {
  const seen = new Set<Vertex>();
  const open = [...vertices];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...next.same);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

const foldedOf = oncePer((vertex: Vertex): ReadonlyMap<string, readonly Vertex[]> => {
  const folded = new Map<string, Vertex[]>();
  for (const [name, property] of vertex.properties) {
    const before = folded.get(foldCase(name));
    if (before === undefined) folded.set(foldCase(name), [property]);
    else before.push(property);
  }
  return folded;
});
