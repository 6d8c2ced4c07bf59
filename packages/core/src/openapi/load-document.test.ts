import { dump } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { documentOf, operationOf, refusalOf, warningsOf } from './testing/document-under-test.ts';
import type { ApiDocument } from './model.ts';
import { loadDocument } from './load-document.ts';
import { createMemoryReader } from './memory-document-reader.ts';

const OK = { responses: { 200: { description: 'ok' } } };

function api(members: JsonObject): JsonObject {
  return { openapi: '3.1.0', info: { title: 'T', version: '1' }, paths: {}, ...members };
}

describe('loadDocument', () => {
  test('a document that the reader does not have is a problem', () => {
    expect(() => loadDocument(createMemoryReader({}), 'api.yaml')).toThrow(
      'api.yaml DOCUMENT_UNREADABLE there is no file api.yaml',
    );
  });

  test.each([
    [{ swagger: '1.2' }, '/swagger'],
    [{ openapi: '3.3.0' }, '/openapi'],
    [{ openapi: '4.0.0' }, '/openapi'],
    [{ openapi: '3.0.0', swagger: '2.0' }, '/swagger'],
    [{ asyncapi: '2.0.0' }, ''],
  ])('refuses %j as a version', (root, path) => {
    expect(refusalOf(root)).toMatchObject([{ code: 'DOCUMENT_VERSION_UNSUPPORTED', path }]);
  });

  test.each([
    ['3.0.0', '3.0.0'],
    ['3.0.4', '3.0.4'],
    ['3.1.1', '3.1.1'],
    ['3.2.0', '3.2.0'],
    [3.1, '3.1'],
  ])('accepts %j as a version', (openapi, version) => {
    expect(documentOf(api({ openapi })).version).toBe(version);
  });

  test('a document that is no object is refused', () => {
    expect(refusalOf([])).toMatchObject([{ code: 'DOCUMENT_INVALID', path: '' }]);
  });

  test('all problems come at once, each with its line', () => {
    const text = [
      'openapi: 3.0.0',
      'info: { title: T, version: "1" }',
      'paths:',
      '  nowhere: {}',
      '  /a:',
      '    get:',
      '      parameters: [{ in: query }]',
      '      security: [{ key: [] }]',
      '      responses: { 200: { $ref: "#/components/responses/None" } }',
    ].join('\n');
    expect(() => loadDocument(createMemoryReader({ 'a.yaml': text }), 'a.yaml')).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({ code: 'DOCUMENT_PATH_INVALID', line: 4, column: 3, path: '/paths/nowhere' }),
          expect.objectContaining({ code: 'DOCUMENT_PARAMETER_INVALID', line: 7, column: 20 }),
          expect.objectContaining({ code: 'DOCUMENT_SECURITY_UNDECLARED', line: 8, column: 20 }),
          expect.objectContaining({
            code: 'DOCUMENT_REFERENCE_BROKEN',
            line: 9,
            path: '/paths/~1a/get/responses/200/$ref',
          }),
        ],
      }),
    );
  });

  test('law JSON_and_YAML_of_one_document_load_alike', () => {
    const root = api({
      paths: {
        '/a/{id}': {
          get: {
            ...OK,
            'x-a': [1, { b: null }],
            parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
          },
        },
      },
      'x-root': { deep: true },
    });
    const fromYaml = loadDocument(createMemoryReader({ 'api.json': dump(root) }), 'api.json');
    expect(fromYaml.operations).toEqual(documentOf(root).operations);
    expect(fromYaml.extensions).toEqual({ 'x-root': { deep: true } });
  });

  describe('operations', () => {
    test('take the operationId, else method and path; a second of the same id is known by method and path', () => {
      const document = documentOf(
        api({
          paths: {
            '/a': { get: { ...OK, operationId: 'one' }, put: OK },
            '/b': { get: { ...OK, operationId: 'one' } },
          },
        }),
      );
      expect(document.operations.map((operation) => operation.id)).toEqual(['one', 'PUT /a', 'GET /b']);
      expect(warningsOf(document)).toEqual(['DOCUMENT_OPERATION_DUPLICATE /paths/~1b/get/operationId']);
    });

    test('an operationId cannot take the name that another operation has by method and path', () => {
      const document = documentOf(
        api({ paths: { '/a': { get: { ...OK, operationId: 'GET /b' } }, '/b': { get: OK } } }),
      );
      expect(document.operations.map((operation) => operation.id)).toEqual(['GET /a', 'GET /b']);
    });

    test('inherit security, extensions and parameters, and override them', () => {
      const document = documentOf(
        api({
          security: [{ key: [] }],
          components: {
            securitySchemes: {
              key: { type: 'apiKey', in: 'header', name: 'X-Key' },
              jwt: { type: 'http', scheme: 'Bearer' },
            },
          },
          paths: {
            '/a': {
              'x-owner': 'item',
              'x-team': 'blue',
              parameters: [
                { name: 'q', in: 'query', schema: { type: 'string' } },
                { name: 'X-H', in: 'header', schema: { type: 'string' } },
              ],
              get: {
                ...OK,
                'x-owner': 'operation',
                parameters: [{ name: 'x-h', in: 'header', schema: { type: 'integer' } }],
                security: [{ jwt: ['a'], key: [] }, {}],
              },
              put: { ...OK, security: [] },
              post: OK,
            },
          },
        }),
      );
      const get = operationOf(document, 'GET /a');
      expect(get.extensions).toEqual({ 'x-owner': 'operation', 'x-team': 'blue' });
      expect(get.parameters.map((parameter) => [parameter.name, parameter.schema?.node])).toEqual([
        ['q', { type: 'string' }],
        ['x-h', { type: 'integer' }],
      ]);
      expect(get.security).toEqual([
        [
          { scheme: 'jwt', scopes: ['a'] },
          { scheme: 'key', scopes: [] },
        ],
        [],
      ]);
      expect(operationOf(document, 'PUT /a').security).toEqual([]);
      expect(operationOf(document, 'POST /a').security).toEqual([[{ scheme: 'key', scopes: [] }]]);
      expect(document.securitySchemes.get('jwt')).toMatchObject({ type: 'http', scheme: 'bearer' });
    });

    test('have null as security where nobody declares any', () => {
      expect(documentOf(api({ paths: { '/a': { get: OK } } })).operations[0]?.security).toBeNull();
    });

    test('that no router can tell apart are set aside and named', () => {
      const document = documentOf(
        api({ paths: { '/a/{x}': { get: OK, put: OK }, '/a/{y}': { get: OK, post: OK }, '/a/b': { get: OK } } }),
      );
      expect(document.operations.map((operation) => operation.id)).toEqual(['PUT /a/{x}', 'POST /a/{y}', 'GET /a/b']);
      expect(document.ambiguousOperations?.map((operation) => operation.id)).toEqual(['GET /a/{x}', 'GET /a/{y}']);
      expect(warningsOf(document).filter((warning) => warning.startsWith('DOCUMENT_PATH_AMBIGUOUS'))).toHaveLength(2);
    });

    test('of one template under different base paths are no doubt; under base paths that add up to one they are', () => {
      const apart = api({
        paths: { '/a/{x}': { servers: [{ url: '/v1' }], get: OK }, '/a/{y}': { servers: [{ url: '/v2' }], get: OK } },
      });
      expect(documentOf(apart).ambiguousOperations).toEqual([]);
      const same = api({ paths: { '/v1/a': { get: OK }, '/a': { servers: [{ url: '/v1' }], get: OK } } });
      expect(documentOf(same).ambiguousOperations).toHaveLength(2);
    });
  });

  describe('paths', () => {
    test.each(['/a/{', '/a/}', '/a/{}', '/a/{b{c}}'])('refuses %s', (path) => {
      expect(refusalOf(api({ paths: { [path]: { get: OK } } }))).toMatchObject([{ code: 'DOCUMENT_PATH_INVALID' }]);
    });

    test('that no request can have are named', () => {
      expect(warningsOf(documentOf(api({ paths: { '/a?b=c': { get: OK } } })))).toEqual([
        'DOCUMENT_PATH_UNREACHABLE /paths/~1a?b=c',
      ]);
      const hintOf = (path: string): unknown =>
        documentOf(api({ paths: { [path]: { get: OK } } })).warnings.find(
          ({ code }) => code === 'DOCUMENT_PATH_UNREACHABLE',
        )?.hint;
      expect(hintOf('/a?b=c')).toContain('as parameters');
      expect(hintOf('/#Action=A')).toContain('never sent');
      for (const path of ['//a', '/a//{b}', '/a//'])
        expect(warningsOf(documentOf(api({ paths: { [path]: { get: OK } } })))[0]).toContain(
          'DOCUMENT_PATH_UNREACHABLE',
        );
    });

    test('a member that is no method of this version lets nothing in', () => {
      const document = documentOf(
        api({ openapi: '3.1.0', paths: { '/a': { query: OK, GET: OK, additionalOperations: { PURGE: OK } } } }),
      );
      expect(document.operations).toEqual([]);
      expect(warningsOf(document)).toEqual([
        'DOCUMENT_PATHS_EMPTY /paths',
        ...['query', 'GET', 'additionalOperations'].map((key) => `DOCUMENT_MEMBER_UNKNOWN /paths/~1a/${key}`),
      ]);
    });

    test('a document without paths lets nothing in', () => {
      const document = documentOf({
        openapi: '3.1.0',
        info: { title: 'T', version: '1' },
        webhooks: { a: { post: OK } },
      });
      expect(document.operations).toEqual([]);
      expect(warningsOf(document)).toEqual(['DOCUMENT_PATHS_EMPTY ']);
    });

    test.each([{}, { 'x-a': 1 }, { '/a': { parameters: [] } }])(
      'paths without an operation, %j, are told of',
      (paths) => {
        expect(warningsOf(documentOf(api({ paths })))).toEqual(['DOCUMENT_PATHS_EMPTY /paths']);
      },
    );
  });

  describe('path parameters', () => {
    test('that are missing are required strings; those without an expression are left out; optional ones are required', () => {
      const document = documentOf(
        api({
          paths: {
            '/a/{id}/{name}': {
              get: {
                ...OK,
                parameters: [
                  { name: 'name', in: 'path', schema: { type: 'string' } },
                  { name: 'gone', in: 'path', required: true, schema: { type: 'string' } },
                ],
              },
            },
          },
        }),
      );
      const { parameters } = operationOf(document, 'GET /a/{id}/{name}');
      expect(parameters.map(({ name, required, style }) => ({ name, required, style }))).toEqual([
        { name: 'name', required: true, style: 'simple' },
        { name: 'id', required: true, style: 'simple' },
      ]);
      expect(parameters[1]?.schema).toMatchObject({ node: { type: 'string' }, dialect: 'json-schema-2020-12' });
      expect(document.warnings.map((warning) => warning.code).toSorted()).toEqual([
        'DOCUMENT_PARAMETER_INVALID',
        'DOCUMENT_PARAMETER_UNDECLARED',
        'DOCUMENT_PARAMETER_UNUSED',
      ]);
    });
  });

  describe('security', () => {
    test('a reference to a scheme means the declared one that it leads to (OpenAPI 3.2)', () => {
      const files = {
        'more/shared.yaml':
          'key: { type: apiKey, in: header, name: X-Key }\nother: { type: apiKey, in: header, name: X-Other }',
      };
      const requiring = (...names: string[]): ApiDocument =>
        documentOf(
          {
            openapi: '3.2.0',
            info: { title: 'T', version: '1' },
            components: {
              securitySchemes: {
                own: { type: 'http', scheme: 'bearer' },
                shared: { $ref: 'more/shared.yaml#/key' },
              },
            },
            paths: { '/a': { get: { ...OK, security: names.map((name) => ({ [name]: [] })) } } },
          },
          files,
        );
      const [operation] = requiring('#/components/securitySchemes/own', 'more/shared.yaml#/key', 'own').operations;
      expect(operation?.security?.map((all) => all.map(({ scheme }) => scheme))).toEqual([
        ['own'],
        ['shared'],
        ['own'],
      ]);
      for (const nowhere of ['more/shared.yaml#/other', 'more/shared.yaml#/none', 'none.yaml#/key', '#/paths/~1a'])
        expect(() => requiring(nowhere)).toThrow('DOCUMENT_SECURITY_UNDECLARED');
    });

    test('a scheme that is not declared, or cannot be understood, refuses to load where it is required', () => {
      const components = { securitySchemes: { odd: { type: 'magic' }, unused: { type: 'apiKey' } } };
      expect(
        refusalOf(api({ components, paths: { '/a': { get: { ...OK, security: [{ odd: [] }] } } } })),
      ).toMatchObject([{ code: 'DOCUMENT_SECURITY_UNDECLARED', path: '/paths/~1a/get/security/0/odd' }]);
      // What is declared and wrong is not said to be absent: that would contradict the warning of it.
      for (const [name, message, hint] of [
        ['odd', 'the security scheme odd cannot be checked as it is declared', /^Correct its declaration, .*\.$/],
        ['unused', 'the security scheme unused cannot be checked as it is declared', /^Correct its declaration, .*\.$/],
        ['other', 'there is no security scheme other', /^Declare it among .*\.$/],
      ] as const)
        expect(
          refusalOf(api({ components, paths: { '/a': { get: { ...OK, security: [{ [name]: [] }] } } } })),
        ).toMatchObject([{ message, hint: expect.stringMatching(hint) }]);
      expect(warningsOf(documentOf(api({ components, paths: { '/a': { get: OK } } })))).toEqual([
        'DOCUMENT_SECURITY_INVALID /components/securitySchemes/odd',
        'DOCUMENT_SECURITY_INVALID /components/securitySchemes/unused',
      ]);
    });

    test('where a scheme is not declared or of no known type, the names that would do are told', () => {
      const components = {
        securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'K' }, odd: { type: 'apikey' } },
      };
      const paths = (scheme: string) => ({ '/a': { get: { ...OK, security: [{ [scheme]: [] }] } } });
      expect(refusalOf(api({ components, paths: paths('kye') }))).toMatchObject([
        { hint: 'Declare it among the security schemes of the document, or name one of them: key.' },
      ]);
      expect(refusalOf(api({ paths: paths('key') }))).toMatchObject([
        { hint: 'Declare it among the security schemes of the document.' },
      ]);
      expect(documentOf(api({ components, paths: paths('key') })).warnings).toMatchObject([
        { hint: 'Types are apiKey, http, mutualTLS, oauth2 and openIdConnect, in these letters.' },
      ]);
    });

    test('schemes that no operation asks for are told of, unless the document says that anybody may call', () => {
      const components = { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } };
      const warned = (more: Record<string, JsonValue>, operation: JsonValue = OK): readonly string[] =>
        warningsOf(documentOf(api({ components, paths: { '/a': { get: operation } }, ...more })));
      expect(warned({})).toEqual(['DOCUMENT_SECURITY_UNASKED ']);
      expect(warned({ security: [] })).toEqual([]);
      expect(warned({ security: [{ key: [] }] })).toEqual([]);
      expect(warned({}, { ...OK, security: [{}, { key: [] }] })).toEqual([]);
      expect(warned({ components: {} })).toEqual([]);
    });

    test.each([{ key: [] }, null, 'key', [null], [['key']], [{ key: 'scope' }], [{ key: [1] }]])(
      'refuses %j as a requirement: it never counts as anonymous',
      (security) => {
        const components = { securitySchemes: { key: { type: 'apiKey', in: 'query', name: 'k' } } };
        expect(refusalOf(api({ components, paths: { '/a': { get: { ...OK, security } } } }))).toMatchObject([
          { code: 'DOCUMENT_INVALID' },
        ]);
      },
    );

    test('knows every type of scheme', () => {
      const securitySchemes = {
        a: { type: 'apiKey', in: 'cookie', name: 'c' },
        b: { type: 'http', scheme: 'Basic' },
        c: { type: 'oauth2', flows: {} },
        d: { type: 'openIdConnect', openIdConnectUrl: 'https://id.example/x' },
        e: { type: 'mutualTLS' },
        f: { $ref: '#/components/securitySchemes/a' },
      };
      expect([...documentOf(api({ components: { securitySchemes } })).securitySchemes.values()]).toMatchObject([
        { name: 'a', type: 'apiKey', in: 'cookie', parameter: 'c' },
        { name: 'b', type: 'http', scheme: 'basic', bearerFormat: null },
        { name: 'c', type: 'oauth2' },
        { name: 'd', type: 'openIdConnect', discoveryUrl: 'https://id.example/x' },
        { name: 'e', type: 'mutualTLS' },
        { name: 'f', type: 'apiKey', parameter: 'c' },
      ]);
    });
  });
});
