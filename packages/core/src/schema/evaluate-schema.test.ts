import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../json/json-value.ts';
import { BOUNDS, bytesOf, documentWith } from './testing/test-document.ts';

const KINDS = 30;
const kinds = Array.from(
  { length: KINDS },
  (_, i): JsonObject => ({
    type: 'object',
    required: [`k${i}`],
    properties: { a: { type: 'array', items: { type: 'integer' } } },
  }),
);

/** What a body is refused for. */
function issuesOf(schema: JsonObject, text: string): readonly (readonly [string, string])[] {
  const { compiler, source } = documentWith('json-schema-2020-12', schema, {}, { walkers: false });
  const result = compiler.json(source, 'request', 'as-declared', BOUNDS)(bytesOf(text));
  return result.ok ? [] : result.issues.map(({ pointer, message }) => [pointer, message]);
}

describe('why a body is refused', () => {
  const list = (count: number): string => `{"k0":1,"a":[${'1,'.repeat(count)}"x"]}`;

  test('is found among many alternatives', () =>
    expect(issuesOf({ anyOf: kinds }, list(5_000))).toEqual([['/a/5000', 'must be an integer']]));

  // Each of the thirty reads all of the list: deciding may take as many steps, and saying why may not.
  test('is left unsaid where finding it takes many times what reading the body does', () =>
    expect(issuesOf({ anyOf: kinds }, list(10_000))).toEqual([['', 'does not match its schema']]));

  test.each([
    [{ type: 'integer' }, '1.5', 'must be an integer'],
    [{ type: ['integer', 'null'], description: 'a count' }, '"x"', 'must be an integer or null'],
    [{ type: 'integer', minimum: 3 }, '2', 'must be at least 3'],
    [{ type: 'integer', not: { const: 2 } }, '2', 'must not be of a kind that is excluded'],
    [{ type: 'integer', enum: [3] }, '2', 'must be 3'],
    [{ type: 'string', pattern: '^a' }, '"b"', 'must match the pattern ^a'],
    [{ enum: ['a'] }, '"b"', 'must be "a"'],
  ])('is what %j says of each item', (items, item, message) =>
    expect(issuesOf({ type: 'array', items }, `[${item}]`)).toEqual([['/0', message]]),
  );
});
