import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SchemaSource } from '../openapi/model.ts';
import { createSchemaFold } from './fold-schemas.ts';
import { placeOf } from './schema-reference.ts';

/** Each node's parts, by index. A node may be its own part, and one part may stand there twice. */
type Graph = readonly (readonly number[])[];

const sourceOf = (index: number): SchemaSource => ({
  file: 'api.yaml',
  pointer: `/${index}`,
  dialect: 'openapi-3.0',
  node: index,
});
const indexOf = (source: SchemaSource): number => Number(source.node);

const graphs = (most: number): fc.Arbitrary<Graph> =>
  fc
    .integer({ min: 1, max: most })
    .chain((size) =>
      fc.array(fc.array(fc.nat({ max: size - 1 }), { maxLength: 3 }), { minLength: size, maxLength: size }),
    );

/** A graph, and an order in which each of its nodes is asked for, some twice. */
const asked = graphs(12).chain((graph) => {
  const nodes = graph.map((_, index) => index);
  return fc.tuple(
    fc.constant(graph),
    fc.shuffledSubarray([...nodes, ...nodes], { minLength: nodes.length }),
    fc.array(fc.boolean(), { minLength: nodes.length, maxLength: nodes.length }),
  );
});

const namesIn =
  (graph: Graph, looked: number[] = []) =>
  (): ((source: SchemaSource) => ReadonlySet<number>) =>
    createSchemaFold<ReadonlySet<number>>({
      parts: (source) => {
        looked.push(indexOf(source));
        return (graph[indexOf(source)] ?? []).map(sourceOf);
      },
      own: (source) => new Set([indexOf(source)]),
      join: (sets) => new Set(sets.flatMap((set) => [...set])),
    });

/** By steps until nothing is new: slow, and plain. */
function reachable(graph: Graph, from: number): number[] {
  const found = new Set([from]);
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const node of [...found]) for (const part of graph[node] ?? []) found.add(part);
  }
  return sorted(found);
}

const sorted = (set: Iterable<number>): number[] => [...set].sort((a, b) => a - b);

describe('laws of a schema fold', () => {
  test('a value joins everything that can be reached, whatever was asked before', () => {
    fc.assert(
      fc.property(asked, ([graph, order]) => {
        const fold = namesIn(graph)();
        for (const node of order) {
          const value = sorted(fold(sourceOf(node)));
          expect(value).toEqual(reachable(graph, node));
          expect(value).toEqual(sorted(namesIn(graph)()(sourceOf(node))));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('an "or" is true where anything that can be reached is, whatever was asked before', () => {
    fc.assert(
      fc.property(asked, ([graph, order, marked]) => {
        const fold = createSchemaFold<boolean>({
          parts: (source) => (graph[indexOf(source)] ?? []).map(sourceOf),
          own: (source) => marked[indexOf(source)] === true,
          join: (values) => values.includes(true),
        });
        for (const node of order) {
          const expected = reachable(graph, node).some((other) => marked[other] === true);
          expect(fold(sourceOf(node))).toBe(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('each schema is looked at once, in whatever order they are asked for', () => {
    fc.assert(
      fc.property(asked, ([graph, order]) => {
        const looked: number[] = [];
        const fold = namesIn(graph, looked)();
        for (const node of order) fold(sourceOf(node));
        expect(looked).toHaveLength(new Set(order.flatMap((node) => reachable(graph, node))).size);
        expect(new Set(looked).size).toBe(looked.length);
      }),
    );
  });
});

describe('a cycle of twenty thousand schemas', () => {
  const size = 20_000;
  const fold = createSchemaFold<boolean>({
    parts: (source) => [sourceOf((indexOf(source) + 1) % size)],
    own: (source) => indexOf(source) === 7,
    join: (values) => values.includes(true),
  });

  test.each([size / 2, 0, 8])('has one value, asked at %i', (node) => expect(fold(sourceOf(node))).toBe(true));
});

test('what could not be looked at is tried again, and nothing of it is kept', () => {
  let broken = true;
  const fold = createSchemaFold<string>({
    parts: (source) => (indexOf(source) === 0 ? [sourceOf(1), sourceOf(2)] : [sourceOf(0)]),
    own(source) {
      if (broken && indexOf(source) === 2) throw new Error('broken');
      return placeOf(source);
    },
    join: (values) => [...new Set(values)].sort().join(' '),
  });
  expect(() => fold(sourceOf(1))).toThrow('broken');
  broken = false;
  for (const node of [1, 0, 2]) expect(fold(sourceOf(node))).toBe('api.yaml#/0 api.yaml#/1 api.yaml#/2');
});

test('a fold with keys of its own tells one schema from itself on another way', () => {
  interface OnAWay extends SchemaSource {
    readonly way: string;
  }
  const on = (way: string, index: number): OnAWay => ({ ...sourceOf(index), way });
  // The second leads back to the first, on a way where that leads no further.
  const fold = createSchemaFold<string, OnAWay>({
    parts: (source) => (source.way === 'back' ? [] : indexOf(source) === 0 ? [on('there', 1)] : [on('back', 0)]),
    own: (source) => `${source.way} ${indexOf(source)}`,
    join: (values) => [...new Set(values)].sort().join(),
    keyOf: (source) => `${source.way} ${placeOf(source)}`,
  });
  expect(fold(on('there', 1))).toBe('back 0,there 1');
  expect(fold(on('there', 0))).toBe('back 0,there 1,there 0');
  expect(fold(on('back', 0))).toBe('back 0');
});
