import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../json/json-value.ts';
import { createSchemaCompiler, type SchemaCompilerOptions } from './create-schema-compiler.ts';
import { SchemaCompileError, type JsonBounds } from './schema-compiler.ts';
import { TestDocument } from './testing/test-document.ts';
import { contentBytes, jsonEncodingOf } from './text-content.ts';

const BOUNDS: JsonBounds = { maxDepth: 20, maxKeys: 1000 };
const CHECKED: SchemaCompilerOptions = { contents: { request: BOUNDS, response: null } };
const json = (contentSchema: JsonObject | boolean): JsonObject => ({
  type: 'string',
  contentMediaType: 'application/json',
  contentSchema,
});
const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

function compiled(schemas: JsonObject, options: SchemaCompilerOptions = CHECKED) {
  const document = new TestDocument('json-schema-2020-12', { components: { schemas } });
  const compiler = createSchemaCompiler(document, options);
  const source = document.at('/components/schemas/A');
  return { compiler, source };
}

/** Whether a body passes, by all engines alike. */
function passes(schemas: JsonObject, value: unknown): boolean {
  const { compiler, source } = compiled(schemas);
  const { compiler: generating } = compiled(schemas, { ...CHECKED, walkers: false });
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const verdicts = [
    ...(['as-declared', 'refuse', 'strip'] as const).map(
      (way) => compiler.json(source, 'request', way, BOUNDS)(bytes).ok,
    ),
    generating.json(source, 'request', 'as-declared', BOUNDS)(bytes).ok,
    generating.value(source, 'request')(value) === null,
  ];
  expect(new Set(verdicts).size).toBe(1);
  return verdicts[0] === true;
}

describe('contentSchema', () => {
  test('stays in a normalized schema, and what it refers to is found by whoever asks', () => {
    const { compiler, source } = compiled({ A: { allOf: [ref('B')] }, B: json(ref('C')), C: { type: 'integer' } }, {});
    const { schema, hasContent } = compiler.normalized(source, 'request');
    expect(hasContent).toBe(true);
    const { $defs } = schema as { $defs: Record<string, Record<string, unknown>> };
    const [holder] = Object.values($defs);
    expect(holder).toMatchObject({ type: 'string', contentMediaType: 'application/json' });
    const content = compiler.content(holder ?? {});
    expect(content?.pointer).toBe('/components/schemas/B/contentSchema');
    expect(JSON.stringify(content && compiler.normalized(content, 'request').schema)).toContain('"type":"integer"');
    expect(compiler.content({ contentSchema: { $ref: 'of another document' } })).toBeNull();
  });

  test('adds nothing to a schema without it', () => {
    const { compiler, source } = compiled({ A: { contentSchema: ref('A'), contentMediaType: 'text/html' } }, {});
    const { schema, hasContent } = compiler.normalized(source, 'request');
    expect(schema).toEqual({ contentMediaType: 'text/html' });
    expect(hasContent).toBe(false);
  });

  test('holds in every engine alike, within alternatives, lists and itself', () => {
    const A = { properties: { t: ref('T') } };
    const T = { anyOf: [{ type: 'null' }, json({ items: ref('T') })] };
    expect(passes({ A, T }, { t: null })).toBe(true);
    expect(passes({ A, T }, { t: '[]' })).toBe(true);
    expect(passes({ A, T }, { t: JSON.stringify([null, JSON.stringify([null])]) })).toBe(true);
    expect(passes({ A, T }, { t: JSON.stringify([null, JSON.stringify([1])]) })).toBe(false);
    expect(passes({ A, T }, { t: '[' })).toBe(false);
    expect(passes({ A: { not: json({ type: 'integer' }) } }, '1')).toBe(false);
    expect(passes({ A: { not: json({ type: 'integer' }) } }, '"1"')).toBe(true);
    expect(passes({ A: json(false) }, '1')).toBe(false);
    expect(passes({ A: json({ unevaluatedProperties: false, allOf: [{ properties: { a: {} } }] }) }, '{"b":1}')).toBe(
      false,
    );
    // A definition of its own, and one that goes by an anchor.
    expect(
      passes({ A: json({ $defs: { X: { const: 1 } }, $ref: '#/components/schemas/A/contentSchema/$defs/X' }) }, '1'),
    ).toBe(true);
  });

  test('is not checked in a direction that nobody asked for, nor without being asked', () => {
    const { compiler, source } = compiled({ A: json({ type: 'integer' }) });
    expect(compiler.value(source, 'request')('"a"')).toMatchObject([{ pointer: '', keyword: 'type' }]);
    expect(compiler.value(source, 'response')('"a"')).toBeNull();
    const { compiler: annotating } = compiled({ A: json({ type: 'integer' }) }, {});
    expect(annotating.value(source, 'request')('"a"')).toBeNull();
  });

  test.each([
    ['leads nowhere', ref('Gone')],
    ['cannot be compiled', { type: 'strin' }],
    ['has one that cannot be compiled in it', json({ pattern: '(' })],
  ])('that %s stops a schema where it is checked, and no other', (_what, contentSchema) => {
    const schemas = { A: { items: json(contentSchema) } };
    const { compiler, source } = compiled(schemas);
    expect(() => compiler.json(source, 'request', 'as-declared', BOUNDS)).toThrow(SchemaCompileError);
    expect(() => compiler.value(source, 'request')).toThrow(SchemaCompileError);
    expect(() => compiler.normalized(source, 'request')).toThrow(SchemaCompileError);
    expect(compiler.value(source, 'response')(['x'])).toBeNull();
  });

  test('tells where in the document the rule stands', () => {
    const { compiler, source } = compiled({ A: { items: json({ properties: { a: { maximum: 1 } } }) } });
    const [issue] = compiler.value(source, 'request')(['{"a":2}']) ?? [];
    expect(issue).toMatchObject({ pointer: '/0/a', keyword: 'maximum' });
    expect(issue?.schema).toMatch(/#\/components\/schemas\/A\/items\/contentSchema\/properties\/a\/maximum$/);
  });
});

test.each([
  ['application/json', undefined, 'none'],
  ['application/problem+json; charset=utf-8', '8bit', 'none'],
  ['Application/JSON', 'BASE64', 'base64'],
  ['image/x+json', 'base64url', 'base64url'],
  ['application/json', 'quoted-printable', null],
  ['application/json-seq', undefined, null],
  ['application/jsonpath', undefined, null],
  ['text/plain', undefined, null],
  [undefined, 'base64', null],
])('a text of type %s, encoded %s, is JSON written as %s', (contentMediaType, contentEncoding, encoding) => {
  expect(jsonEncodingOf({ contentMediaType, contentEncoding })).toBe(encoding);
});

test('what is no base64 of its kind stands for no bytes', () => {
  const text = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('latin1');
  expect(text(contentBytes('Pz8/', 'base64'))).toBe('???');
  expect(text(contentBytes('Pz8/\r\nPz8/\n', 'base64'))).toBe('??????');
  expect(text(contentBytes('Pz8_', 'base64url'))).toBe('???');
  expect(contentBytes('Pz8_', 'base64')).toBeNull();
  expect(contentBytes('Pz8/', 'base64url')).toBeNull();
  expect(contentBytes('Pz8', 'base64')).toBeNull();
  expect(contentBytes('Pz 8/', 'base64')).toBeNull();
});
