import { describe, expect, test } from 'vitest';
import type { Exchange } from '../../exchange.ts';
import type { JsonObject, JsonValue } from '../../json/json-value.ts';
import type { SchemaSource } from '../../openapi/model.ts';
import { bytesOf } from '../../schema/testing/test-document.ts';
import type { BodyTexts } from './body-texts.ts';
import { placesOf, saidOfTexts } from './document-places.ts';
import { visitJsonTexts } from './json-texts.ts';
import type { TextPlace } from './text-place.ts';
import { INJECTION, textsWith } from './testing/texts-under-test.ts';

const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
const text = { type: 'string' };

/** Every way of so many steps, by two names, with the same value at the end of each. */
function tree(depth: number, names: readonly [string, string], end: JsonObject): JsonObject {
  if (depth === 0) return end;
  const below = tree(depth - 1, names, end);
  return { ...end, [names[0]]: below, [names[1]]: below };
}

/** An expression of so many kinds of operators, and the same for items. */
function expression(kinds: number): JsonObject {
  const branch = (i: number): [string, JsonObject] => [
    `E${i}`,
    {
      type: 'object',
      required: ['op'],
      properties: { op: { const: `E${i}` }, left: ref('E'), right: ref('E'), name: text },
    },
  ];
  const union = { oneOf: range(kinds).map((i) => ref(`E${i}`)), discriminator: { propertyName: 'op' } };
  return { E: union, ...Object.fromEntries(range(kinds).map(branch)) };
}

/** Which of so many kinds a value can be depends on as many names before: every set of them is a place of its own. */
function sets(kinds: number): JsonObject {
  const node = (i: number): JsonObject =>
    i === 0
      ? { properties: { a: { anyOf: [ref('Q0'), ref('Q1')] }, b: ref('Q0') } }
      : { properties: { a: ref(`Q${i + 1}`), b: ref(`Q${i + 1}`) } };
  return Object.fromEntries(
    range(kinds).map((i) => [
      `Q${i}`,
      i === kinds - 1 ? { properties: { end: { type: 'string', format: 'uri' }, one: { enum: ['a'] } } } : node(i),
    ]),
  );
}

/** Of each text of a body, whether it is judged as a URI. */
function urisOf(texts: BodyTexts, body: JsonValue): readonly boolean[] {
  const uris: boolean[] = [];
  const exchange = { body: bytesOf(JSON.stringify(body)), headers: { contentType: 'application/json' } };
  texts.visit(exchange as unknown as Exchange, (_text, uri) => uris.push(uri));
  return uris;
}

describe('the places of a document', () => {
  test('are found again, whatever way leads to them', () => {
    const named = {
      T: { type: 'object', properties: { l: ref('T'), r: ref('T'), url: { type: 'string', format: 'uri' } } },
    };
    const { compiler, texts, lookedAt } = textsWith(ref('T'), named);
    expect(lookedAt(tree(3, ['l', 'r'], { url: INJECTION })).length).toBe(2 ** 4 - 1);
    const places = placesOf(compiler);
    const { spent } = places;
    expect(lookedAt(tree(12, ['r', 'l'], { url: INJECTION })).length).toBe(2 ** 13 - 1);
    expect([places.size, places.spent]).toEqual([2, spent]);
    expect(texts.describe()).not.toEqual([]);
  });

  test('are as few in a wide union as it has names', () => {
    const { compiler, lookedAt } = textsWith(ref('E'), expression(400));
    const found = lookedAt(tree(9, ['left', 'right'], { op: INJECTION, name: INJECTION }));
    expect(found.length).toBe(2 ** 10 - 1);
    expect(found.every((pointer) => pointer.endsWith('/name'))).toBe(true);
    expect(placesOf(compiler).size).toBe(3);
  });

  test('are bounded where schemas combine without measure: what lies beyond what a request may have is looked at, as a URI as well', () => {
    const { compiler, texts, lookedAt } = textsWith(ref('Q0'), sets(24));
    const way = (bits: number, depth: number, end: JsonValue): JsonValue =>
      depth === 0 ? end : { [(bits & 1) === 0 ? 'a' : 'b']: way(bits >> 1, depth - 1, end) };
    const places = placesOf(compiler);
    const inside = { end: 'http://10.0.0.1/' };
    expect(urisOf(texts, way(0, 23, inside))).toContain(true);
    // The first step was another than to where a URI is.
    const elsewhere = way(0b101_0110_0111_0101_1010_0101, 23, inside);
    for (const i of range(20_000)) lookedAt(way(i << 4, 20, { x: INJECTION }));
    expect(places.isSpent).toBe(true);
    const { size, spent } = places;
    expect(size).toBeLessThan(5_000);
    // Of many places in one request the first are found still.
    const many = (depth: number): JsonValue =>
      depth === 0 ? elsewhere : { a: many(depth - 1), b: way(0b1101, 4, many(depth - 1)) };
    expect(urisOf(texts, many(7))).toContain(true);
    expect(urisOf(texts, elsewhere)).not.toContain(true);
    expect(urisOf(textsWith(ref('Q0'), sets(24)).texts, elsewhere)).not.toContain(true);
    expect([places.size, places.spent]).toEqual([size, spent]);
  });

  test('are told to an operation alike that is compiled behind a request which took all that it may have', () => {
    const urls = { type: 'array', items: { enum: ['a'] } };
    const { compiler, texts, lookedAt, media } = textsWith(ref('Q0'), { ...sets(24), P: urls });
    // The schema of a body of the operation before, in which no text came.
    const shared = { ...(media.schema as SchemaSource), pointer: '/components/schemas/P', node: urls };
    saidOfTexts(shared, compiler);
    const way = (bits: number, depth: number, end: JsonValue): JsonValue =>
      depth === 0 ? end : { [(bits & 1) === 0 ? 'a' : 'b']: way(bits >> 1, depth - 1, end) };
    const places = placesOf(compiler);
    for (let i = 0; i < 20_000 && !places.isSpent; i++) lookedAt(way(i << 4, 20, { x: INJECTION }));
    for (let i = 0; i < 200 && !places.isExhausted; i++)
      urisOf(
        texts,
        range(200).reduce<JsonValue>((below, j) => ({ a: way(i * 977 + j * 31, 20, 'http://a'), b: below }), 'a'),
      );
    expect(places.isExhausted).toBe(true);
    const { place } = saidOfTexts(shared, compiler);
    expect([place.whole(), place.unheld.isUri(false), place.orItem.isUri(false)]).toEqual(['an enum', false, false]);
  });

  test('are told alike of names that match patterns in ways of their own, however many ways were sent before', () => {
    const patterns = Object.fromEntries([...'abcdefghij'].map((letter) => [letter, { enum: ['a'] }]));
    const { lookedAt } = textsWith({ type: 'object', patternProperties: { ...patterns, '^zz': { enum: ['b'] } } });
    const name = (bits: number): string => [...'abcdefghij'].filter((_, i) => (bits >> i) & 1).join('');
    lookedAt(Object.fromEntries(range(1_023).map((i) => [name(i + 1), INJECTION])));
    expect(lookedAt({ zz: INJECTION, zzabc: INJECTION })).toEqual([]);
  });

  test('are told to each request alike, whatever others have spent', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 16_807) % 2_147_483_647) % below;
    const any = (): JsonObject => ({ anyOf: range(3).map(() => ref(`N${random(30)}`)) });
    const kind = (): JsonObject => ({
      type: 'object',
      properties: { text, one: { enum: ['a'] }, ...Object.fromEntries(range(6).map((i) => [`m${i}`, any()])) },
    });
    const filter = {
      type: 'object',
      properties: { query: { type: 'object', properties: { $gt: text, $where: text } } },
    };
    const named = { ...Object.fromEntries(range(30).map((i) => [`N${i}`, kind()])), Filter: filter };
    const schema = { anyOf: [ref('N0'), ref('Filter')] };
    const { compiler, lookedAt } = textsWith(schema, named);
    const way = (depth: number): JsonValue =>
      range(depth).reduce<JsonValue>((below) => ({ [`m${random(6)}`]: below }), { text: INJECTION });
    for (let i = 0; i < 10_000 && !placesOf(compiler).isSpent; i++) lookedAt(way(2 + random(25)));
    expect(placesOf(compiler).isSpent).toBe(true);
    const operators = { query: { $gt: '1', $where: 'a' } };
    const undeclared = { m0: { $gt: { $where: 'a' } }, m1: { m2: { one: INJECTION, text: INJECTION } } };
    for (const body of [operators, undeclared]) expect(lookedAt(body)).toEqual(textsWith(schema, named).lookedAt(body));
    expect(lookedAt(operators).filter((pointer) => !pointer.includes('$'))).toEqual([]);
  });

  test.each([
    ['a union that leads back to itself', (n: number): JsonObject => expression(n)],
    [
      'a union with lists of itself',
      (n: number): JsonObject => ({
        E: { oneOf: range(n).map((i) => ref(`R${i}`)) },
        ...Object.fromEntries(
          range(n).map((i) => [
            `R${i}`,
            { properties: { type: { const: `R${i}` }, id: text, contained: { type: 'array', items: ref('E') } } },
          ]),
        ),
      }),
    ],
    [
      'a chain of allOf',
      (n: number): JsonObject => ({
        E: ref('C0'),
        ...Object.fromEntries(
          range(n).map((i) => [
            `C${i}`,
            { properties: { [`p${i % 50}`]: text }, ...(i + 1 < n ? { allOf: [ref(`C${i + 1}`)] } : {}) },
          ]),
        ),
      }),
    ],
  ])('cost in proportion to the document, and over all operations once: %s', (_kind, named) => {
    const cost = (count: number): number => {
      const { compiler, texts } = textsWith(ref('E'), named(count));
      texts.describe();
      return placesOf(compiler).spent;
    };
    expect(cost(400)).toBeLessThan(4.5 * cost(100));
    const { compiler, texts, operation } = textsWith(ref('E'), named(50));
    texts.describe();
    const { spent } = placesOf(compiler);
    operation().describe();
    expect(placesOf(compiler).spent).toBe(spent);
  });

  test('a chain of schemas longer than the call stack is deep is followed', () => {
    const length = 15_000;
    const named = Object.fromEntries(
      range(length).map((i) => [
        `C${i}`,
        i + 1 < length ? { allOf: [ref(`C${i + 1}`)], minProperties: 0 } : { properties: { one: { enum: ['a'] } } },
      ]),
    );
    const { lookedAt } = textsWith(ref('C0'), named);
    expect(lookedAt({ one: INJECTION, other: INJECTION })).toEqual(['/other']);
  });
});

test('visitJsonTexts goes one step for each list, object and text that a place is asked for', () => {
  let steps = 0;
  const place = { member: () => counted(), item: () => counted() } as unknown as TextPlace;
  const counted = (): TextPlace => {
    steps += 1;
    return place;
  };
  const body = tree(8, ['l', 'r'], { list: ['a', 'b'] });
  let texts = 0;
  const ask = (_text: string, _tokens: unknown, at: () => TextPlace): void => {
    texts += 1;
    at();
  };
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  visitJsonTexts(bytes, { wants: () => true, wantsName: () => false, value: ask, name: ask }, place);
  expect(texts).toBe(2 * (2 ** 9 - 1));
  // Each text, each list, and each object but the outermost.
  expect(steps).toBe(texts + (2 ** 9 - 1) + (2 ** 9 - 2));
});
