import { expect, it } from 'vitest';
import { createMemoryReader } from '../openapi/memory-document-reader.ts';
import { createSchemaCompiler } from './create-schema-compiler.ts';
import { findSchemaFaults } from './schema-faults.ts';
import { loadDocument } from '../openapi/load-document.ts';
import type { ApiDocument, SchemaSource } from '../openapi/model.ts';

function load(
  schema: object,
  openapi = '3.1.0',
  schemas: object = {},
): { document: ApiDocument; source: SchemaSource } {
  const text = JSON.stringify({
    openapi,
    info: { title: 'Faults', version: '1' },
    components: { schemas },
    paths: { '/a': { get: { responses: { 200: { description: '', content: { 'application/json': { schema } } } } } } },
  });
  const document = loadDocument(createMemoryReader({ 'api.json': text }), 'api.json');
  return { document, source: document.operations[0]?.responses[0]?.content[0]?.schema as SchemaSource };
}

function faultsOf(...given: Parameters<typeof load>): string[] {
  const { document, source } = load(...given);
  return findSchemaFaults(document, [source]).map(({ source: at, message }) =>
    `${at.pointer.replace(/.*\/schemas?/, '')} ${message.slice(message.indexOf(': ') + 2)}`.trim(),
  );
}

it('every fault of a schema is found, through references, combinations and members', () => {
  expect(
    faultsOf(
      {
        type: 'strin',
        pattern: '((',
        allOf: [{ $ref: '#/components/schemas/Thing' }, { $ref: '#/nowhere' }],
        properties: { a: { items: { minimum: 'x' } }, b: 7 },
      },
      '3.1.0',
      { Thing: { maxLength: -1, properties: { again: { $ref: '#/components/schemas/Thing' } } } },
    ),
  ).toEqual([
    expect.stringMatching(/^"type" must be/) as unknown,
    expect.stringMatching(/^"pattern": /) as unknown,
    '"properties" must be a map of schemas',
    expect.stringMatching(/^\/Thing "maxLength" must be/) as unknown,
    '/allOf/1 "#/nowhere" leads to nothing',
    '/properties/a/items "minimum" must be a number',
  ]);
});

it('what is hidden by a reference before 2020-12, and what the dialect does not have, is no fault', () => {
  expect(faultsOf({ $ref: '#/components/schemas/Fine', type: 'strin' }, '3.0.3', { Fine: { const: 1 } })).toEqual([]);
  expect(faultsOf({ type: 'object', if: 7 }, '3.0.3')).toEqual([]);
});

it.each([{ type: 'strin' }, { $ref: '#/nowhere' }, { items: { pattern: '((' } }])(
  'a fault is found in %j, which cannot be compiled',
  (schema) => {
    const { document, source } = load(schema);
    expect(() => createSchemaCompiler(document).normalized(source, 'response')).toThrow();
    expect(findSchemaFaults(document, [source]).length).toBe(1);
  },
);

it('a hundred faults are told at most', () => {
  const properties = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`p${index}`, { type: 'strin' }]));
  const { document, source } = load({ properties });
  expect(findSchemaFaults(document, [source]).length).toBe(100);
});

it('a schema may have more members and branches than a call takes arguments', () => {
  const many = 150_000;
  const properties = Object.fromEntries(Array.from({ length: many }, (_, i) => [`p${i}`, {}]));
  expect(faultsOf({ properties, anyOf: [...Array.from({ length: many }, () => ({})), { type: 'strin' }] })).toEqual([
    expect.stringMatching(/^\/anyOf\/150000 "type" must be/),
  ]);
});
