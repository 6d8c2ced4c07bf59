import { expect, test } from 'vitest';
import { documentWith } from '../../schema/testing/test-document.ts';
import { saidOfTexts } from './document-places.ts';
import { ANYWHERE, type TextPlace } from './text-place.ts';

test.each([new RangeError('Maximum call stack size exceeded'), new TypeError('no such thing')])(
  'a schema of which compiling throws %s says nothing of a text, so that every one is looked into',
  (thrown) => {
    const { compiler, source } = documentWith('openapi-3.0', { enum: ['a'] });
    expect(saidOfTexts(source, compiler).place.confined).toBe('an enum');
    const failing = {
      ...compiler,
      normalized: (): never => {
        throw thrown;
      },
    };
    expect(saidOfTexts(source, failing).place).toBe(ANYWHERE);
    expect(ANYWHERE).toMatchObject({ confined: null, declared: false, holdsText: true });
    expect(ANYWHERE.isUri(false)).toBe(false);
  },
);

test('a schema to which many ways lead is looked at once', () => {
  const links = 60;
  const named = Object.fromEntries(
    Array.from({ length: links }, (_, i) => {
      const next = { $ref: `#/components/schemas/S${i + 1}` };
      return [`S${i}`, { oneOf: [next, next], anyOf: [next, next] }];
    }),
  );
  const last = { enum: ['a'], format: 'uri', properties: { only: {} } };
  const schema = { $ref: '#/components/schemas/S0' };
  const { compiler, source } = documentWith('json-schema-2020-12', schema, { ...named, [`S${links}`]: last });
  const place = saidOfTexts(source, compiler).place;
  expect([place.confined, place.isUri(false), place.holdsText, [...place.names()]]).toEqual([
    'an enum',
    true,
    false,
    ['only'],
  ]);
  expect([place.member('only').declared, place.member('other').declared]).toEqual([true, false]);
});

test('schemas that lead back to themselves confine nothing by that', () => {
  const named = { S: { anyOf: [{ $ref: '#/components/schemas/S' }, { enum: ['a'] }] } };
  const { compiler, source } = documentWith(
    'json-schema-2020-12',
    { properties: { a: { $ref: '#/components/schemas/S' } } },
    named,
  );
  expect(saidOfTexts(source, compiler).place.member('a').confined).toBeNull();
});

test('of a place with more alternatives than are looked at nothing is known', () => {
  const placeOf = (count: number): TextPlace => {
    const branches = Array.from({ length: count }, (_, i) => ({ properties: { a: { enum: [`a${i}`] } } }));
    const { compiler, source } = documentWith('json-schema-2020-12', { oneOf: branches });
    return saidOfTexts(source, compiler).place.member('a');
  };
  expect(placeOf(3_000).confined).toBe('an enum');
  const { confined, holdsText, declared } = placeOf(4_100);
  expect([confined, holdsText, declared]).toEqual([null, true, true]);
});

test('names that nobody declares are one place, whatever they are and however many', () => {
  const schema = { properties: { own: { enum: ['a'] } }, additionalProperties: { type: 'string', format: 'uri' } };
  const { compiler, source } = documentWith('json-schema-2020-12', schema);
  const place = saidOfTexts(source, compiler).place;
  const other = place.member('other');
  expect(other).toMatchObject({ declared: false });
  expect(other.isUri(true)).toBe(true);
  for (const name of ['another', '__proto__', 'constructor', '']) expect(place.member(name)).toBe(other);
  expect(place.member('own')).toMatchObject({ declared: true, confined: 'an enum' });
});
