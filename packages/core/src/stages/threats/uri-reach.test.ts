import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../json/json-value.ts';
import { UriReach } from './uri-reach.ts';

const ref = (name: number): JsonObject => ({ $ref: `#/$defs/d${name}` });
const reaches = (edges: readonly (readonly number[])[], holders: ReadonlySet<number>, start: number): boolean => {
  const seen = new Set([start]);
  // What is added meanwhile is visited as well.
  for (const one of seen) for (const next of edges[one] ?? []) seen.add(next);
  return [...seen].some((one) => holders.has(one));
};

test('a URI is found as deep as it is declared, and where none is there is none, whichever schema is asked for first', () => {
  const count = 8;
  const node = fc.nat({ max: count - 1 });
  fc.assert(
    fc.property(
      fc.array(fc.uniqueArray(node, { maxLength: 3 }), { minLength: count, maxLength: count }),
      fc.uniqueArray(node, { maxLength: 2 }),
      fc.array(node, { minLength: 1, maxLength: count }),
      (edges, holders, asked) => {
        const defs = Object.fromEntries(
          edges.map((below, i) => [
            `d${i}`,
            { anyOf: below.map(ref), ...(holders.includes(i) ? { items: { format: 'uri' } } : { format: 'uuid' }) },
          ]),
        );
        const reach = new UriReach();
        for (const start of asked)
          expect(reach.from({ properties: { a: ref(start) }, $defs: defs }, defs)).toBe(
            reaches(edges, new Set(holders), start),
          );
      },
    ),
    { numRuns: 500 },
  );
});

test('a chain longer than the call stack is deep is followed', () => {
  const defs: Record<string, JsonObject> = { d20000: { format: 'iri-reference' } };
  for (let i = 0; i < 20_000; i++) defs[`d${i}`] = { properties: { next: ref(i + 1) } };
  expect(new UriReach().from(ref(0), defs)).toBe(true);
  expect(new UriReach().from({ properties: { a: { const: 'uri' } } }, defs)).toBe(false);
});
