import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import type { Direction, UndeclaredMembers } from './schema-compiler.ts';
import { createDiscriminatorIndex } from './discriminator-branches.ts';
import { createHiddenProperties } from './hidden-properties.ts';
import { BOUNDS, bytesOf, documentWith, TestDocument, textOf } from './testing/test-document.ts';
import { createSchemaCompiler, type SchemaCompilerOptions } from './create-schema-compiler.ts';

const account: JsonObject = {
  type: 'object',
  required: ['id', 'name', 'password'],
  properties: {
    id: { type: 'integer', readOnly: true },
    name: { type: 'string' },
    password: { type: 'string', writeOnly: true },
  },
};

function check(
  schema: JsonValue,
  direction: Direction,
  undeclared: UndeclaredMembers,
  text: string,
  named: JsonObject = {},
  options: SchemaCompilerOptions = {},
): string {
  const results = [true, false].map((walkers) => {
    const { compiler, source } = documentWith('openapi-3.0', schema, named, { ...options, walkers });
    const result = compiler.json(source, direction, undeclared, BOUNDS)(bytesOf(text));
    return result.ok
      ? textOf(result.bytes)
      : result.issues.map(({ pointer, keyword }) => `${pointer} ${keyword}`).join();
  });
  expect(results[0]).toBe(results[1]);
  return results[0] ?? '';
}

describe('readOnly in requests', () => {
  test('the property must not be there', () =>
    expect(check(account, 'request', 'as-declared', '{"id":1,"name":"a","password":"b"}')).toBe('/id readOnly'));
  test('the property is not required', () =>
    expect(check(account, 'request', 'as-declared', '{"name":"a","password":"b"}')).toBe(
      '{"name":"a","password":"b"}',
    ));
  test('strip does not drop it silently', () =>
    expect(check(account, 'request', 'strip', '{"id":1,"name":"a","password":"b"}')).toBe('/id readOnly'));
  test('responses have it', () =>
    expect(check(account, 'response', 'as-declared', '{"id":1,"name":"a"}')).toBe('{"id":1,"name":"a"}'));
  test('responses require it', () =>
    expect(check(account, 'response', 'as-declared', '{"name":"a"}')).toBe(' required'));

  test('ignore accepts it, checked, and still does not require it', () => {
    const options = { readOnlyProperties: 'ignore' } as const;
    expect(check(account, 'request', 'refuse', '{"id":1,"name":"a","password":"b"}', {}, options)).toBe(
      '{"id":1,"name":"a","password":"b"}',
    );
    expect(check(account, 'request', 'refuse', '{"id":"x","name":"a","password":"b"}', {}, options)).toBe('/id type');
    expect(check(account, 'request', 'refuse', '{"name":"a","password":"b"}', {}, options)).toBe(
      '{"name":"a","password":"b"}',
    );
  });

  test.each([
    ['behind a $ref', { $ref: '#/components/schemas/Id' }],
    ['in an allOf beside a $ref', { allOf: [{ $ref: '#/components/schemas/Plain' }, { readOnly: true }] }],
    ['beside an allOf', { allOf: [{ $ref: '#/components/schemas/Plain' }], readOnly: true }],
  ])('counts %s', (_title, id) => {
    const named = { Id: { type: 'integer', readOnly: true }, Plain: { type: 'integer' } };
    const schema = { type: 'object', required: ['id'], properties: { id } };
    expect(check(schema, 'request', 'as-declared', '{"id":1}', named)).toBe('/id readOnly');
    expect(check(schema, 'request', 'as-declared', '{}', named)).toBe('{}');
  });

  test('a required in another member of allOf does not ask for it', () => {
    const schema = {
      allOf: [
        { $ref: '#/components/schemas/Base' },
        { required: ['id', 'name'], properties: { name: { type: 'string' } } },
      ],
    };
    const named = { Base: { type: 'object', properties: { id: { type: 'integer', readOnly: true } } } };
    expect(check(schema, 'request', 'as-declared', '{"name":"a"}', named)).toBe('{"name":"a"}');
    expect(check(schema, 'request', 'as-declared', '{}', named)).toBe(' required');
  });

  test('a $ref hides a readOnly beside it in OpenAPI 3.0', () => {
    const schema = { type: 'object', properties: { id: { $ref: '#/components/schemas/Plain', readOnly: true } } };
    expect(check(schema, 'request', 'as-declared', '{"id":1}', { Plain: { type: 'integer' } })).toBe('{"id":1}');
  });
});

describe('writeOnly in responses', () => {
  test('the property must not be there', () =>
    expect(check(account, 'response', 'as-declared', '{"id":1,"name":"a","password":"b"}')).toBe(
      '/password writeOnly',
    ));
  test('refuse names it', () =>
    expect(check(account, 'response', 'refuse', '{"id":1,"name":"a","password":"b"}')).toBe('/password writeOnly'));
  test('strip drops it', () =>
    expect(check(account, 'response', 'strip', '{"id":1,"name":"a","password":"b"}')).toBe('{"id":1,"name":"a"}'));
  test('requests have it and require it', () =>
    expect(check(account, 'request', 'as-declared', '{"name":"a"}')).toBe(' required'));
  test('strip drops it from a map that takes any member', () => {
    const schema = { type: 'object', properties: { secret: { writeOnly: true } }, additionalProperties: true };
    expect(check(schema, 'response', 'strip', '{"other":1,"secret":2}')).toBe('{"other":1}');
  });
});

describe('in schemas that lead back to each other', () => {
  const to = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
  const schemas: JsonObject = {
    Parent: {
      type: 'object',
      required: ['kind', 'x'],
      properties: { kind: { type: 'string' } },
      oneOf: [to('First'), to('Second')],
      discriminator: { propertyName: 'kind' },
    },
    First: { properties: { x: { type: 'string', readOnly: true } }, allOf: [to('Parent')] },
    Second: { allOf: [to('Parent'), { type: 'object', properties: { x: { type: 'string' } } }] },
    Around: { required: ['x'], allOf: [to('First')] },
  };
  const all = Object.keys(schemas);

  test.each([...all.flatMap((one) => all.map((other) => [one, other])), all, all.toReversed()])(
    'a property that a kind hides is not required, whichever schema is compiled first: %s, %s',
    (...order) => {
      const document = new TestDocument('openapi-3.0', { components: { schemas } });
      for (const walkers of [true, false]) {
        const compiler = createSchemaCompiler(document, { walkers });
        const verdicts = order.map((name) => {
          const source = document.at(`/components/schemas/${name}`);
          const of = (text: string) => compiler.json(source, 'request', 'as-declared', BOUNDS)(bytesOf(text)).ok;
          return [of('{"kind":"First"}'), of('{"kind":"First","x":"a"}'), of('{}')];
        });
        // Only for the second kind itself is `x` a property like any other: it may be there, and has to be.
        expect(verdicts).toEqual(order.map((name) => [name !== 'Second', name === 'Second', false]));
      }
    },
  );
});

describe('what a kind hides', () => {
  const to = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
  const kind = { kind: { type: 'string' } };
  const hidesX = { properties: { x: { type: 'string', readOnly: true } } };
  const hasX = { properties: { x: { type: 'string' } } };
  const discriminator = { propertyName: 'kind' };
  const asked = (name: string, named: JsonObject, ...values: JsonObject[]): string[] =>
    values.map((value) => {
      const text = JSON.stringify(value);
      const found = check(to(name), 'request', 'as-declared', text, named);
      return found === text ? 'passes' : found;
    });

  test.each([
    ['in the kind itself', { allOf: [to('Parent')], required: ['x'], ...hasX }],
    ['in a member of its allOf', { allOf: [to('Parent'), { required: ['x'], ...hasX }] }],
  ])('is required of another kind that asks for it %s', (_title, Second) => {
    const named: JsonObject = {
      Parent: {
        type: 'object',
        required: ['kind'],
        properties: kind,
        oneOf: [to('First'), to('Second')],
        discriminator,
      },
      First: { allOf: [to('Parent'), hidesX] },
      Second,
    };
    for (const name of ['Parent', 'Second'])
      expect(asked(name, named, { kind: 'Second' }, { kind: 'Second', x: 'a' })).toEqual([' required', 'passes']);
    expect(asked('Parent', named, { kind: 'First' }, { kind: 'First', x: 'a' })).toEqual(['passes', '/x readOnly']);
  });

  test.each([
    ['by oneOf', { oneOf: [to('First'), to('Second')] }],
    ['by anyOf', { anyOf: [to('First'), to('Second')] }],
    ['by who extends it', {}],
  ])('is required of the other kinds of a parent that asks for it: kinds %s', (_title, link) => {
    const named: JsonObject = {
      Parent: { type: 'object', required: ['kind', 'x'], properties: kind, ...link, discriminator },
      First: { allOf: [to('Parent'), hidesX] },
      Second: { allOf: [to('Parent'), hasX] },
    };
    const values = [{ kind: 'First' }, { kind: 'First', x: 'a' }, { kind: 'Second' }, { kind: 'Second', x: 'a' }];
    expect(asked('Parent', named, ...values)).toEqual(['passes', '/x readOnly', ' required', 'passes']);
  });

  test('is required of kinds that do not extend who asks for it, told at the place that asks', () => {
    const named: JsonObject = {
      Any: { allOf: [{ required: ['x'] }, to('Kinds')] },
      Kinds: { type: 'object', required: ['kind'], oneOf: [to('First'), to('Second')], discriminator },
      First: { ...hidesX },
      Second: { ...hasX },
    };
    expect(asked('Any', named, { kind: 'First' }, { kind: 'Second' }, { kind: 'Second', x: 'a' })).toEqual([
      'passes',
      ' required',
      'passes',
    ]);
    const { compiler, source } = documentWith('openapi-3.0', to('Any'), named);
    expect(
      compiler
        .value(
          source,
          'request',
        )({ kind: 'Second' })
        ?.map((issue) => issue.schema),
    ).toEqual(['api.yaml#/components/schemas/Any/allOf/0/required']);
  });

  test('is required of nobody where either of two choices may hide it', () => {
    const named: JsonObject = {
      Any: {
        type: 'object',
        required: ['x'],
        allOf: [{ oneOf: [to('First'), to('Second')], discriminator }, { anyOf: [hidesX, hasX] }],
      },
      First: hidesX,
      Second: hasX,
    };
    expect(asked('Any', named, { kind: 'First' }, { kind: 'Second' })).toEqual(['passes', 'passes']);
    expect(asked('Any', named, { kind: 'First', x: 'a' }, { kind: 'Second', x: 'a' })).toEqual([
      '/x readOnly',
      'passes',
    ]);
  });

  test('is asked for by no alternative of another choice, where a kind may hide it', () => {
    const named = (choice: JsonObject): JsonObject => ({
      Any: { type: 'object', allOf: [{ oneOf: [to('First'), to('Second')], discriminator }, choice] },
      First: { required: ['kind'], properties: { ...kind, ...hidesX.properties } },
      Second: { required: ['kind'], properties: { ...kind, ...hasX.properties } },
    });
    const either = [{ required: ['x'] }, { required: ['y'] }];
    const values = [{ kind: 'First' }, { kind: 'First', y: 1 }, { kind: 'Second', x: 'a' }, { kind: 'Second', y: 1 }];
    for (const keyword of ['oneOf', 'anyOf'])
      expect(asked('Any', named({ [keyword]: either }), ...values)).toEqual(values.map(() => 'passes'));
    expect(asked('Any', named({ oneOf: either }), { kind: 'Second', x: 'a', y: 1 })).toEqual([' oneOf']);
    // Nor by a kind, where an alternative beside the kinds hides it.
    const hiding = { anyOf: [{ required: ['p'], ...hidesX }, { required: ['q'] }] };
    const asking = { ...named(hiding), First: { required: ['kind', 'x'], properties: kind } };
    expect(asked('Any', asking, { kind: 'First', p: 1 }, { kind: 'First', q: 1, x: 'a' })).toEqual([
      'passes',
      'passes',
    ]);
  });

  test('is required of the parent itself, where it is no kind of its own', () => {
    const named: JsonObject = {
      Parent: { type: 'object', required: ['kind', 'x'], properties: kind, discriminator },
      First: { allOf: [to('Parent'), hidesX] },
    };
    expect(asked('Parent', named, { kind: 'First' }, { kind: 'Parent' }, { kind: 'Parent', x: 'a' })).toEqual([
      'passes',
      ' required',
      'passes',
    ]);
  });
});

describe('what a kind hides and dependentRequired asks for', () => {
  const kind = { kind: { type: 'string' } };
  const to = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
  const kinds: JsonObject = {
    type: 'object',
    required: ['kind'],
    properties: kind,
    oneOf: [to('First'), to('Second')],
    discriminator: { propertyName: 'kind' },
  };

  test.each<[string, JsonObject]>([
    ['by the parent', { Any: { ...kinds, dependentRequired: { a: ['x'] } } }],
    ['by a schema beside it', { Any: { allOf: [{ dependentRequired: { a: ['x'] } }, to('Kinds')] }, Kinds: kinds }],
    ['as dependencies', { Any: { ...kinds, dependencies: { a: ['x'] } } }],
  ])('is required of the other kinds where that name is there: %s', (_title, any) => {
    const named: JsonObject = {
      ...any,
      First: { properties: { x: { readOnly: true } } },
      Second: { properties: { x: { type: 'string' } } },
    };
    const { compiler, source } = documentWith('json-schema-2020-12', to('Any'), named);
    const issues = (value: JsonObject) =>
      compiler
        .value(
          source,
          'request',
        )(value)
        ?.map(({ pointer, keyword }) => `${pointer} ${keyword}`) ?? 'passes';
    expect(issues({ kind: 'First', a: 1 })).toBe('passes');
    expect(issues({ kind: 'First', a: 1, x: 'a' })).toEqual(['/x readOnly']);
    expect(issues({ kind: 'Second' })).toBe('passes');
    expect(issues({ kind: 'Second', a: 1 })).toEqual([' dependentRequired']);
    expect(issues({ kind: 'Second', a: 1, x: 'a' })).toBe('passes');
  });
});

test('an alternative that asks for what it hides stands in the way of no other', () => {
  const known = { required: ['id'], properties: { id: { type: 'integer', readOnly: true }, name: { type: 'string' } } };
  const schema = { type: 'object', oneOf: [known, { required: ['url'], properties: { url: { type: 'string' } } }] };
  expect(check(schema, 'request', 'as-declared', '{"url":"a"}')).toBe('{"url":"a"}');
  expect(check(schema, 'request', 'as-declared', '{"name":"a"}')).toBe('{"name":"a"}');
  expect(check(schema, 'request', 'as-declared', '{"id":1,"name":"a"}')).toBe('/id readOnly');
});

test('what twenty thousand references in a row hide, they hide for all of them', () => {
  const depth = 20_000;
  const named = Object.fromEntries(
    Array.from({ length: depth }, (_, i): [string, JsonObject] => [
      `P${i}`,
      i + 1 < depth ? { allOf: [{ $ref: `#/components/schemas/P${i + 1}` }] } : { type: 'integer', readOnly: true },
    ]),
  );
  const document = new TestDocument('openapi-3.0', { components: { schemas: named } });
  const hidden = createHiddenProperties(document, 'request', createDiscriminatorIndex(document));
  for (const i of [0, 1, depth - 1]) expect(hidden.isHidden(document.at(`/components/schemas/P${i}`))).toBe(true);
  const schema = { properties: { p: { $ref: '#/components/schemas/P0' } } };
  expect(check(schema, 'request', 'as-declared', '{"p":1}', named)).toBe('/p readOnly');
});
