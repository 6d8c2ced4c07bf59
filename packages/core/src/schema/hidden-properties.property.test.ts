import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { WITHIN_A_TEST } from '../testing/within-a-test.ts';
import { createSchemaCompiler } from './create-schema-compiler.ts';
import { createKindsOracle } from './testing/kinds-oracle.ts';
import { BOUNDS, bytesOf, TestDocument } from './testing/test-document.ts';

const to = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
const direction = fc.constantFrom('request', 'response');
const markOf = (way: string): 'readOnly' | 'writeOnly' => (way === 'request' ? 'readOnly' : 'writeOnly');

/** What a schema says itself of `x` and `y`: declared or not, hidden or not, required or not; all in one schema or in a member of `allOf`. */
const said = fc.record({
  required: fc.subarray(['x', 'y']),
  declared: fc.subarray(['x', 'y']),
  hidden: fc.subarray(['x', 'y'], { maxLength: 1 }),
  apart: fc.constantFrom('', 'required', 'properties'),
});
type Said = typeof said extends fc.Arbitrary<infer T> ? T : never;

function schemaOf({ required, declared, hidden, apart }: Said, mark: string, bases: readonly JsonObject[]): JsonObject {
  const properties: JsonObject = Object.fromEntries([
    ...declared.map((name) => [name, { type: 'string' }]),
    ...hidden.map((name) => [name, { type: 'string', [mark]: true }]),
  ]);
  const own = { ...(required.length > 0 ? { required } : {}), properties };
  const member = apart === 'required' && required.length > 0 ? { required } : { properties };
  const rest = apart === 'required' ? { properties } : { ...(required.length > 0 ? { required } : {}) };
  const allOf = apart === '' ? bases : [...bases, member];
  return { type: 'object', ...(apart === '' ? own : rest), ...(allOf.length > 0 ? { allOf } : {}) };
}

const family = fc.record({
  parent: said,
  first: said,
  second: said,
  around: said,
  isKindRequired: fc.boolean(),
  link: fc.constantFrom('oneOf', 'anyOf', 'extension'),
  isDiscriminated: fc.boolean(),
  mapping: fc.constantFrom<JsonObject | null>(
    null,
    { k1: 'First' },
    { k1: 'First', k4: 'Parent' },
    { k1: 'First', k2: 'Second', k3: 'Second' },
  ),
  listed: fc.constantFrom(['First', 'Second'], ['Second', 'First'], ['First']),
  bases: fc.constantFrom(['Parent', 'Parent'], ['Parent', 'First'], ['Parent', ''], ['', 'Parent'], ['', '']),
});
type Family = typeof family extends fc.Arbitrary<infer T> ? T : never;

function schemasOf(drawn: Family, mark: string): JsonObject {
  const { link, listed, isDiscriminated, mapping, bases } = drawn;
  const parent = schemaOf(drawn.parent, mark, []) as Record<string, unknown>;
  parent['properties'] = { ...(parent['properties'] as JsonObject | undefined), kind: { type: 'string' } };
  if (drawn.isKindRequired) parent['required'] = ['kind', ...((parent['required'] as string[] | undefined) ?? [])];
  if (isDiscriminated || link === 'extension')
    parent['discriminator'] = { propertyName: 'kind', ...(mapping === null ? {} : { mapping }) };
  if (link !== 'extension') parent[link] = listed.map(to);
  const based = (i: number): JsonObject[] => (bases[i] === '' ? [] : [to(bases[i] ?? '')]);
  return {
    Parent: parent as JsonObject,
    First: schemaOf(drawn.first, mark, based(0)),
    Second: schemaOf(drawn.second, mark, based(1)),
    Around: schemaOf(drawn.around, mark, [to('Parent')]),
  };
}

/** Every object that the schemas can tell from another. */
const VALUES: readonly JsonObject[] = [undefined, 'Parent', 'First', 'Second', 'Around', 'k1', 'k2', 'k4'].flatMap(
  (kind) =>
    [{}, { x: 'a' }, { y: 'a' }, { x: 'a', y: 'a' }].map((rest) => (kind === undefined ? rest : { kind, ...rest })),
);

test('what_a_kind_hides_is_required_of_every_other_kind, by whichever schema and in whichever order it is asked', () => {
  let accepted = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      family,
      direction,
      fc.shuffledSubarray(['Parent', 'First', 'Second', 'Around'], { minLength: 4 }),
      fc.boolean(),
      (drawn, way, order, walkers) => {
        const schemas = schemasOf(drawn, markOf(way));
        const oracle = createKindsOracle(schemas, markOf(way));
        const document = new TestDocument('openapi-3.0', { components: { schemas } });
        const compiler = createSchemaCompiler(document, { walkers });
        // What is hidden around or in alternatives that nothing tells apart may also decide between them: then more may hold.
        const isOpen =
          drawn.link === 'oneOf' &&
          !drawn.isDiscriminated &&
          [drawn.parent, drawn.around, drawn.first, drawn.second].some((s) => s.hidden.length > 0);
        for (const name of order) {
          const check = compiler.json(document.at(`/components/schemas/${name}`), way, 'as-declared', BOUNDS);
          for (const value of VALUES) {
            const expected = oracle.holds(name, value);
            const found = check(bytesOf(JSON.stringify(value))).ok;
            if (expected) accepted++;
            else refused++;
            if (found !== expected && !(isOpen && found))
              expect.fail(`${name} ${JSON.stringify(value)}: ${found}, and should be ${expected}`);
          }
        }
      },
    ),
    { numRuns: 300, ...WITHIN_A_TEST },
  );
  expect(Math.min(accepted, refused)).toBeGreaterThan(1_000);
});

const asks = fc.record({ required: fc.uniqueArray(fc.constantFrom('id', 'a', 'b'), { maxLength: 2 }) });
const oneCombination = fc.oneof(
  fc.record({ oneOf: fc.array(asks, { minLength: 1, maxLength: 3 }) }),
  fc.record({ anyOf: fc.array(asks, { minLength: 1, maxLength: 3 }) }),
  fc.record({ not: asks }),
);
const combinations = fc.letrec<{ rules: JsonValue }>((tie) => ({
  rules: fc.oneof(
    { maxDepth: 3, depthSize: 'medium' },
    asks,
    fc.record({ oneOf: fc.array(tie('rules'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ anyOf: fc.array(tie('rules'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie('rules'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('rules') }),
    fc.record({ if: tie('rules'), then: tie('rules'), else: tie('rules') }, { requiredKeys: ['if'] }),
  ) as fc.Arbitrary<JsonValue>,
})).rules;

/** For each object without the name that is hidden: whether it passes, and whether it would hold with the name or without it. */
function verdicts(rules: JsonValue, way: 'request' | 'response', walkers: boolean): [boolean, boolean][] {
  const schema: JsonObject = {
    type: 'object',
    properties: { id: { type: 'integer', [markOf(way)]: true } },
    allOf: [rules],
  };
  const holds = new Ajv2020({ strict: false, logger: false }).compile(schema) as (value: JsonObject) => boolean;
  const document = new TestDocument('json-schema-2020-12', schema);
  const check = createSchemaCompiler(document, { walkers }).json(document.at(''), way, 'as-declared', BOUNDS);
  const values: readonly JsonObject[] = [{}, { a: 1 }, { b: 1 }, { a: 1, b: 1 }];
  return values.map((value) => [check(bytesOf(JSON.stringify(value))).ok, holds(value) || holds({ ...value, id: 1 })]);
}

test('what_can_hold_once_the_hidden_name_is_there_or_is_not_passes', () => {
  let passed = 0;
  fc.assert(
    fc.property(combinations, direction, fc.boolean(), (rules, way, walkers) => {
      for (const [passes, holds] of verdicts(rules, way, walkers)) {
        expect(passes || !holds).toBe(true);
        if (passes) passed++;
      }
    }),
    { numRuns: 300, ...WITHIN_A_TEST },
  );
  expect(passed).toBeGreaterThan(100);
});

/** Schemas that ask for names and hide them, combined at random. */
const hiding = fc.letrec<{ rules: JsonValue }>((tie) => {
  const pair = fc.array(tie('rules'), { minLength: 2, maxLength: 2 });
  const names = fc.uniqueArray(fc.constantFrom('x', 'y', 'a', 'b'), { maxLength: 3 });
  const said = fc
    .record({ required: names, declared: names, hidden: fc.subarray(['x', 'y']), beside: names })
    .map(({ required, declared, hidden, beside }): JsonValue => {
      const open = declared.map((name): [string, JsonValue] => [name, true]);
      const marked = hidden.map((name): [string, JsonValue] => [name, { readOnly: true, writeOnly: true }]);
      return {
        required,
        properties: Object.fromEntries([...open, ...marked]),
        ...(beside.length > 0 ? { dependentRequired: { a: beside } } : {}),
      };
    });
  const some = fc.oneof(
    fc.record({ allOf: pair }),
    fc.record({ anyOf: pair }),
    fc.record({ oneOf: pair }),
    fc.record({ oneOf: pair, anyOf: pair }),
    fc.record({ not: asks }),
    fc.record({ if: asks, then: tie('rules'), else: tie('rules') }, { requiredKeys: ['if'] }),
  );
  return {
    rules: fc.oneof(
      { maxDepth: 3, depthSize: 'medium' },
      said,
      fc.tuple(said, some).map(([own, more]) => Object.assign({}, own, more) as JsonValue),
    ) as fc.Arbitrary<JsonValue>,
  };
}).rules;

test('what_is_valid_as_it_stands_and_has_nothing_hidden_passes', () => {
  let passed = 0;
  fc.assert(
    fc.property(hiding, direction, fc.boolean(), (rules, way, walkers) => {
      const schema: JsonObject = { type: 'object', allOf: [rules] };
      const holds = new Ajv2020({ strict: false, logger: false }).compile(schema) as (value: JsonObject) => boolean;
      const document = new TestDocument('json-schema-2020-12', schema);
      const check = createSchemaCompiler(document, { walkers }).json(document.at(''), way, 'as-declared', BOUNDS);
      for (const value of [{}, { a: 1 }, { b: 1 }, { a: 1, b: 1 }].filter(holds)) {
        expect([value, check(bytesOf(JSON.stringify(value))).ok]).toEqual([value, true]);
        passed++;
      }
    }),
    { numRuns: 300, ...WITHIN_A_TEST },
  );
  expect(passed).toBeGreaterThan(100);
});

test('nothing_else_passes_one_combination', () => {
  fc.assert(
    fc.property(oneCombination, direction, fc.boolean(), (rules, way, walkers) => {
      for (const [passes, holds] of verdicts(rules as JsonObject, way, walkers)) expect(passes).toBe(holds);
    }),
    { numRuns: 300, ...WITHIN_A_TEST },
  );
});
