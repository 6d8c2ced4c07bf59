import { describe, expect, test, vi } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { DocumentFiles } from './document-files.ts';
import { documentOf, operationOf, refusalOf, warningsOf } from './testing/document-under-test.ts';
import type { ApiDocument, SchemaSource } from './model.ts';

function api(schema: JsonValue, members: JsonObject = {}): JsonObject {
  return {
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    paths: {
      '/a': { get: { responses: { 200: { description: 'ok', content: { 'application/json': { schema } } } } } },
    },
    ...members,
  };
}

function schemaOf(document: ApiDocument): SchemaSource {
  const schema = operationOf(document, 'GET /a').responses[0]?.content[0]?.schema;
  if (schema === null || schema === undefined) throw new Error('no schema');
  return schema;
}

describe('references', () => {
  test('of parameters, bodies, responses, headers, media types and path items are followed, through files, and keep their true place', () => {
    const document = documentOf(
      {
        openapi: '3.2.0',
        info: { title: 'T', version: '1' },
        paths: { '/a': { $ref: 'paths/a.json' } },
        components: {
          parameters: { P: { name: 'p', in: 'query', schema: { type: 'string' } } },
          mediaTypes: { M: { schema: { type: 'object' } } },
          responses: {
            R: {
              description: 'r',
              headers: { H: { $ref: '#/components/headers/H' } },
              content: { 'application/json': { $ref: '#/components/mediaTypes/M' } },
            },
          },
          headers: { H: { required: true, schema: { type: 'integer' } } },
        },
      },
      {
        'paths/a.json': {
          post: {
            parameters: [{ $ref: '../api.json#/components/parameters/P' }],
            requestBody: { $ref: './bodies.json#/B' },
            responses: { 200: { $ref: '../api.json#/components/responses/R' } },
          },
        },
        'paths/bodies.json': { B: { required: true, content: { 'text/plain': { schema: { type: 'string' } } } } },
      },
    );
    const operation = operationOf(document, 'POST /a');
    expect(document.files).toEqual(['api.json', 'paths/a.json', 'paths/bodies.json']);
    expect(operation).toMatchObject({ file: 'paths/a.json', pointer: '/post' });
    expect(operation.parameters[0]).toMatchObject({ file: 'api.json', pointer: '/components/parameters/P', name: 'p' });
    expect(operation.requestBody).toMatchObject({ file: 'paths/bodies.json', pointer: '/B', required: true });
    expect(operation.requestBody?.content[0]?.schema).toMatchObject({
      file: 'paths/bodies.json',
      pointer: '/B/content/text~1plain/schema',
      dialect: 'json-schema-2020-12',
    });
    expect(operation.responses[0]?.headers[0]).toMatchObject({
      name: 'H',
      required: true,
      pointer: '/components/headers/H',
    });
    expect(operation.responses[0]?.content[0]).toMatchObject({
      pointer: '/components/mediaTypes/M',
      range: 'application/json',
    });
    expect(warningsOf(document)).toEqual([]);
  });

  test('that lead back to themselves are refused', () => {
    const responses = { A: { $ref: '#/components/responses/B' }, B: { $ref: '#/components/responses/A' } };
    const root = {
      openapi: '3.0.0',
      info: { title: 'T', version: '1' },
      paths: { '/a': { get: { responses: { 200: { $ref: '#/components/responses/A' } } } } },
      components: { responses },
    };
    expect(refusalOf(root)).toMatchObject([{ code: 'DOCUMENT_REFERENCE_CYCLE' }]);
  });

  test.each(['responses', 'parameters', 'requestBodies', 'headers', 'pathItems'])(
    'of %s may be five thousand in a row, and one circle of them is refused where it is entered',
    (kind) => {
      const length = 5_000;
      const link = (index: number): JsonObject => ({ $ref: `#/components/${kind}/X${index}` });
      const links = Array.from({ length }, (_, index): [string, JsonValue] => [`X${index}`, link(index + 1)]);
      const ends: Record<string, JsonObject> = {
        responses: { description: 'r' },
        parameters: { name: 'p', in: 'query', schema: { type: 'string' } },
        requestBodies: { content: { 'text/plain': { schema: { type: 'string' } } } },
        headers: { schema: { type: 'string' } },
        pathItems: { get: { responses: { 200: { description: 'r' } } } },
      };
      const item = (used: JsonObject): JsonObject =>
        kind === 'pathItems'
          ? used
          : {
              post: {
                parameters: kind === 'parameters' ? [used] : [],
                ...(kind === 'requestBodies' ? { requestBody: used } : {}),
                responses: {
                  200:
                    kind === 'responses' ? used : { description: 'r', headers: kind === 'headers' ? { H: used } : {} },
                },
              },
            };
      const root = (end: JsonObject): JsonObject => ({
        openapi: '3.1.0',
        info: { title: 'T', version: '1' },
        paths: { '/a': item(link(0)), '/b': item(link(1)), '/c': item(link(length)) },
        components: { [kind]: { ...Object.fromEntries(links), [`X${length}`]: end } },
      });
      const document = documentOf(root(ends[kind] ?? {}));
      expect(document.operations).toHaveLength(3);
      expect(warningsOf(document)).toEqual([]);
      const refusal = refusalOf(root(link(length - 1)));
      expect(refusal.map(({ code }) => code)).toEqual(Array(3).fill('DOCUMENT_REFERENCE_CYCLE'));
      expect(refusal.map(({ path }) => path.slice(0, 9))).toEqual(['/paths/~1', '/paths/~1', '/paths/~1']);
    },
  );

  test('to a URL are forbidden, and nothing is fetched', () => {
    const root = {
      openapi: '3.0.0',
      info: { title: 'T', version: '1' },
      paths: { '/a': { $ref: 'https://evil.example/a.json' } },
    };
    expect(refusalOf(root)).toMatchObject([{ code: 'DOCUMENT_REFERENCE_FORBIDDEN', path: '/paths/~1a/$ref' }]);
  });

  test('of a path item with members beside them mean two things', () => {
    const root = {
      openapi: '3.1.0',
      info: { title: 'T', version: '1' },
      paths: { '/a': { $ref: '#/components/pathItems/A', summary: 's', get: { responses: {} } } },
      components: { pathItems: { A: {} } },
    };
    expect(refusalOf(root)).toMatchObject([{ code: 'DOCUMENT_REFERENCE_AMBIGUOUS', path: '/paths/~1a/get' }]);
  });

  test('broken ones in a schema are warnings that name the schema, also where no operation uses it', () => {
    const document = documentOf(
      api(
        { items: { $ref: '#/components/schemas/None' } },
        { components: { schemas: { Unused: { properties: { a: { $ref: 'gone.json' } } } } } },
      ),
    );
    expect(warningsOf(document).toSorted()).toEqual([
      'DOCUMENT_REFERENCE_BROKEN /components/schemas/Unused/properties/a/$ref',
      'DOCUMENT_REFERENCE_BROKEN /paths/~1a/get/responses/200/content/application~1json/schema/items/$ref',
    ]);
    expect(document.resolveSchema(schemaOf(document), '#/components/schemas/None')).toBeNull();
  });

  test('of a discriminator that lead nowhere are warnings: by a name, by a file, for the default', () => {
    const mapping = { a: 'A', b: 'Bb', c: '#/components/schemas/None', d: 'gone.json', e: 'odd.yaml', f: './A.json' };
    const discriminator = { propertyName: 'k', mapping, defaultMapping: 'Cc' };
    const document = documentOf(
      api(
        { oneOf: [{ $ref: '#/components/schemas/A' }], discriminator },
        { components: { schemas: { A: {}, 'odd.yaml': {} } } },
      ),
      { 'A.json': {} },
    );
    const at = '/paths/~1a/get/responses/200/content/application~1json/schema/discriminator';
    expect(warningsOf(document).toSorted()).toEqual(
      ['defaultMapping', 'mapping/b', 'mapping/c', 'mapping/d'].map(
        (place) => `DOCUMENT_REFERENCE_BROKEN ${at}/${place}`,
      ),
    );
    for (const { message } of document.warnings) expect(message).toMatch(/; what is mapped to it chooses no schema$/);
  });

  test('a file that is referred to and is no JSON or YAML is an error', () => {
    expect(refusalOf(api({ $ref: 'broken.json' }), { 'broken.json': '{' })).toMatchObject([
      { code: 'DOCUMENT_SYNTAX', file: 'broken.json', line: 1, column: 2 },
    ]);
  });
});

describe('resolveSchema', () => {
  test('read a file without a version as the document is read, whichever of its files refers to it', () => {
    const document = documentOf(
      { ...api({ $ref: 'newer.json#/components/schemas/New' }), openapi: '3.0.3' },
      {
        'newer.json': {
          openapi: '3.1.0',
          components: { schemas: { New: { properties: { a: { $ref: 'plain.json#/C' } } } } },
        },
        'plain.json': { C: { type: 'string', nullable: true } },
      },
    );
    const newer = document.resolveSchema(schemaOf(document), 'newer.json#/components/schemas/New');
    expect(newer?.dialect).toBe('json-schema-2020-12');
    expect(newer === null ? null : document.resolveSchema(newer, 'plain.json#/C')?.dialect).toBe('openapi-3.0');
  });

  test('follows a chain of references over files and takes the dialect of the file it ends in', () => {
    const document = documentOf(api({ $ref: 'a.json#/x' }), {
      'a.json': { x: { $ref: 'deep/b.json#/definitions/Pet%20one' } },
      'deep/b.json': {
        swagger: '2.0',
        definitions: { 'Pet one': { $ref: '#/definitions/Pet~0two' }, 'Pet~two': { type: 'object' } },
      },
    });
    expect(document.resolveSchema(schemaOf(document), 'a.json#/x')).toEqual({
      file: 'deep/b.json',
      pointer: '/definitions/Pet~0two',
      dialect: 'swagger-2.0',
      node: { type: 'object' },
    });
  });

  test('stops at a schema that says more than its reference where that counts, and not where it is ignored', () => {
    const schemas = { A: { $ref: '#/components/schemas/B', minLength: 1 }, B: { type: 'string' } };
    const v31 = documentOf(api({}, { components: { schemas } }));
    expect(v31.resolveSchema(schemaOf(v31), '#/components/schemas/A')?.pointer).toBe('/components/schemas/A');
    const v30 = documentOf(api({}, { openapi: '3.0.3', components: { schemas } }));
    expect(v30.resolveSchema(schemaOf(v30), '#/components/schemas/A')?.pointer).toBe('/components/schemas/B');
  });

  test('a chain that leads back to itself leads nowhere', () => {
    const document = documentOf(
      api(
        {},
        { components: { schemas: { A: { $ref: '#/components/schemas/B' }, B: { $ref: '#/components/schemas/A' } } } },
      ),
    );
    expect(document.resolveSchema(schemaOf(document), '#/components/schemas/A')).toBeNull();
    expect(document.isCircular?.(schemaOf(document), '#/components/schemas/A')).toBe(true);
    expect(document.isCircular?.(schemaOf(document), '#/components/schemas/None')).toBe(false);
    // Asked again, and on the way into the circle.
    expect(document.resolveSchema(schemaOf(document), '#/components/schemas/B')).toBeNull();
    expect(document.resolveSchema(schemaOf(document), '#/components/schemas/A/properties/a')).toBeNull();
  });

  test('follows ten thousand references in a row, from each of them, and looks for members behind them', () => {
    const links = Array.from({ length: 10_000 }, (_, index): [string, JsonValue] => [
      `S${index}`,
      { $ref: `#/components/schemas/S${index + 1}` },
    ]);
    const end = { properties: { a: { type: 'string' } } };
    const document = documentOf(
      api(
        { $ref: '#/components/schemas/S0/properties/a' },
        { components: { schemas: { ...Object.fromEntries(links), S10000: end } } },
      ),
    );
    expect(warningsOf(document)).toEqual([]);
    const from = schemaOf(document);
    for (const [name] of links)
      expect(document.resolveSchema(from, `#/components/schemas/${name}`)?.pointer).toBe('/components/schemas/S10000');
    for (const start of [0, 1, 9_999])
      expect(document.resolveSchema(from, `#/components/schemas/S${start}/properties/a`)?.pointer).toBe(
        '/components/schemas/S10000/properties/a',
      );
    expect(document.resolveSchema(from, '#/components/schemas/S0/properties/b')).toBeNull();
  });

  test('knows schemas by $id, $anchor and $dynamicAnchor, relative to the schema they stand in', () => {
    const schemas = {
      Tree: {
        $id: 'https://example.com/schemas/tree',
        $dynamicAnchor: 'node',
        properties: { leaf: { $ref: 'leaf' }, own: { $ref: '#node' }, part: { $ref: '#/$defs/part' } },
        $defs: { part: { type: 'null' } },
      },
      Leaf: { $id: 'https://example.com/schemas/leaf', $anchor: 'start', type: 'string' },
    };
    const document = documentOf(api({ $ref: 'https://example.com/schemas/tree' }, { components: { schemas } }));
    expect(warningsOf(document)).toEqual([]);
    const from = document.resolveSchema(schemaOf(document), 'https://example.com/schemas/tree');
    expect(from?.pointer).toBe('/components/schemas/Tree');
    const inside = { ...schemaOf(document), pointer: '/components/schemas/Tree/properties/leaf' };
    const pointers = ['leaf', 'leaf#start', '#node', '#/$defs/part', '#/components/schemas/Leaf', '#start'].map(
      (reference) => document.resolveSchema(inside, reference)?.pointer ?? null,
    );
    expect(pointers).toEqual([
      '/components/schemas/Leaf',
      '/components/schemas/Leaf',
      '/components/schemas/Tree',
      '/components/schemas/Tree/$defs/part',
      '/components/schemas/Leaf',
      null,
    ]);
  });

  test('an $id in an example or as the name of a property names nothing; one that two schemas claim means neither', () => {
    const schemas = {
      A: { properties: { $id: { type: 'string' } }, example: { $id: 'https://example.com/example' } },
      B: { $id: 'https://example.com/twice' },
      C: { $id: 'https://example.com/twice', type: 'string' },
    };
    const document = documentOf(api({}, { components: { schemas } }));
    expect(document.resolveSchema(schemaOf(document), 'https://example.com/example')).toBeNull();
    expect(document.resolveSchema(schemaOf(document), 'https://example.com/twice')).toBeNull();
  });

  test('walks through references on the way', () => {
    const schemas = { A: { $ref: '#/components/schemas/B' }, B: { properties: { b: { type: 'string' } } } };
    const document = documentOf(api({ $ref: '#/components/schemas/A/properties/b' }, { components: { schemas } }));
    expect(document.resolveSchema(schemaOf(document), '#/components/schemas/A/properties/b')?.pointer).toBe(
      '/components/schemas/B/properties/b',
    );
    expect(warningsOf(document)).toEqual([]);
  });

  test('reads no file that was not loaded with the document', () => {
    const document = documentOf(api({}), { 'late.json': { type: 'string' } });
    expect(document.resolveSchema(schemaOf(document), 'late.json')).toBeNull();
  });

  test('$self of OpenAPI 3.2 is the URI that references to the document may use', () => {
    const document = documentOf(
      api(
        { $ref: 'https://example.com/api#/components/schemas/A' },
        { openapi: '3.2.0', $self: 'https://example.com/api', components: { schemas: { A: { type: 'string' } } } },
      ),
    );
    expect(document.resolveSchema(schemaOf(document), 'https://example.com/api#/components/schemas/A')?.pointer).toBe(
      '/components/schemas/A',
    );
    expect(warningsOf(document)).toEqual([]);
  });
});

test('locate gives the line of a place in any file, and the nearest one around a place that is not there', () => {
  const document = documentOf(api({ $ref: 'a.json' }), {
    'a.json': '{\n  "type": "object",\n  "properties": {\n    "x": {}\n  }\n}',
  });
  expect(document.locate({ file: 'a.json', pointer: '/properties/x' })).toEqual({ file: 'a.json', line: 4, column: 5 });
  expect(document.locate({ file: 'a.json', pointer: '/properties/y/z' })).toEqual({
    file: 'a.json',
    line: 3,
    column: 3,
  });
  expect(document.locate({ file: 'other.json', pointer: '' })).toEqual({ file: 'other.json', line: 0, column: 0 });
});

test('locate gives the same lines for the first operation that is asked for and for the hundredth', () => {
  const paths = Array.from({ length: 100 }, (_, index): [string, JsonValue] => [
    `/p${index}`,
    { $ref: `paths.json#/p${index}` },
  ]);
  const files = {
    'paths.json': `{\n${paths.map((_, index) => `"p${index}": { "get": { "responses": {} } }`).join(',\n')}\n}`,
  };
  const root = { openapi: '3.1.0', info: { title: 'T', version: '1' }, paths: Object.fromEntries(paths) };
  const document = documentOf(root, files);
  const inOrder = document.operations.map((operation) => document.locate(operation));
  expect(inOrder.map(({ file, line }) => `${file}:${line}`)).toEqual(
    paths.map((_, index) => `paths.json:${index + 2}`),
  );
  const alone = document.operations.map((operation) => documentOf(root, files).locate(operation));
  expect(inOrder).toEqual(alone);
  expect(document.locate({ file: 'paths.json', pointer: '/p7' }).line).toBe(9);
});

test('locate reads the text once for a place that many things are told of, and once for all operations and schemes after a few', () => {
  const operation = { responses: { 200: { description: 'ok' } } };
  const many = <T>(value: T): Record<string, T> =>
    Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`/p${index}`, value]));
  const document = documentOf({
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    paths: many({ get: operation }),
    components: { securitySchemes: many({ type: 'http', scheme: 'basic' }) },
  });
  const schemes = [...document.securitySchemes.values()];
  const [scheme] = schemes;
  if (scheme === undefined) throw new Error('no scheme');
  const read = vi.spyOn(DocumentFiles.prototype, 'text');
  try {
    const first = document.locate(scheme);
    expect(first.column).toBeGreaterThan(1);
    for (const _ of schemes) expect(document.locate(scheme)).toEqual(first);
    expect(read).toHaveBeenCalledTimes(1);
    for (const place of [...document.operations, ...schemes]) document.locate(place);
    expect(read).toHaveBeenCalledTimes(5);
  } finally {
    read.mockRestore();
  }
});
