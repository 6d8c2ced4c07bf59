import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigurationError } from '../configuration-error.ts';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { loadDocument } from './load-document.ts';
import { createMemoryReader } from './memory-document-reader.ts';

const schema = { type: 'object', properties: { a: { $ref: '#/components/schemas/A' } } };
const content = { 'application/json': { schema, encoding: { a: { style: 'form', headers: { H: { schema: {} } } } } } };
const DOCUMENTS: readonly JsonObject[] = [
  {
    openapi: '3.2.0',
    $self: 'https://example.com/api',
    info: { title: 'T', version: '1' },
    servers: [{ url: 'https://{host}/{version}', variables: { version: { enum: ['v1', 'v2'], default: 'v1' } } }],
    security: [{ key: [] }, {}],
    paths: {
      '/a/{id}': {
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        get: {
          operationId: 'get',
          tags: ['t'],
          parameters: [{ $ref: '#/components/parameters/P' }],
          responses: { 200: { $ref: '#/components/responses/R' } },
        },
        additionalOperations: { PURGE: { requestBody: { required: true, content }, security: [], responses: {} } },
      },
      '/b': { $ref: '#/components/pathItems/B' },
    },
    components: {
      schemas: {
        A: {
          $id: 'https://example.com/a',
          $anchor: 'top',
          discriminator: { propertyName: 'k', mapping: { x: '#/components/schemas/A' } },
          anyOf: [{ $ref: '#top' }],
        },
      },
      parameters: { P: { name: 'p', in: 'query', style: 'deepObject', schema } },
      responses: { R: { description: 'r', headers: { H: { schema } }, content } },
      securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'K' } },
      pathItems: { B: { post: { responses: {} } } },
    },
  },
  {
    swagger: '2.0',
    info: { title: 'T', version: '1' },
    basePath: '/v1',
    consumes: ['application/json'],
    produces: ['application/json'],
    securityDefinitions: { key: { type: 'apiKey', in: 'query', name: 'k' } },
    security: [{ key: [] }],
    definitions: { A: { type: 'object', additionalProperties: { $ref: '#/definitions/A' } } },
    paths: {
      '/a': {
        post: {
          parameters: [{ name: 'b', in: 'body', schema: { $ref: '#/definitions/A' } }],
          responses: { 200: { description: 'r', schema, headers: { H: { type: 'string' } } } },
        },
      },
      '/b': {
        put: {
          parameters: [
            { name: 'f', in: 'formData', type: 'array', items: { type: 'string' }, collectionFormat: 'multi' },
          ],
          responses: { default: { description: 'r' } },
        },
      },
    },
  },
];

/** Values that stand where something else should. */
const oddity = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>,
  fc.constantFrom<JsonValue>(
    { $ref: '#' },
    { $ref: '#/paths' },
    { $ref: 'other.json' },
    { $ref: 'http://h/' },
    { $ref: 1 },
    { $ref: '' },
    '',
    '{',
    '#/',
    'constructor',
    [null],
    {},
    null,
    0,
    -1,
    true,
  ),
);

/** Puts `oddity` in the place that `choices` lead to, one member or item a step. */
function replaced(value: JsonValue, choices: readonly number[], odd: JsonValue): JsonValue {
  const [choice, ...rest] = choices;
  if (choice === undefined || typeof value !== 'object' || value === null) return odd;
  if (Array.isArray(value))
    return value.map((item: JsonValue, index) => (index === choice % value.length ? replaced(item, rest, odd) : item));
  const names = Object.keys(value);
  const chosen = names[choice % Math.max(1, names.length)];
  return chosen === undefined
    ? odd
    : { ...value, [chosen]: replaced((value as JsonObject)[chosen] ?? null, rest, odd) };
}

test('the documents load as they are', () => {
  for (const root of DOCUMENTS)
    expect(
      loadDocument(createMemoryReader({ 'api.json': JSON.stringify(root) }), 'api.json').operations.length,
    ).toBeGreaterThan(1);
});

test('law no_document_breaks_the_loader: whatever stands in whatever place, the document loads or every problem has a code and a line', () => {
  const choices = fc.array(fc.nat({ max: 11 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(fc.constantFrom(...DOCUMENTS), choices, oddity, (root, path, odd) => {
      const text = JSON.stringify(replaced(root, path, odd), null, 1);
      try {
        const document = loadDocument(
          createMemoryReader({ 'api.json': text, 'other.json': '{"type":"object"}' }),
          'api.json',
        );
        for (const warning of document.warnings) expect(warning.line).toBeGreaterThan(0);
        for (const operation of document.operations) expect(operation.basePaths.length).toBeGreaterThan(0);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        expect(error.problems.length).toBeGreaterThan(0);
        for (const problem of error.problems) {
          expect(problem.code).toMatch(/^DOCUMENT_[A-Z_]+$/);
          expect(problem.line).toBeGreaterThan(0);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

test('law taking_a_security_requirement_apart_never_opens_the_operation: an operation that loads without a requirement was written so', () => {
  const root = DOCUMENTS[0] as JsonObject;
  fc.assert(
    fc.property(oddity, (security) => {
      const text = JSON.stringify({ ...root, security });
      try {
        const operation = loadDocument(createMemoryReader({ 'api.json': text }), 'api.json').operations.find(
          (each) => each.id === 'get',
        );
        const isOpen =
          operation?.security === null ||
          operation?.security.length === 0 ||
          operation?.security.some((alternative) => alternative.length === 0);
        if (isOpen === true)
          expect(Array.isArray(security) && security.every((each) => JSON.stringify(each) === '{}')).toBe(true);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});
