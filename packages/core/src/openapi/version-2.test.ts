import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { documentOf, operationOf, refusalOf, warningsOf } from './testing/document-under-test.ts';
import type { Operation } from './model.ts';

const OK = { 200: { description: 'ok' } };

function api(operation: JsonObject, members: JsonObject = {}): JsonObject {
  return {
    swagger: '2.0',
    info: { title: 'T', version: '1' },
    consumes: ['application/json'],
    produces: ['application/json'],
    paths: { '/a': { post: { responses: OK, ...operation } } },
    ...members,
  };
}

function post(operation: JsonObject, members: JsonObject = {}): Operation {
  return operationOf(documentOf(api(operation, members)), 'POST /a');
}

describe('Swagger 2.0', () => {
  test('basePath is the base path; host and schemes are left aside', () => {
    expect(post({}, { host: 'example.com', basePath: '/v1/', schemes: ['https'] }).basePaths).toEqual(['/v1']);
    expect(post({}).basePaths).toEqual(['']);
    expect(post({}, { basePath: 'v1' }).basePaths).toEqual(['/v1']);
    expect(refusalOf(api({}, { basePath: '/{tenant}' }))).toMatchObject([
      { code: 'DOCUMENT_SERVER_INVALID', path: '/basePath' },
    ]);
  });

  test('a body parameter is the request body, of every type that is consumed', () => {
    const parameters = [{ name: 'pet', in: 'body', required: true, schema: { $ref: '#/definitions/Pet' } }];
    const { requestBody, parameters: rest } = post(
      { parameters, consumes: ['application/JSON', 'text/xml', 'application/json'] },
      { definitions: { Pet: { type: 'object' } } },
    );
    expect(rest).toEqual([]);
    expect(requestBody).toMatchObject({ required: true, pointer: '/paths/~1a/post/parameters/0' });
    expect(requestBody?.content.map((media) => media.range)).toEqual(['application/json', 'text/xml']);
    expect(requestBody?.content[0]?.schema).toEqual({
      file: 'api.json',
      pointer: '/paths/~1a/post/parameters/0/schema',
      dialect: 'swagger-2.0',
      node: { $ref: '#/definitions/Pet' },
    });
  });

  test('what nobody says it consumes is JSON, with one warning for the document', () => {
    const root = {
      swagger: '2.0',
      info: { title: 'T', version: '1' },
      paths: {
        '/a': { post: { responses: OK, parameters: [{ name: 'b', in: 'body', schema: {} }] } },
        '/b': { put: { responses: OK, parameters: [{ name: 'b', in: 'body', schema: {} }] } },
      },
    };
    const document = documentOf(root);
    expect(document.operations.map((operation) => operation.requestBody?.content[0]?.range)).toEqual([
      'application/json',
      'application/json',
    ]);
    expect(warningsOf(document)).toEqual(['DOCUMENT_MEDIA_TYPE_UNDECLARED ']);
  });

  test('formData parameters are one object, with the way each is written', () => {
    const parameters = [
      { name: 'name', in: 'formData', type: 'string', maxLength: 10, required: true, description: 'd' },
      { name: 'tags', in: 'formData', type: 'array', items: { type: 'string' }, collectionFormat: 'multi' },
      { name: 'ids', in: 'formData', type: 'array', items: { type: 'integer' }, collectionFormat: 'pipes' },
    ];
    const { requestBody } = post({ parameters, consumes: ['application/x-www-form-urlencoded', 'application/json'] });
    expect(requestBody?.required).toBe(true);
    expect(requestBody?.content).toHaveLength(1);
    expect(requestBody?.content[0]).toMatchObject({
      range: 'application/x-www-form-urlencoded',
      pointer: '/paths/~1a/post/parameters',
    });
    expect(requestBody?.content[0]?.schema?.node).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string', maxLength: 10 },
        tags: { type: 'array', items: { type: 'string' } },
        ids: { type: 'array', items: { type: 'integer' } },
      },
      required: ['name'],
    });
    expect(requestBody?.content[0]?.encoding.get('tags')).toMatchObject({ style: 'form', explode: true });
    expect(requestBody?.content[0]?.encoding.get('ids')).toMatchObject({ style: 'pipeDelimited', explode: false });
  });

  test('a file needs multipart, and is bytes', () => {
    const parameters = [{ name: 'f', in: 'formData', type: 'file' }];
    const both = post({ parameters, consumes: ['multipart/form-data', 'application/x-www-form-urlencoded'] });
    expect(both.requestBody?.content.map((media) => media.range)).toEqual(['multipart/form-data']);
    expect(both.requestBody?.content[0]?.schema?.node).toEqual({
      type: 'object',
      properties: { f: { type: 'string', format: 'binary' } },
    });
    const document = documentOf(api({ parameters }));
    expect(document.operations[0]?.requestBody?.content[0]?.range).toBe('multipart/form-data');
    expect(warningsOf(document)).toEqual(['DOCUMENT_MEDIA_TYPE_UNDECLARED /paths/~1a/post']);
  });

  test.each([
    [
      [
        { name: 'a', in: 'body', schema: {} },
        { name: 'b', in: 'body', schema: {} },
      ],
    ],
    [
      [
        { name: 'a', in: 'body', schema: {} },
        { name: 'b', in: 'formData', type: 'string' },
      ],
    ],
  ])('two bodies are refused', (parameters) => {
    expect(refusalOf(api({ parameters }))).toMatchObject([
      { code: 'DOCUMENT_PARAMETER_INVALID', path: '/paths/~1a/post/parameters/1' },
    ]);
  });

  test.each([
    ['query', undefined, 'form', false],
    ['query', 'csv', 'form', false],
    ['query', 'multi', 'form', true],
    ['query', 'ssv', 'spaceDelimited', false],
    ['query', 'tsv', 'tabDelimited', false],
    ['query', 'pipes', 'pipeDelimited', false],
    ['header', 'csv', 'simple', false],
    ['header', undefined, 'simple', false],
  ])(
    'an array in %s with collectionFormat %s has the style %s, explode %s',
    (location, collectionFormat, style, explode) => {
      const parameter = {
        name: 'p',
        in: location,
        type: 'array',
        items: { type: 'string' },
        ...(collectionFormat === undefined ? {} : { collectionFormat }),
      };
      expect(post({ parameters: [parameter] }).parameters[0]).toMatchObject({
        style,
        explode,
        schema: { node: { type: 'array', items: { type: 'string' } }, pointer: '/paths/~1a/post/parameters/0' },
      });
    },
  );

  test('a collectionFormat that the location cannot have is refused', () => {
    for (const collectionFormat of ['multi', 'constructor']) {
      expect(
        refusalOf(
          api({
            parameters: [{ name: 'p', in: 'header', type: 'array', items: { type: 'string' }, collectionFormat }],
          }),
        ),
      ).toMatchObject([{ code: 'DOCUMENT_PARAMETER_INVALID' }]);
    }
  });

  test('cookies and TRACE are of 3.x', () => {
    expect(refusalOf(api({ parameters: [{ name: 'p', in: 'cookie', type: 'string' }] }))).toMatchObject([
      { code: 'DOCUMENT_PARAMETER_INVALID' },
    ]);
    expect(warningsOf(documentOf(api({}, { paths: { '/a': { trace: { responses: OK } } } })))).toEqual([
      'DOCUMENT_PATHS_EMPTY /paths',
      'DOCUMENT_MEMBER_UNKNOWN /paths/~1a/trace',
    ]);
  });

  test('a response has a body where it has a schema, in every type that is produced; a file is not looked into', () => {
    const responses = {
      200: { $ref: '#/responses/Pets' },
      201: { description: 'file', schema: { type: 'file' } },
      '4xx': { description: 'problem', schema: { type: 'object' } },
      204: { description: 'none' },
      odd: { description: 'never' },
    };
    const shared = {
      responses: {
        Pets: {
          description: 'p',
          schema: { type: 'array', items: {} },
          headers: { 'X-Total': { type: 'integer', description: 'n' } },
        },
      },
    };
    const document = documentOf(api({ responses, produces: ['application/json', 'text/csv'] }, shared));
    const byStatus = new Map(document.operations[0]?.responses.map((response) => [response.status, response]));
    expect([...byStatus.keys()].toSorted()).toEqual(['200', '201', '204', '4XX']);
    expect(byStatus.get('200')?.content.map((media) => media.range)).toEqual(['application/json', 'text/csv']);
    expect(byStatus.get('200')?.headers[0]).toMatchObject({
      name: 'X-Total',
      required: false,
      schema: { node: { type: 'integer' } },
    });
    expect(byStatus.get('201')?.content[0]?.schema).toBeNull();
    expect(byStatus.get('204')?.content).toEqual([]);
    expect(warningsOf(document)).toEqual(['DOCUMENT_RESPONSE_STATUS_INVALID /paths/~1a/post/responses/odd']);
  });

  test('securityDefinitions are the security schemes', () => {
    const securityDefinitions: JsonValue = {
      a: { type: 'basic' },
      b: { type: 'apiKey', in: 'query', name: 'k' },
      c: { type: 'oauth2', flow: 'implicit' },
    };
    const document = documentOf(api({ security: [{ c: ['read'] }] }, { securityDefinitions }));
    expect([...document.securitySchemes.values()]).toMatchObject([
      { type: 'http', scheme: 'basic' },
      { type: 'apiKey', parameter: 'k' },
      { type: 'oauth2' },
    ]);
    expect(document.operations[0]?.security).toEqual([[{ scheme: 'c', scopes: ['read'] }]]);
  });
});
