import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../json/json-value.ts';

const NAMES = ['a', 'b', 'c', 'toString'];
const name = fc.constantFrom(...NAMES);
const scalar: fc.Arbitrary<JsonValue> = fc.constantFrom<JsonValue>(
  null,
  true,
  0,
  1,
  2,
  1.5,
  -1,
  19.99,
  '',
  'a',
  'ab',
  'b1',
  '😀',
  'constructor',
);

/** JSON values made of few names and few scalars, so that random schemas sometimes hold for them. */
export const smallValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

const type = fc.constantFrom('null', 'boolean', 'object', 'array', 'number', 'string', 'integer');
const count = fc.nat({ max: 2 });

function rules(schema: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  const schemas = fc.array(schema, { minLength: 1, maxLength: 3 });
  const schemaMap = fc.dictionary(name, schema, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
  const keyword = fc.oneof(
    fc.record({ type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })) }),
    fc.record({ enum: fc.array(smallValue, { minLength: 1, maxLength: 3 }) }),
    fc.record({ const: smallValue }),
    fc.record({ minimum: fc.integer({ min: -1, max: 2 }) }),
    fc.record({ exclusiveMaximum: fc.integer({ min: -1, max: 2 }) }),
    fc.record({ multipleOf: fc.constantFrom(1, 2, 0.5) }),
    fc.record({ minLength: count, maxLength: fc.constantFrom(1, 2) }),
    fc.record({ pattern: fc.constantFrom('^a', 'b$', '^(a+)+$', '^\\w+$') }),
    fc.record({ minItems: count }),
    fc.record({ maxItems: count }),
    fc.record({ uniqueItems: fc.boolean() }),
    fc.record({ items: schema }),
    fc.record({ prefixItems: schemas }),
    fc.record({ contains: schema, minContains: count }),
    fc.record({ properties: schemaMap }),
    fc.record({ properties: schemaMap, additionalProperties: schema }),
    fc.record({
      patternProperties: fc.dictionary(fc.constantFrom('^a', 'b'), schema, { minKeys: 1, noNullPrototype: true }),
    }),
    fc.record({ required: fc.uniqueArray(name, { maxLength: 2 }) }),
    fc.record({ minProperties: count }),
    fc.record({ maxProperties: count }),
    fc.record({ propertyNames: schema }),
    fc.record({
      dependentRequired: fc.dictionary(name, fc.uniqueArray(name, { maxLength: 2 }), {
        maxKeys: 1,
        noNullPrototype: true,
      }),
    }),
    fc.record({ dependentSchemas: schemaMap }),
    fc.record({ allOf: schemas }),
    fc.record({ anyOf: schemas }),
    fc.record({ oneOf: schemas }),
    fc.record({ not: schema }),
    fc.record({ if: schema, then: schema, else: schema }),
    fc.record({ unevaluatedProperties: schema }),
  );
  return fc.array(keyword, { minLength: 1, maxLength: 3 }).map((parts) => Object.assign({}, ...parts) as JsonObject);
}

const below = fc.letrec<{ schema: JsonValue; rules: JsonObject }>((tie) => ({
  rules: rules(tie('schema')),
  schema: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom<JsonValue>(true, {}, { type: 'string' }, { type: 'integer' }, { type: 'object' }, false),
    tie('rules'),
    fc.record({
      properties: fc.dictionary(name, fc.record({ $ref: fc.constantFrom('#/$defs/x', '#/$defs/y') }), {
        maxKeys: 2,
        noNullPrototype: true,
      }),
    }) as fc.Arbitrary<JsonValue>,
  ),
}));

/** Schemas of JSON Schema 2020-12 over the same few names, with references that may be recursive but always come to an end. */
export const randomSchema: fc.Arbitrary<JsonObject> = fc
  .tuple(below.rules, below.rules, below.rules)
  .map(([root, x, y]) => ({ ...root, $defs: { x, y } }));

/** True when `test` holds for an object anywhere in the value. */
export function mentions(value: JsonValue, keyword: string): boolean {
  return JSON.stringify(value).includes(`"${keyword}":`);
}
