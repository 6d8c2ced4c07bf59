import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import type { Dialect } from '../openapi/model.ts';
import { SchemaCompileError } from './schema-compiler.ts';
import { documentWith } from './testing/test-document.ts';

interface Row {
  readonly rule: string;
  readonly dialect: Dialect;
  readonly schema: JsonValue;
  readonly named?: JsonObject;
  readonly valid: readonly JsonValue[];
  readonly invalid: readonly JsonValue[];
}

const OLD = 'openapi-3.0';
const NEW = 'json-schema-2020-12';
const SWAGGER = 'swagger-2.0';

const ROWS: readonly Row[] = [
  {
    rule: 'nullable adds null to a type',
    dialect: OLD,
    schema: { type: 'string', nullable: true },
    valid: ['a', null],
    invalid: [1],
  },
  {
    rule: 'nullable: false adds nothing',
    dialect: OLD,
    schema: { type: 'string', nullable: false },
    valid: ['a'],
    invalid: [null],
  },
  {
    rule: 'nullable adds null to an enum that does not list it',
    dialect: OLD,
    schema: { type: 'string', enum: ['a'], nullable: true },
    valid: ['a', null],
    invalid: ['b'],
  },
  {
    rule: 'nullable keeps a null that the enum lists',
    dialect: OLD,
    schema: { type: 'string', enum: ['a', null], nullable: true },
    valid: ['a', null],
    invalid: ['b'],
  },
  {
    rule: 'nullable without a type narrows nothing',
    dialect: OLD,
    schema: { nullable: true, minLength: 2 },
    valid: ['ab', null, 1],
    invalid: ['a'],
  },
  {
    rule: 'nullable without a type adds null to an enum',
    dialect: OLD,
    schema: { nullable: true, enum: ['a'] },
    valid: ['a', null],
    invalid: ['b'],
  },
  {
    rule: 'nullable beside $ref is ignored',
    dialect: OLD,
    schema: { $ref: '#/components/schemas/Text', nullable: true },
    named: { Text: { type: 'string' } },
    valid: ['a'],
    invalid: [null],
  },
  {
    rule: 'nullable beside allOf accepts null',
    dialect: OLD,
    schema: { allOf: [{ $ref: '#/components/schemas/Text' }], nullable: true },
    named: { Text: { type: 'string' } },
    valid: ['a', null],
    invalid: [1],
  },
  {
    rule: 'nullable beside oneOf accepts null',
    dialect: OLD,
    schema: { oneOf: [{ type: 'string' }, { type: 'integer' }], nullable: true },
    valid: ['a', 1, null],
    invalid: [true],
  },
  {
    rule: 'the target of a $ref may be nullable',
    dialect: OLD,
    schema: { $ref: '#/components/schemas/Text' },
    named: { Text: { type: 'string', nullable: true } },
    valid: ['a', null],
    invalid: [1],
  },
  {
    rule: 'nullable is no keyword',
    dialect: NEW,
    schema: { type: 'string', nullable: true },
    valid: ['a'],
    invalid: [null],
  },
  {
    rule: 'x-nullable adds null to a type',
    dialect: SWAGGER,
    schema: { type: 'string', 'x-nullable': true },
    valid: ['a', null],
    invalid: [1],
  },
  {
    rule: 'nullable is no keyword',
    dialect: SWAGGER,
    schema: { type: 'string', nullable: true },
    valid: ['a'],
    invalid: [null],
  },
  {
    rule: 'exclusiveMinimum: true makes minimum exclusive',
    dialect: OLD,
    schema: { minimum: 1, exclusiveMinimum: true },
    valid: [2],
    invalid: [1, 0],
  },
  {
    rule: 'exclusiveMaximum: true makes maximum exclusive',
    dialect: SWAGGER,
    schema: { maximum: 1, exclusiveMaximum: true },
    valid: [0],
    invalid: [1],
  },
  {
    rule: 'exclusiveMinimum: false changes nothing',
    dialect: OLD,
    schema: { minimum: 1, exclusiveMinimum: false },
    valid: [1],
    invalid: [0],
  },
  {
    rule: 'exclusiveMinimum: true alone says nothing',
    dialect: OLD,
    schema: { exclusiveMinimum: true },
    valid: [-1],
    invalid: [],
  },
  {
    rule: 'a number as exclusiveMinimum is taken for one',
    dialect: OLD,
    schema: { exclusiveMinimum: 1 },
    valid: [2],
    invalid: [1],
  },
  {
    rule: 'a number as exclusiveMinimum stands beside minimum',
    dialect: NEW,
    schema: { exclusiveMinimum: 1, minimum: 0 },
    valid: [2],
    invalid: [1],
  },
  {
    rule: '$ref hides what stands beside it',
    dialect: OLD,
    schema: { $ref: '#/components/schemas/Text', minLength: 3 },
    named: { Text: { type: 'string' } },
    valid: ['a'],
    invalid: [1],
  },
  {
    rule: '$ref hides what stands beside it',
    dialect: SWAGGER,
    schema: { $ref: '#/definitions/Text', minLength: 3 },
    named: { Text: { type: 'string' } },
    valid: ['a'],
    invalid: [1],
  },
  {
    rule: '$ref holds together with what stands beside it',
    dialect: NEW,
    schema: { $ref: '#/components/schemas/Text', minLength: 3 },
    named: { Text: { type: 'string' } },
    valid: ['abc'],
    invalid: ['a', 1],
  },
  { rule: 'type: file is text', dialect: SWAGGER, schema: { type: 'file' }, valid: ['a'], invalid: [1] },
  { rule: 'oneOf is no keyword', dialect: SWAGGER, schema: { oneOf: [{ type: 'string' }] }, valid: [1], invalid: [] },
  {
    rule: 'const and patternProperties are no keywords',
    dialect: OLD,
    schema: { const: 1, patternProperties: { a: false } },
    valid: [2, { a: 1 }],
    invalid: [],
  },
  {
    rule: 'an unknown format asserts nothing',
    dialect: OLD,
    schema: { type: 'string', format: 'colour' },
    valid: ['a'],
    invalid: [],
  },
  {
    rule: 'int32 is asserted',
    dialect: OLD,
    schema: { type: 'integer', format: 'int32' },
    valid: [2147483647, -2147483648],
    invalid: [2147483648, -2147483649, 1.5],
  },
  {
    rule: 'int64 is asserted',
    dialect: OLD,
    schema: { type: 'integer', format: 'int64' },
    valid: [2 ** 63, -(2 ** 63)],
    invalid: [1e19],
  },
  {
    rule: 'float and double are any finite numbers',
    dialect: OLD,
    schema: { type: 'number', format: 'double' },
    valid: [1.5],
    invalid: [],
  },
  {
    rule: 'byte is base64',
    dialect: OLD,
    schema: { type: 'string', format: 'byte' },
    valid: ['', 'YQ==', 'YWJj'],
    invalid: ['YQ', 'a===', 'YQ==\n', '-_-_'],
  },
  { rule: 'an empty enum allows nothing', dialect: NEW, schema: { enum: [] }, valid: [], invalid: [1, null] },
  {
    rule: 'dependencies still hold',
    dialect: NEW,
    schema: { dependencies: { a: ['b'], c: { required: ['d'] } } },
    valid: [
      { a: 1, b: 1 },
      { c: 1, d: 1 },
    ],
    invalid: [{ a: 1 }, { c: 1 }],
  },
  {
    rule: 'multipleOf counts in decimals',
    dialect: OLD,
    schema: { multipleOf: 0.01 },
    valid: [19.99, 4.35, 0.07, 1.13, 33.33, 1e20],
    invalid: [19.995, 0.001],
  },
  {
    rule: 'minLength counts characters, not code units',
    dialect: OLD,
    schema: { minLength: 2 },
    valid: ['ab', '😀😀'],
    invalid: ['😀'],
  },
  {
    rule: 'a schema may contain itself',
    dialect: OLD,
    schema: { $ref: '#/components/schemas/Tree' },
    named: {
      Tree: { type: 'object', properties: { kids: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } } },
    },
    valid: [{ kids: [{ kids: [] }] }],
    invalid: [{ kids: [{ kids: 1 }] }],
  },
  {
    rule: 'properties may have the names of what every object inherits',
    dialect: NEW,
    schema: { required: ['constructor', 'toString'], properties: { constructor: { type: 'number' } } },
    valid: [{ constructor: 1, toString: 1 }],
    invalid: [{}, { constructor: 'a', toString: 1 }],
  },
];

describe.each(ROWS)('$dialect: $rule', ({ dialect, schema, named, valid, invalid }) => {
  test('by value and by bytes', () => {
    const { compiler, source } = documentWith(dialect, schema, named);
    const value = compiler.value(source, 'request');
    const json = compiler.json(source, 'request', 'as-declared', { maxDepth: 10, maxKeys: 100 });
    const slow = documentWith(dialect, schema, named, { walkers: false });
    const thorough = slow.compiler.json(slow.source, 'request', 'as-declared', { maxDepth: 10, maxKeys: 100 });
    const verdicts = (data: JsonValue): boolean[] => {
      const bytes = new TextEncoder().encode(JSON.stringify(data));
      return [value(data) === null, json(bytes).ok, thorough(bytes).ok];
    };
    for (const data of valid) expect([data, ...verdicts(data)]).toEqual([data, true, true, true]);
    for (const data of invalid) expect([data, ...verdicts(data)]).toEqual([data, false, false, false]);
  });
});

const BROKEN: readonly (readonly [string, Dialect, JsonValue, string])[] = [
  [
    'a reference that leads nowhere',
    OLD,
    { properties: { a: { $ref: '#/components/schemas/Gone' } } },
    'api.yaml#/schema/properties/a: "#/components/schemas/Gone" leads to nothing',
  ],
  [
    'a type that there is not',
    OLD,
    { properties: { a: { type: 'int' } } },
    'api.yaml#/schema/properties/a: "type" must be a type of JSON Schema',
  ],
  [
    'a pattern that is none',
    OLD,
    { pattern: '(' },
    'api.yaml#/schema: "pattern": the pattern is not a regular expression',
  ],
  [
    'a pattern that nothing can bound',
    OLD,
    { pattern: '^(?=(a+)+$)' },
    'api.yaml#/schema: "pattern": the pattern can take exponential time',
  ],
  [
    'a keyword with a value it cannot have',
    NEW,
    { minLength: '1' },
    'api.yaml#/schema: "minLength" must be a whole number',
  ],
  ['a schema that is a list', NEW, { items: [{}] }, 'api.yaml#/schema: "items" must be a schema'],
  [
    'a boolean as required',
    OLD,
    { properties: { a: { required: true } } },
    'api.yaml#/schema/properties/a: "required" must be a list of names',
  ],
  ['a schema that is itself, in place', NEW, { allOf: [{ $ref: '#/schema' }] }, 'refers to itself without an end'],
];

test.each(BROKEN)('%s is an error that names its place', (_name, dialect, schema, message) => {
  const { compiler, source } = documentWith(dialect, schema);
  expect(() => compiler.value(source, 'request')).toThrow(SchemaCompileError);
  expect(() => compiler.value(source, 'request')).toThrow(message);
});

test('a normalized schema is self-contained and tells where each part stands', () => {
  const { compiler, source } = documentWith(
    OLD,
    { type: 'object', properties: { 'a/b': { $ref: '#/components/schemas/Text' } } },
    { Text: { type: 'string', minLength: 1, description: 'gone', example: 'gone' } },
  );
  const { schema, place } = compiler.normalized(source, 'request');
  expect(schema).toEqual({
    type: 'object',
    properties: { 'a/b': { $ref: '#/$defs/d0' } },
    $defs: { d0: { type: 'string', minLength: 1 } },
  });
  expect(place('')).toBe('api.yaml#/schema');
  expect(place('/properties/a~1b/$ref')).toBe('api.yaml#/schema/properties/a~1b/$ref');
  expect(place('/$defs/d0/minLength')).toBe('api.yaml#/components/schemas/Text/minLength');
});
