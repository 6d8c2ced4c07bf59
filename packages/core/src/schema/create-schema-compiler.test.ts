import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../json/json-value.ts';
import { createSchemaCompiler } from './create-schema-compiler.ts';
import { BOUNDS, bytesOf, documentWith, TestDocument } from './testing/test-document.ts';

const person = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1 },
    age: { type: 'integer', minimum: 0 },
    tags: { type: 'array', items: { type: 'string' } },
  },
};

describe('json', () => {
  const { compiler, source } = documentWith('openapi-3.0', person);
  const check = compiler.json(source, 'request', 'as-declared', BOUNDS);

  test('gives back the very bytes that came', () => {
    const bytes = bytesOf(' { "name" : "a" } ');
    const result = check(bytes);
    expect(result.ok && result.bytes).toBe(bytes);
  });

  test.each([
    ['{', 'syntax'],
    ['', 'syntax'],
    ['{"name":"a","name":"b"}', 'duplicate'],
    ['{"__proto__":1}', 'forbidden-member'],
  ])('refuses %s as %s', (text, keyword) => {
    const result = check(bytesOf(text));
    expect(result.ok ? null : result.issues.map((issue) => issue.keyword)).toEqual([keyword]);
  });

  test('refuses a text that is not UTF-8', () => {
    const result = check(Uint8Array.of(0x22, 0xff, 0x22));
    expect(result.ok ? null : result.issues.map((issue) => issue.keyword)).toEqual(['utf8']);
  });

  test('refuses nesting and members beyond the bounds', () => {
    const tight = compiler.json(source, 'request', 'as-declared', { maxDepth: 1, maxKeys: 2 });
    const keyword = (text: string): string | undefined => {
      const result = tight(bytesOf(text));
      return result.ok ? undefined : result.issues[0]?.keyword;
    };
    expect(keyword('{"name":"a","x":1}')).toBeUndefined();
    expect(keyword('{"name":"a","x":{}}')).toBe('depth');
    expect(keyword('{"name":"a","x":1,"y":1}')).toBe('keys');
  });

  test('tells each issue with its places', () => {
    const result = check(bytesOf('{"age":-1,"tags":["a",1]}'));
    expect(result).toEqual({
      ok: false,
      issues: [
        {
          pointer: '',
          schema: 'api.yaml#/schema/required',
          keyword: 'required',
          message: 'must have the property "name"',
        },
        {
          pointer: '/age',
          schema: 'api.yaml#/schema/properties/age/minimum',
          keyword: 'minimum',
          message: 'must be at least 0',
        },
        {
          pointer: '/tags/1',
          schema: 'api.yaml#/schema/properties/tags/items/type',
          keyword: 'type',
          message: 'must be a string',
        },
      ],
    });
  });
});

describe('issues', () => {
  test('are at most maxIssues', () => {
    const schema = { type: 'array', items: { type: 'string' } };
    const many = Array.from({ length: 1000 }, () => 1);
    const of = (maxIssues?: number): number | undefined => {
      const { compiler, source } = documentWith(
        'openapi-3.0',
        schema,
        {},
        maxIssues === undefined ? {} : { maxIssues },
      );
      return compiler.value(source, 'request')(many)?.length;
    };
    expect(of()).toBe(20);
    expect(of(3)).toBe(3);
  });

  test.each([
    [
      'the branch of the right type',
      { anyOf: [{ type: 'array' }, { type: 'object', required: ['a'] }] },
      {},
      [' required'],
    ],
    [
      'the branch whose tag fits',
      {
        oneOf: [
          { properties: { k: { const: 'x' }, n: { type: 'string' } }, required: ['k'] },
          { properties: { k: { const: 'y' }, n: { type: 'integer' }, m: { type: 'integer' } }, required: ['k', 'm'] },
        ],
      },
      { k: 'y', n: 'a' },
      [' required', '/n type'],
    ],
    [
      'the branch with the fewest issues',
      { anyOf: [{ required: ['a', 'b', 'c'] }, { required: ['a', 'b'] }] },
      {},
      [' required', ' required'],
    ],
    ['all types where none fits', { oneOf: [{ type: 'string' }, { type: 'integer' }] }, true, [' type']],
    ['that more than one holds', { oneOf: [{ minimum: 1 }, { minimum: 2 }] }, 3, [' oneOf']],
  ])('tell %s', (_title, schema, value, expected) => {
    const { compiler, source } = documentWith('json-schema-2020-12', schema);
    expect(
      compiler
        .value(
          source,
          'request',
        )(value)
        ?.map(({ pointer, keyword }) => `${pointer} ${keyword}`),
    ).toEqual(expected);
  });

  test('cut names that a client made long', () => {
    const { compiler, source } = documentWith('json-schema-2020-12', {
      additionalProperties: { additionalProperties: false },
    });
    const issues = compiler.value(source, 'request')({ ['k'.repeat(100_000)]: { ['l'.repeat(100_000)]: 1 } });
    expect(issues?.[0]?.pointer).toBe(`/${'k'.repeat(63)}…/${'l'.repeat(63)}…`);
  });

  test('come of what is in the value, however many ways a document leads to it', () => {
    const named: Record<string, JsonValue> = { S0: { type: 'string' } };
    let value: unknown = 'a';
    for (let i = 1; i <= 24; i++) {
      const next = { properties: { n: { $ref: `#/components/schemas/S${i - 1}` } } };
      named[`S${i}`] = { allOf: [next, { ...next, description: 'again' }] };
      value = { n: value };
    }
    const schema = { $ref: '#/components/schemas/S24', unevaluatedProperties: false };
    const { compiler, source } = documentWith('json-schema-2020-12', schema, named, { walkers: false });
    const json = compiler.json(source, 'request', 'refuse', BOUNDS);
    expect(json(bytesOf(JSON.stringify(value))).ok).toBe(true);
    expect(json(bytesOf(JSON.stringify(value).replace('"a"', '1')))).toEqual({
      ok: false,
      issues: [
        {
          pointer: '/n'.repeat(24),
          schema: 'api.yaml#/components/schemas/S0/type',
          keyword: 'type',
          message: 'must be a string',
        },
      ],
    });
  });

  test('come of one text, however many ways lead to its schema', () => {
    const named: Record<string, JsonValue> = { S0: { type: 'string', maxLength: 1 } };
    for (let i = 1; i <= 40; i++) {
      const next = { $ref: `#/components/schemas/S${i - 1}` };
      named[`S${i}`] = { allOf: [next, { anyOf: [next, next] }], minLength: 1 };
    }
    const { compiler, source } = documentWith('json-schema-2020-12', { $ref: '#/components/schemas/S40' }, named);
    const check = compiler.value(source, 'request');
    expect([check('a'), check('ab')?.map(({ keyword }) => keyword)]).toEqual([null, ['maxLength']]);
  });

  test('say so when checking would take too long: a union that is wide, and many items that are none of it', () => {
    const schema = {
      items: { anyOf: Array.from({ length: 600 }, (_, i) => ({ const: i, description: `${i}` })) },
      uniqueItems: false,
      unevaluatedItems: false,
    };
    const { compiler, source } = documentWith('json-schema-2020-12', schema, {}, { walkers: false });
    const value = Array.from({ length: 1000 }, () => 599);
    const result = compiler.json(source, 'request', 'refuse', { ...BOUNDS, maxKeys: 10_000 })(
      bytesOf(JSON.stringify(value)),
    );
    expect(result.ok ? null : result.issues).toEqual([
      { pointer: '', schema: 'api.yaml#/schema', keyword: 'schema', message: 'takes too long to check' },
    ]);
  });
});

describe('the compiler', () => {
  test('keeps what it compiled by place, direction and options', () => {
    const { compiler, source } = documentWith('openapi-3.0', person);
    expect(compiler.value(source, 'request')).toBe(compiler.value(source, 'request'));
    expect(compiler.value(source, 'request')).not.toBe(compiler.value(source, 'response'));
    expect(compiler.json(source, 'request', 'strip', BOUNDS)).toBe(
      compiler.json(source, 'request', 'strip', { ...BOUNDS }),
    );
    expect(compiler.json(source, 'request', 'strip', BOUNDS)).not.toBe(
      compiler.json(source, 'request', 'refuse', BOUNDS),
    );
  });

  test('meets the same error again, and leaves the schemas beside it usable', () => {
    const document = new TestDocument('openapi-3.0', {
      components: {
        schemas: {
          Good: { type: 'string' },
          Bad: { properties: { a: { $ref: '#/components/schemas/Good' }, b: { $ref: '#/components/schemas/Worse' } } },
          Worse: { type: 'wrong' },
        },
      },
    });
    const compiler = createSchemaCompiler(document);
    const bad = document.at('/components/schemas/Bad');
    for (let i = 0; i < 2; i++)
      expect(() => compiler.value(bad, 'request')).toThrow('api.yaml#/components/schemas/Worse: "type" must be');
    expect(compiler.value(document.at('/components/schemas/Good'), 'request')('a')).toBeNull();
  });

  test('names the patterns that are slow or bounded, before any traffic', () => {
    const { compiler, source } = documentWith('openapi-3.0', {
      properties: { a: { pattern: '^(a+)+$' }, b: { pattern: '^(?=\\d+\\d+$)' }, c: { pattern: '^a$' } },
    });
    compiler.value(source, 'request');
    expect(compiler.patternWarnings().map(({ pattern, engine }) => [pattern, engine])).toEqual([
      ['^(a+)+$', 're2'],
      ['^(?=\\d+\\d+$)', 'bounded'],
    ]);
  });

  test('refuses a text too long for a bounded pattern, with the keyword pattern', () => {
    const { compiler, source } = documentWith('openapi-3.0', { type: 'string', pattern: '^(?=\\d+\\d+$)' });
    expect(compiler.value(source, 'request')('1'.repeat(300))).toEqual([
      {
        pointer: '',
        schema: 'api.yaml#/schema/pattern',
        keyword: 'pattern',
        message: 'must have at most 256 characters for its pattern to be checked',
      },
    ]);
  });

  test('a value with members named like methods is data like any other', () => {
    const { compiler, source } = documentWith('openapi-3.0', { enum: [{ a: 1 }] });
    expect(compiler.value(source, 'request')({ toString: 1 })).toHaveLength(1);
    expect(compiler.value(source, 'request')({ valueOf: null, hasOwnProperty: 1 })).toHaveLength(1);
  });
});
