import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { BOUNDS, bytesOf, documentWith, textOf } from './testing/test-document.ts';

const any = true;

interface Row {
  readonly rule: string;
  readonly schema: JsonValue;
  readonly text: string;
  /** Pointers of what is not declared. */
  readonly undeclared: readonly string[];
  /** What strip leaves. */
  readonly left: string;
}

const ROWS: readonly Row[] = [
  {
    rule: 'properties declare',
    schema: { properties: { a: any } },
    text: '{"a":1,"b":2}',
    undeclared: ['/b'],
    left: '{"a":1}',
  },
  {
    rule: 'a name that is required is declared',
    schema: { properties: { a: any }, required: ['b'] },
    text: '{"a":1,"b":{"x":2},"c":3}',
    undeclared: ['/c'],
    left: '{"a":1,"b":{"x":2}}',
  },
  {
    rule: 'a name that the alternative that holds requires is declared',
    schema: { properties: { a: any }, oneOf: [{ required: ['b'] }, { required: ['c'] }] },
    text: '{"a":1,"b":2,"d":3}',
    undeclared: ['/d'],
    left: '{"a":1,"b":2}',
  },
  {
    rule: 'a name that is required beside another is declared where that one is there',
    schema: { properties: { a: any, x: any }, dependentRequired: { a: ['b'], x: ['c'] } },
    text: '{"a":1,"b":2,"c":3}',
    undeclared: ['/c'],
    left: '{"a":1,"b":2}',
  },
  {
    rule: 'nested objects have their own',
    schema: { properties: { a: { properties: { x: any } } } },
    text: '{"a":{"x":1,"y":2}}',
    undeclared: ['/a/y'],
    left: '{"a":{"x":1}}',
  },
  {
    rule: 'items have their own',
    schema: { items: { properties: { x: any } } },
    text: '[{"x":1},{"y":2,"x":1}]',
    undeclared: ['/1/y'],
    left: '[{"x":1},{"x":1}]',
  },
  {
    rule: 'patternProperties declare',
    schema: { patternProperties: { '^x': any } },
    text: '{"xa":1,"b":2}',
    undeclared: ['/b'],
    left: '{"xa":1}',
  },
  {
    rule: 'additionalProperties: true declares all',
    schema: { properties: { a: any }, additionalProperties: true },
    text: '{"a":1,"b":2}',
    undeclared: [],
    left: '{"a":1,"b":2}',
  },
  {
    rule: 'additionalProperties as a schema declares all',
    schema: { properties: { a: any }, additionalProperties: { type: 'number' } },
    text: '{"a":1,"b":2}',
    undeclared: [],
    left: '{"a":1,"b":2}',
  },
  {
    rule: 'unevaluatedProperties as a schema declares all',
    schema: { properties: { a: any }, unevaluatedProperties: { type: 'number' } },
    text: '{"a":1,"b":2}',
    undeclared: [],
    left: '{"a":1,"b":2}',
  },
  {
    rule: 'values of a map have their own',
    schema: { additionalProperties: { properties: { x: any } } },
    text: '{"k":{"x":1,"y":2}}',
    undeclared: ['/k/y'],
    left: '{"k":{"x":1}}',
  },
  {
    rule: 'an object of which nothing is said is a free-form map',
    schema: { type: 'object', minProperties: 1 },
    text: '{"a":{"b":1}}',
    undeclared: [],
    left: '{"a":{"b":1}}',
  },
  {
    rule: 'a property of which nothing is said is free',
    schema: { properties: { a: {} } },
    text: '{"a":{"b":1}}',
    undeclared: [],
    left: '{"a":{"b":1}}',
  },
  {
    rule: 'allOf members declare together',
    schema: { allOf: [{ properties: { a: any } }, { properties: { b: any } }] },
    text: '{"a":1,"b":2,"c":3}',
    undeclared: ['/c'],
    left: '{"a":1,"b":2}',
  },
  {
    rule: 'members of allOf declare together below, too',
    schema: {
      allOf: [{ properties: { a: { properties: { x: any } } } }, { properties: { a: { properties: { y: any } } } }],
    },
    text: '{"a":{"x":1,"y":2,"z":3}}',
    undeclared: ['/a/z'],
    left: '{"a":{"x":1,"y":2}}',
  },
  {
    rule: 'the branch that holds declares',
    schema: {
      oneOf: [
        { properties: { a: { type: 'string' } }, required: ['a'] },
        { properties: { b: any }, required: ['b'] },
      ],
    },
    text: '{"a":1,"b":2}',
    undeclared: ['/a'],
    left: '{"b":2}',
  },
  {
    rule: 'every branch of anyOf that holds declares',
    schema: { anyOf: [{ properties: { a: any } }, { properties: { b: any } }] },
    text: '{"a":1,"b":2,"c":3}',
    undeclared: ['/c'],
    left: '{"a":1,"b":2}',
  },
  {
    rule: 'then declares where if holds',
    schema: {
      if: { properties: { a: { const: 1 } }, required: ['a'] },
      then: { properties: { b: any } },
      else: { properties: { c: any } },
    },
    text: '{"a":1,"b":2,"c":3}',
    undeclared: ['/c'],
    left: '{"a":1,"b":2}',
  },
  {
    rule: 'else declares where if does not hold',
    schema: {
      if: { properties: { a: { const: 1 } }, required: ['a'] },
      then: { properties: { b: any } },
      else: { properties: { c: any } },
    },
    text: '{"b":2,"c":3}',
    undeclared: ['/b'],
    left: '{"c":3}',
  },
  {
    rule: 'dependentSchemas declare where they apply',
    schema: { properties: { a: any }, dependentSchemas: { a: { properties: { b: any } } } },
    text: '{"a":1,"b":2,"c":3}',
    undeclared: ['/c'],
    left: '{"a":1,"b":2}',
  },
  {
    rule: 'not declares nothing',
    schema: { properties: { a: any }, not: { properties: { b: { const: 1 } }, required: ['b'] } },
    text: '{"a":1,"b":2}',
    undeclared: ['/b'],
    left: '{"a":1}',
  },
  {
    rule: 'a $ref declares',
    schema: { $ref: '#/components/schemas/A', properties: { b: any } },
    text: '{"a":1,"b":2,"c":3}',
    undeclared: ['/c'],
    left: '{"a":1,"b":2}',
  },
  {
    rule: 'numbers and texts stay as they were',
    schema: { properties: { a: any } },
    text: '{"a":12345678901234567890.10,"b":0 ,"s":1}',
    undeclared: ['/b', '/s'],
    left: '{"a":12345678901234567890.10}',
  },
];

describe.each(ROWS)('$rule', ({ schema, text, undeclared, left }) => {
  const named: JsonObject = { A: { properties: { a: any } } };
  describe.each([true, false])('walkers: %s', (walkers) => {
    const { compiler, source } = documentWith('json-schema-2020-12', schema, named, { walkers });

    test('refuse names what is not declared', () => {
      const result = compiler.json(source, 'request', 'refuse', BOUNDS)(bytesOf(text));
      expect(result.ok ? [] : result.issues.map(({ pointer, keyword }) => [pointer, keyword])).toEqual(
        undeclared.map((pointer) => [pointer, 'additionalProperties']),
      );
    });

    test('strip drops it and tells what', () => {
      const bytes = bytesOf(text);
      const result = compiler.json(source, 'response', 'strip', BOUNDS)(bytes);
      expect(result.ok && textOf(result.bytes)).toBe(left);
      expect(result.ok && result.dropped).toEqual(undeclared);
      expect(result.ok && result.bytes === bytes).toBe(undeclared.length === 0);
    });

    test('as-declared leaves it', () => {
      const bytes = bytesOf(text);
      expect(compiler.json(source, 'request', 'as-declared', BOUNDS)(bytes)).toMatchObject({ ok: true, bytes });
    });
  });
});

describe('strip', () => {
  const strip = (schema: JsonValue, text: string): string => {
    const results = [true, false].map((walkers) => {
      const { compiler, source } = documentWith('json-schema-2020-12', schema, {}, { walkers });
      const result = compiler.json(source, 'response', 'strip', BOUNDS)(bytesOf(text));
      return result.ok
        ? textOf(result.bytes)
        : result.issues.map(({ pointer, keyword }) => `${pointer} ${keyword}`).join();
    });
    expect(results[0]).toBe(results[1]);
    return results[0] ?? '';
  };

  test('drops what additionalProperties: false closes out', () =>
    expect(strip({ properties: { a: any }, additionalProperties: false }, '{"a":1,"b":2}')).toBe('{"a":1}'));
  test('drops what unevaluatedProperties: false closes out', () =>
    expect(strip({ allOf: [{ properties: { a: any } }], unevaluatedProperties: false }, '{"a":1,"b":2}')).toBe(
      '{"a":1}',
    ));
  test('lets a closed branch be told from another by its members', () => {
    const closed = (name: string): JsonObject => ({
      properties: { [name]: any },
      required: [name],
      additionalProperties: false,
    });
    expect(strip({ oneOf: [closed('a'), closed('b')] }, '{"b":1}')).toBe('{"b":1}');
  });
  test('keeps nothing that is required and closed out', () => {
    const schema = { properties: { a: any }, required: ['b'], additionalProperties: false };
    expect(strip(schema, '{"a":1,"b":2}')).toBe(' required');
  });
  test('refuses what is invalid for other reasons', () =>
    expect(strip({ properties: { a: { type: 'string' } } }, '{"a":1,"b":2}')).toBe('/a type'));
  test('lets nothing through that is not valid once stripped', () =>
    expect(strip({ properties: { a: any }, minProperties: 1, patternProperties: { '^z': any } }, '{"b":2}')).toBe(
      ' minProperties',
    ));
  const closedWith = (...names: string[]): JsonObject => ({
    properties: Object.fromEntries(names.map((name) => [name, any])),
    additionalProperties: false,
  });
  test.each(['anyOf', 'oneOf'])('drops as little as one closed alternative of %s asks for', (keyword) =>
    expect(strip({ [keyword]: [closedWith('a'), closedWith('a', 'b')] }, '{"a":1,"b":2,"c":3}')).toBe('{"a":1,"b":2}'),
  );
  test('drops nothing for a closed alternative where another holds, whatever has to go elsewhere', () => {
    for (const keyword of ['anyOf', 'oneOf'])
      expect(
        strip(
          { properties: { x: { [keyword]: [closedWith('a'), closedWith('b')] }, s: { writeOnly: true } } },
          '{"x":{"b":1},"s":2}',
        ),
      ).toBe('{"x":{"b":1}}');
  });
  test('drops nothing for a condition, an exclusion, or an item that need not be contained', () => {
    const s = { writeOnly: true };
    const open = { properties: { a: any, b: any } };
    const rows: [JsonObject, string][] = [
      [{ ...open, if: closedWith('a'), then: { required: ['c'] } }, '{"a":1,"b":2}'],
      [{ ...open, not: closedWith('a') }, '{"a":1,"b":2}'],
      [{ items: open, contains: closedWith('a') }, '[{"a":1},{"b":2}]'],
    ];
    for (const [x, text] of rows) expect(strip({ properties: { x, s } }, `{"x":${text},"s":1}`)).toBe(`{"x":${text}}`);
  });
  test('drops what it takes for an item to be contained', () =>
    expect(strip({ items: true, contains: closedWith('a') }, '[{"a":1,"b":2}]')).toBe('[{"a":1}]'));
  test('drops what was declared only beside a member that is dropped', () => {
    expect(
      strip({ properties: { a: any }, if: { minProperties: 2 }, then: { properties: { b: any } } }, '{"b":1,"x":2}'),
    ).toBe('{}');
    expect(
      strip(
        { anyOf: [{ properties: { a: any }, minProperties: 3 }, { properties: { b: any } }] },
        '{"a":1,"b":2,"x":3}',
      ),
    ).toBe('{"b":2}');
  });
  test('lets nothing through that goes on losing members', () => {
    const names = Array.from({ length: 20 }, (_, i) => `m${i}`);
    const dependentSchemas = Object.fromEntries(
      names.slice(1).map((name, i) => [names[i] ?? '', { properties: { [name]: any } }]),
    );
    const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])));
    expect(strip({ properties: { z: any }, dependentSchemas }, text)).toBe(' schema');
  });
  test('tells at most 20 of the members it dropped', () => {
    const { compiler, source } = documentWith('json-schema-2020-12', { properties: { a: any } });
    const text = JSON.stringify(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`x${i}`, i])));
    const result = compiler.json(source, 'response', 'strip', BOUNDS)(bytesOf(text));
    expect(result.ok && result.dropped.length).toBe(20);
  });
});
