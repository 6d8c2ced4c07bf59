import { describe, expect, it, test } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { hasTooManyWays } from './generated-ways.ts';
import { BOUNDS, bytesOf, documentWith } from './testing/test-document.ts';

const to = (name: string): JsonObject => ({ $ref: `#/$defs/${name}` });

describe('the ways of a value through its schemas', () => {
  const twice = (branch: JsonObject): JsonObject => ({ ...to('S'), $defs: { S: { anyOf: [branch, branch] } } });
  it.each<[string, JsonObject, boolean]>([
    ['a list of its own kind', { ...to('S'), $defs: { S: { properties: { of: { items: to('S') } } } } }, false],
    ['two members of its own kind', { ...to('S'), $defs: { S: { properties: { a: to('S'), b: to('S') } } } }, false],
    [
      'alternatives, one of which leads on',
      { ...to('S'), $defs: { S: { anyOf: [{ items: to('S') }, { type: 'null' }] } } },
      false,
    ],
    [
      'a wide union',
      { oneOf: Array.from({ length: 300 }, (_, i) => ({ properties: { [`p${i}`]: { type: 'string' } } })) },
      false,
    ],
    ['two alternatives that lead to one member', twice({ properties: { not: to('S') } }), true],
    [
      'two alternatives with two members each, one shared',
      twice({ properties: { a: to('S'), [String(1)]: {} } }),
      true,
    ],
    ['two alternatives that lead to all items', twice({ items: to('S') }), true],
    [
      'a member and a pattern',
      { ...to('S'), $defs: { S: { properties: { a: to('S') }, patternProperties: { a: to('S') } } } },
      true,
    ],
    [
      'a condition and what follows',
      { ...to('S'), $defs: { S: { if: { items: to('S') }, then: { items: to('S') } } } },
      true,
    ],
    ['items that are looked for as well', { ...to('S'), $defs: { S: { items: to('S'), contains: to('S') } } }, true],
    [
      'a chain of alternatives to one schema each',
      {
        ...to('S0'),
        $defs: Object.fromEntries(
          Array.from({ length: 20 }, (_, i) => [`S${i}`, { oneOf: [to(`S${i + 1}`), to(`S${i + 1}`)] }]),
        ),
      },
      true,
    ],
  ])('%s', (_, schema, tooMany) => {
    expect(hasTooManyWays(schema)).toBe(tooMany);
  });
});

test('a value that nests in alternatives which lead back to themselves is given up, and not followed in twice the ways at each level', () => {
  const filter = { $ref: '#/components/schemas/F' };
  const branch = (name: string): JsonObject => ({
    type: 'object',
    properties: { not: filter, [name]: { type: 'string' } },
    required: [name],
    dependentRequired: { [name]: ['not'] },
  });
  const { compiler, source } = documentWith('json-schema-2020-12', filter, {
    F: { anyOf: [branch('x'), branch('y')] },
  });
  let value: JsonValue = { z: 1 };
  for (let level = 0; level < 30; level++) value = { x: '', y: '', not: value };
  const bounds = { ...BOUNDS, maxDepth: 64 };
  for (const undeclared of ['as-declared', 'strip', 'refuse'] as const) {
    const result = compiler.json(source, 'request', undeclared, bounds)(bytesOf(JSON.stringify(value)));
    expect(result.ok ? null : result.issues.map(({ message }) => message)).toEqual(['takes too long to check']);
  }
  expect(
    compiler
      .value(
        source,
        'request',
      )(value)
      ?.map(({ message }) => message),
  ).toEqual(['takes too long to check']);
  expect(compiler.value(source, 'request')({ x: '', not: { y: '', not: { x: '' } } })).not.toBeNull();
});

test('a $dynamicRef holds beside a $ref and an allOf', () => {
  const schema = {
    $ref: '#/components/schemas/any',
    $dynamicRef: '#/components/schemas/strict',
    allOf: [{ type: 'object' }],
  };
  const { compiler, source } = documentWith('json-schema-2020-12', schema, { any: {}, strict: { required: ['must'] } });
  const check = compiler.value(source, 'request');
  expect([check({})?.map(({ keyword }) => keyword), check({ must: 1 }), check([])?.length]).toEqual([
    ['required'],
    null,
    1,
  ]);
});
