import { describe, expect, it, test } from 'vitest';
import type { JsonObject } from '../json/json-value.ts';
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
    ['a circle that no value ends', { properties: { a: { ...to('A') } }, $defs: { A: to('B'), B: to('A') } }, true],
  ])('%s', (_, schema, tooMany) => {
    expect(hasTooManyWays(schema)).toBe(tooMany);
  });
});

test.each([1, 6, 12, 40])('two alternatives that lead to one member are too many through %i references too', (hops) => {
  const chain = Object.fromEntries(Array.from({ length: hops }, (_, i) => [`C${i}`, { allOf: [to(`C${i + 1}`)] }]));
  const branch = { properties: { not: to('C0') } };
  expect(
    hasTooManyWays({ ...to('S'), $defs: { ...chain, [`C${hops}`]: to('S'), S: { anyOf: [branch, { ...branch }] } } }),
  ).toBe(true);
});

describe('a value that nests in alternatives which lead back to themselves', () => {
  const filter = { $ref: '#/components/schemas/F' };
  const branch = (name: string): JsonObject => ({
    type: 'object',
    properties: { not: filter, [name]: { type: 'string' } },
    required: [name],
    // No walker over bytes knows this keyword.
    dependentRequired: { z: ['never'] },
  });
  const nested = (innermost: JsonObject): JsonObject => {
    let value = innermost;
    for (let level = 0; level < 60; level++) value = { x: '', y: '', not: value };
    return value;
  };
  const { compiler, source } = documentWith('json-schema-2020-12', filter, {
    F: { anyOf: [branch('x'), branch('y')] },
  });
  const check = compiler.value(source, 'request');
  const bounds = { ...BOUNDS, maxDepth: 64 };

  it.each(['as-declared', 'strip', 'refuse'] as const)(
    'is decided, and held against each of them once (%s)',
    (undeclared) => {
      const json = compiler.json(source, 'request', undeclared, bounds);
      const decide = (value: JsonObject): unknown => {
        const result = json(bytesOf(JSON.stringify(value)));
        return result.ok ? null : result.issues.map(({ message }) => message);
      };
      expect(decide(nested({ x: '' }))).toBeNull();
      expect(decide(nested({ z: 1 }))).toEqual([
        'must have the property "x"',
        'must have the property "never" because it has "z"',
      ]);
    },
  );

  it('is explained at its innermost place', () => {
    expect(check(nested({ y: '' }))).toBeNull();
    expect(check(nested({ z: 1 }))?.map(({ pointer }) => pointer)).toEqual(['/not'.repeat(60), '/not'.repeat(60)]);
  });

  it('keeps what is undeclared from going on', () => {
    const json = compiler.json(source, 'request', 'strip', bounds);
    const result = json(bytesOf(JSON.stringify(nested({ x: '', more: 1 }))));
    expect(result.ok && [result.dropped, JSON.parse(Buffer.from(result.bytes).toString())]).toEqual([
      [`${'/not'.repeat(60)}/more`],
      nested({ x: '' }),
    ]);
  });
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
