import { expect, test } from 'vitest';
import { createMemoryReader, loadDocument, parsePolicy } from '@sallyport/core';
import { classifiedNames } from './classified-names.ts';

test('classifiedNames takes schemas with more members and branches than a call takes arguments', () => {
  const many = 150_000;
  const properties = Object.fromEntries(Array.from({ length: many }, (_, i) => [`p${i}`, {}]));
  const last = { properties: { secret: { 'x-sallyport-data': 'secret' } } };
  const schema = { properties, anyOf: [...Array.from({ length: many }, () => ({})), last] };
  const text = JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'Wide', version: '1' },
    paths: { '/a': { get: { responses: { 200: { description: '', content: { 'application/json': { schema } } } } } } },
  });
  const document = loadDocument(createMemoryReader({ 'api.json': text }), 'api.json');
  const policy = parsePolicy(null, { environment: () => undefined, readFile: () => '' });
  expect([...classifiedNames(document, policy)]).toContain('secret');
});
