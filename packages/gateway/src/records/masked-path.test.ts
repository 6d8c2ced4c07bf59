import { expect, it } from 'vitest';
import type { Operation } from '@sallyport/core';
import { maskedPath } from './masked-path.ts';

const operation = (...basePaths: readonly string[]): Operation =>
  ({ path: '/things/{id}', basePaths }) as unknown as Operation;

it('a path of an operation is its template behind the base path that it was asked for by', () => {
  expect(maskedPath('/things/7', operation(''))).toBe('/things/{id}');
  expect(maskedPath('/v1/things/7', operation('/v1'))).toBe('/v1/things/{id}');
  expect(maskedPath('/api/v2/things/7', operation('/api', '', '/api/v2'))).toBe('/api/v2/things/{id}');
  expect(maskedPath('/api/v2/things/7', operation('/api/v2', '', '/api'))).toBe('/api/v2/things/{id}');
  expect(maskedPath('/things/7', operation('/api', ''))).toBe('/things/{id}');
});

it('a path of nothing shows what reads like a name', () => {
  expect(maskedPath('/v1/4f8a02/nowhere', null)).toBe('/v1/*/nowhere');
});
