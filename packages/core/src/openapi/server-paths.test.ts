import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../json/json-value.ts';
import { documentOf, operationOf, refusalOf, warningsOf } from './testing/document-under-test.ts';

const OK = { responses: { 200: { description: 'ok' } } };

function api(servers: JsonValue) {
  return { openapi: '3.0.0', info: { title: 'T', version: '1' }, servers, paths: { '/a': { get: OK } } };
}

function basePathsOf(servers: JsonValue): readonly string[] {
  return operationOf(documentOf(api(servers)), 'GET /a').basePaths;
}

describe('servers', () => {
  test.each([
    ['https://example.com/v1/', '/v1'],
    ['https://example.com', ''],
    ['//example.com/v1', '/v1'],
    ['/', ''],
    ['/a/./b/../c', '/a/c'],
    ['.', ''],
    ['https://{host}:{port}/api', '/api'],
    ['https://example.com/a%20b', '/a%20b'],
  ])('the base path of %s is "%s"', (url, path) => {
    const document = documentOf(api([{ url }]));
    expect(document.operations[0]?.basePaths).toEqual([path]);
    expect(warningsOf(document)).toEqual([]);
  });

  test('absent or empty, the base path is empty', () => {
    expect(basePathsOf([])).toEqual(['']);
  });

  test('a variable stands for each of its values, else for its default', () => {
    const variables = { version: { enum: ['v1', 'v2'], default: 'v2' }, area: { default: 'eu' } };
    expect(basePathsOf([{ url: 'https://h/{area}/{version}', variables }])).toEqual(['/eu/v1', '/eu/v2']);
    expect(basePathsOf([{ url: '{base}/x', variables: { base: { default: 'https://h/y$&' } } }])).toEqual(['/y$&/x']);
  });

  test('an empty segment, which no request may have, is left out with a warning', () => {
    const variables = { basePath: { default: '/api/v1' } };
    for (const url of ['https://h/{basePath}', 'https://h//api/v1/', 'https://h/api///v1']) {
      const document = documentOf(api([{ url, variables }]));
      expect([url, document.operations[0]?.basePaths]).toEqual([url, ['/api/v1']]);
      expect(warningsOf(document)).toEqual(['DOCUMENT_SERVER_INVALID /servers/0/url']);
    }
  });

  test('several servers of one path count once', () => {
    expect(basePathsOf([{ url: 'https://a/v1' }, { url: 'https://b/v1' }, { url: '/v2' }])).toEqual(['/v1', '/v2']);
  });

  test('those of the operation come before those of the path item, and those before the document', () => {
    const own = { servers: [{ url: '/operation' }] };
    const document = documentOf({
      ...api([{ url: '/root' }]),
      paths: { '/a': { servers: [{ url: '/item' }], get: { ...OK, ...own }, put: OK }, '/b': { get: OK } },
    });
    expect(document.operations.map((operation) => operation.basePaths)).toEqual([['/operation'], ['/item'], ['/root']]);
  });

  test('a server whose path cannot be known is left out; where none is left the document is refused', () => {
    const unknown = { url: 'https://h/{tenant}' };
    expect(warningsOf(documentOf(api([unknown, { url: '/v1' }])))).toEqual(['DOCUMENT_SERVER_INVALID /servers/0/url']);
    expect(basePathsOf([unknown, { url: '/v1' }])).toEqual(['/v1']);
    expect(refusalOf(api([unknown]))).toMatchObject([{ code: 'DOCUMENT_SERVER_INVALID', path: '/servers' }]);
  });

  test('what looks like a host and is a path is named', () => {
    const document = documentOf(api([{ url: 'api.example.com' }]));
    expect(document.operations[0]?.basePaths).toEqual(['/api.example.com']);
    expect(warningsOf(document)).toEqual(['DOCUMENT_SERVER_RELATIVE /servers/0/url']);
  });

  test('variables that expand without end are refused', () => {
    const values = Array.from({ length: 20 }, (_, index) => `v${index}`);
    const variables = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { enum: values, default: 'v0' }]));
    expect(refusalOf(api([{ url: '/{a}/{b}/{c}', variables }])).map((problem) => problem.code)).toContain(
      'DOCUMENT_TOO_LARGE',
    );
  });
});
