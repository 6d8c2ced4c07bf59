import { describe, expect, it } from 'vitest';
import { loadDocument } from '../openapi/load-document.ts';
import { createMemoryReader } from '../openapi/memory-document-reader.ts';
import { coverOperation } from './ownership-coverage.ts';
import { parsePolicy } from './parse-policy.ts';

const STRING = { type: 'string' };
const object = (properties: object, required: string[] = []): object => ({ type: 'object', properties, required });

/** Where the answer of the read must name the object: `/id!` where it has to be there. */
function placeOf(
  schema: object,
  parameter = 'accountId',
  more = '',
  given: object = STRING,
  below = '',
): string | null {
  const path = `/things/{${parameter}}`;
  const responses = { 200: { description: 'ok', content: { 'application/json': { schema } } } };
  const parameters = [{ name: parameter, in: 'path', required: true, schema: given }];
  const document = loadDocument(
    createMemoryReader({
      'openapi.json': JSON.stringify({
        openapi: '3.1.0',
        info: { title: 't', version: '1' },
        components: { schemas: { Thing: object({ id: STRING }, ['id']) } },
        paths: {
          [`${path}${below}`]: { parameters, get: { operationId: 'read', responses } },
          [`${path}/write`]: { parameters, put: { operationId: 'write', responses } },
        },
      }),
    }),
    'openapi.json',
  );
  const text = `authorization: { ownership: { thing: { id: path.${parameter}, ${more === '' ? 'owner: response:/owner' : more} } } }`;
  const policy = parsePolicy({ file: 'p.yaml', text }, { environment: () => undefined, readFile: () => '' });
  const write = document.operations.find(({ id }) => id === 'write');
  if (write === undefined) throw new Error('no write');
  const read = coverOperation(document, policy, write).checks[0]?.read;
  if (read === null || read === undefined || read.kind === 'self') throw new Error('no read');
  return read.names === null ? null : `/${read.names.tokens.join('/')}${read.names.required ? '!' : ''}`;
}

describe('answerIdOf', () => {
  it.each([
    ['the name of the parameter', object({ id: STRING, accountId: STRING }, ['accountId']), 'accountId', '/accountId!'],
    ['id, for a parameter that ends so', object({ id: STRING }, ['id']), 'accountId', '/id!'],
    ['id for account_id', object({ id: STRING }), 'account_id', '/id'],
    ['id for id', object({ id: STRING }), 'id', '/id'],
    ['what the schema refers to', { $ref: '#/components/schemas/Thing' }, 'accountId', '/id!'],
    ['a part of the schema', { allOf: [object({}), { $ref: '#/components/schemas/Thing' }] }, 'accountId', '/id!'],
    ['one of several schemas', { oneOf: [object({}), { $ref: '#/components/schemas/Thing' }] }, 'accountId', '/id'],
    ['nothing, for a name that is no id', object({ id: STRING }, ['id']), 'paid', null],
    ['the name itself then', object({ id: STRING, slug: STRING }, ['id', 'slug']), 'slug', '/slug!'],
    ['nothing where it is an object', object({ id: object({}) }), 'accountId', null],
    ['nothing where the document says nothing', {}, 'accountId', null],
  ])('takes %s', (_, schema, parameter, expected) => expect(placeOf(schema, parameter)).toBe(expected));

  it('takes no number for a UUID, and a number for a text', () => {
    const number = object({ id: { type: 'integer' } }, ['id']);
    expect(placeOf(number, 'accountId', '', { type: 'string', format: 'uuid' })).toBeNull();
    expect(
      placeOf(object({ id: { type: 'string', format: 'uuid' } }), 'accountId', '', { type: 'integer' }),
    ).toBeNull();
    expect(placeOf(number)).toBe('/id!');
  });

  it('looks beside the owner, and where the policy says', () => {
    const data = object({ id: STRING, data: object({ id: STRING }, ['id']) }, ['data']);
    expect(placeOf(data, 'accountId', 'owner: response:/data/owner')).toBe('/data/id!');
    expect(placeOf(data, 'accountId', 'owner: response:/data/members/*/userId')).toBe('/data/id!');
    expect(placeOf(data, 'accountId', 'owner: response:/owner, answerId: response:/other')).toBe('/other!');
    expect(placeOf(data, 'accountId', 'owner: response:/owner, answerId: none')).toBeNull();
    const url = "owner: response:/owner, read: { url: 'https://o.example/{id}' }";
    expect(placeOf(data, 'accountId', url)).toBeNull();
    expect(placeOf(data, 'accountId', `${url}, answerId: response:/id`)).toBe('/id!');
  });

  it('goes one level up where the owner is an object with an id of its own', () => {
    const account = object({ id: STRING, owner: object({ id: STRING }, ['id']) }, ['id', 'owner']);
    expect(placeOf(account, 'accountId', 'owner: response:/owner/id')).toBe('/id!');
    const wrapped = object({ id: STRING, data: account }, ['id', 'data']);
    expect(placeOf(wrapped, 'accountId', 'owner: response:/data/owner/id')).toBe('/data/id!');
    expect(
      placeOf(
        account,
        'accountId',
        'owner: [response:/name, response:/id], equals: [principal.subject, principal.issuer]',
      ),
    ).toBeNull();
  });

  it('takes id for that of the object only where the path of the read ends with the parameter', () => {
    const settings = object({ id: STRING, accountId: STRING }, ['id']);
    const at = (schema: object, parameter: string, below: string): string | null =>
      placeOf(schema, parameter, 'owner: response:/owner, read: { operation: read }', STRING, below);
    expect(at(object({ id: STRING }, ['id']), 'accountId', '/settings')).toBeNull();
    expect(at(settings, 'accountId', '/settings')).toBe('/accountId');
    expect(at(settings, 'id', '/settings')).toBeNull();
    expect(at(settings, 'id', '')).toBe('/id!');
    expect(at(object({ id: STRING }, ['id']), 'accountId', '/')).toBe('/id!');
  });

  it('reads what stands beside a part that has not got it, and what is required beside it', () => {
    const data = object({ id: STRING }, ['id']);
    const nested = { ...object({ data: object({}) }), allOf: [object({ data }, ['data'])] };
    expect(placeOf(nested, 'accountId', 'owner: response:/data/owner')).toBe('/data/id!');
    const beside = { required: ['id'], allOf: [object({ id: STRING })] };
    expect(placeOf(beside)).toBe('/id!');
    expect(placeOf({ ...object({ id: STRING }), allOf: [{ required: ['id'] }] })).toBe('/id!');
    expect(placeOf({ ...object({ id: STRING }), anyOf: [{ required: ['id'] }] })).toBe('/id');
    expect(
      placeOf({ required: ['data'], oneOf: [object({ data }), {}] }, 'accountId', 'owner: response:/data/owner'),
    ).toBe('/data/id');
  });
});
