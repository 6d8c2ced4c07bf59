import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileWalker, type WalkerOptions } from './compile-walker.ts';
import { WalkFunctions } from './walk-functions.ts';

type Schema = Record<string, unknown> | boolean;

const RUNS = Number(process.env['SALLYPORT_WALKER_RUNS'] ?? 1000);
const NAMES = ['a', 'b', 'B', 'c'];
const DEFINITIONS = ['d0', 'd1', 'd2', 'd3'];
const pattern = (source: string) => {
  const compiled = new RegExp(source, 'u');
  return (text: string) => compiled.test(text);
};

const reference = fc.constantFrom(...DEFINITIONS).map((name): Schema => ({ $ref: `#/$defs/${name}` }));
const scalar = fc.constantFrom<Schema>(
  { type: 'string', pattern: '^a' },
  { type: 'integer', minimum: 1 },
  { enum: ['a', 'b', null] },
  { type: 'boolean' },
  {},
  true,
  false,
);
const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(reference, scalar, fc.record({ allOf: fc.tuple(reference, fc.boolean()) })),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(fc.constantFrom(...NAMES), tie('schema'), { maxKeys: 3 }),
        required: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 }),
        additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.constant({ not: {} }),
  ),
}));

/** One walker of a document: what it is for, and how it is to be. */
const setting = fc.record({
  root: fc.oneof(reference, schema),
  undeclared: fc.constantFrom<WalkerOptions['undeclared']>('as-declared', 'refuse', 'strip'),
  maxDepth: fc.constantFrom(1, 8),
  caseVariants: fc.boolean(),
});

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<unknown>('a', 'ab', 'b', 0, 1, 2.5, true, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES, 'A', 'x'), tie('value'), { maxKeys: 3 }),
  ),
}));

describe('WalkFunctions', () => {
  it('walkers_of_one_document_answer_as_each_alone', { timeout: Math.max(60_000, RUNS * 30) }, () => {
    let compiled = 0;
    let accepted = 0;
    fc.assert(
      fc.property(
        fc.tuple(schema, schema, schema, schema),
        fc.array(setting, { minLength: 2, maxLength: 6 }),
        fc.array(value, { minLength: 4, maxLength: 12 }),
        (definitions, settings, values) => {
          const $defs = Object.fromEntries(definitions.map((definition, index) => [`d${index}`, definition]));
          const functions = new WalkFunctions();
          const texts = values.map((each) => new TextEncoder().encode(JSON.stringify(each)));
          const walkers = settings.map(({ root, undeclared, maxDepth, caseVariants }) => {
            const whole = typeof root === 'boolean' ? root : { ...root, $defs };
            const options = {
              undeclared,
              bounds: { maxDepth, maxKeys: 100 },
              formats: new Map(),
              pattern,
              caseVariants,
            };
            return [compileWalker(whole, options), compileWalker(whole, { ...options, functions })] as const;
          });
          for (const [alone, shared] of walkers) {
            expect(shared === null).toBe(alone === null);
            if (alone === null || shared === null) continue;
            compiled++;
            for (const text of texts) {
              const answer = alone(text);
              if (answer !== null) accepted++;
              expect(shared(text)).toEqual(answer);
              if (answer === text) expect(shared(text)).toBe(text);
            }
          }
        },
      ),
      { numRuns: RUNS },
    );
    expect(compiled).toBeGreaterThan(RUNS);
    expect(accepted).toBeGreaterThan(RUNS);
  });
});
