import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../json/json-value.ts';
import { createDefinition, type Definition, refuseEndless } from './schema-definition.ts';
import { documentWith } from './testing/test-document.ts';

describe('a schema that refers to itself without an end', () => {
  const to = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
  const named: JsonObject = {
    Endless: { allOf: [to('Back')] },
    Back: { allOf: [to('Endless')] },
    Fine: { type: 'object', properties: { fine: to('Fine') } },
  };

  test.each<[string, JsonObject]>([
    ['in a property', { properties: { a: to('Endless') } }],
    ['in an item', { items: to('Endless') }],
    ['in what may be added', { additionalProperties: { anyOf: [{ type: 'string' }, to('Endless')] } }],
    ['behind one that may', { properties: { fine: to('Fine'), list: { items: { properties: { a: to('Back') } } } } }],
  ])('is refused by name %s', (_title, schema) => {
    const { compiler, source } = documentWith('openapi-3.0', schema, named);
    for (const way of ['request', 'response'] as const)
      expect(() => compiler.normalized(source, way)).toThrow(
        /^api\.yaml#\/schema: the schema at api\.yaml#\/components\/schemas\/(Endless|Back) refers to itself without an end$/,
      );
  });

  test('refuses nothing that does not lead to it', () => {
    const { compiler, source } = documentWith('openapi-3.0', { properties: { fine: to('Fine') } }, named);
    expect(compiler.value(source, 'request')({ fine: { fine: {} } })).toBeNull();
  });

  test('is looked for once in each schema, however many lead to it', () => {
    const { source } = documentWith('openapi-3.0', {});
    const reached = new Map<string, Definition>();
    let looked = 0;
    for (let i = 0; i < 1_000; i++) {
      const definition = createDefinition(`d${i}`, source);
      for (const next of [i + 1, i + 2, i + 3]) definition.inPlace.set(`d${next}`, 0);
      const entries = definition.inPlace.entries.bind(definition.inPlace);
      definition.inPlace.entries = () => {
        looked++;
        return entries();
      };
      reached.set(definition.name, definition);
    }
    refuseEndless(createDefinition('', source), reached);
    expect(looked).toBe(reached.size);
  });
});
