import { describe, expect, it } from 'vitest';
import { TestDocument } from '../../schema/testing/test-document.ts';
import type { Dialect } from '../../openapi/model.ts';
import type { JsonObject } from '../../json/json-value.ts';
import { schemaBelow } from './member-source.ts';

const NAMES = ['properties', 'data', 'contentSchema'];
const WANTED = { type: 'object' };

function below(schemas: JsonObject, dialect: Dialect = 'json-schema-2020-12') {
  const document = new TestDocument(dialect, { components: { schemas } });
  return schemaBelow(document.at('/components/schemas/Event'), NAMES, document);
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe('schemaBelow', () => {
  it('follows references wherever they stand on the way, and none at the end', () => {
    const Data = { contentSchema: WANTED };
    const Plain = { properties: { data: Data } };
    expect(below({ Event: Plain })?.pointer).toBe('/components/schemas/Event/properties/data/contentSchema');
    for (const Event of [
      ref('Plain'),
      { properties: { data: ref('Data') } },
      { ...ref('Plain'), properties: { event: {} } },
      { ...ref('Plain'), properties: { data: { description: 'what it says' } } },
    ])
      expect(below({ Event, Plain, Data })?.node).toEqual(WANTED);
    const last = below({ Event: { properties: { data: { contentSchema: ref('Data') } } }, Data });
    expect(last?.node).toEqual(ref('Data'));
  });

  it('hears nothing beside a reference where the dialect does not', () => {
    const Event = { ...ref('Other'), properties: { data: { contentSchema: WANTED } } };
    expect(below({ Event, Other: {} }, 'openapi-3.0')).toBeNull();
    expect(below({ Event, Other: {} })?.node).toEqual(WANTED);
  });

  it('follows allOf on the way, where one member has it', () => {
    const Plain = { properties: { data: { contentSchema: WANTED } } };
    for (const Event of [
      { allOf: [Plain] },
      { allOf: [{ properties: { event: {} } }, ref('Plain'), { allOf: [ref('Plain')] }] },
      { properties: { data: { allOf: [{ type: 'string' }, { contentSchema: WANTED }] } } },
      { allOf: [ref('Event'), ref('Plain')] },
    ])
      expect(below({ Event, Plain })?.node).toEqual(WANTED);
    const Other = { properties: { data: { contentSchema: { type: 'object', required: ['a'] } } } };
    expect(below({ Event: { allOf: [ref('Plain'), ref('Other')] }, Plain, Other })).toBeNull();
    for (const Event of [
      { ...Plain, allOf: [ref('Other')] },
      { ...Plain, ...ref('Other') },
    ])
      expect(below({ Event, Other })).toBeNull();
  });

  it('is found in time where members of allOf lead to each other over and over', () => {
    const levels = 40;
    const schemas = Object.fromEntries(
      Array.from({ length: levels }, (_, i): [string, JsonObject] => [
        `L${i}`,
        { allOf: [ref(`L${i + 1}`), ref(`L${i + 1}`)] },
      ]),
    );
    expect(
      below({ Event: ref('L0'), ...schemas, [`L${levels}`]: { properties: { data: { contentSchema: WANTED } } } })
        ?.node,
    ).toEqual(WANTED);
  });

  it('finds nothing behind references that lead to each other or to nowhere', () => {
    expect(below({ Event: ref('Event') })).toBeNull();
    expect(below({ Event: ref('Gone') })).toBeNull();
    expect(below({ Event: { properties: true } })).toBeNull();
  });
});
