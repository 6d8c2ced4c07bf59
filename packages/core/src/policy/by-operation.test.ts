import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation } from '../openapi/model.ts';
import { indexByOperation, operationsByKey } from './by-operation.ts';
import { meansOperation } from './operation-policy.ts';

const texts = fc.constantFrom('a', 'b', 'GET /a', 'tag:a', 'tag:b', 'tag:', '');
const operations = fc
  .record({
    id: texts,
    method: fc.constantFrom('GET', 'PUT'),
    path: fc.constantFrom('/a', '/b'),
    tags: fc.array(texts, { maxLength: 3 }),
  })
  .map((one) => one as unknown as Operation);
const keys = fc.option(fc.array(fc.oneof(texts, fc.constant('PUT /b')), { maxLength: 4 }));

test('an index finds those that mean an operation, each once and in their order', () => {
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 6 }), operations, (lists, operation) => {
      const all = lists.map((list, index) => ({ list, index }));
      const means = all.filter(({ list }) => list === null || list.some((key) => meansOperation(key, operation)));
      expect(indexByOperation(all, ({ list }) => list)(operation)).toEqual(means);
    }),
  );
});

test('operations are found by the keys that mean them, in the order of the document', () => {
  fc.assert(
    fc.property(fc.array(operations, { maxLength: 6 }), texts, (list, key) => {
      const means = list.filter((operation) => meansOperation(key, operation));
      expect(operationsByKey({ operations: list }).get(key) ?? []).toEqual(means);
    }),
  );
});
