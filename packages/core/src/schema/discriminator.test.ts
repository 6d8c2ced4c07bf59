import { describe, expect, it, test } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import type { Dialect } from '../openapi/model.ts';
import { createDiscriminatorIndex } from './discriminator-branches.ts';
import type { SchemaIssue } from './schema-compiler.ts';
import { BOUNDS, bytesOf, documentWith, TestDocument } from './testing/test-document.ts';

const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

function issuesOf(
  dialect: Dialect,
  schema: JsonValue,
  named: JsonObject,
  data: JsonValue,
): readonly SchemaIssue[] | null {
  const { compiler, source } = documentWith(dialect, schema, named);
  const issues = compiler.value(source, 'request')(data);
  // Every way to a verdict has to come to the same one.
  const body = compiler.json(source, 'request', 'as-declared', BOUNDS)(bytesOf(JSON.stringify(data)));
  expect(body.ok).toBe(issues === null);
  return issues;
}

const summary = (issues: readonly SchemaIssue[] | null): string[] | null =>
  issues?.map(({ pointer, keyword }) => `${pointer} ${keyword}`) ?? null;

describe('discriminator beside oneOf', () => {
  const named: JsonObject = {
    Cat: {
      type: 'object',
      required: ['kind', 'lives'],
      properties: { kind: { type: 'string' }, lives: { type: 'integer' } },
    },
    Dog: {
      type: 'object',
      required: ['kind', 'bark'],
      properties: { kind: { type: 'string' }, bark: { type: 'string', minLength: 1 } },
    },
  };
  const implicit = { oneOf: [ref('Cat'), ref('Dog')], discriminator: { propertyName: 'kind' } };
  const mapped = {
    oneOf: [ref('Cat'), ref('Dog')],
    discriminator: { propertyName: 'kind', mapping: { cat: '#/components/schemas/Cat', puss: 'Cat', dog: 'Dog' } },
  };

  test.each([
    ['chooses a branch by the name of its schema', implicit, { kind: 'Cat', lives: 9 }, null],
    ['tells the errors of the chosen branch alone', implicit, { kind: 'Dog', bark: '' }, ['/bark minLength']],
    ['does not choose another branch that would hold', implicit, { kind: 'Cat', bark: 'wow' }, [' required']],
    [
      'refuses a name that it does not know with one issue',
      implicit,
      { kind: 'cat', lives: 9 },
      ['/kind discriminator'],
    ],
    ['refuses an object without the property with one issue', implicit, { lives: 9 }, [' discriminator']],
    ['refuses a name that is no text', implicit, { kind: 1, lives: 9 }, ['/kind discriminator']],
    ['refuses what is no object', implicit, 'Cat', [' type']],
    ['maps names to references', mapped, { kind: 'cat', lives: 9 }, null],
    ['maps several names to one schema', mapped, { kind: 'puss', lives: 9 }, null],
    ['maps names to names', mapped, { kind: 'dog', bark: 'wow' }, null],
    ['takes a mapped name in place of the implicit one', mapped, { kind: 'Dog', bark: 'wow' }, ['/kind discriminator']],
    [
      'chooses for anyOf as for oneOf',
      { anyOf: implicit.oneOf, discriminator: implicit.discriminator },
      { kind: 'Dog', bark: '' },
      ['/bark minLength'],
    ],
  ])('%s', (_title, schema, data, expected) => {
    expect(summary(issuesOf('openapi-3.0', schema, named, data))).toEqual(expected);
  });

  test('names the discriminator as the rule, and the names it knows', () => {
    const issues = issuesOf('openapi-3.0', implicit, named, { kind: 'Bird' });
    expect(issues).toEqual([
      {
        pointer: '/kind',
        schema: 'api.yaml#/schema/discriminator',
        keyword: 'discriminator',
        message: 'must be "Cat" or "Dog"',
      },
    ]);
  });

  test('goes by the constants of schemas that could not have their own names', () => {
    const tagged: JsonObject = {
      Cat: { type: 'object', required: ['kind'], properties: { kind: { enum: ['cat'] }, lives: { type: 'integer' } } },
      Dog: { allOf: [{ type: 'object', required: ['kind'], properties: { kind: { enum: ['dog'] } } }] },
    };
    expect(issuesOf('openapi-3.0', implicit, tagged, { kind: 'cat', lives: 1 })).toBeNull();
    expect(summary(issuesOf('openapi-3.0', implicit, tagged, { kind: 'cat', lives: 'x' }))).toEqual(['/lives type']);
    expect(summary(issuesOf('openapi-3.0', implicit, tagged, { kind: 'Cat' }))).toEqual(['/kind discriminator']);
  });

  test('leaves null to the branch that allows it', () => {
    const schema = { oneOf: [ref('Cat'), ref('Dog'), { type: 'null' }], discriminator: { propertyName: 'kind' } };
    expect(issuesOf('json-schema-2020-12', schema, named, null)).toBeNull();
    expect(issuesOf('json-schema-2020-12', schema, named, { kind: 'Cat', lives: 1 })).toBeNull();
    expect(issuesOf('json-schema-2020-12', schema, named, 1)).not.toBeNull();
  });

  test.each<[string, Dialect, JsonObject]>([
    ['nullable', 'openapi-3.0', { ...(named['Dog'] as JsonObject), nullable: true }],
    ['in its type', 'json-schema-2020-12', { ...(named['Dog'] as JsonObject), type: ['object', 'null'] }],
    ['behind what it is made of', 'openapi-3.0', { allOf: [{ nullable: true, ...(named['Dog'] as JsonObject) }] }],
  ])('leaves null to the named branch that allows it: %s', (_title, dialect, Dog) => {
    for (const keyword of ['oneOf', 'anyOf']) {
      const schema = { [keyword]: implicit.oneOf, discriminator: implicit.discriminator };
      expect(issuesOf(dialect, schema, { ...named, Dog }, null)).toBeNull();
      expect(summary(issuesOf(dialect, schema, { ...named, Dog }, 1))).toEqual([' type']);
      expect(summary(issuesOf(dialect, schema, { ...named, Dog }, { kind: 'Dog' }))).toEqual([' required']);
      expect(summary(issuesOf(dialect, schema, { ...named, Dog }, {}))).toEqual([' discriminator']);
    }
  });

  test('leaves what is no object to the named branch that is none', () => {
    const schema = { oneOf: [ref('Cat'), ref('Name')], discriminator: { propertyName: 'kind' } };
    for (const Name of [{ type: 'string' }, { enum: ['Tom'] }, { oneOf: [{ type: 'string' }] }]) {
      expect(issuesOf('openapi-3.0', schema, { ...named, Name }, 'Tom')).toBeNull();
      expect(issuesOf('openapi-3.0', schema, { ...named, Name }, 1)).not.toBeNull();
    }
    // A schema that says nothing of types is meant for the objects that the discriminator tells apart.
    const silent = { properties: { kind: { type: 'string' } } };
    expect(issuesOf('openapi-3.0', schema, { ...named, Name: silent }, 'Tom')).not.toBeNull();
  });

  test('accepts null beside nullable', () => {
    expect(issuesOf('openapi-3.0', { ...implicit, nullable: true }, named, null)).toBeNull();
    expect(summary(issuesOf('openapi-3.0', { ...implicit, nullable: true }, named, { kind: 'Dog', bark: '' }))).toEqual(
      ['/bark minLength'],
    );
  });

  test('is left aside where two branches have one name: plain oneOf decides', () => {
    const twice = { oneOf: [ref('Cat'), ref('Cat')], discriminator: { propertyName: 'kind' } };
    expect(summary(issuesOf('openapi-3.0', twice, named, { kind: 'Cat', lives: 1 }))).toEqual([' oneOf']);
  });

  test('does not loop where the branches extend the schema that offers them', () => {
    const loop: JsonObject = {
      Pet: {
        type: 'object',
        required: ['kind'],
        properties: { kind: { type: 'string' } },
        oneOf: [ref('Cat'), ref('Dog')],
        discriminator: { propertyName: 'kind' },
      },
      Cat: { allOf: [ref('Pet'), { type: 'object', properties: { lives: { type: 'integer' } } }] },
      Dog: { allOf: [ref('Pet'), { type: 'object', properties: { bark: { type: 'string' } } }] },
    };
    expect(issuesOf('openapi-3.0', ref('Pet'), loop, { kind: 'Cat', lives: 1 })).toBeNull();
    expect(summary(issuesOf('openapi-3.0', ref('Pet'), loop, { kind: 'Cat', lives: 'x' }))).toEqual(['/lives type']);
    expect(issuesOf('openapi-3.0', ref('Cat'), loop, { kind: 'Cat', lives: 1 })).toBeNull();
  });
});

describe('discriminator of a parent', () => {
  const parent = { type: 'object', required: ['kind'], properties: { kind: { type: 'string' } } };
  const kids = (pet: JsonObject, at = '#/components/schemas'): JsonObject => ({
    Pet: pet,
    Cat: {
      allOf: [
        { $ref: `${at}/Pet` },
        { type: 'object', required: ['lives'], properties: { lives: { type: 'integer' } } },
      ],
    },
    Dog: { allOf: [{ $ref: `${at}/Pet` }, { type: 'object', properties: { bark: { type: 'string' } } }] },
    Puppy: {
      allOf: [{ $ref: `${at}/Dog` }, { type: 'object', required: ['age'], properties: { age: { type: 'integer' } } }],
    },
    Stone: { type: 'object' },
  });
  const pets = kids({ ...parent, discriminator: { propertyName: 'kind' } });

  test.each([
    ['chooses the child that extends it', { kind: 'Cat', lives: 9 }, null],
    ['tells the errors of the child', { kind: 'Cat' }, [' required']],
    ['chooses a grandchild', { kind: 'Puppy' }, [' required']],
    ['accepts its own name', { kind: 'Pet' }, null],
    ['refuses the name of a schema that does not extend it', { kind: 'Stone' }, ['/kind discriminator']],
    ['leaves a missing property to required', {}, [' required']],
  ])('%s', (_title, data, expected) => {
    expect(summary(issuesOf('openapi-3.0', ref('Pet'), pets, data))).toEqual(expected);
  });

  test('does not choose again when a child is checked', () => {
    expect(issuesOf('openapi-3.0', ref('Puppy'), pets, { kind: 'Puppy', age: 1, bark: 'wow' })).toBeNull();
    expect(issuesOf('openapi-3.0', ref('Dog'), pets, { kind: 'Dog' })).toBeNull();
  });

  test('follows a mapping', () => {
    const mapped = kids({ ...parent, discriminator: { propertyName: 'kind', mapping: { c: 'Cat' } } });
    expect(summary(issuesOf('openapi-3.0', ref('Pet'), mapped, { kind: 'c' }))).toEqual([' required']);
    expect(summary(issuesOf('openapi-3.0', ref('Pet'), mapped, { kind: 'Cat', lives: 1 }))).toEqual([
      '/kind discriminator',
    ]);
  });

  test('a schema that its own mapping names is not below itself', () => {
    const call = (names: readonly string[], rest: JsonObject): JsonObject => ({
      ...rest,
      properties: { kind: { type: 'string' } },
      discriminator: { propertyName: 'kind', mapping: Object.fromEntries(names.map((name) => [name, 'Call'])) },
    });
    const calls: JsonObject = {
      Any: {
        ...parent,
        discriminator: { propertyName: 'kind', mapping: { ring: 'Call', hangUp: 'Call', write: 'Letter' } },
      },
      Call: call(['ring', 'hangUp'], { allOf: [ref('Any')], required: ['number'] }),
      Long: { allOf: [ref('Call')], required: ['minutes'] },
      Letter: { allOf: [ref('Any')] },
    };
    for (const name of ['Any', 'Call']) {
      expect(issuesOf('openapi-3.0', ref(name), calls, { kind: 'ring', number: 1 })).toBeNull();
      expect(summary(issuesOf('openapi-3.0', ref(name), calls, { kind: 'hangUp' }))).toEqual([' required']);
    }
    // Where it chooses between itself and others, it goes by the names that it is mapped to.
    expect(issuesOf('openapi-3.0', ref('Call'), calls, { kind: 'Long', number: 1, minutes: 1 })).toBeNull();
    expect(summary(issuesOf('openapi-3.0', ref('Call'), calls, { kind: 'Long', number: 1 }))).toEqual([' required']);
    expect(summary(issuesOf('openapi-3.0', ref('Call'), calls, { kind: 'Call', number: 1 }))).toEqual([
      '/kind discriminator',
    ]);
    expect(issuesOf('openapi-3.0', ref('Letter'), calls, { kind: 'write' })).toBeNull();
  });

  test('is a bare name in Swagger 2.0', () => {
    const swagger = kids({ ...parent, discriminator: 'kind' }, '#/definitions');
    const schema = { $ref: '#/definitions/Pet' };
    expect(issuesOf('swagger-2.0', schema, swagger, { kind: 'Cat', lives: 1 })).toBeNull();
    expect(summary(issuesOf('swagger-2.0', schema, swagger, { kind: 'Cat' }))).toEqual([' required']);
  });

  test('says nothing where no schema extends the parent', () => {
    expect(
      issuesOf(
        'openapi-3.0',
        ref('Pet'),
        { Pet: { ...parent, discriminator: { propertyName: 'kind' } } },
        { kind: 'anything' },
      ),
    ).toBeNull();
  });
});

describe.each<['openapi-3.0' | 'json-schema-2020-12', boolean]>([
  ['openapi-3.0', true],
  ['openapi-3.0', false],
  ['json-schema-2020-12', true],
  ['json-schema-2020-12', false],
])('a discriminator in a member of allOf that is written out (%s, mapped: %s)', (dialect, isMapped) => {
  const member: JsonObject = {
    type: 'object',
    required: ['kind'],
    properties: { kind: { type: 'string' } },
    discriminator: {
      propertyName: 'kind',
      ...(isMapped ? { mapping: { Child: '#/components/schemas/Child' } } : {}),
    },
  };
  const named = (parts: readonly JsonObject[]): JsonObject => ({
    Base: { type: 'object' },
    Parent: { allOf: [ref('Base'), ...parts] },
    Child: { allOf: [ref('Parent'), { required: ['c'] }] },
    Other: { allOf: [ref('Child')] },
  });
  const verdicts = (schema: JsonObject, schemas: JsonObject, values: readonly JsonObject[]): readonly boolean[] => {
    const { compiler, source } = documentWith(dialect, schema, schemas);
    const check = compiler.value(source, 'request');
    return values.map((value) => check(value) === null);
  };

  it.each([
    ['the parent', ref('Parent'), (value: JsonObject) => value],
    ['a member of that kind', { required: ['p'], properties: { p: ref('Parent') } }, (p: JsonObject) => ({ p })],
  ])('chooses among the kinds of the schema around it, for %s', (_, schema, within) => {
    const values = [{ kind: 'Child' }, { kind: 'Child', c: 1 }, { kind: 'Parent' }, { kind: 'None' }, {}].map(within);
    expect(verdicts(schema, named([member]), values)).toEqual([false, true, true, false, false]);
  });

  it('does not choose again where a kind leads there', () => {
    expect(verdicts(ref('Child'), named([member]), [{ kind: 'Child', c: 1 }, { kind: 'Child' }])).toEqual([
      true,
      false,
    ]);
  });

  it('keeps alternatives beside it that are no kinds', () => {
    const either = { oneOf: [{ required: ['a'] }, { required: ['b'] }] };
    const values = [
      { kind: 'Child', c: 1 },
      { kind: 'Child', c: 1, a: 1 },
      { kind: 'Child', c: 1, a: 1, b: 1 },
    ];
    for (const schema of [ref('Child'), ref('Parent')])
      expect(verdicts(schema, named([member, either]), values)).toEqual([false, true, false]);
  });

  it('may be a oneOf of kinds', () => {
    const { discriminator, ...rest } = member;
    const parts = [{ ...rest, oneOf: [ref('Child')], discriminator: discriminator as JsonObject }];
    const values = [{ kind: 'Child', c: 1 }, { kind: 'Child' }, { kind: 'None', c: 1 }];
    expect(verdicts(ref('Parent'), named(parts), values)).toEqual([true, false, false]);
  });
});

describe('the default mapping of a discriminator (OpenAPI 3.2)', () => {
  const kind = { type: 'string' };
  const named: JsonObject = {
    Cat: { type: 'object', required: ['kind', 'lives'], properties: { kind, lives: { type: 'integer' } } },
    Dog: { type: 'object', required: ['kind', 'bark'], properties: { kind, bark: { type: 'string' } } },
    Other: { type: 'object', required: ['what'], properties: { kind, what: { type: 'string' } } },
    Pet: { type: 'object', properties: { kind } },
    Hen: { allOf: [ref('Pet'), { type: 'object', required: ['eggs'], properties: { eggs: { type: 'integer' } } }] },
    Any: { allOf: [ref('Pet'), { type: 'object', required: ['what'], properties: { what: { type: 'string' } } }] },
  };
  const beside = (keyword: 'oneOf' | 'anyOf', defaultMapping: string): JsonObject => ({
    [keyword]: ['Cat', 'Dog', 'Other'].map(ref),
    discriminator: { propertyName: 'kind', mapping: { dog: 'Dog' }, defaultMapping },
  });
  const parent = (defaultMapping: string): JsonObject => ({
    ...named,
    Pet: { ...(named['Pet'] as JsonObject), discriminator: { propertyName: 'kind', defaultMapping } },
  });

  test.each<[string, JsonValue, readonly string[] | null]>([
    ['chooses what names no schema', { kind: 'fish', what: 'x' }, null],
    ['chooses an object without the property', { what: 'x' }, null],
    ['is chosen by its own name as before', { kind: 'Other', what: 'x' }, null],
    ['tells the errors of the default alone', { kind: 'fish', lives: 9 }, [' required']],
    ['does not stand in for a named schema: implicit', { kind: 'Cat', what: 'x' }, [' required']],
    ['does not stand in for a named schema: mapped', { kind: 'dog', what: 'x' }, [' required']],
    ['goes by mapped names alone', { kind: 'Dog', what: 'x' }, null],
    ['lets the schema itself refuse a property that is no text', { kind: 1, what: 'x' }, ['/kind type']],
    ['leaves what is no object refused', 'fish', [' type']],
  ])('%s', (_title, data, expected) => {
    for (const keyword of ['oneOf', 'anyOf'] as const)
      for (const name of ['Other', '#/components/schemas/Other'])
        expect(summary(issuesOf('json-schema-2020-12', beside(keyword, name), named, data))).toEqual(expected);
  });

  test('is nothing where it names no alternative', () => {
    for (const name of ['Hen', 'Nobody', '#/components/schemas/Nobody'])
      expect(summary(issuesOf('json-schema-2020-12', beside('oneOf', name), named, { what: 'x' }))).toEqual([
        ' discriminator',
      ]);
  });

  test.each<[string, string, JsonValue, readonly string[] | null]>([
    ['chooses a schema that extends the parent', 'Any', { kind: 'fish', what: 'x' }, null],
    ['chooses it without the property as well', 'Any', { what: 'x' }, null],
    ['tells its errors', 'Any', {}, [' required']],
    ['leaves the others their names', 'Any', { kind: 'Hen', what: 'x' }, [' required']],
    ['leaves the parent its name', 'Any', { kind: 'Pet' }, null],
    ['may be a schema that extends nothing', 'Other', { kind: 'fish', what: 'x' }, null],
    ['may be the parent itself', 'Pet', { kind: 'fish' }, null],
    ['may be the parent itself, without the property', 'Pet', {}, null],
    ['leaves the kinds their names where it is the parent', 'Pet', { kind: 'Hen' }, [' required']],
  ])('of a parent %s', (_title, name, data, expected) => {
    expect(summary(issuesOf('json-schema-2020-12', ref('Pet'), parent(name), data))).toEqual(expected);
  });

  test('declares the members of the schema that it chooses', () => {
    const { compiler, source } = documentWith('json-schema-2020-12', beside('oneOf', 'Other'), named);
    const strip = compiler.json(source, 'response', 'strip', BOUNDS);
    const stripped = (text: string): JsonValue => {
      const result = strip(bytesOf(text));
      return result.ok ? (JSON.parse(new TextDecoder().decode(result.bytes)) as JsonValue) : null;
    };
    expect(stripped('{"kind":"fish","what":"x","lives":9}')).toEqual({ kind: 'fish', what: 'x' });
    expect(stripped('{"kind":"Cat","what":"x","lives":9}')).toEqual({ kind: 'Cat', lives: 9 });
  });
});

test('a mapping of a thousand names is followed once, however many branches there are', () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `${i}`);
  const document = new TestDocument('openapi-3.0', {
    components: {
      schemas: {
        ...Object.fromEntries(
          names.flatMap((i) => [
            [`K${i}`, ref(`L${i}`)],
            [`L${i}`, { type: 'object' }],
          ]),
        ),
        Any: {
          oneOf: names.map((i) => ref(`L${i}`)),
          discriminator: {
            propertyName: 'kind',
            mapping: Object.fromEntries(
              names.flatMap((i) => [
                [`a${i}`, `K${i}`],
                [`b${i}`, `L${i}`],
              ]),
            ),
          },
        },
      },
    },
  });
  let followed = 0;
  const { branches } = createDiscriminatorIndex({
    resolveSchema(from, reference) {
      followed++;
      return document.resolveSchema(from, reference);
    },
  });
  const found = branches(document.at('/components/schemas/Any'), 'oneOf');
  expect(found?.map((branch) => branch.names)).toEqual(names.map((i) => [`a${i}`, `b${i}`]));
  expect(followed).toBeLessThan(10 * names.length);
});

test('what a thousand kinds extend is looked at a few times, and not once for each of them', () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `K${i}`);
  let looked = 0;
  const parent: JsonObject = {
    properties: { kind: {} },
    get oneOf() {
      looked++;
      return names.map(ref);
    },
    discriminator: { propertyName: 'kind' },
  };
  const kinds = Object.fromEntries(names.map((name) => [name, { allOf: [ref('Parent')], properties: { [name]: {} } }]));
  const { compiler, source } = documentWith('openapi-3.0', ref('Parent'), { Parent: parent, ...kinds });
  compiler.normalized(source, 'request');
  expect(looked).toBeLessThan(20);
});
