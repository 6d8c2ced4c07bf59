import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../json/json-value.ts';
import { documentOf } from '../openapi/testing/document-under-test.ts';
import { canonicalPath } from '../stages/head/canonical-path.ts';
import { unreachablePaths } from './unreachable-paths.ts';

const OK = { responses: { 200: { description: 'ok' } } };

function documentWith(paths: readonly string[], more: JsonObject = {}, servers: readonly JsonObject[] = []) {
  const items = Object.fromEntries(paths.map((path) => [path, { get: OK, put: OK }]));
  return documentOf({ openapi: '3.1.0', info: { title: 't', version: '1' }, servers, paths: { ...items, ...more } });
}

function warningsOf(...parts: Parameters<typeof documentWith>) {
  return unreachablePaths(documentWith(...parts)).map(({ code, path, message }) => [code, path, message]);
}

const MATRIX = {
  '/map{area}': {
    get: { ...OK, parameters: [{ name: 'area', in: 'path', required: true, style: 'matrix', schema: {} }] },
  },
};

describe('unreachablePaths', () => {
  test('names a path with a `;`, once for all of its methods, and what to declare instead', () => {
    expect(unreachablePaths(documentWith(['/a', '/map;area=1/x']))).toMatchObject([
      {
        code: 'DOCUMENT_PATH_UNREACHABLE',
        path: '/paths/~1map;area=1~1x/get',
        line: expect.any(Number),
        message:
          'requests for this path are refused before they are matched (PATH_INVALID, path-parameter): its operations are never let in',
        hint: expect.stringContaining('style matrix: `/map{area}`'),
      },
    ]);
  });

  test('names a server with a `;`, and says the same of every path below it', () => {
    const told = warningsOf(['/a', '/b', '/c%2Fx'], {}, [{ url: 'https://h/v;1' }]);
    expect(told.map(([, path]) => path)).toEqual(['/paths/~1a/get', '/paths/~1b/get', '/paths/~1c%2Fx/get']);
    expect(new Set(told.slice(0, 2).map(([, , message]) => message))).toEqual(
      new Set([
        'requests below the base path /v;1 of a server are refused before they are matched (PATH_INVALID, path-parameter): its operations are never let in',
      ]),
    );
  });

  test('says the same of paths of one cause, so that they can be told together', () => {
    expect(
      new Set(unreachablePaths(documentWith(['/a;b', '/c;d'])).map(({ message, hint }) => message + hint)).size,
    ).toBe(1);
    expect(new Set(unreachablePaths(documentWith(['/a;b', '/c%2F'])).map(({ message }) => message)).size).toBe(2);
  });

  test('is silent of a `;` where the document takes parameters in paths, and of an escaped one it is not', () => {
    expect(warningsOf(['/map;area=1/x'], MATRIX)).toEqual([]);
    expect(warningsOf(['/b%3Bx'], MATRIX)).toHaveLength(1);
  });

  test('names whatever text is refused in a path, and no other', () => {
    const refused = [
      '/b%3Bx',
      '/c%2Fx',
      '/c%5cx',
      '/d/../x',
      '/d/%2e',
      '/e%zz',
      '/e%{x}',
      '/f\\x',
      '/g%2541',
      '/h\u0000',
      '/j／',
    ];
    for (const path of refused) expect([path, warningsOf([path]).length]).toEqual([path, 1]);
    for (const path of [
      '/',
      '/a b/é',
      '/{id}.json',
      '/.{x}',
      '/..{x}',
      '/a/',
      '/$x:y@z',
      '/a%20b',
      '/a|"<>^`',
      "/f(id='{id}',n={n})",
    ])
      expect([path, warningsOf([path])]).toEqual([path, []]);
  });

  test('leaves paths that the document warns of to that', () => {
    expect(warningsOf(['/a?b=c', '/a;b?c', '/a//b', '/a#b'])).toEqual([]);
  });

  test('what is not named is let through by the head', () => {
    for (const path of ['/a b/é', '/$x:y@z', '/a|"<>^`'])
      expect(canonicalPath(new URL(`http://h${path}`).pathname)).toHaveProperty('path');
  });
});
