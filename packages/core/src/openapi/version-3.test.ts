import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../json/json-value.ts';
import { documentOf, operationOf, refusalOf, warningsOf } from './testing/document-under-test.ts';

const OK = { responses: { 200: { description: 'ok' } } };

function api(operation: JsonObject, openapi = '3.1.0'): JsonObject {
  return { openapi, info: { title: 'T', version: '1' }, paths: { '/a/{id}': { post: { ...OK, ...operation } } } };
}

function parametersOf(parameters: JsonValue, openapi?: string) {
  return operationOf(documentOf(api({ parameters }, openapi)), 'POST /a/{id}').parameters;
}

describe('a parameter', () => {
  test.each([
    ['path', 'simple', false],
    ['query', 'form', true],
    ['header', 'simple', false],
    ['cookie', 'form', true],
  ])('in %s has the style %s and explode %s where it says nothing', (location, style, explode) => {
    expect(parametersOf([{ name: 'id', in: location, required: true, schema: {} }])[0]).toMatchObject({
      in: location,
      style,
      explode,
      allowReserved: false,
      allowEmptyValue: false,
    });
  });

  test('explode follows the style, and what is authored wins', () => {
    const parameters = [
      { name: 'a', in: 'query', style: 'pipeDelimited', schema: {} },
      { name: 'b', in: 'query', style: 'form', explode: false, schema: {} },
      { name: 'c', in: 'query', style: 'deepObject', explode: true, allowReserved: true, schema: {}, 'x-c': 1 },
    ];
    const [a, b, c] = parametersOf(parameters);
    expect([a?.explode, b?.explode, c?.explode, c?.allowReserved]).toEqual([false, false, true, true]);
    expect(c?.extensions).toEqual({ 'x-c': 1 });
  });

  test.each([
    ['path', 'form'],
    ['query', 'simple'],
    ['header', 'form'],
    ['cookie', 'deepObject'],
    ['query', 'tabDelimited'],
  ])('in %s cannot have the style %s', (location, style) => {
    expect(
      refusalOf(api({ parameters: [{ name: 'id', in: location, style, required: true, schema: {} }] })),
    ).toMatchObject([{ code: 'DOCUMENT_PARAMETER_INVALID' }]);
  });

  test.each([
    [{ in: 'query', schema: {} }],
    [{ name: 'a', schema: {} }],
    [{ name: 'a', in: 'body', schema: {} }],
    [{ name: 'a', in: 'constructor', schema: {} }],
    [{ name: 1, in: 'query', schema: {} }],
    [{ name: 'a', in: 'query', schema: {}, content: { 'application/json': {} } }],
    [{ name: 'a', in: 'query', content: { 'application/json': {}, 'text/plain': {} } }],
  ])('%j is refused', (parameter) => {
    expect(refusalOf(api({ parameters: [parameter] })).map((problem) => problem.code)).toContain(
      'DOCUMENT_PARAMETER_INVALID',
    );
  });

  test('declared twice is one where both say the same and refused where they differ', () => {
    const parameter = { name: 'q', in: 'query', schema: { type: 'string', maxLength: 1 } };
    const document = documentOf(
      api({ parameters: [parameter, { schema: { maxLength: 1, type: 'string' }, in: 'query', name: 'q' }] }),
    );
    expect(document.operations[0]?.parameters.filter((each) => each.name === 'q')).toHaveLength(1);
    expect(warningsOf(document)).toContain('DOCUMENT_PARAMETER_DUPLICATE /paths/~1a~1{id}/post/parameters/1');
    expect(refusalOf(api({ parameters: [parameter, { ...parameter, required: true }] }))).toMatchObject([
      { code: 'DOCUMENT_PARAMETER_DUPLICATE' },
    ]);
  });

  test('declared in `content` has a media type instead of a schema', () => {
    const [parameter] = parametersOf([
      { name: 'q', in: 'query', content: { 'application/json': { schema: { type: 'object' } } } },
    ]);
    expect(parameter).toMatchObject({
      schema: null,
      content: { range: 'application/json', schema: { node: { type: 'object' } } },
    });
  });

  test('that names Accept, Content-Type or Authorization is ignored', () => {
    const parameters = ['accept', 'Content-Type', 'AUTHORIZATION'].map((name) => ({
      name,
      in: 'header',
      required: true,
      schema: {},
    }));
    expect(parametersOf(parameters).map((parameter) => parameter.name)).toEqual(['id']);
  });

  test('whose schema is no schema is refused; booleans are schemas from 3.1 on', () => {
    expect(refusalOf(api({ parameters: [{ name: 'a', in: 'query', schema: 'string' }] }))).toMatchObject([
      { code: 'DOCUMENT_INVALID' },
    ]);
    expect(parametersOf([{ name: 'a', in: 'query', schema: true }])[0]?.schema?.node).toBe(true);
    expect(refusalOf(api({ parameters: [{ name: 'a', in: 'query', schema: true }] }, '3.0.0'))).toMatchObject([
      { code: 'DOCUMENT_INVALID' },
    ]);
  });
});

describe('content', () => {
  test('media types are in lower case with their parameters, and stand once', () => {
    const schema = { type: 'object' };
    const document = documentOf(
      api({ requestBody: { content: { 'Application/JSON; Charset=UTF-8': { schema }, 'text/*': {}, '*/*': {} } } }),
    );
    expect(document.operations[0]?.requestBody?.content.map((media) => media.range)).toEqual([
      'application/json; charset=utf-8',
      'text/*',
      '*/*',
    ]);
    expect(document.operations[0]?.requestBody?.required).toBe(false);
    expect(refusalOf(api({ requestBody: { content: { 'text/plain': {}, 'Text/Plain': {} } } }))).toMatchObject([
      { code: 'DOCUMENT_MEDIA_TYPE_DUPLICATE' },
    ]);
    expect(warningsOf(documentOf(api({ requestBody: { content: { json: {} } } })))).toContain(
      'DOCUMENT_MEDIA_TYPE_INVALID /paths/~1a~1{id}/post/requestBody/content/json',
    );
  });

  test('the encoding of a form is read, with the headers of its parts', () => {
    const encoding = {
      file: {
        contentType: 'image/png',
        headers: { 'X-A': { required: true, schema: { type: 'string' } }, 'Content-Type': {} },
      },
      list: { style: 'pipeDelimited', explode: false },
    };
    const document = documentOf(api({ requestBody: { content: { 'multipart/form-data': { schema: {}, encoding } } } }));
    const read = document.operations[0]?.requestBody?.content[0]?.encoding;
    expect(read?.get('file')).toMatchObject({ contentType: 'image/png', style: null, explode: null });
    expect([...(read?.get('file')?.headers.keys() ?? [])]).toEqual(['X-A']);
    expect(read?.get('list')).toMatchObject({ style: 'pipeDelimited', explode: false });
  });

  test('responses keep status, ranges and default; what no response can have is left out', () => {
    const responses = {
      200: { description: 'a' },
      '4xx': { description: 'b' },
      default: { description: 'c' },
      'x-note': 1,
      600: { description: 'd' },
    };
    const document = documentOf(api({ responses }));
    expect(document.operations[0]?.responses.map((response) => response.status)).toEqual(['200', '4XX', 'default']);
    expect(document.warnings.map((warning) => warning.code)).toContain('DOCUMENT_RESPONSE_STATUS_INVALID');
  });
});

describe('OpenAPI 3.2', () => {
  test('has the method QUERY and others by name', () => {
    const item = { query: OK, additionalOperations: { PURGE: OK, 'M-SEARCH': OK } };
    const document = documentOf({ openapi: '3.2.0', info: { title: 'T', version: '1' }, paths: { '/a': item } });
    expect(document.operations.map((operation) => operation.id)).toEqual(['QUERY /a', 'PURGE /a', 'M-SEARCH /a']);
    expect(document.operations[1]?.pointer).toBe('/paths/~1a/additionalOperations/PURGE');
  });

  test.each(['POST', 'get', 'A B', ''])('refuses "%s" among the additional operations', (method) => {
    const root = {
      openapi: '3.2.0',
      info: { title: 'T', version: '1' },
      paths: { '/a': { additionalOperations: { [method]: OK } } },
    };
    expect(refusalOf(root)).toMatchObject([{ code: 'DOCUMENT_INVALID' }]);
  });

  test('has the whole query string as a parameter, alone and with its media type', () => {
    const whole = {
      name: 'q',
      in: 'querystring',
      content: { 'application/x-www-form-urlencoded': { schema: { type: 'object' } } },
    };
    expect(parametersOf([whole], '3.2.0')[0]).toMatchObject({
      in: 'querystring',
      content: { range: 'application/x-www-form-urlencoded' },
    });
    expect(refusalOf(api({ parameters: [whole] }, '3.1.0'))).toMatchObject([{ code: 'DOCUMENT_PARAMETER_INVALID' }]);
    expect(refusalOf(api({ parameters: [whole, { name: 'a', in: 'query', schema: {} }] }, '3.2.0'))).toMatchObject([
      { code: 'DOCUMENT_PARAMETER_INVALID' },
    ]);
    expect(refusalOf(api({ parameters: [{ name: 'q', in: 'querystring', schema: {} }] }, '3.2.0'))).toMatchObject([
      { code: 'DOCUMENT_PARAMETER_INVALID' },
    ]);
  });

  test('has a schema for the items of a stream', () => {
    const document = documentOf(
      api(
        {
          responses: {
            200: { description: 'ok', content: { 'application/jsonl': { itemSchema: { type: 'object' } } } },
          },
        },
        '3.2.0',
      ),
    );
    expect(document.operations[0]?.responses[0]?.content[0]).toMatchObject({
      schema: null,
      itemSchema: { node: { type: 'object' } },
    });
  });
});
