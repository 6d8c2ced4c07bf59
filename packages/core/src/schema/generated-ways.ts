import { definitionOf } from './definition-of.ts';
import type { Schema } from './normalized-graph.ts';

/** How often schemas may be applied to one value and to those on one way down in it. Wide unions of honest documents stay far below. */
const MAX_WAYS = 10_000;
/** Schemas within each other, through references too, up to which it is counted: with two ways at every third or fourth of them that is far more. */
const LEVELS = 120;

/** Applied to the same value as the schema that they stand in. */
const IN_PLACE_LISTS = ['allOf', 'anyOf', 'oneOf'] as const;
const IN_PLACE = ['not', 'if', 'then', 'else'] as const;

interface Node {
  /** In each group are schemas of which at most one is applied to any one value. */
  readonly groups: Node[][];
  ways: number;
  next: number;
}

/**
 * True where a value that nests may be held against the schemas in more ways than anybody waits for: where two alternatives each lead on to one schema, and from
 * there again. Generated code takes every one of them, in a time that doubles with each level of a value that a client makes up; an evaluation counts its steps.
 */
export function hasTooManyWays(schema: Schema): boolean {
  const nodes: Node[] = [];
  const root = nodeOf(schema, typeof schema === 'object' ? schema['$defs'] : undefined, new Map(), nodes);
  for (let level = 0; level < LEVELS; level++) {
    let changed = false;
    for (const node of nodes) {
      node.next = 1;
      for (const group of node.groups) node.next += group.reduce((most, { ways }) => Math.max(most, ways), 0);
    }
    for (const node of nodes) {
      changed ||= node.next !== node.ways;
      node.ways = node.next;
    }
    if (root.ways > MAX_WAYS) return true;
    if (!changed) return false;
  }
  return false;
}

type Keywords = Readonly<Record<string, unknown>>;

function nodeOf(schema: unknown, definitions: unknown, known: Map<unknown, Node>, nodes: Node[]): Node {
  const made = (one: unknown, waiting: Keywords[]): Node => {
    const before = known.get(one);
    if (before !== undefined) return before;
    const node: Node = { groups: [], ways: 0, next: 0 };
    known.set(one, node);
    nodes.push(node);
    waiting.push(one as Keywords);
    return node;
  };
  const waiting: Keywords[] = [];
  const root = made(schema, waiting);
  // No calls into each other: references lead as deep as a document likes.
  for (let keywords = waiting.pop(); keywords !== undefined; keywords = waiting.pop()) {
    const node = known.get(keywords);
    for (const group of groupsOf(keywords, definitions))
      node?.groups.push(group.filter(isKeywords).map((one) => made(one, waiting)));
  }
  return root;
}

function groupsOf(keywords: Keywords, definitions: unknown): readonly (readonly unknown[])[] {
  const { properties, patternProperties, additionalProperties, dependentSchemas, prefixItems, items, contains } =
    keywords;
  return [
    ...IN_PLACE_LISTS.flatMap((keyword) => valuesOf(keywords[keyword])).map((one) => [one]),
    ...IN_PLACE.map((keyword) => [keywords[keyword]]),
    ...valuesOf(dependentSchemas).map((one) => [one]),
    [definitionOf(definitions, keywords['$ref'])],
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
