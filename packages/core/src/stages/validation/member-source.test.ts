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

  it('finds nothing behind references that lead to each other, to nowhere, or through allOf', () => {
    expect(below({ Event: ref('Event') })).toBeNull();
    expect(below({ Event: ref('Gone') })).toBeNull();
    expect(below({ Event: { allOf: [{ properties: { data: { contentSchema: WANTED } } }] } })).toBeNull();
    expect(below({ Event: { properties: true } })).toBeNull();
  });
});
