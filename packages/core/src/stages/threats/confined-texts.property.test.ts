import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isObject, type JsonValue } from '../../json/json-value.ts';
import { WITHIN_A_TEST } from '../../testing/within-a-test.ts';
import { confiningSchemas, name } from './testing/confining-schemas.ts';
import { INJECTION, textsWith } from './testing/texts-under-test.ts';

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
    fc.property(confiningSchemas, fc.array(value, { minLength: 6, maxLength: 10 }), ([schema, X, Y, L], values) => {
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
