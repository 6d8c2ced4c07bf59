import { expect, it } from 'vitest';
import type { JsonObject } from '../json/json-value.ts';
import { createSchemaCompiler } from './create-schema-compiler.ts';
import { BOUNDS, bytesOf, TestDocument } from './testing/test-document.ts';

/** Whether a request's body passes where names that differ from declared ones in case only are refused, by walkers and without them. */
function passes(schema: JsonObject, text: string): boolean[] {
  return [true, false].map((walkers) => {
    const document = new TestDocument('json-schema-2020-12', schema);
    const compiler = createSchemaCompiler(document, { walkers, caseVariants: 'refuse' });
    return compiler.json(document.at(''), 'request', 'as-declared', BOUNDS)(bytesOf(text)).ok;
  });
}

const id = { properties: { id: { type: 'integer' } } };

it.each([
  ['beside it', id, '{"ID":1}', false],
  ['itself', id, '{"id":1}', true],
  ['declared by an alternative behind one that holds', { anyOf: [{ properties: { a: true } }, id] }, '{"ID":1}', false],
  ['declared by an alternative before one that holds', { anyOf: [id, { properties: { a: true } }] }, '{"ID":1}', false],
  ['declared by another alternative', { ...id, anyOf: [{}, { properties: { ID: true } }] }, '{"ID":1}', true],
  [
    'declared by an alternative that does not hold',
    { anyOf: [{ properties: { a: { type: 'string' } } }, { ...id, required: ['id'] }] },
    '{"a":"x","ID":1}',
    true,
  ],
  ['asked for and not declared', { ...id, required: ['ID'] }, '{"ID":"x"}', false],
  ['asked for, not declared and like none', { ...id, required: ['key'] }, '{"key":"x"}', true],
])('a name in another case than the declared %s', (_what, schema, text, ok) => {
  expect(passes(schema, text)).toEqual([ok, ok]);
});
