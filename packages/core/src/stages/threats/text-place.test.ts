import { expect, test } from 'vitest';
import { documentWith } from '../../schema/testing/test-document.ts';
import { ANYWHERE, compileTextPlace } from './text-place.ts';

test.each([new RangeError('Maximum call stack size exceeded'), new TypeError('no such thing')])(
  'a schema of which compiling throws %s says nothing of a text, so that every one is looked into',
  (thrown) => {
    const { compiler, source } = documentWith('openapi-3.0', { enum: ['a'] });
    expect(compileTextPlace(source, compiler).confined).toBe('an enum');
    const failing = {
      ...compiler,
      normalized: (): never => {
        throw thrown;
      },
    };
    expect(compileTextPlace(source, failing)).toBe(ANYWHERE);
    expect(ANYWHERE).toMatchObject({ confined: null, uri: false, declared: false, holdsText: true });
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
  const place = compileTextPlace(source, compiler);
  expect([place.confined, place.uri, place.holdsText, [...place.names()]]).toEqual(['an enum', true, false, ['only']]);
  expect([place.member('only').declared, place.member('other').declared]).toEqual([true, false]);
});

test('schemas that lead back to themselves confine nothing by that', () => {
  const named = { S: { anyOf: [{ $ref: '#/components/schemas/S' }, { enum: ['a'] }] } };
  const { compiler, source } = documentWith(
    'json-schema-2020-12',
    { properties: { a: { $ref: '#/components/schemas/S' } } },
    named,
  );
  expect(compileTextPlace(source, compiler).member('a').confined).toBeNull();
});
