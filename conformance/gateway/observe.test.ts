import { afterEach, describe, expect, it } from 'vitest';
import { openDoor, until, type Door } from '../door.ts';
import { detailOf } from './documents.ts';

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Observed', version: '1' },
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
  paths: {
    '/things': {
      post: {
        operationId: 'createThing',
        security: [{ key: [] }],
        requestBody: {
          content: { 'application/json': { schema: { type: 'object', properties: { name: { type: 'string' } } } } },
        },
        responses: {
          200: {
            description: 'ok',
            content: { 'application/json': { schema: { type: 'object', properties: { id: { type: 'integer' } } } } },
          },
        },
      },
    },
    '/lines': {
      get: {
        operationId: 'lines',
        responses: {
          200: {
            description: 'ok',
            content: {
              'application/x-ndjson': { schema: { type: 'object', properties: { id: { type: 'integer' } } } },
            },
          },
        },
      },
    },
    '/nothing': { get: { operationId: 'nothing', responses: { 200: { description: 'no body is declared' } } } },
  },
};
const POLICY = `mode: observe
limits: []
authentication: { key: { keys: [{ id: one, sha256: 27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9 }] } }
requests: { undeclaredProperties: strip, unknownParameters: strip }
`;

let door: Door;
afterEach(() => door.close());

describe('a rule that is only observed', () => {
  it('changes nothing of a request: credentials, cookies, query and body arrive as they came', async () => {
    door = await openDoor({ document: DOCUMENT, policy: POLICY });
    const body = '{ "name": "x", "undeclared": 1 }';
    const answer = await fetch(`${door.url}/things?undeclared=1`, {
      method: 'POST',
      body,
      headers: {
        'Content-Type': 'application/json',
        'X-Key': 'a-key-that-the-API-knows',
        Cookie: 'own=1',
      },
    });
    expect(answer.status).toBe(200);
    const seen = door.seen[0];
    expect([seen?.url, seen?.headers['x-key'], seen?.headers.cookie, seen?.body.toString()]).toEqual([
      '/things?undeclared=1',
      'a-key-that-the-API-knows',
      'own=1',
      body,
    ]);
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])['observed']).toMatchObject([{ code: 'AUTHN_KEY_UNKNOWN' }]);
  });

  it('changes nothing of an answer, and tells what would have been left out', async () => {
    const body = '{ "id": 1, "secret": "s" }';
    door = await openDoor({
      document: DOCUMENT,
      policy: POLICY,
      upstream: (_request, response) =>
        response
          .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length, 'X-Undeclared': 'yes' })
          .end(body),
    });
    const answer = await fetch(`${door.url}/things`, { method: 'POST' });
    expect([
      answer.status,
      await answer.text(),
      answer.headers.get('x-undeclared'),
      answer.headers.get('content-length'),
    ]).toEqual([200, body, 'yes', String(body.length)]);
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])).toMatchObject({ verdict: 'passed', would_strip: ['x-undeclared', '/secret'] });
    expect(detailOf(door.log[0])['stripped']).toBeUndefined();
  });

  it('lets a body pass where none is declared', async () => {
    door = await openDoor({
      document: DOCUMENT,
      policy: POLICY,
      upstream: (_request, response) => response.end('text'),
    });
    expect(await (await fetch(`${door.url}/nothing`)).text()).toBe('text');
  });

  it('lets a stream go on when one of its items is wrong, and says so once', async () => {
    const lines = '{"id":1}\n{"id":"x"}\n{"id":"y","more":1}\n';
    door = await openDoor({
      document: DOCUMENT,
      policy: POLICY,
      upstream: (_request, response) => response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).end(lines),
    });
    expect(await (await fetch(`${door.url}/lines`)).text()).toBe(lines);
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])['observed']).toMatchObject([{ code: 'RESPONSE_INVALID' }]);
  });
});
