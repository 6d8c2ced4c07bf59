import { describe, expect, it } from 'vitest';
import { loadDocument } from '../openapi/load-document.ts';
import { createMemoryReader } from '../openapi/memory-document-reader.ts';
import { toSchemaType } from './cedar-type.ts';
import { deriveType } from './derive-type.ts';

/** The type of a schema, in the JSON form of a Cedar schema. */
function typeOf(schema: unknown, schemas: Record<string, unknown> = {}, openapi = '3.1.0'): unknown {
  const document = loadDocument(
    createMemoryReader({
      'openapi.json': JSON.stringify({
        openapi,
        info: { title: 't', version: '1' },
        components: { schemas },
        paths: {
          '/x': {
            post: {
              requestBody: { content: { 'application/json': { schema } } },
              responses: { 200: { description: 'ok' } },
            },
          },
        },
      }),
    }),
    'openapi.json',
  );
  const source = document.operations[0]?.requestBody?.content[0]?.schema ?? null;
  if (source === null) throw new Error('no schema');
  const type = deriveType(source, document);
  return type === null ? null : toSchemaType(type);
}

const LONG = { type: 'Long' };
const STRING = { type: 'String' };
const record = (attributes: Record<string, unknown>): unknown => ({ type: 'Record', attributes });

describe('deriveType', () => {
  it.each([
    [{ type: 'string' }, STRING],
    [{ type: 'integer', format: 'int64' }, LONG],
    [{ type: 'number' }, { type: 'Extension', name: 'decimal' }],
    [
      { type: 'string', format: 'date-time' },
      { type: 'Extension', name: 'datetime' },
    ],
    [
      { type: 'string', format: 'ipv6' },
      { type: 'Extension', name: 'ipaddr' },
    ],
    [{ enum: ['a', 'b'] }, STRING],
    [{ const: 3 }, LONG],
    [
      { type: 'array', items: { type: 'string' } },
      { type: 'Set', element: STRING },
    ],
    [{ type: ['string', 'null'] }, STRING],
    [{ oneOf: [{ type: 'string' }, { type: 'null' }] }, STRING],
    [{ allOf: [{ type: 'string' }, { minLength: 1 }] }, STRING],
  ])('%j', (schema, type) => expect(typeOf(schema)).toEqual(type));

  it.each([
    {},
    true,
    { type: ['string', 'integer'] },
    { type: 'array' },
    { oneOf: [{ type: 'string' }, { type: 'integer' }] },
  ])('has no type for %j', (schema) => expect(typeOf(schema)).toBeNull());

  it('takes a member that may be null or missing for one that may be missing, and leaves out what a request may not have', () => {
    const schema = {
      type: 'object',
      required: ['a', 'b', 'id'],
      properties: {
        a: { type: 'integer' },
        b: { type: ['integer', 'null'] },
        c: { type: 'string' },
        id: { type: 'string', readOnly: true },
        any: {},
      },
    };
    expect(typeOf(schema)).toEqual(
      record({ a: LONG, b: { ...LONG, required: false }, c: { ...STRING, required: false } }),
    );
  });

  it('reads nullable of OpenAPI 3.0 as null', () => {
    const schema = { type: 'object', required: ['a'], properties: { a: { type: 'string', nullable: true } } };
    expect(typeOf(schema, {}, '3.0.3')).toEqual(record({ a: { ...STRING, required: false } }));
  });

  it('adds up allOf and lays branches over each other', () => {
    const base = { type: 'object', required: ['kind'], properties: { kind: { type: 'string' } } };
    const ref = { $ref: '#/components/schemas/Base' };
    const branch = (name: string, type: string) => ({
      allOf: [ref, { type: 'object', required: ['n', name], properties: { n: { type }, [name]: { type: 'string' } } }],
    });
    expect(typeOf({ oneOf: [branch('x', 'integer'), branch('y', 'integer')] }, { Base: base })).toEqual(
      record({ kind: STRING, n: LONG, x: { ...STRING, required: false }, y: { ...STRING, required: false } }),
    );
    expect(typeOf({ anyOf: [branch('x', 'integer'), branch('x', 'string')] }, { Base: base })).toEqual(
      record({ kind: STRING, x: STRING }),
    );
  });

  it('ends at a recursion instead of following it', () => {
    const tree = {
      type: 'object',
      properties: { name: { type: 'string' }, child: { $ref: '#/components/schemas/Tree' } },
    };
    const text = JSON.stringify(typeOf({ $ref: '#/components/schemas/Tree' }, { Tree: tree }));
    expect(text.split('"name"')).toHaveLength(6);
  });
});
