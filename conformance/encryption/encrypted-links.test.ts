import { afterEach, describe, expect, it } from 'vitest';
import { type Door, openDoor, until } from '../door.ts';
import { keyFiles } from '../encryption-codes.ts';

/** An API that repeats what it was asked: in links to the next page, in what it says of its filter, in headers, in names of members. */
const text = { type: 'string' };
const list = { type: 'array', items: text };
const page = {
  type: 'object',
  properties: {
    items: {
      type: 'array',
      items: {
        type: 'object',
        properties: { id: text, email: { type: ['string', 'null'], 'x-sallyport-encrypt': true } },
      },
    },
    next: text,
    said: text,
    counts: { type: 'object', additionalProperties: { type: 'integer' } },
  },
};
const header = { schema: text };
const headers = { Link: header, Location: header, 'X-Filter': header };
const content = (schema: object) => ({
  'application/json': { schema },
  'text/plain': { schema: text },
  'application/zip': {},
});
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Links', version: '1' },
  paths: {
    '/customers': {
      get: {
        operationId: 'find',
        security: [],
        parameters: [
          { name: 'email', in: 'query', schema: text },
          { name: 'any', in: 'query', schema: list },
          { name: 'listed', in: 'query', schema: list, explode: false },
          { name: 'page', in: 'query', schema: text },
        ],
        responses: {
          200: { description: 'ok', headers, content: content(page) },
          303: { description: 'there', headers },
        },
      },
    },
    '/file': {
      get: {
        operationId: 'file',
        security: [],
        responses: {
          200: { description: 'ok', content: { 'application/zip': {} } },
          400: { description: 'wrong', content: { 'text/plain': { schema: text } } },
        },
      },
    },
    '/count/{email}': {
      get: {
        operationId: 'count',
        security: [],
        parameters: [{ name: 'email', in: 'path', required: true, schema: text }],
        responses: {
          200: { description: 'ok', headers, content: content({ type: 'object', properties: { self: text } }) },
        },
      },
    },
  },
};
const SEALED = `sp1.k1.1.${'A'.repeat(80)}`;
const OTHER = `si1.1.${'A'.repeat(22)}`;
const ANN = 'ann@one.example';

const opened: Door[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly type?: string;
}

/** A door before an API that answers with what `reply` makes of the target that it was asked for. */
async function open(reply: (target: string) => Reply, settings = '', more = '', fields = 'fields: [email]') {
  const door = await openDoor({
    document: DOCUMENT,
    policy: `${more}data:
  encrypt:
    ${fields}
    keys: { file: keys.json, master: master.key }
    indexes: { email: { normalize: [trim, lower-case], parameters: [email, any, listed] } }
${settings}`,
    files: keyFiles(2),
    upstream(request, response) {
      const { status = 200, headers: sent = {}, body = {}, type = 'application/json' } = reply(request.url);
      response.writeHead(status, { ...sent, 'Content-Type': type });
      response.end(
        request.method === 'HEAD'
          ? ''
          : typeof body === 'string' || Buffer.isBuffer(body)
            ? body
            : JSON.stringify(body),
      );
    },
  });
  opened.push(door);
  return {
    door,
    get: (target: string, init: RequestInit = {}) => fetch(door.url + target, { redirect: 'manual', ...init }),
    async findings(): Promise<string> {
      await until(() => door.log.some((line) => 'findings' in line || JSON.stringify(line).includes('"findings"')));
      return JSON.stringify(door.log.map((line) => /"findings":(\[.*?\])/.exec(JSON.stringify(line))?.[1] ?? ''));
    },
  };
}

describe('what the request looked up', () => {
  it('stands in the place of its index in a link, and the link works', async () => {
    const at = await open((target) => ({
      body: { next: `${target}&page=2` },
      headers: { Link: `<${target}&page=2>; rel="next"` },
    }));
    const first = await at.get(`/customers?email=${encodeURIComponent('Ann+x>"@one.example')}`);
    const link = '/customers?email=Ann%2Bx%3E%22%40one.example&page=2';
    expect([await first.json(), first.headers.get('link')]).toEqual([{ next: link }, `<${link}>; rel="next"`]);
    await at.get(link);
    const [one, two] = at.door.seen.map(({ url }) => new URL(url, 'http://api.example').searchParams.get('email'));
    expect(one).toMatch(/^si1\./);
    expect(two).toBe(one);
    expect(at.door.logText()).not.toContain('si1.');
  });

  it('stands there in a text of its own as it was sent, unless it could be markup', async () => {
    const at = await open((target) => ({ body: { said: new URL(target, 'http://a').searchParams.get('email') } }));
    expect(await (await at.get(`/customers?email=${ANN}`)).json()).toEqual({ said: ANN });
    expect(await (await at.get('/customers?email=%3Cimg src=x%3E')).json()).toEqual({ said: '%3Cimg%20src%3Dx%3E' });
  });

  it('stands there in texts that are no JSON, in paths, and where nothing is opened', async () => {
    const at = await open((target) => ({ body: `see ${target}`, type: 'text/plain' }));
    expect(await (await at.get(`/count/${ANN}`)).text()).toBe('see /count/ann%40one.example');
    const json = await open((target) => ({ body: { self: target }, headers: { Location: target } }));
    const response = await json.get(`/count/${ANN}`);
    expect([await response.json(), response.headers.get('location')]).toEqual([
      { self: '/count/ann%40one.example' },
      '/count/ann%40one.example',
    ]);
  });

  it('stands there whatever the mode of data is, and whatever the policy says of strays', async () => {
    for (const [settings, more] of [
      ['', 'modes: { data: observe }\n'],
      ['', 'modes: { data: off }\n'],
      ['    elsewhere: off\n', ''],
      ['    elsewhere: block\n', ''],
    ] as const) {
      const at = await open((target) => ({ body: { next: target }, headers: { Link: target } }), settings, more);
      const response = await at.get(`/customers?email=${ANN}`);
      expect([await response.json(), response.headers.get('link')]).toEqual([
        { next: '/customers?email=ann%40one.example' },
        '/customers?email=ann%40one.example',
      ]);
    }
  });

  it('goes on as its index where parameters that nothing declares are only observed', async () => {
    const at = await open(() => ({}), '', 'modes: { parameters: observe }\n');
    await at.get(`/count/1?email=${ANN}`);
    expect(at.door.seen[0]?.url).toMatch(/^\/count\/si1\.1\.[\w-]{22}\?email=si1\.1\.[\w-]{22}$/);
  });

  it('hides nothing that stands beside it from what cleans texts and looks for sensitive data', async () => {
    const more = 'sanitise: { text: { plain: [said] } }\n';
    const at = await open(
      (target) => ({
        body: {
          said: `<img src=x onerror=1>${new URL(target, 'http://a').searchParams.get('email')}`,
          next: `${target}&4111 1111 1111 1111`,
          items: [{ id: `${OTHER} 4111 1111 1111 1111` }],
        },
      }),
      '  detect: { card-number: mask }\n',
      more,
    );
    const answer = JSON.stringify(await (await at.get(`/customers?email=${ANN}`)).json());
    expect(answer).toContain('&lt;img src=x onerror=1&gt;ann%40one.example');
    expect(answer).toContain('"next":"/customers?email=ann%40one.example&****');
    expect(answer).not.toMatch(/<img|4111|si1\./);
  });

  it('is no markup either where it is a text of its own', async () => {
    const more = 'sanitise: { text: { plain: [said] } }\n';
    const at = await open((target) => ({ body: { said: `<i>${OTHER}</i>`, next: target } }), '', more);
    expect(await (await at.get(`/customers?email=${ANN}`)).json()).toEqual({
      said: '&lt;i&gt;****&lt;/i&gt;',
      next: '/customers?email=ann%40one.example',
    });
  });

  it('refuses no answer for being too large to look into, unless indexes are refused or something is opened', async () => {
    const more = 'modes: { responses: observe }\nresponses: { maxBodyBytes: 100B }\n';
    const large = (): Reply => ({ body: { self: 'x'.repeat(200) } });
    const marked = 'fields: []';
    for (const settings of ['', '    elsewhere: off\n', '    elsewhere: report\n'])
      expect((await (await open(large, settings, more, marked)).get(`/count/${ANN}`)).status).toBe(200);
    for (const [settings, fields] of [
      ['    elsewhere: block\n', marked],
      ['', 'fields: [email]'],
    ] as const) {
      const blocked = await open(large, settings, more, fields);
      expect((await blocked.get(`/count/${ANN}`)).status).toBe(502);
      await until(() => blocked.door.logText().includes('RESPONSE_TOO_LARGE'));
    }
  });

  it('ends no line and no header', async () => {
    const at = await open((target) => ({ headers: { 'X-Filter': target.split('=')[1] ?? '' } }));
    const response = await at.get('/customers?email=a%0d%0aSet-Cookie:%20a=b');
    expect([response.headers.get('x-filter'), response.headers.get('set-cookie')]).toEqual([
      'a%0D%0ASet-Cookie%3A%20a%3Db',
      null,
    ]);
  });

  it('does not grow from page to page while there are two keys', async () => {
    const at = await open((target) => ({ body: { next: target } }), '    indexKeys: [2, 1]\n');
    for (const target of ['/customers?any=a&any=b', '/customers?listed=a,b']) {
      let next = target;
      for (let turn = 0; turn < 3; turn++) {
        ({ next } = (await (await at.get(next)).json()) as { next: string });
        expect(at.door.seen.at(-1)?.url.match(/si1\.[12]\./g)).toHaveLength(4);
      }
    }
  });
});

describe('an index that the request did not look up', () => {
  const body = { items: [{ id: OTHER, email: null }], said: `by ${OTHER}`, counts: { [OTHER]: 3, all: 4 } };
  const answer: Reply = { body, headers: { Link: `<?email=${OTHER}>`, 'X-Filter': SEALED } };

  it('is masked in answers that are opened and in headers, a member of its name is left out, and both are recorded', async () => {
    const at = await open(() => answer);
    const response = await at.get('/customers');
    expect(await response.json()).toEqual({
      items: [{ id: '****', email: null }],
      said: 'by ****',
      counts: { all: 4 },
    });
    expect([response.headers.get('link'), response.headers.get('x-filter')]).toEqual(['<?email=****>', '****']);
    const found = await at.findings();
    for (const place of ['header link', 'header x-filter', '/items/0/id', '/said', '/counts'])
      expect(found).toContain(`"pointer":"${place}"`.replaceAll('"', '\\"'));
    expect(at.door.logText()).not.toMatch(/AAAA/);
  });

  it('is masked in the headers of an answer without a body, too', async () => {
    const at = await open(() => ({ status: 303, headers: { Location: `/customers?email=${OTHER}` } }));
    expect((await at.get('/customers')).headers.get('location')).toBe('/customers?email=****');
    const head = await open(() => answer);
    expect((await head.get('/customers', { method: 'HEAD' })).headers.get('link')).toBe('<?email=****>');
  });

  it('passes with a record, without one, or denies the answer, as the policy says', async () => {
    const reported = await open(() => answer, '    elsewhere: report\n');
    const response = await reported.get('/customers');
    expect([await response.json(), response.headers.get('link')]).toEqual([body, `<?email=${OTHER}>`]);
    expect(await reported.findings()).toContain('header link');
    const off = await open(() => answer, '    elsewhere: off\n');
    expect(await (await off.get('/customers')).json()).toEqual(body);
    for (const part of [{ body }, { headers: { Link: OTHER } }]) {
      const blocked = await open(() => part, '    elsewhere: block\n');
      expect((await blocked.get('/customers')).status).toBe(502);
      await until(() => blocked.door.logText().includes('ENCRYPTED_VALUE_INVALID'));
    }
    const observed = await open(() => answer, '    elsewhere: block\n', 'modes: { data: observe }\n');
    expect((await observed.get('/customers')).status).toBe(200);
    await until(() => observed.door.logText().includes('ENCRYPTED_VALUE_INVALID'));
  });

  it('is found where JSON writes its letters as escapes', async () => {
    const at = await open(() => ({ body: `{"said":"\\u0073i1\\u002e1.${'A'.repeat(22)}"}` }));
    expect(await (await at.get('/customers')).json()).toEqual({ said: '****' });
  });
});

describe('an encrypted value', () => {
  it('in the name of a member denies an answer that is opened', async () => {
    const at = await open(() => ({ body: { counts: { [SEALED]: 1 } } }));
    expect((await at.get('/customers')).status).toBe(502);
    await until(() => at.door.logText().includes('ENCRYPTED_VALUE_INVALID'));
    expect(at.door.logText()).not.toMatch(/AAAA/);
  });

  it('is masked in an answer of another type than the one of its status that is opened', async () => {
    const at = await open(() => ({ body: `see ${SEALED} and ${OTHER}`, type: 'text/plain' }));
    expect(await (await at.get('/customers')).text()).toBe('see **** and ****');
    expect(await at.findings()).toContain('ciphertext');
  });

  it('is masked without touching what stands around it, and a file is left as it came', async () => {
    const off = 'modes: { responses: off }\n';
    const around = Buffer.from([0xff, 0x20, 0x80]);
    const at = await open(
      () => ({
        body: Buffer.concat([around, Buffer.from(SEALED + OTHER), around]),
        type: 'text/plain',
      }),
      '',
      off,
    );
    const sent = Buffer.concat([around, Buffer.from('****'), around]);
    expect(Buffer.from(await (await at.get('/count/a')).arrayBuffer())).toEqual(sent);
    const file = Buffer.concat([around, Buffer.from(OTHER)]);
    const zip = await open(() => ({ body: file, type: 'application/zip' }), '', off);
    expect(Buffer.from(await (await zip.get('/customers')).arrayBuffer())).toEqual(file);
  });

  it('costs files no compression, and no range, unless its like is refused', async () => {
    for (const [settings, path, sent, range, fields = 'fields: [email]'] of [
      ['', '/file', /^gzip/, 'bytes=0-1', 'legacy: block'],
      // An error that nothing declares could have a field by its name.
      ['', '/file', /^identity$/, 'bytes=0-1'],
      ['', '/count/a', /^identity$/, undefined],
      ['    elsewhere: block\n', '/file', /^identity$/, 'bytes=0-1'],
    ] as const) {
      const off = 'modes: { responses: off }\n';
      const at = await open(() => ({ type: 'application/zip', body: 'x' }), settings, off, fields);
      await at.get(path, { headers: { 'Accept-Encoding': 'gzip', Range: 'bytes=0-1' } });
      const [seen] = at.door.seen;
      expect(seen?.headers['accept-encoding']).toMatch(sent);
      expect(seen?.headers.range).toBe(range);
    }
  });

  it('is not cut in two by a range, nor hidden by compression: the API is asked for all of an answer that is opened', async () => {
    const at = await open(() => ({}), '', 'modes: { responses: off }\n');
    await at.get('/customers', { headers: { Range: 'bytes=9-20', 'If-Range': '"a"', 'Accept-Encoding': 'gzip' } });
    const [seen] = at.door.seen;
    expect([seen?.headers.range, seen?.headers['if-range'], seen?.headers['accept-encoding']]).toEqual([
      undefined,
      undefined,
      'identity',
    ]);
  });
});
