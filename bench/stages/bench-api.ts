/** The API of the stage benchmark: a document with as many operations, properties and parameters as there are rules. */
import { createMemoryReader, loadDocument, type ApiDocument } from '@sallyport/core';
import { numbersTo, type RuleCounts } from './rule-counts.ts';

/** What a thing really holds; the other properties that the schema declares are left out of it. */
const THING = {
  id: { type: 'string', pattern: '^thing-[0-9]+$' },
  accountId: { type: 'string', pattern: '^[a-z]+-[0-9]+$' },
  ownerId: { type: 'string', format: 'uuid' },
  name: { type: 'string', maxLength: 100 },
  bio: { type: 'string', maxLength: 2000, 'x-sallyport-text': 'plain' },
  note: { type: 'string', maxLength: 2000 },
  email: { type: 'string', format: 'email', 'x-sallyport-data': 'pii' },
  status: { enum: ['active', 'closed'] },
  amount: { type: 'number', minimum: 0 },
  createdAt: { type: 'string', format: 'date-time' },
  risk: { type: 'integer', 'x-sallyport-visible': ['role:nobody'] },
  tags: { type: 'array', maxItems: 10, items: { type: 'string', maxLength: 20 } },
};

/** Every one is kept from somebody, and its texts are cleaned. */
function member(n: number): object {
  const roles = [`role:r${n}`];
  return {
    type: 'string',
    maxLength: 50,
    'x-sallyport-visible': roles,
    'x-sallyport-writable': roles,
    'x-sallyport-text': 'plain',
  };
}

export function benchApi(counts: RuleCounts): ApiDocument {
  const members = Object.fromEntries(numbersTo(counts.properties).map((n) => [`m${n}`, member(n)]));
  const properties = { ...THING, ...members };
  const required = ['id', 'accountId', 'name'];
  const answer = (schema: object): object => ({
    200: { description: 'ok', content: { 'application/json': { schema } } },
  });
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^thing-[0-9]+$' } };
  const query = [
    { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 1000 } },
    { name: 'status', in: 'query', schema: { enum: ['active', 'closed'] } },
    { name: 'q', in: 'query', schema: { type: 'string', maxLength: 100 } },
    ...numbersTo(counts.parameters).map((n) => ({
      name: `f${n}`,
      in: 'query',
      schema: { type: 'string', maxLength: 50 },
    })),
  ];
  const others = numbersTo(counts.operations).map((n) => [
    `/others${n}/{id}`,
    {
      get: {
        operationId: `o${n}`,
        tags: [`tag${n}`],
        'x-sallyport-owner': { resource: `other${n}`, id: 'path.id', owner: 'response:/ownerId' },
        parameters: [id],
        responses: answer({ $ref: '#/components/schemas/Thing' }),
      },
    },
  ]);
  const paths = {
    '/things/{id}': {
      get: {
        operationId: 'getThing',
        tags: ['things'],
        parameters: [id, ...query],
        responses: answer({ $ref: '#/components/schemas/Thing' }),
      },
    },
    '/things': {
      get: {
        operationId: 'listThings',
        tags: ['things'],
        parameters: query,
        responses: answer({ type: 'array', items: { $ref: '#/components/schemas/Item' } }),
      },
      post: {
        operationId: 'createThing',
        tags: ['things'],
        security: [{ key: [] }],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/NewThing' } } },
        },
        responses: answer({ $ref: '#/components/schemas/Thing' }),
      },
    },
    ...Object.fromEntries(others),
  };
  const secret = { 'x-sallyport-encrypt': true, type: 'string', maxLength: 20 };
  const document = {
    openapi: '3.1.0',
    info: { title: 'Bench', version: '1' },
    security: [{ bearer: ['things'] }],
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'oauth2',
          flows: { clientCredentials: { tokenUrl: 'https://id.example.com/token', scopes: { things: '' } } },
        },
        key: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      },
      schemas: {
        Thing: { type: 'object', required, properties: { ...properties, secret } },
        NewThing: { type: 'object', required: ['accountId', 'name'], properties: { ...properties, secret } },
        Item: { type: 'object', required, properties },
      },
    },
  };
  return loadDocument(createMemoryReader({ 'openapi.json': JSON.stringify(document) }), 'openapi.json');
}
