import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../json/json-value.ts';
import type { SchemaCompilerOptions } from './create-schema-compiler.ts';
import { BOUNDS, bytesOf, documentWith } from './testing/test-document.ts';

const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
const needs = (...required: string[]): JsonObject => ({ required });
const kind: JsonObject = { kind: { type: 'string' } };
const discriminator: JsonObject = { propertyName: 'kind' };
const mapped = (mapping: JsonObject): JsonObject => ({ propertyName: 'kind', mapping });
const parent = (rest: JsonObject): JsonObject => ({ type: 'object', properties: kind, discriminator, ...rest });
const child = (name: string, ...rest: JsonObject[]): JsonObject => ({ allOf: [ref(name), ...rest] });

/** For each value what is wrong with it; every engine has to say the same. */
function check(name: string, named: JsonObject, values: readonly unknown[], options: SchemaCompilerOptions = {}) {
  const [first, ...others] = (['openapi-3.0', 'json-schema-2020-12'] as const).flatMap((dialect) =>
    [true, false].map((walkers) => {
      const { compiler, source } = documentWith(dialect, ref(name), named, { ...options, walkers });
      const json = compiler.json(source, 'request', 'as-declared', BOUNDS);
      return values.map((value) => {
        const issues = compiler.value(source, 'request')(value);
        expect(json(bytesOf(JSON.stringify(value))).ok).toBe(issues === null);
        return issues === null ? 'passes' : issues.map(({ pointer, keyword }) => `${pointer} ${keyword}`).join();
      });
    }),
  );
  for (const other of others) expect(other).toEqual(first);
  return first;
}

describe('the names of kinds', () => {
  test('a mapping gives a name to its kind, and the parent that is called so loses it', () => {
    const named = { Pet: parent({ discriminator: mapped({ Pet: 'Cat' }) }), Cat: child('Pet', needs('lives')) };
    expect(check('Pet', named, [{ kind: 'Pet' }, { kind: 'Pet', lives: 9 }, {}, { kind: 'Cat', lives: 9 }])).toEqual([
      ' required',
      'passes',
      'passes',
      '/kind discriminator',
    ]);
  });

  test.each([
    ['another kind', 'Tiger', [' required', 'passes', '/kind discriminator']],
    ['the parent', 'Pet', ['passes', 'passes', '/kind discriminator']],
  ])('a kind whose name is mapped to %s cannot be chosen, and the others still can', (_, Cat, expected) => {
    const named = {
      Pet: parent({ discriminator: mapped({ Cat, Tiger: 'Tiger' }) }),
      Cat: child('Pet', needs('lives')),
      Tiger: child('Pet', needs('stripes')),
    };
    expect(check('Pet', named, [{ kind: 'Cat' }, { kind: 'Cat', stripes: 9 }, { kind: 'None' }])).toEqual(expected);
    expect(check('Pet', named, [{ kind: 'Tiger' }])).toEqual([' required']);
  });

  test.each([
    ['in the schema itself', { ...child('Any', needs('a')), discriminator }],
    ['in a member of its allOf', child('Any', { ...needs('a'), discriminator: mapped({ leaf: 'Leaf' }) })],
  ])('a kind with kinds of its own goes by the names that its parent maps: discriminator %s', (_, Middle) => {
    const named = {
      Any: parent({ discriminator: mapped({ middle: 'Middle', leaf: 'Leaf' }) }),
      Middle,
      Leaf: child('Middle', needs('b')),
    };
    const values = [{ kind: 'middle', a: 1 }, { kind: 'middle' }, { kind: 'leaf', a: 1, b: 1 }, { kind: 'leaf', a: 1 }];
    for (const name of ['Any', 'Middle'])
      expect(check(name, named, values)).toEqual(['passes', ' required', 'passes', ' required']);
    expect(
      check('Middle', named, [
        { kind: 'Middle', a: 1 },
        { kind: 'Leaf', a: 1, b: 1 },
      ]),
    ).toEqual(['/kind discriminator', '/kind discriminator']);
  });

  test('a kind that cannot have its own name goes by the constants of the property, where no other kind has them', () => {
    const only = (...names: string[]): JsonObject => ({ properties: { kind: { type: 'string', enum: names } } });
    const named = {
      Pet: parent({ properties: { kind: { enum: ['cat', 'kitten', 'dog', 'Pet', 'Hen', 'Cock', 'bird'] } } }),
      Cat: child('Pet', { ...only('cat', 'kitten'), ...needs('lives') }),
      Lion: child('Cat', needs('mane')),
      Dog: { ...child('Pet', needs('bark')), ...only('dog') },
      Hen: child('Pet', only('bird')),
      Cock: child('Pet', only('bird')),
    };
    const values = ['cat', 'kitten', 'dog', 'Cat', 'Hen', 'bird'].map((name) => ({ kind: name }));
    expect(check('Pet', named, values)).toEqual([
      ' required',
      ' required',
      ' required',
      '/kind enum,/kind discriminator',
      '/kind enum',
      '/kind discriminator',
    ]);
    expect(
      check('Pet', named, [
        { kind: 'kitten', lives: 9 },
        { kind: 'dog', bark: 1 },
      ]),
    ).toEqual(['passes', 'passes']);
  });

  test.each([
    ['x-ms-discriminator-value', { 'x-ms-discriminator-value': 'middle' }],
    ['constants', { properties: { kind: { enum: ['middle'] } } }],
  ])('a kind with kinds of its own goes by its %s', (_, rest) => {
    const named = {
      Any: parent({}),
      Middle: { ...child('Any', needs('a')), discriminator, ...rest },
      Leaf: child('Middle', needs('b')),
    };
    for (const name of ['Any', 'Middle'])
      expect(check(name, named, [{ kind: 'middle', a: 1 }, { kind: 'middle' }])).toEqual(['passes', ' required']);
  });
});

describe('values that a parent lists and no kind has', () => {
  const roles = (...kinds: string[]): JsonObject => parent({ ...needs('kind'), properties: { kind: { enum: kinds } } });

  test.each([
    ['in the parent', roles('Iot', 'Cognitive', 'Functions')],
    ['in a member of its allOf', { ...needs('kind'), allOf: [roles('Iot', 'Cognitive', 'Functions')] }],
    ['behind a reference', parent({ ...needs('kind'), properties: { kind: ref('Kind') } })],
  ])('choose the parent itself: listed %s', (_, Role) => {
    const named = {
      Role,
      Iot: child('Role', needs('device')),
      Kind: { type: 'string', enum: ['Iot', 'Cognitive', 'Functions'] },
    };
    const values = ['Cognitive', 'Functions', 'Iot', 'None'].map((name) => ({ kind: name }));
    expect(check('Role', named, values)).toEqual(['passes', 'passes', ' required', '/kind enum,/kind discriminator']);
    expect(check('Iot', named, [{ kind: 'Iot' }, { kind: 'Iot', device: 1 }])).toEqual([' required', 'passes']);
  });

  test('choose no kind that has kinds of its own', () => {
    const named = {
      Role: roles('Middle', 'Leaf', 'None'),
      Middle: { ...child('Role', needs('a')), discriminator },
      Leaf: child('Middle', needs('b')),
    };
    expect(check('Role', named, [{ kind: 'None' }, { kind: 'Middle' }])).toEqual(['passes', ' required']);
    expect(check('Middle', named, [{ kind: 'None', a: 1 }])).toEqual(['/kind discriminator']);
  });
});

describe('what a kind does not choose again', () => {
  const rule = [needs('a'), needs('b')];

  test.each([
    ['anyOf', { oneOf: [ref('Cat'), ref('Dog')], anyOf: rule }],
    ['oneOf', { anyOf: [ref('Cat'), ref('Dog')], oneOf: rule }],
    ['anyOf of a member of allOf', { allOf: [{ anyOf: rule }] }],
  ])('alternatives that are no kinds hold for each kind: %s', (_, rest) => {
    const named = { Pet: parent({ ...needs('kind'), ...rest }), Cat: child('Pet'), Dog: child('Pet') };
    for (const name of ['Pet', 'Cat'])
      expect(check(name, named, [{ kind: 'Cat' }, { kind: 'Cat', a: 1 }])).toEqual([' required', 'passes']);
  });

  test.each([1, 2, 5])('a discriminator may stand in members of allOf within each other: %s of them', (levels) => {
    let Pet: JsonObject = parent({});
    for (let i = 0; i < levels; i++) Pet = { allOf: [Pet] };
    const named = { Pet, Cat: child('Pet', needs('lives')), Lion: child('Cat', needs('mane')) };
    const values = [{ kind: 'Cat' }, { kind: 'Cat', lives: 9 }, { kind: 'Lion', lives: 9 }, { kind: 'Pet' }];
    expect(check('Pet', named, values)).toEqual([' required', 'passes', ' required', 'passes']);
    expect(check('Cat', named, [{ lives: 9 }, {}])).toEqual(['passes', ' required']);
  });
});

describe('alternatives that have no names', () => {
  test('leave the schemas that extend it alone, also where hidden properties decide between them', () => {
    const id = { type: 'integer', readOnly: true };
    const named = {
      Pet: parent({ properties: { ...kind, id }, oneOf: [needs('id'), needs('name')] }),
      Cat: child('Pet', needs('lives')),
    };
    expect(
      check('Pet', named, [
        { kind: 'Cat', name: 'a' },
        { kind: 'None', name: 'a' },
      ]),
    ).toEqual(['passes', 'passes']);
    expect(check('Cat', named, [{ name: 'a', lives: 9 }, { name: 'a' }])).toEqual(['passes', ' required']);
  });

  test('leave the choice to those beside them that have', () => {
    const pets = parent({ oneOf: [needs('a')], anyOf: [ref('Cat'), ref('Dog')] });
    const named = { Pet: pets, Cat: needs('lives'), Dog: needs('bark') };
    const values = [
      { kind: 'Cat', a: 1, lives: 9 },
      { kind: 'Cat', a: 1, bark: 1 },
      { kind: 'Cat', lives: 9 },
    ];
    expect(check('Pet', named, values)).toEqual(['passes', ' required', ' required']);
  });
});

describe('a discriminator whose property is hidden', () => {
  const hidden: JsonObject = { kind: { type: 'string', readOnly: true } };
  const Cat: JsonObject = { ...needs('kind', 'lives'), properties: { lives: { type: 'integer' } } };
  const Dog: JsonObject = { ...needs('kind', 'bark'), properties: { bark: { type: 'integer' } } };
  const values = [{ lives: 9 }, { bark: 1 }, {}, { lives: 9, bark: 1 }, { kind: 'Cat', lives: 9 }];

  test.each([
    ['in its kinds', { Pet: { oneOf: [ref('Cat'), ref('Dog')], discriminator } }, hidden],
    ['beside it', { Pet: { oneOf: [ref('Cat'), ref('Dog')], discriminator, properties: hidden } }, {}],
    ['around it', { Pet: { allOf: [{ oneOf: [ref('Cat'), ref('Dog')], discriminator }], properties: hidden } }, {}],
  ])('leaves it to the alternatives which of them holds: %s', (_, pet, more) => {
    const withMore = (each: JsonObject): JsonObject => ({
      ...each,
      properties: { ...(each['properties'] as JsonObject), ...more },
    });
    const named = { ...pet, Cat: withMore(Cat), Dog: withMore(Dog) };
    const found = check('Pet', named, values);
    expect(found?.map((each) => each === 'passes')).toEqual([true, true, false, false, false]);
  });

  test('decides where requests may set it', () => {
    const named = { Pet: { oneOf: [ref('Cat'), ref('Dog')], discriminator, properties: hidden }, Cat, Dog };
    const sent = [
      { kind: 'Cat', lives: 9 },
      { kind: 'Dog', lives: 9 },
    ];
    expect(check('Pet', named, sent, { readOnlyProperties: 'ignore' })).toEqual(['passes', ' required']);
  });
});
