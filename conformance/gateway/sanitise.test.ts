import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { openDoor, until, type Door } from '../door.ts';
import { detailOf } from './documents.ts';

const text = { type: 'string' };
const page = {
  type: 'object',
  properties: {
    bio: { type: 'string', format: 'html' },
    title: { type: 'string', 'x-sallyport-text': 'plain' },
    note: { type: 'string', 'x-sallyport-text': 'escaped' },
    link: { type: 'string', format: 'uri' },
    blocks: { type: 'array', items: { type: 'string', contentMediaType: 'text/html' } },
    free: text,
  },
};
const links = { type: 'object', properties: { link: { type: 'string', format: 'uri' } } };
const content = (...types: string[]): object => Object.fromEntries(types.map((type) => [type, { schema: page }]));
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Texts', version: '1' },
  paths: {
    '/pages': {
      post: {
        operationId: 'writePage',
        parameters: [{ name: 'next', in: 'query', schema: { type: 'string', format: 'uri-reference' } }],
        requestBody: {
          content: {
            ...content(
              'application/json',
              'application/x-www-form-urlencoded',
              'multipart/form-data',
              'application/xml',
              'application/x-ndjson',
            ),
            'text/csv': {},
          },
        },
        responses: {
          200: {
            description: 'ok',
            content: { ...content('application/json', 'application/x-ndjson'), 'text/csv': {} },
          },
        },
      },
    },
    '/to/{target}': {
      get: {
        operationId: 'go',
        parameters: [
          { name: 'target', in: 'path', required: true, schema: { $ref: '#/components/schemas/Link' } },
          { name: 'X-Back', in: 'header', schema: { type: 'string', format: 'uri-reference' } },
          { name: 'from', in: 'cookie', schema: { type: 'string', format: 'iri-reference' } },
          {
            name: 'links',
            in: 'query',
            explode: false,
            schema: { type: 'array', items: { $ref: '#/components/schemas/Link' } },
          },
        ],
        responses: { 200: { description: 'ok', content: { 'application/json': {} } } },
      },
    },
    '/links': {
      put: {
        operationId: 'writeLinks',
        requestBody: { content: { 'application/xml': { schema: links }, 'application/json': { schema: links } } },
        responses: { 200: { description: 'ok', content: { 'application/json': {} } } },
      },
      get: {
        operationId: 'links',
        responses: {
          200: {
            description: 'ok',
            content: {
              'application/json': {
                schema: { type: 'object', properties: { link: { type: 'string', format: 'uri' } } },
              },
            },
          },
        },
      },
    },
  },
  components: { schemas: { Link: { type: 'string', format: 'uri-reference' } } },
};
const LIMITS = 'limits: []\n';

let door: Door;
afterEach(() => door.close());

/** Injections are another rule's to find, and would be found in half of these texts. */
function withoutThreats(policy: string): string {
  return policy.includes('modes: {')
    ? policy.replace('modes: {', 'modes: { threats: off,')
    : `modes: { threats: off }\n${policy}`;
}

async function open(policy = '', answer = '{}', type = 'application/json'): Promise<void> {
  door = await openDoor({
    document: DOCUMENT,
    policy: LIMITS + withoutThreats(policy),
    upstream: (_request, response) => response.writeHead(200, { 'Content-Type': type }).end(answer),
  });
}

const write = (body: string, type = 'application/json', query = ''): Promise<Response> =>
  fetch(`${door.url}/pages${query}`, { method: 'POST', body, headers: { 'Content-Type': type } });
const received = (): string => door.seen.at(-1)?.body.toString() ?? '';

async function refusal(answer: Response): Promise<[number, string, string[]]> {
  const told = (await answer.json()) as { code: string; errors?: { pointer: string; name: string | null }[] };
  return [answer.status, told.code, (told.errors ?? []).map(({ pointer, name }) => name ?? pointer)];
}

describe('texts of requests', () => {
  it('that hold HTML reach the upstream cleaned, and every other byte as it was', async () => {
    await open();
    const body =
      '{ "free": "<script>", "bio": "<p onclick=x>Hi<script>alert(1)</script></p>", "blocks": ["<b>a", "b"], "n": 1.0 }';
    expect((await write(body)).status).toBe(200);
    expect(received()).toBe('{"free": "<script>","bio": "<p>Hi</p>","blocks": ["<b>a</b>","b"],"n": 1.0}');
  });

  it('are cleaned in forms, parts and lines too', async () => {
    await open();
    expect((await write('free=%3Cb%3E&bio=%3Cb%20onclick=x%3Ea%26b', 'application/x-www-form-urlencoded')).status).toBe(
      200,
    );
    expect(new URLSearchParams(received()).get('bio')).toBe('<b>a&amp;b</b>');
    expect(received().startsWith('free=%3Cb%3E&bio=')).toBe(true);
    const parts = '--b\r\nContent-Disposition: form-data; name="bio"\r\n\r\n<b onclick=x>a\r\n--b--\r\n';
    expect((await write(parts, 'multipart/form-data; boundary=b')).status).toBe(200);
    expect(received()).toBe(parts.replace('<b onclick=x>a', '<b>a</b>'));
    expect((await write('{"bio":"<b onclick=x>a"}\n{"bio":"b"}\n', 'application/x-ndjson')).status).toBe(200);
    expect(received()).toBe('{"bio":"<b>a</b>"}\n{"bio":"b"}\n');
  });

  it('that must not hold markup are refused with it, or escaped where the policy says so', async () => {
    await open();
    expect(await refusal(await write('{"title":"a <b>"}'))).toEqual([422, 'TEXT_MARKUP_REFUSED', ['/title']]);
    expect((await write('{"title":"1 < 2 & <3"}')).status).toBe(200);
    expect(received()).toBe('{"title":"1 < 2 & <3"}');
    await door.close();
    await open('sanitise: { plain: escape }\n');
    expect((await write('{"title":"a <b>","note":"\\"x\\" <i>"}')).status).toBe(200);
    expect(JSON.parse(received())).toEqual({ title: 'a &lt;b&gt;', note: '&quot;x&quot; &lt;i&gt;' });
  });

  it('that hold HTML are no injection once they are cleaned', async () => {
    door = await openDoor({
      document: DOCUMENT,
      policy: LIMITS,
      upstream: (_request, response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}'),
    });
    const bio = '<p onclick=x>Hi <b>there</b><script>alert(1)</script>, see <a href="https://a.example/">this</a></p>';
    expect((await write(JSON.stringify({ bio }))).status).toBe(200);
    expect((await write(JSON.stringify({ free: bio }))).status).toBe(403);
  });

  it('that are addresses are refused with a scheme that runs something, in bodies and queries', async () => {
    await open();
    expect(await refusal(await write('{"link":"JavaScript:alert(1)"}'))).toEqual([
      422,
      'TEXT_ADDRESS_REFUSED',
      ['/link'],
    ]);
    expect(await refusal(await write('{}', 'application/json', '?next=javascript%3Aalert(1)'))).toEqual([
      422,
      'TEXT_ADDRESS_REFUSED',
      ['next'],
    ]);
    expect(
      (await write('{"link":"https://a.example/?data:x"}', 'application/json', '?next=/javascript:x')).status,
    ).toBe(200);
  });

  it('that are addresses are refused in paths, headers and cookies too, in lists and through references', async () => {
    await open();
    const ask = async (path: string, headers: Record<string, string> = {}): Promise<unknown> =>
      refusal(await fetch(`${door.url}${path}`, { headers }));
    const refused = (name: string): unknown => [422, 'TEXT_ADDRESS_REFUSED', [name]];
    expect(await ask('/to/javascript%3Aalert(1)')).toEqual(refused('target'));
    expect(await ask('/to/x', { 'X-Back': 'JAVASCRIPT:alert(1)' })).toEqual(refused('X-Back'));
    expect(await ask('/to/x', { Cookie: 'a=b; from=vbscript:x' })).toEqual(refused('from'));
    expect(await ask('/to/x', { Cookie: 'from=%6Aavascript:x' })).toEqual(refused('from'));
    expect(await ask('/to/x?links=https://a.example/,javascript:x')).toEqual(refused('links'));
    expect(
      (await fetch(`${door.url}/to/x?links=/a,/b`, { headers: { 'X-Back': '/c', Cookie: 'from=/d' } })).status,
    ).toBe(200);
  });

  it('go by their names in the policy too', async () => {
    await open('sanitise: { text: { plain: [fr*] } }\n');
    expect(await refusal(await write('{"free":"<b>"}'))).toEqual([422, 'TEXT_MARKUP_REFUSED', ['/free']]);
  });

  it('cannot hide in a type that is not looked into', async () => {
    await open();
    expect(await refusal(await write('<title>&lt;b></title>', 'application/xml'))).toEqual([
      415,
      'TEXT_BODY_UNREADABLE',
      [],
    ]);
  });

  it('pass in such a type where nothing but addresses is marked', async () => {
    await open();
    const answer = await fetch(`${door.url}/links`, {
      method: 'PUT',
      body: '<a/>',
      headers: { 'Content-Type': 'application/xml' },
    });
    expect(answer.status).toBe(200);
  });

  it('that are tables with formulas are refused, or made harmless where the policy says so', async () => {
    await open();
    expect(await refusal(await write('a,b\n=cmd,1\n', 'text/csv'))).toEqual([422, 'TEXT_FORMULA_REFUSED', []]);
    expect((await write('a,b\n-1,x=1\n', 'text/csv')).status).toBe(200);
    await door.close();
    await open('sanitise: { csv: { uploads: neutralise } }\n');
    expect((await write('a,b\n=cmd,1\n', 'text/csv')).status).toBe(200);
    expect(received()).toBe("a,b\n'=cmd,1\n");
  });

  it('that are tables among the parts of a body are looked at like any, by type or by the name of the file', async () => {
    const type = 'multipart/form-data; boundary=b';
    const parts = (table: string, file: string, of: string): string =>
      `--b\r\nContent-Disposition: form-data; name="sheet"; filename="${file}"\r\nContent-Type: ${of}\r\n\r\n${table}\r\n--b--\r\n`;
    await open();
    for (const body of [parts('a,=cmd', 'x', 'text/csv'), parts('a,=cmd', 'x.CSV', 'application/octet-stream')])
      expect(await refusal(await write(body, type))).toEqual([422, 'TEXT_FORMULA_REFUSED', []]);
    expect((await write(parts('a,=cmd', 'x.txt', 'text/plain'), type)).status).toBe(200);
    expect((await write(parts('a,b', 'x.csv', 'text/csv'), type)).status).toBe(200);
    await door.close();
    await open('sanitise: { csv: { uploads: neutralise } }\n');
    expect((await write(parts('a,=cmd', 'x.csv', 'text/csv'), type)).status).toBe(200);
    expect(received()).toBe(parts("a,'=cmd", 'x.csv', 'text/csv'));
    await door.close();
    await open('modes: { body: off }\n');
    expect(await refusal(await write('--b\r\nContent-Type: text/csv\r\n\r\n=cmd', type))).toEqual([
      415,
      'TEXT_BODY_UNREADABLE',
      [],
    ]);
  });

  it('are only looked at where the rule is observed', async () => {
    await open('modes: { sanitise: observe }\n');
    const body = '{"bio":"<b onclick=x>","title":"x"}';
    expect((await write(body)).status).toBe(200);
    expect(received()).toBe(body);
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])['observed']).toMatchObject([
      { code: 'TEXT_MARKUP_REFUSED', errors: [{ pointer: '/bio' }] },
    ]);
  });
});

describe('texts of answers', () => {
  it('that were stored before are cleaned on their way out, and passed where the policy says so', async () => {
    const stored = '{"bio":"<b onclick=x>a</b>","title":"<i>t</i>","link":"javascript:x","free":"<b>"}';
    await open('', stored);
    expect(await (await write('{}')).json()).toEqual({
      bio: '<b>a</b>',
      title: '&lt;i&gt;t&lt;/i&gt;',
      link: 'about:blank',
      free: '<b>',
    });
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])['stripped']).toEqual(['/bio', '/title', '/link']);
    await door.close();
    await open('sanitise: { answers: pass }\n', stored);
    expect(await (await write('{}')).text()).toBe(stored);
  });

  it('are cleaned text by text in a stream of JSON texts, which is not awaited', async () => {
    let stream: ServerResponse | null = null;
    door = await openDoor({
      document: DOCUMENT,
      policy: LIMITS,
      upstream: (_request, response) => {
        stream = response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
        response.write('{"bio":"<b onclick=x>a</b>"}\n');
      },
    });
    const reader = ((await write('{}')).body as ReadableStream<Uint8Array>).getReader();
    const next = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
    expect(await next()).toBe('{"bio":"<b>a</b>"}\n');
    (stream as unknown as ServerResponse).end('{"bio":"<i onclick=x>b</i>"}');
    expect(await next()).toBe('{"bio":"<i>b</i>"}');
    await until(() => door.log.length === 1);
    expect(detailOf(door.log[0])['stripped']).toEqual(['/*/bio']);
  });

  it('that are nothing but addresses are looked into where their bytes give a reason', async () => {
    for (const link of ['javascript:x', '\\u006aavascript:x']) {
      await open('', `{"link":"${link}"}`);
      expect(await (await fetch(`${door.url}/links`)).text()).toBe('{"link":"about:blank"}');
      await door.close();
    }
    await open('', '{ "link":"https://a.example/" }');
    expect(await (await fetch(`${door.url}/links`)).text()).toBe('{ "link":"https://a.example/" }');
  });

  it('stay masked where the caller may not see them: cleaning puts nothing back', async () => {
    door = await openDoor({
      document: DOCUMENT,
      policy: `${LIMITS}data: { classes: { pii: [bio, link, blocks] }, visible: { pii: [] }, hidden: mask, detect: mask }\n`,
      upstream: (_request, response) =>
        response
          .writeHead(200, { 'Content-Type': 'application/json' })
          .end(
            '{"bio":"<b onclick=x>a@example.org, a secret</b>","link":"javascript:secret","blocks":["<i onclick=x>a secret</i>"]}',
          ),
    });
    expect(await (await write('{}')).text()).toBe('{"bio":"****","link":"****cret"}');
  });

  it('that are tables hold nothing to calculate', async () => {
    await open('', 'a,b\n"=1+1",-5\n', 'text/csv');
    expect(await (await write('{}')).text()).toBe('a,b\n"\'=1+1",-5\n');
  });

  it('are served with nosniff, whatever the upstream says of it, so that JSON is not read as HTML', async () => {
    door = await openDoor({
      document: DOCUMENT,
      policy: LIMITS,
      upstream: (_request, response) =>
        response.writeHead(200, { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'sniff' }).end('{}'),
    });
    expect((await write('{}')).headers.get('x-content-type-options')).toBe('nosniff');
    expect((await write('{')).headers.get('x-content-type-options')).toBe('nosniff');
  });
});
