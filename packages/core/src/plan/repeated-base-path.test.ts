import { describe, expect, it } from 'vitest';
import { documentOf } from '../openapi/testing/document-under-test.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { repeatedBasePath } from './repeated-base-path.ts';

const OK = { responses: { 200: { description: 'ok' } } };

function warningsOf(upstream: string, ...servers: readonly string[]) {
  const document = documentOf({
    openapi: '3.1.0',
    info: { title: 't', version: '1' },
    servers: servers.map((url) => ({ url })),
    paths: { '/items/{id}': { get: OK }, '/other': { get: OK } },
  });
  const text = `api: a.yaml\nupstream: ${upstream}\n`;
  const policy = parsePolicy({ file: 'sallyport.yaml', text }, { environment: () => undefined, readFile: () => '' });
  return repeatedBasePath(document, policy);
}

describe('repeatedBasePath', () => {
  it('names the path that the API would be asked for, once, and where the upstream stands', () => {
    expect(warningsOf('http://127.0.0.1:3000/v1/', 'https://shop.example/v1')).toEqual([
      {
        code: 'POLICY_UPSTREAM_PATH_REPEATED',
        file: 'sallyport.yaml',
        line: 2,
        column: 1,
        path: '/upstream',
        message:
          'the upstream is asked for /v1/v1/items/{id}: its path /v1 is put before /v1, which the servers of the document say already',
        hint: 'Where the API is at /v1, leave that out of upstream.url.',
      },
    ]);
  });

  it.each([
    ['/shop/v1', '/v1'],
    ['/shop', '/shop/v1'],
    ['/v2', '/v1', '/v2'],
  ])('sees that %s repeats itself before %s', (path, ...servers) => {
    expect(warningsOf(`http://127.0.0.1:3000${path}`, ...servers).map(({ code }) => code)).toEqual([
      'POLICY_UPSTREAM_PATH_REPEATED',
    ]);
  });

  it.each([
    ['', '/v1'],
    ['/', '/v1'],
    ['/internal', '/v1'],
    ['/v1', '/v10'],
    ['/shopv1', '/v1'],
    ['/v1', 'https://shop.example'],
  ])('says nothing of %s before %s', (path, server) => {
    expect(warningsOf(`http://127.0.0.1:3000${path}`, server)).toEqual([]);
  });
});
