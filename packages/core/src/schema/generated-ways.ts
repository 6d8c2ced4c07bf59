import { definitionOf } from './definition-of.ts';
import type { Schema } from './normalized-graph.ts';

/** How often schemas may be applied to one value and to those on one way down in it. Wide unions of honest documents stay far below. */
const MAX_WAYS = 1_000;
/** Values within each other up to which it is counted: twice as deep as a body may be by default. */
const LEVELS = 64;

/** Applied to the same value as the schema that they stand in. */
const IN_PLACE_LISTS = ['allOf', 'anyOf', 'oneOf', 'dependentSchemas'] as const;
const IN_PLACE = ['not', 'if', 'then', 'else'] as const;

interface Node {
  /** Schemas applied to the same value. */
  readonly beside: Node[];
  /** Schemas applied to members or items, in groups of which at most one is applied to any one of them. */
  readonly within: Node[][];
  /** For a value with as many levels in it as were counted. */
  ways: number;
  /** Of those, the ways that lead into the value. */
  inward: number;
}

/**
 * True where a value that nests may be held against the schemas in more ways than anybody waits for: where two alternatives each lead on to one schema, and from
 * there again. Generated code takes every one of them, in a time that doubles with each level of a value that a client makes up; an evaluation goes once to each schema.
 */
export function hasTooManyWays(schema: Schema): boolean {
  const nodes = nodesOf(schema, typeof schema === 'object' ? schema['$defs'] : undefined);
  const ordered = innermostFirst(nodes);
  const [root] = nodes;
  if (root === undefined || ordered === null) return ordered === null;
  for (let level = 0; level < LEVELS; level++) {
    let changed = false;
    for (const node of nodes)
      node.inward = node.within.reduce(
        (sum, group) => sum + group.reduce((most, { ways }) => Math.max(most, ways), 0),
        0,
      );
    for (const node of ordered) {
      const ways = node.beside.reduce((sum, one) => sum + one.ways, 1 + node.inward);
      changed ||= ways !== node.ways;
      node.ways = ways;
    }
    if (root.ways > MAX_WAYS) return true;
    if (!changed) return false;
  }
  return false;
}

/** Each behind those that are applied to the same value; null where that goes round. */
function innermostFirst(nodes: readonly Node[]): readonly Node[] | null {
  const ordered: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  for (const start of nodes) {
    const open = [{ node: start, at: 0 }];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { node } = top;
      if (top.at === 0) {
        if (state.get(node) === 'done') {
          open.pop();
          continue;
        }
        state.set(node, 'open');
      }
      const next = node.beside[top.at++];
      if (next === undefined) {
        state.set(node, 'done');
        ordered.push(node);
        open.pop();
      } else if (state.get(next) === 'open') return null;
      else if (state.get(next) === undefined) open.push({ node: next, at: 0 });
    }
  }
  return ordered;
}

type Keywords = Readonly<Record<string, unknown>>;

/** The schema's own first. */
function nodesOf(schema: unknown, definitions: unknown): readonly Node[] {
  const known = new Map<Keywords, Node>();
  const waiting: Keywords[] = [];
  const made = (one: unknown): Node[] => {
    if (!isKeywords(one)) return [];
    let node = known.get(one);
    if (node === undefined) {
      known.set(one, (node = { beside: [], within: [], ways: 0, inward: 0 }));
      waiting.push(one);
    }
    return [node];
  };
  made(schema);
  // No calls into each other: references lead as deep as a document likes.
  for (let keywords = waiting.pop(); keywords !== undefined; keywords = waiting.pop()) {
    const node = known.get(keywords);
    node?.beside.push(...besideOf(keywords, definitions).flatMap(made));
    node?.within.push(...withinOf(keywords).map((group) => group.flatMap(made)));
  }
  return [...known.values()];
}

function besideOf(keywords: Keywords, definitions: unknown): readonly unknown[] {
  return [
    ...IN_PLACE_LISTS.flatMap((keyword) => valuesOf(keywords[keyword])),
    ...IN_PLACE.map((keyword) => keywords[keyword]),
    definitionOf(definitions, keywords['$ref']),
  ];
}

function withinOf(keywords: Keywords): readonly (readonly unknown[])[] {
  const { properties, patternProperties, additionalProperties, prefixItems, items, contains } = keywords;
  return [
    // A member is of one name, which several patterns may match.
    [...valuesOf(properties), additionalProperties],
    ...valuesOf(patternProperties).map((one) => [one]),
    [...valuesOf(prefixItems), items],
    [contains],
  ];
}

function valuesOf(value: unknown): readonly unknown[] {
  return isKeywords(value) ? Object.values(value) : [];
}

function isKeywords(value: unknown): value is Keywords {
  return typeof value === 'object' && value !== null;
}
