import { expect, test, vi } from 'vitest';
import type { JsonValue } from '../json/json-value.ts';
import type { createValidatorCompiler } from './ajv-engine.ts';
import { BOUNDS, bytesOf, documentWith } from './testing/test-document.ts';

type Generate = ReturnType<typeof createValidatorCompiler>;
const generate = vi.hoisted(() => vi.fn<Generate>());
vi.mock(import('./ajv-engine.ts'), () => ({ createValidatorCompiler: () => generate }));

const overflow = (): never => {
  throw new RangeError('Maximum call stack size exceeded');
};
const SCHEMA = { type: 'object', properties: { a: { type: 'string', minLength: 2 } } };

test.each([
  ['cannot be generated', (): never => overflow()],
  ['overflows the stack', () => overflow],
])('a validator that %s is stood in for by an evaluation with the same verdicts', (_, generated) => {
  generate.mockReset();
  generate.mockImplementation(generated);
  const { compiler, source } = documentWith('openapi-3.0', SCHEMA, {}, { walkers: false });
  const value = compiler.value(source, 'request');
  const body = compiler.json(source, 'request', 'as-declared', BOUNDS);
  const verdicts = (data: JsonValue): boolean[] => [value(data) === null, body(bytesOf(JSON.stringify(data))).ok];
  for (let time = 0; time < 3; time++) {
    expect(verdicts({ a: 'ab' })).toEqual([true, true]);
    expect(verdicts({ a: 'a' })).toEqual([false, false]);
    expect(verdicts([])).toEqual([false, false]);
  }
  expect(generate).toHaveBeenCalledTimes(1);
});

test('a validator that fails for another reason is not believed', () => {
  generate.mockReset();
  generate.mockImplementation(() => () => {
    throw new TypeError('broken');
  });
  const { compiler, source } = documentWith('openapi-3.0', SCHEMA, {}, { walkers: false });
  expect(() => compiler.value(source, 'request')({ a: 'ab' })).toThrow('broken');
});
