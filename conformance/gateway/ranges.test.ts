import { afterEach, describe, expect, it } from 'vitest';
import { openDoor, type Door } from '../door.ts';

/** Clients ask for parts of what they load by themselves: viewers of PDF, players, downloads that go on. */
const PDF = { description: 'a file', content: { 'application/pdf': { schema: { type: 'string', format: 'binary' } } } };
const PROBLEM = { description: 'an error', content: { 'application/problem+json': {} } };
const WHOLE = '%PDF-1.7 all of it';

let door: Door;
afterEach(() => door.close());

async function open(responses: object, more: object = {}, policy = ''): Promise<void> {
  door = await openDoor({
    document: {
      openapi: '3.1.0',
      info: { title: 'Files', version: '1' },
      paths: { '/file': { get: { operationId: 'file', responses, ...more } } },
    },
    policy: `limits: []\n${policy}`,
    upstream: ({ headers }, response) => {
      const part = headers.range?.startsWith('bytes=') === true;
      response.writeHead(part ? 206 : 200, {
        'Content-Type': 'application/pdf',
        ...(part ? { 'Content-Range': `bytes 0-3/${WHOLE.length}` } : {}),
      });
      response.end(part ? WHOLE.slice(0, 4) : WHOLE);
    },
  });
}
async function ask(range: string, method = 'GET'): Promise<readonly [number, string]> {
  const response = await fetch(`${door.url}/file`, { method, headers: { Range: range, 'If-Range': '"v1"' } });
  return [response.status, await response.text()];
}

describe('a request for a part of an answer', () => {
  it.each([
    ['no other status', { 200: PDF }],
    ['errors under default', { 200: PDF, default: PROBLEM }],
    ['errors of a class', { 200: PDF, '4XX': PROBLEM }],
  ])('brings the whole where 206 is not declared, but %s', async (_what, responses) => {
    await open(responses);
    expect(await ask('bytes=0-3')).toEqual([200, WHOLE]);
    expect(await ask('Bytes = 0-3')).toEqual([200, WHOLE]);
    expect(await ask('bytes=0-3', 'HEAD')).toEqual([200, '']);
    expect(door.seen.map(({ headers }) => headers['range'])).toEqual([undefined, undefined, undefined]);
  });

  it.each([
    ['206', { 200: PDF, 206: PDF }],
    ['2XX', { '2XX': PDF }],
    ['nothing but default', { default: PDF }],
  ])('brings the part where the document declares %s', async (_what, responses) => {
    await open(responses);
    expect(await ask('bytes=0-3')).toEqual([206, '%PDF']);
  });

  it.each(['modes: { responses: observe }', 'modes: { responses: off }', 'responses: { undeclared: pass }'])(
    'brings the part where undeclared answers pass: %s',
    async (policy) => {
      await open({ 200: PDF }, {}, policy);
      expect(await ask('bytes=0-3')).toEqual([206, '%PDF']);
    },
  );

  it('in a unit of the API reaches it', async () => {
    await open({ 200: PDF });
    expect(await ask('items=0-9')).toEqual([200, WHOLE]);
    expect(door.seen[0]?.headers).toMatchObject({ range: 'items=0-9', 'if-range': '"v1"' });
  });

  it('reaches an API that declares Range as its parameter, which has to declare 206 as well', async () => {
    await open({ 200: PDF }, { parameters: [{ in: 'header', name: 'Range', schema: { type: 'string' } }] });
    expect((await ask('bytes=0-3'))[0]).toBe(502);
    expect(door.seen[0]?.headers['range']).toBe('bytes=0-3');
  });
});
