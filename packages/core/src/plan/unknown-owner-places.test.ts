import { describe, expect, it } from 'vitest';
import { documentOf } from '../openapi/testing/document-under-test.ts';
import type { JsonObject } from '../json/json-value.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { unknownOwnerPlaces } from './unknown-owner-places.ts';

const text = { type: 'string' };
const ORDER = {
  type: 'object',
  properties: { id: text, customer: text, members: { type: 'array', items: { properties: { userId: text } } } },
};
const LIST = { properties: { items: { type: 'array', items: ORDER }, total: { type: 'integer' }, next: text } };
const answer = (schema: JsonObject): JsonObject => ({
  200: { description: 'ok', content: { 'application/json': { schema } } },
});
const BY_ID = { parameters: [{ name: 'orderId', in: 'path', required: true, schema: text }] };
const DOCUMENT = documentOf({
  openapi: '3.1.0',
  info: { title: 't', version: '1' },
  paths: {
    '/orders': { get: { operationId: 'listOrders', responses: answer(LIST) } },
    '/orders/{orderId}': {
      ...BY_ID,
      get: { operationId: 'getOrder', responses: answer(ORDER) },
      delete: { operationId: 'cancelOrder', responses: { 204: { description: 'gone' } } },
    },
    '/orders/{orderId}/parts': { ...BY_ID, get: { operationId: 'listParts', responses: answer(LIST) } },
  },
});

function told(owner: string, more = '', modes = ''): readonly (readonly [number, string, string | null])[] {
  const policy = parsePolicy(
    {
      file: 'p.yaml',
      text: `authorization:\n  ownership:\n    order: { id: path.orderId, owner: '${owner}'${more} }\n${modes}`,
    },
    { environment: () => undefined, readFile: () => '' },
  );
  return unknownOwnerPlaces(DOCUMENT, policy).map(({ code, line, message, hint }) => {
    expect(code).toBe('POLICY_FIELD_UNKNOWN');
    return [line, message, hint] as const;
  });
}
const lists = (list: string): string => `, lists: { listOrders: { ${list} } }`;

describe('unknownOwnerPlaces', () => {
  it('names the place of an owner that is one slip away from one of the answer, once for all that ask there', () => {
    expect(told('response:/custmer')).toEqual([
      [
        3,
        'the answer of getOrder declares nothing at /custmer, where ownership looks',
        'Did you mean response:/customer?',
      ],
    ]);
    expect(told('response:/members/*/userld')).toMatchObject([
      [3, expect.anything(), 'Did you mean response:/members/*/userId?'],
    ]);
    expect(told('response:/membrs/*/userId')).toMatchObject([
      [3, expect.anything(), 'Did you mean response:/members/*/userId?'],
    ]);
  });

  it('names places of lists: items, how many, and what is hidden', () => {
    const more = 'items: response:/itms/*/customer, total: response:/totl, hide: [response:/nxt, header.Link]';
    expect(told('response:/customer', lists(more)).map(([, , hint]) => hint)).toEqual([
      'Did you mean response:/items/*/customer?',
      'Did you mean response:/total?',
      'Did you mean response:/next?',
    ]);
  });

  it.each([
    ['the document declares it', 'response:/customer', lists('items: response:/items/*/customer'), ''],
    ['nothing declared is near: it is left out on its way', 'response:/ownerId', '', ''],
    ['nothing is declared below the nearest', 'response:/custmer/id', '', ''],
    [
      'another service is asked',
      'response:/custmer',
      ", read: { url: 'https://owners.example/{id}' }, answerId: none",
      '',
    ],
    ['ownership is off', 'response:/custmer', '', 'modes: { ownership: off }'],
  ])('says nothing where %s', (_why, owner, more, modes) => {
    expect(told(owner, more, modes)).toEqual([]);
  });
});
