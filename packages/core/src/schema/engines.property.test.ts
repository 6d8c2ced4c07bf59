import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TestDocument, BOUNDS, bytesOf, textOf } from './testing/test-document.ts';
import { mentions, randomSchema, smallValue } from './testing/random-schema.ts';
import {
  createSchemaCompiler,
  type DocumentSchemaCompiler,
  type SchemaCompilerOptions,
} from './create-schema-compiler.ts';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import type { SchemaSource } from '../openapi/model.ts';
import { cutMembers, cutTreeOf } from './cut-members.ts';
import { WITHIN_A_TEST } from '../testing/within-a-test.ts';

const values = fc.array(smallValue, { minLength: 5, maxLength: 12 });

function compilerOf(
  schema: JsonObject,
  options: SchemaCompilerOptions = {},
): { compiler: DocumentSchemaCompiler; source: SchemaSource } {
  const document = new TestDocument('json-schema-2020-12', schema);
  return { compiler: createSchemaCompiler(document, options), source: document.at('') };
}

function oracle(schema: JsonObject): (value: unknown) => boolean {
  return new Ajv2020({
    strict: false,
    strictNumbers: true,
    ownProperties: true,
    validateSchema: false,
    logger: false,
  }).compile(schema) as (value: unknown) => boolean;
}

/**
 * Where ajv 8.20 is known to decide otherwise than the specification: it loses count of evaluated members in `if`, beside `contains`, and of inherited names, and
 * leaves out `contains` where there is no item for `prefixItems`.
 */
function isTrap(schema: JsonObject, value: JsonValue): boolean {
  if (mentions(schema, 'prefixItems') && mentions(schema, 'contains')) return true;
  return (
    mentions(schema, 'unevaluatedProperties') &&
    (mentions(schema, 'if') || mentions(schema, 'contains') || mentions(value, 'toString'))
  );
}

/** Plain ajv calls a member `toString` of the value when it compares it with an `enum`. */
function throws(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}

test('an empty list contains nothing, also where the first items have schemas of their own', () => {
  const schema = { prefixItems: [{ type: 'object' }], contains: { type: 'object' } };
  for (const walkers of [true, false]) {
    const { compiler, source } = compilerOf(schema, { walkers });
    const check = compiler.json(source, 'request', 'as-declared', BOUNDS);
    expect(['[]', '[{}]', '[1]'].map((text) => check(bytesOf(text)).ok)).toEqual([false, true, false]);
    expect(
      compiler
        .value(
          source,
          'request',
        )([])
        ?.map(({ keyword }) => keyword),
    ).toEqual(['contains']);
  }
});

test('a required member with the empty name has to be there', () => {
  for (const schema of [{ required: [''] }, { dependentRequired: { a: [''] } }]) {
    for (const walkers of [true, false]) {
      const { compiler, source } = compilerOf(schema, { walkers });
      const check = compiler.json(source, 'request', 'as-declared', BOUNDS);
      expect(['{"a":1}', '{"a":1,"":2}'].map((text) => check(bytesOf(text)).ok)).toEqual([false, true]);
      const issues = compiler.value(source, 'request')({ a: 1 });
      expect(issues?.map(({ keyword }) => keyword)).toEqual(Object.keys(schema));
    }
  }
});

describe('on random schemas and values', () => {
  test('normalizing_keeps_the_meaning and every_way_comes_to_one_verdict', () => {
    let valid = 0;
    let invalid = 0;
    fc.assert(
      fc.property(randomSchema, values, (schema, data) => {
        const { compiler, source } = compilerOf(schema);
        const thorough = compilerOf(schema, { walkers: false });
        const generated = compiler.value(source, 'request');
        const walked = compiler.json(source, 'request', 'as-declared', BOUNDS);
        const slow = thorough.compiler.json(thorough.source, 'request', 'as-declared', BOUNDS);
        // `refuse` runs the evaluation that explains as well: it must never accept what the validator refuses.
        const refusing = thorough.compiler.json(thorough.source, 'request', 'refuse', BOUNDS);
        const plain = oracle(schema);
        for (const value of data) {
          const bytes = bytesOf(JSON.stringify(value));
          const issues = generated(value);
          const verdict = issues === null;
          if (!isTrap(schema, value) && !throws(() => plain(value))) expect(verdict).toBe(plain(value));
          expect(walked(bytes).ok).toBe(verdict);
          expect(slow(bytes).ok).toBe(verdict);
          if (!verdict) {
            expect(refusing(bytes).ok).toBe(false);
            expect(issues.length).toBeGreaterThan(0);
            expect(issues.length).toBeLessThanOrEqual(20);
            // "schema" is what is said when the evaluation cannot find what the validator found.
            expect(issues.map(({ keyword }) => keyword)).not.toContain('schema');
          }
          if (verdict) valid++;
          else invalid++;
        }
      }),
      { numRuns: 400, ...WITHIN_A_TEST },
    );
    expect(Math.min(valid, invalid)).toBeGreaterThan(50);
  });

  test('walkers_and_evaluation_refuse_and_strip_alike', () => {
    let stripped = 0;
    fc.assert(
      fc.property(randomSchema, values, (schema, data) => {
        const fast = compilerOf(schema);
        const slow = compilerOf(schema, { walkers: false });
        for (const undeclared of ['refuse', 'strip'] as const) {
          const one = fast.compiler.json(fast.source, 'response', undeclared, BOUNDS);
          const other = slow.compiler.json(slow.source, 'response', undeclared, BOUNDS);
          for (const value of data) {
            const bytes = bytesOf(JSON.stringify(value));
            const [a, b] = [one(bytes), other(bytes)];
            expect([undeclared, value, a.ok ? textOf(a.bytes) : null]).toEqual([
              undeclared,
              value,
              b.ok ? textOf(b.bytes) : null,
            ]);
            if (a.ok && a.bytes !== bytes) stripped++;
          }
        }
      }),
      { numRuns: 400, ...WITHIN_A_TEST },
    );
    expect(stripped).toBeGreaterThan(10);
  });

  test('what_strip_leaves_is_the_same_text_less_whole_members_and_refuse_accepts_just_that', () => {
    let stripped = 0;
    fc.assert(
      fc.property(randomSchema, values, fc.boolean(), (schema, data, walkers) => {
        const { compiler, source } = compilerOf(schema, { walkers });
        const strip = compiler.json(source, 'response', 'strip', BOUNDS);
        const refuse = compiler.json(source, 'response', 'refuse', BOUNDS);
        for (const value of data) {
          const bytes = bytesOf(JSON.stringify(value, null, 1));
          const result = strip(bytes);
          expect(refuse(bytes).ok).toBe(result.ok && result.bytes === bytes);
          if (!result.ok) continue;
          expect(refuse(result.bytes).ok).toBe(true);
          expect(strip(result.bytes)).toMatchObject({ ok: true, bytes: result.bytes, dropped: [] });
          if (result.bytes === bytes) continue;
          stripped++;
          expect(textOf(result.bytes)).toBe(textOf(cutMembers(bytes, cutTreeOf(result.dropped))));
        }
      }),
      { numRuns: 300, ...WITHIN_A_TEST },
    );
    expect(stripped).toBeGreaterThan(10);
  });

  test('issues_never_hold_what_was_sent, and their pointers lead somewhere', () => {
    const canary = 'CANARY-7f3a';
    const planted = (value: JsonValue): JsonValue => {
      if (typeof value === 'string') return `${canary}${value}`;
      if (Array.isArray(value)) return value.map(planted);
      if (typeof value === 'object' && value !== null)
        return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, planted(member)]));
      return value;
    };
    fc.assert(
      fc.property(randomSchema, values, (schema, data) => {
        const { compiler, source } = compilerOf(schema);
        const check = compiler.value(source, 'request');
        for (const value of data.map(planted)) {
          const issues = check(value);
          if (issues !== null) expect(JSON.stringify(issues)).not.toContain(canary);
        }
      }),
      { numRuns: 300, ...WITHIN_A_TEST },
    );
  });
});
