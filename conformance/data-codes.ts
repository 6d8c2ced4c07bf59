import type { Code } from '@sallyport/core';
import { openDoor, type Door } from './door.ts';
import { KEY_SCHEME, keyHolders } from './encryption/key-holders.ts';

const holders = keyHolders({ nobody: {} });
const kept = { type: 'object', properties: { role: { type: 'string', 'x-sallyport-writable': ['role:admin'] } } };
const hidden = { type: 'object', 'x-sallyport-visible': ['role:admin'] };
const texts = {
  type: 'object',
  properties: { title: { type: 'string', 'x-sallyport-text': 'plain' }, link: { type: 'string', format: 'uri' } },
};
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Data', version: '1' },
  components: { securitySchemes: KEY_SCHEME },
  paths: {
    '/kept': {
      post: {
        operationId: 'kept',
        security: [{ key: [] }],
        requestBody: { content: { 'application/json': { schema: kept }, 'application/xml': { schema: kept } } },
        responses: { 200: { description: 'ok' } },
      },
    },
    '/hidden': {
      get: {
        operationId: 'hidden',
        security: [{ key: [] }],
        responses: {
          200: {
            description: 'ok',
            content: { 'application/json': { schema: hidden }, 'application/xml': { schema: hidden } },
          },
        },
      },
    },
    '/texts': {
      post: {
        operationId: 'texts',
        security: [{ key: [] }],
        requestBody: {
          content: { 'application/json': { schema: texts }, 'application/xml': { schema: texts }, 'text/csv': {} },
        },
        responses: { 200: { description: 'ok' } },
      },
    },
    '/found': {
      get: {
        operationId: 'found',
        security: [{ key: [] }],
        responses: { 200: { description: 'ok', content: { 'text/plain': {} } } },
      },
    },
  },
};

const post =
  (path: string, body: string, type = 'application/json') =>
  (door: Door): Promise<Response> =>
    fetch(door.url + path, { method: 'POST', body, headers: { ...holders.as('nobody'), 'Content-Type': type } });
const get =
  (path: string, accept = 'application/json') =>
  (door: Door): Promise<Response> =>
    fetch(door.url + path, { headers: { ...holders.as('nobody'), Accept: accept } });

/** For each code of who may see and set which data, and how it leaves: what leads to it. */
export const DATA_SCENARIOS: Readonly<Partial<Record<Code, (door: Door) => Promise<Response>>>> = {
  PROPERTY_NOT_WRITABLE: post('/kept', '{"role":"admin"}'),
  PROPERTY_BODY_UNREADABLE: post('/kept', '<role/>', 'application/xml'),
  PROPERTY_ANSWER_HIDDEN: get('/hidden'),
  PROPERTY_ANSWER_UNREADABLE: get('/hidden', 'application/xml'),
  TEXT_MARKUP_REFUSED: post('/texts', '{"title":"<b>"}'),
  TEXT_ADDRESS_REFUSED: post('/texts', '{"link":"javascript:x"}'),
  TEXT_FORMULA_REFUSED: post('/texts', '=1', 'text/csv'),
  TEXT_BODY_UNREADABLE: post('/texts', '<a/>', 'application/xml'),
  DATA_SENSITIVE_FOUND: get('/found', 'text/plain'),
};

/** The door that the scenarios need; the upstream answers what is asked for. */
export function openDataDoor(): Promise<Door> {
  return openDoor({
    document: DOCUMENT,
    policy: `${holders.policy}data: { detect: { iban: block } }\n`,
    upstream: (request, response) =>
      response.writeHead(200, { 'Content-Type': request.headers.accept ?? '' }).end('{"ok":"DE89370400440532013000"}'),
  });
}
