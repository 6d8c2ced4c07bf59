import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { openDoor, type Door } from '../door.ts';

const ACCOUNT = {
  type: 'object',
  properties: { id: { type: 'string', maxLength: 8 }, pin: { type: 'string', writeOnly: true } },
  additionalProperties: false,
};
const answer = (range: string, schema: object): object => ({
  200: { description: 'It.', content: { [range]: { schema } } },
});
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Accounts', version: '1' },
  paths: {
    '/account': { get: { operationId: 'account', responses: answer('application/json', ACCOUNT) } },
    '/any': {
      get: { operationId: 'any', responses: answer('*/*', ACCOUNT) },
      post: {
        operationId: 'take',
        requestBody: { content: { '*/*': { schema: ACCOUNT } } },
        responses: answer('application/json', { type: 'object' }),
      },
    },
    '/note': { get: { operationId: 'note', responses: answer('text/plain', { type: 'string' }) } },
  },
};
const SECRET = '{"id":"1","pin":"4711"}';

let door: Door;
afterEach(() => door.close());

/** Opens a door whose upstream answers everything with these headers and bytes, asks, and gives status and text. */
async function answered(
  path: string,
  headers: Record<string, string>,
  body: string | Buffer,
  policy = '',
): Promise<[number, string]> {
  door = await openDoor({
    document: DOCUMENT,
    policy,
    upstream(_request, response) {
      response.writeHead(200, headers);
      response.end(body);
    },
  });
  const reply = await fetch(door.url + path);
  return [reply.status, await reply.text()];
}

describe('an answer that hides what the document says how to check', () => {
  for (const [what, path, headers, body] of [
    [
      'compressed though it was asked not to be',
      '/account',
      { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
      gzipSync(SECRET),
    ],
    [
      'JSON in UTF-16',
      '/account',
      { 'Content-Type': 'application/json; charset=utf-16' },
      Buffer.from(SECRET, 'utf16le'),
    ],
    [
      'JSON that says it is in a code page',
      '/account',
      { 'Content-Type': 'application/json; charset=iso-8859-1' },
      SECRET,
    ],
    [
      'a stream of events where a whole body of any type is described',
      '/any',
      { 'Content-Type': 'text/event-stream' },
      `data: ${SECRET}\n\n`,
    ],
  ] as const)
    it(`is blocked: ${what}`, async () => {
      const [status, text] = await answered(path, headers, body);
      expect(status).toBe(502);
      expect(text).not.toContain('4711');
      expect(door.logText()).toContain(path === '/any' ? 'RESPONSE_TYPE_UNDECLARED' : 'RESPONSE_UNCHECKABLE');
    });

  it('goes out where what is invalid may go', async () => {
    const [status, text] = await answered(
      '/account',
      { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
      gzipSync('{"id":"too long for this"}'),
      'responses: { invalid: pass }',
    );
    expect([status, text]).toEqual([200, '{"id":"too long for this"}']);
  });

  it('is no plain text in a code page: that goes out as before', async () => {
    const [status] = await answered(
      '/note',
      { 'Content-Type': 'text/plain; charset=iso-8859-1' },
      Buffer.from('caf\xe9', 'latin1'),
    );
    expect(status).toBe(200);
  });
});

describe('a request body where any type is declared', () => {
  it('cannot choose a type that is not checked', async () => {
    door = await openDoor({ document: DOCUMENT });
    for (const type of [
      'text/event-stream',
      'application/xml',
      'text/plain',
      'application/octet-stream',
      'application/x-ndjson',
      'application/json-seq',
      'application/json',
    ]) {
      const reply = await fetch(`${door.url}/any`, {
        method: 'POST',
        headers: { 'Content-Type': type },
        body: '{"id":"far too long for it"}',
      });
      expect([type, [415, 422, 400].includes(reply.status)]).toEqual([type, true]);
    }
    expect(door.seen).toEqual([]);
  });
});
