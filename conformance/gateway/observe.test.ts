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
              'application/x-ndjson': {
                schema: {
                  type: 'object',
                  properties: {
                    id: { type: 'integer' },
                    note: { type: 'string', 'x-sallyport-visible': ['role:admin'] },
                  },
                },
              },
              'application/xml': {},
              'text/event-stream': {},
            },
          },
        },
      },
    },
    '/file': {
      post: {
        operationId: 'file',
        requestBody: { required: true, content: { 'application/octet-stream': {} } },
        responses: { 200: { description: 'ok' } },
      },
    },
    '/nothing': { get: { operationId: 'nothing', responses: { 200: { description: 'no body is declared' } } } },
  },
};
const KEYS = `limits: []
authentication: { key: { keys: [{ id: one, sha256: 27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9 }] } }
`;
const POLICY = `mode: observe
${KEYS}requests: { undeclaredProperties: strip, unknownParameters: strip }
`;

const VISIBLE = "data: { classes: { inner: [note] }, visible: { inner: ['role:admin'] } }\n";

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

  it.each<[string, string, string, string]>([
    ['every rule', 'application/x-ndjson', POLICY, '{"id":1,"note":"n"}\n'],
    [
      'those that keep members back',
      'application/x-ndjson',
      `${KEYS}modes: { properties: observe }\n`,
      '{"id":1,"note":"n"}\n',
    ],
    [
      'those that keep members back',
      'application/xml',
      `${KEYS}${VISIBLE}modes: { properties: observe }\n`,
      '<id>1</id>\n',
    ],
    [
      'those that keep members back',
      'text/event-stream',
      `${KEYS}${VISIBLE}modes: { properties: observe }\n`,
      'data: 1\n\n',
    ],
  ])('holds back and refuses nothing of an answer that does not end: %s, %s', async (_rules, type, policy, text) => {
    let more = (): void => undefined;
    door = await openDoor({
      document: DOCUMENT,
      policy: `${policy}responses: { maxBodyBytes: 1KiB }\n`,
      upstream: (_request, response) => {
        response.writeHead(200, { 'Content-Type': type }).write(text);
        more = () => void response.write(text.repeat(200));
      },
    });
    const asking = new AbortController();
    const answer = await fetch(`${door.url}/lines`, { signal: asking.signal });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    let said = '';
    const hear = async (): Promise<void> => {
      const { done, value } = await reader.read();
      if (done) throw new Error(`the answer ended after ${said}`);
      said += new TextDecoder().decode(value);
    };
    while (said.length < text.length) await hear();
    more();
    while (said.length < text.length * 201) await hear();
    expect(said).toBe(text.repeat(201));
    asking.abort();
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])).toMatchObject({ verdict: 'aborted' });
    expect(codesOf(detailOf(door.log[0])['observed'])).toEqual([
      type === 'application/x-ndjson' ? 'PROPERTY_ANSWER_HIDDEN' : 'PROPERTY_ANSWER_UNREADABLE',
    ]);
  });

  it('tells what an enforced rule took out of an answer apart from what it would have left out itself', async () => {
    door = await openDoor({
      document: DOCUMENT,
      policy: `${KEYS}modes: { responses: observe }\n`,
      upstream: (_request, response) =>
        response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).end('{"id":1,"note":"n","more":1}\n'),
    });
    expect(await (await fetch(`${door.url}/lines`)).text()).toBe('{"id":1,"more":1}\n');
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])).toMatchObject({ stripped: ['/*/note'], would_strip: ['/0/more'] });
  });

  it('tells once that a body is not of a type that is declared', async () => {
    door = await openDoor({ document: DOCUMENT, policy: POLICY });
    const headers = { 'Content-Type': 'text/html' };
    expect((await fetch(`${door.url}/things`, { method: 'POST', body: 'x', headers })).status).toBe(200);
    await until(() => door.log.length === 1);
    expect(codesOf(detailOf(door.log[0])['observed'])).toEqual(['AUTHN_CREDENTIAL_MISSING', 'BODY_TYPE_UNSUPPORTED']);
  });
});

function codesOf(observed: unknown): readonly string[] {
  return ((observed ?? []) as readonly { readonly code: string }[]).map(({ code }) => code);
}

describe('a body over the limit', () => {
  const SMALL = 'requests: { maxBodyBytes: 1KiB }\nlimits: []\nresponses: { invalid: pass }\n';
  const KEYS = POLICY.split('\n')[2] ?? '';
  const over = JSON.stringify({ name: 'x'.repeat(200_000) });

  /** Sends it to `path`; without `length` in chunks. */
  async function send(path: string, type: string, length: boolean): Promise<number> {
    const pieces = over.match(/[^]{1,16384}/g) ?? [];
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nConnection: close\r\n`;
    const received = await door.raw(
      length
        ? [`${head}Content-Length: ${over.length}\r\n\r\n`, ...pieces]
        : [
            `${head}Transfer-Encoding: chunked\r\n\r\n`,
            ...pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`),
            '0\r\n\r\n',
          ],
    );
    return Number(/^HTTP\/1.1 (\d+)/.exec(received)?.[1]);
  }
  const sends = (['/things', '/file', '/nowhere'] as const).flatMap((path) =>
    [true, false].map((length) => [path, length] as const),
  );
  const typeOf = (path: string): string => (path === '/file' ? 'application/octet-stream' : 'application/json');

  it.each(sends)(
    'passes byte for byte where bodies are only observed, and is told once: %s, length %s',
    async (path, length) => {
      door = await openDoor({ document: DOCUMENT, policy: `mode: observe\n${KEYS}\n${SMALL}` });
      expect(await send(path, typeOf(path), length)).toBe(200);
      expect(door.seen.map(({ body }) => body.toString() === over)).toEqual([true]);
      expect(door.seen[0]?.headers['content-length']).toBe(length ? String(over.length) : undefined);
      await until(() => door.log.length === 1);
      expect(door.log[0]?.['http.request.body.bytes']).toBe(over.length);
      const codes = codesOf(detailOf(door.log[0])['observed']);
      expect(codes.filter((code) => code === 'BODY_TOO_LARGE')).toEqual(['BODY_TOO_LARGE']);
    },
  );

  it.each(sends)('passes where bodies are not checked, and nothing is told: %s, length %s', async (path, length) => {
    door = await openDoor({ document: DOCUMENT, policy: `mode: off\n${KEYS}\n${SMALL}` });
    expect(await send(path, typeOf(path), length)).toBe(200);
    expect(door.seen.map(({ body }) => body.toString() === over)).toEqual([true]);
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])['observed']).toBeUndefined();
  });

  it.each([true, false])('is refused where a rule that is enforced has to read it: length %s', async (length) => {
    const modes = 'modes: { authentication: observe, body: observe, threats: enforce }';
    door = await openDoor({ document: DOCUMENT, policy: `${modes}\n${KEYS}\n${SMALL}` });
    expect(await send('/things', 'application/json', length)).toBe(413);
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])).toMatchObject({ verdict: 'denied', code: 'BODY_TOO_LARGE', stage: 'body' });
    expect(codesOf(detailOf(door.log[0])['observed'])).toEqual(['AUTHN_CREDENTIAL_MISSING']);
    expect(door.seen).toEqual([]);
  });

  it.each(['observe', 'off'])(
    'that is not over it is still held against the other rules in chunks: body %s',
    async (mode) => {
      door = await openDoor({
        document: DOCUMENT,
        policy: `modes: { authentication: observe, body: ${mode} }\n${KEYS}\n${SMALL}`,
      });
      const text = `{"name":"' OR 1=1--"}`;
      const received = await door.raw([
        'POST /things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n',
        `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
      ]);
      expect(received).toContain('THREAT_DETECTED');
    },
  );
});
