import { afterEach, describe, expect, it } from 'vitest';
import { detailOf } from './documents.ts';
import { openDoor, until, type Door } from '../door.ts';

let door: Door;
afterEach(() => door.close());

const contact = { type: 'object', properties: { level: { type: 'integer' } }, additionalProperties: false };
const map = {
  type: 'object',
  properties: {
    people: { $ref: '#/components/schemas/People' },
    contacts: { type: 'object', additionalProperties: contact },
    teams: { type: 'object', additionalProperties: contact },
  },
};
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Classes', version: '1' },
  components: { schemas: { People: { type: 'object', 'x-sallyport-data': 'pii', additionalProperties: contact } } },
  paths: {
    '/maps': {
      post: {
        operationId: 'maps',
        requestBody: { required: true, content: { 'application/json': { schema: map } } },
        responses: { 200: { description: 'ok', content: { 'application/json': { schema: map } } } },
      },
    },
  },
};

describe('data classes', () => {
  it('keep keys below their members out of the log; names of members stay, values never come in', async () => {
    door = await openDoor({
      document: DOCUMENT,
      policy: 'data: { classes: { pii: [contacts] } }\nmodes: { body: observe }\n',
      upstream: (_request, response) =>
        response
          .writeHead(200, { 'Content-Type': 'application/json' })
          .end(
            '{"contacts":{"alice":{"level":1,"note":"x"}},"teams":{"carol@example.com":{"note":"x"},"blue":{"note":"x"}}}',
          ),
    });
    const body = JSON.stringify({
      contacts: { bobby: { level: 'high' } },
      people: { erin: { level: 'high' } },
      teams: { red: { level: 'low' }, 'dave@example.com': { level: 'low' } },
    });
    expect(
      (await fetch(`${door.url}/maps`, { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }))
        .status,
    ).toBe(200);
    await until(() => door.log.length === 1);
    const text = door.logText();
    for (const hidden of ['bobby', 'alice', 'carol', 'dave', 'erin', 'high', 'low']) expect(text).not.toContain(hidden);
    expect(detailOf(door.log[0])['stripped']).toEqual(
      expect.arrayContaining(['/contacts/*/*', '/teams/*/note', '/teams/blue/note']),
    );
    expect(text).toContain('/teams/red/level');
    expect(text).toContain('/people/*/*');
  });

  it('of members hold up no file and no text, which have none: they go on as they come, however large', async () => {
    const types = ['application/octet-stream', 'text/plain'];
    door = await openDoor({
      document: {
        ...DOCUMENT,
        paths: {
          '/exports': {
            get: {
              operationId: 'exports',
              responses: { 200: { description: 'ok', content: Object.fromEntries(types.map((type) => [type, {}])) } },
            },
          },
        },
      },
      policy:
        "data: { classes: { pii: [email] }, visible: { pii: ['role:admin'] } }\nresponses: { unchecked: pass, maxBodyBytes: 64KiB }\n",
      upstream: (request, response) =>
        response.writeHead(200, { 'Content-Type': request.headers['accept'] }).end(Buffer.alloc(300_000, 'x')),
    });
    for (const type of types) {
      const answer = await fetch(`${door.url}/exports`, { headers: { Accept: type } });
      expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([200, 300_000]);
    }
  });
});
