import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../json/json-value.ts';
import { isObject } from '../../json/json-value.ts';
import { WITHIN_A_TEST } from '../../testing/within-a-test.ts';
import { INJECTION, textsWith } from './testing/texts-under-test.ts';

const NAMES = ['a', 'b', 'x', '0'];
const name = fc.constantFrom(...NAMES);
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
const schemas = fc.tuple(drawn.node, drawn.node, drawn.node, leaf);

const value = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom<JsonValue>('a', 'b', 1, null, '00000000-0000-4000-8000-000000000000', INJECTION),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

/** The value with an injection in the place of each of its scalars, and where that is. */
function* withInjection(one: JsonValue, pointer = ''): Generator<readonly [JsonValue, string]> {
  if (Array.isArray(one)) {
    const items = one as readonly JsonValue[];
    for (const [i, item] of items.entries())
      for (const [changed, at] of withInjection(item, `${pointer}/${i}`)) yield [items.with(i, changed), at];
  } else if (isObject(one)) {
    for (const [member, below] of Object.entries(one))
      for (const [changed, at] of withInjection(below, `${pointer}/${member}`))
        yield [{ ...one, [member]: changed }, at];
  } else yield [INJECTION, pointer];
}

test('a_valid_body_with_an_injection_has_it_looked_at, whatever its schema', () => {
  let looked = 0;
  let confined = 0;
  fc.assert(
    fc.property(schemas, fc.array(value, { minLength: 6, maxLength: 10 }), ([schema, X, Y, L], values) => {
      const { isValid, lookedAt } = textsWith(schema, { X, Y, L });
      for (const one of values)
        for (const [body, at] of withInjection(one)) {
          const found = lookedAt(body).includes(at);
          if (isValid(body)) {
            expect({ body, at, found }).toEqual({ body, at, found: true });
            looked++;
          } else if (!found) confined++;
        }
    }),
    { numRuns: 1_500, ...WITHIN_A_TEST },
  );
  // Neither may be so for want of cases.
  expect(Math.min(looked, confined)).toBeGreaterThan(500);
});
