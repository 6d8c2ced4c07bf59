import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type Door, openDoor, until } from '../door.ts';
import { keyFiles } from '../encryption-codes.ts';

/** Answers that could hold an encrypted field only by a name that turns up in them, and files beside answers that are opened. */
const text = { type: 'string' };
const person = { type: 'object', properties: { ssn: text } };
const SEALED = `sp1.k1.1.${'A'.repeat(80)}`;
const TYPES = ['text/event-stream', 'application/xml', 'application/json', 'image/png'] as const;
const SHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const get = (operationId: string, content: object): object => ({
  get: { operationId, security: [], responses: { 200: { description: 'ok', content } } },
});
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Unopened', version: '1' },
  paths: {
    ...Object.fromEntries(TYPES.map((type, at) => [`/${at}`, get(`get${at}`, { [type]: {} })])),
    '/person': get('person', { 'application/json': { schema: person }, 'application/xml': {}, [SHEET]: {} }),
  },
};

const opened: Door[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function ask(path: string, type: string, body: string | Buffer, more = '', status = 200, fields = '') {
  const door = await openDoor({
    document: DOCUMENT,
    policy: `${more}${/^data/m.test(more) ? '' : 'data: { '}encrypt: { fields: [ssn${fields}], keys: { file: keys.json, master: master.key } } }\n`,
    files: keyFiles(),
    upstream: (request, response) => {
      const isZipped = Buffer.isBuffer(body) && /gzip/.test(String(request.headers['accept-encoding']));
      response.writeHead(status, { 'Content-Type': type, ...(isZipped ? { 'Content-Encoding': 'gzip' } : {}) });
      response.end(isZipped ? gzipSync(body) : body);
    },
  });
  opened.push(door);
  const response = await fetch(`${door.url}${path}`, { headers: { 'Accept-Encoding': 'gzip' } });
  return { door, status: response.status, body: await response.text() };
}

/** A pointer that classes what is not encrypted, and one that does. */
const CLASSED = 'data: { classes: { health: [/patient/note] }, ';
const OBSERVE = 'modes: { responses: observe }\n';

describe('an answer of an operation that declares no encrypted field', () => {
  it.each([
    ['a stream of events', '/0', 'text/event-stream', 'data: 1\n\n', '', 200],
    ['XML', '/1', 'application/xml', '<a/>', '', 200],
    ['what is no JSON', '/2', 'application/json', 'not json', OBSERVE, 502],
  ] as const)('goes out where nothing can be opened in it: %s', async (_, path, type, body, more, status) => {
    expect(await ask(path, type, body, more, status)).toMatchObject({ status, body });
  });

  it('goes out beside a class of which nothing is encrypted, and not beside one that is', async () => {
    const events = ['/0', 'text/event-stream', 'data: 1\n\n', CLASSED, 200] as const;
    expect(await ask(...events)).toMatchObject({ status: 200, body: 'data: 1\n\n' });
    expect((await ask(...events, ', "class:health"')).status).toBe(502);
    expect((await ask(...events, ', /patient/ssn')).status).toBe(502);
  });

  it('is denied with an encrypted value in it', async () => {
    const { door, status } = await ask('/1', 'application/xml', `<a>${SEALED}</a>`);
    expect(status).toBe(502);
    await until(() => door.logText().includes('ENCRYPTED_VALUE_INVALID'));
  });

  it('is asked for uncompressed where it could be one that nothing declares', async () => {
    const off = 'modes: { responses: off }\n';
    const { door, body } = await ask('/3', 'application/problem+json', Buffer.from('{"title":"none"}'), off, 404);
    expect(door.seen[0]?.headers['accept-encoding']).toBe('identity');
    expect(body).toBe('{"title":"none"}');
  });
});

describe('beside an answer that is opened', () => {
  const SMALL = 'responses: { maxBodyBytes: 1KiB }\n';
  it.each([SHEET, 'application/msword', 'multipart/byteranges; boundary=b'])(
    'a file is not collected, so it may be larger than maxBodyBytes: %s',
    async (type) => {
      const body = 'x'.repeat(4096);
      expect(await ask('/person', type, body, OBSERVE + SMALL)).toMatchObject({ status: 200, body });
    },
  );

  it('XML is denied, for a field could be in it', async () => {
    const { door, status } = await ask('/person', 'application/xml', '<ssn>1</ssn>');
    expect(status).toBe(502);
    await until(() => door.logText().includes('ENCRYPTED_ANSWER_UNREADABLE'));
  });
});
