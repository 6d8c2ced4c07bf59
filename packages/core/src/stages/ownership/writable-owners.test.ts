import { describe, expect, it } from 'vitest';
import { loadDocument } from '../../openapi/load-document.ts';
import { createMemoryReader } from '../../openapi/memory-document-reader.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import { writableOwners } from './writable-owners.ts';

const text = { type: 'string' };

/** An object that is read with its owner, and changed at `path` with a body of this schema. */
function warned(schema: object, { more = '', path = '/things/{id}', owner = 'response:/ownerId' } = {}): string[] {
  const operation = (operationId: string): object => ({
    operationId,
    parameters: [{ name: 'id', in: 'path', required: true, schema: text }],
    responses: { 200: { description: 'ok' } },
  });
  const change = { ...operation('change'), requestBody: { content: { 'application/json': { schema } } } };
  const paths = { '/things/{id}': { get: operation('read') }, [path]: { get: operation('read'), patch: change } };
  const openapi = { openapi: '3.1.0', info: { title: 't', version: '1' }, paths };
  const document = loadDocument(createMemoryReader({ 'openapi.json': JSON.stringify(openapi) }), 'openapi.json');
  const policy = `authorization: { ownership: { thing: { id: path.id, owner: '${owner}', read: { operation: read } } } }\n${more}`;
  const environment = { environment: () => undefined, readFile: () => '' };
  return writableOwners(document, parsePolicy({ file: 'p.yaml', text: policy }, environment)).map(
    ({ code, message }) => `${code} ${message}`,
  );
}

const bodyWith = (ownerId: object): object => ({ type: 'object', properties: { name: text, ownerId } });
const WARNING =
  'OWNERSHIP_WRITABLE the body of change may set /ownerId, which says whose the object is: who owns it may give it away';

describe('writableOwners', () => {
  it('warns where the body of an owned object declares the member that says whose it is', () => {
    expect(warned(bodyWith(text))).toEqual([WARNING]);
    expect(warned({ allOf: [{ type: 'object' }, bodyWith(text)] })).toEqual([WARNING]);
    expect(
      warned({ type: 'object', properties: { owner: bodyWith(text) } }, { owner: 'response:/owner/ownerId' }),
    ).toEqual([WARNING.replace('/ownerId', '/owner/ownerId')]);
  });

  it.each([
    ['it declares no such member', { type: 'object', properties: { name: text } }, {}],
    ['the member is readOnly', bodyWith({ ...text, readOnly: true }), {}],
    ['only some may set it', bodyWith({ ...text, 'x-sallyport-writable': ['role:admin'] }), {}],
    [
      'only some may set its class, which the document gives it',
      bodyWith({ ...text, 'x-sallyport-data': 'owner' }),
      { more: 'data: { writable: { owner: [role:admin] } }' },
    ],
    [
      'only some may set its class, which the policy gives it',
      bodyWith(text),
      { more: 'data: { classes: { owner: [ownerId] }, writable: { owner: [role:admin] } }' },
    ],
    ['the operation makes something else, below the object', bodyWith(text), { path: '/things/{id}/parts' }],
    [
      'it is one of a list, who have a part in it',
      { type: 'object', properties: { members: { type: 'array', items: bodyWith(text) } } },
      { owner: 'response:/members/*/ownerId' },
    ],
    ['ownership is off', bodyWith(text), { more: 'operations: { change: { modes: { ownership: off } } }' }],
  ])('is silent where %s', (_, schema, options) => {
    expect(warned(schema, options)).toEqual([]);
  });
});
