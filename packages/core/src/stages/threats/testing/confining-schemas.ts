import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../json/json-value.ts';

const NAMES = ['a', 'b', 'x', '0'];
export const name = fc.constantFrom(...NAMES);
const dictionary = <T>(value: fc.Arbitrary<T>, key = name): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(key, value, { minKeys: 1, maxKeys: 3, noNullPrototype: true });

const leaf = fc.constantFrom<JsonValue>(
  { enum: ['a', 1] },
  { const: 'a' },
  { type: 'string', format: 'uuid' },
  { type: 'string', maxLength: 2 },
  { type: 'string', pattern: '^[a-z]{1,4}$' },
  { type: 'string' },
  { type: 'integer' },
  { type: ['array', 'object'] },
  true,
  {},
  false,
);

/** Few names and kinds, and every keyword that combines schemas or leads below. */
const drawn = fc.letrec<{ schema: JsonValue; node: JsonObject }>((tie) => {
  const schema = tie('schema');
  const schemas = fc.array(schema, { minLength: 1, maxLength: 3 });
  const reference = fc.constantFrom<JsonValue>({ $ref: '#/components/schemas/X' }, { $ref: '#/components/schemas/Y' });
  const below = fc.oneof({ weight: 4, arbitrary: schema }, { weight: 1, arbitrary: reference });
  const keyword = fc.oneof(
    { weight: 3, arbitrary: fc.record({ properties: dictionary(below) }) },
    fc.record({ patternProperties: dictionary(below, fc.constantFrom('^[ab]', 'x')) }),
    fc.record({ additionalProperties: below }),
    fc.record({ unevaluatedProperties: below }),
    fc.record({ items: below }),
    fc.record({ prefixItems: schemas }),
    fc.record({ contains: schema, minContains: fc.constantFrom(0, 1) }),
    fc.record({ unevaluatedItems: below }),
    fc.record({ allOf: schemas }),
    { weight: 2, arbitrary: fc.record({ anyOf: schemas }) },
    fc.record({ oneOf: schemas }),
    fc.record({ not: schema }),
    fc.record({ if: schema, then: schema }),
    fc.record({ if: schema, then: schema, else: schema }),
    fc.record({ dependentSchemas: dictionary(schema) }),
    fc.record({ propertyNames: fc.constant({ maxLength: 1 }) }),
    fc.record({ required: fc.uniqueArray(name, { maxLength: 2 }) }),
    fc.record({ type: fc.constantFrom('object', 'array', 'string', ['object', 'string']) }),
    fc.constant({ $ref: '#/components/schemas/L' }),
  );
  return {
    node: fc
      .array(keyword, { minLength: 1, maxLength: 3 })
      .map((parts) => Object.assign({}, ...parts) as unknown as JsonObject),
    schema: fc.oneof({ maxDepth: 3, depthSize: 'small' }, leaf, tie('node')),
  };
});
/** A schema, and three that it refers to: `X`, `Y` and `L`. */
export const confiningSchemas = fc.tuple(drawn.node, drawn.node, drawn.node, leaf);
