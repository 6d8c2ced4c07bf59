import { createCipheriv } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Door, openDoor } from '../door.ts';
import { keyFiles } from '../encryption-codes.ts';

/** Bodies by which a client tries to have a field stored in clear, where nothing but its encryption stands in the way: bodies are only observed. */
const text = { type: 'string' };
const marked = { ...text, 'x-sallyport-encrypt': true };
/** Names that a division into words would tear apart. */
const NAMES = ['tax id', 'ssn+us', 'tax/id', 'n°', 'pie\u0301ce', 'आधार'];
const person = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    ssn: text,
    user: { type: 'object', properties: { ssn: text, name: text, pin: marked } },
    home_address: { type: 'object', properties: { pin: marked } },
    either: { oneOf: [text, { type: 'object', properties: { ssn: text } }] },
    ...Object.fromEntries(NAMES.map((name) => [name, marked])),
    pins: { type: 'array', items: { ...text, 'x-sallyport-encrypt': true } },
  },
};
const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data; boundary=b';
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Evasions', version: '1' },
  paths: {
    '/people': {
      post: {
        operationId: 'add',
        security: [],
        requestBody: {
          content: {
            'application/json': { schema: person },
            [FORM]: { schema: person },
            'multipart/form-data': { schema: person },
            'multipart/related': { schema: person },
            'application/yaml': { schema: person },
            'text/yaml': { schema: person },
            'application/octet-stream': {},
            'image/png': {},
            'text/plain': { schema: text },
            'application/vnd.s+json': { schema: { type: 'object', additionalProperties: true } },
            'application/x-ndjson': { schema: { type: 'object', additionalProperties: true } },
          },
        },
        responses: { 200: { description: 'ok', content: { 'application/json': { schema: {} } } } },
      },
      delete: { operationId: 'remove', security: [], responses: { 204: { description: 'done' } } },
    },
  },
};
const POLICY =
  'data: { encrypt: { fields: [ssn], keys: { file: keys.json, master: master.key }, indexes: { ssn: {} } } }\n';
const SECRET = '123-45-6789';
/** What some reader of JSON passes over; the last is Gson's guard behind a blank. */
const BLANKS = ['\f', '\v', '\u00a0', '\u2028', '\u3000', '\ufeff', '\u0001', '\u0085', '\u200b', " )]}'\n"];
/** Of 30,000 different words before a colon. */
const table = Array.from({ length: 30_000 }, (_, at) => `${new Date(at * 61_000).toISOString()},${at}`).join('\n');
/** As good as random, but no letter n: each name has one, or a blank. */
const noise = Buffer.from(
  createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16))
    .update(Buffer.alloc(500_000))
    .map((byte) => ((byte | 0x20) === 0x6e ? 0x80 : byte)),
);
/** `<ssn>SECRET</ssn>`, in which nothing is as it looks. */
const ENTITY = `&#60;&#115;s&#110;>${SECRET}&#60;/&#115;s&#110;>`;
const DEEP = `${'{"a":'.repeat(600)}{"ssn":"${SECRET}"}${'}'.repeat(600)}`;

type Sent = [title: string, type: string, body: string | Buffer, headers?: Record<string, string>];
const part = (name: string, value: string, more = ''): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
const parts = (...all: readonly string[]): string => `${all.join('')}--b--\r\n`;
const LATIN_FILE = '; filename="a.txt"\r\nContent-Type: text/plain; charset=iso-8859-1';
const LATIN = Buffer.from(parts(part('photo', 'caf\xe9, my ssn', LATIN_FILE)), 'latin1');
const field = (name: string, value: string): string => new URLSearchParams([[name, value]]).toString();
const list = (length: number): string => Array.from({ length }, (_, at) => `k${at},v`).join(',');

describe.each(['observe', 'off'])('where the rule of bodies is %s', (mode) => {
  let door: Door;
  beforeAll(async () => {
    const policy = `${POLICY}modes: { body: ${mode}, threats: off, limits: off }\nrequests: { maxBodyBytes: 4MiB }\n`;
    door = await openDoor({ document: DOCUMENT, policy, files: keyFiles() });
  });
  afterAll(() => door.close());
  const post = (type: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${door.url}/people`, { method: 'POST', body, headers: { 'Content-Type': type, ...headers } });

  it.each<Sent>([
    ['a member twice, in JSON in a field', FORM, field('user', `{"ssn":"1","ssn":"${SECRET}"}`)],
    ['a member twice, in JSON in a part', MULTIPART, parts(part('user', `{"ssn":"1","ssn":"${SECRET}"}`))],
    ['__proto__ in JSON in a field', FORM, field('user', `{"__proto__":{},"ssn":"${SECRET}"}`)],
    ['JSON in a field deeper than is read', FORM, field('user', DEEP)],
    ['the same in a field that nothing declares', FORM, field('extra', DEEP)],
    ['JSON with a comment', FORM, field('user', `{/**/"ssn":"${SECRET}"}`)],
    ['JSON with a comment in a field that nothing declares', FORM, field('extra', `{/**/"ssn":"${SECRET}"}`)],
    ['escapes in it', FORM, field('extra', `{/**/"\\u0073sn":"${SECRET}"}`)],
    ['JSON in UTF-16 in a field', FORM, field('extra', Buffer.from(`{"ssn":"${SECRET}"}`, 'utf16le').toString())],
    ['a list of names and values', FORM, field('user', `ssn,${SECRET}`)],
    ['one longer than a thousand', FORM, field('user', `${list(1000)},ssn,${SECRET}`)],
    ['one in a field that nothing declares', FORM, field('extra', `${list(1000)},ssn,${SECRET}`)],
    ['XML in a part', MULTIPART, parts(part('user', `<user><ssn>${SECRET}</ssn></user>`))],
    ['YAML in a part', MULTIPART, parts(part('user', `name: n\nssn: ${SECRET}`))],
    ['a serialized object', FORM, field('user', `a:1:{s:3:"ssn";s:11:"${SECRET}";}`)],
    ['a name with a blank before it', FORM, `+ssn=${SECRET}`],
    ['a name with a NUL behind it', FORM, `ssn%00x=${SECRET}`],
    ['a name that goes too deep', FORM, field(`a${'[a]'.repeat(80)}[ssn]`, SECRET)],
    ['a semicolon in the value', FORM, `ssn=1;${SECRET}`],
    ['a form that is compressed', FORM, gzipSync(`ssn=${SECRET}`, { level: 0 }), { 'Content-Encoding': 'gzip' }],
    ['a text that is compressed', 'application/json', gzipSync('{}'), { 'Content-Encoding': 'gzip' }],
    ['JSON in UTF-7', 'application/json; charset=utf-7', `{"x":"+ACI,+ACI-ssn+ACI:+ACI-${SECRET}"}`],
    ['a form in a charset of its own', `${FORM}; charset=utf-7`, `+AHM-sn=${SECRET}`],
    ['a part in base64', MULTIPART, parts(part('user', btoa(SECRET), '\r\nContent-Transfer-Encoding: base64'))],
    ['a part in UTF-7', MULTIPART, parts(part('user', SECRET, '\r\nContent-Type: text/plain; charset=utf-7'))],
    ['a file of JSON in Latin-1', MULTIPART, parts(part('photo', `{"ssn":"${SECRET}"}`, LATIN_FILE))],
    ['a file in UTF-7', MULTIPART, parts(part('photo', '+AHs-', LATIN_FILE.replace('iso-8859-1', 'utf-7')))],
    ['a part that is a multipart', MULTIPART, parts(part('user', SECRET, '\r\nContent-Type: multipart/mixed'))],
    ['a part without a name', 'multipart/related; boundary=b', `--b\r\n\r\n{"ssn":"${SECRET}"}\r\n--b--\r\n`],
    ['YAML', 'application/yaml', `ssn: ${SECRET}`],
    ['YAML as a text', 'text/yaml', `ssn: ${SECRET}`],
    ['XML', 'application/xml', `<ssn>${SECRET}</ssn>`],
    ['a type that nothing declares', 'application/cbor', SECRET],
    ['JSON as a type that nothing declares', 'text/html', `{"ssn":"${SECRET}"}`],
    ['JSON as a form', FORM, `{"ssn":"${SECRET}"}`],
    ['JSON as a declared text', 'text/plain', `{"ssn":"${SECRET}"}`],
    ['no type that can be read', 'application', `{"ssn":"${SECRET}"}`],
    ['an array for a field', FORM, field('pins', `["${SECRET}"`)],
    ...NAMES.flatMap((name): Sent[] => [
      [`JSON with ${name} as a text`, 'text/plain', `{"${name}":"${SECRET}"}`],
      [`the same, not strict`, 'text/plain', `{"${name}":"${SECRET}",}`],
    ]),
    ...BLANKS.map(
      (blank): Sent => [`JSON behind ${JSON.stringify(blank)}, as a text`, 'text/plain', `${blank}{"ssn":"${SECRET}"}`],
    ),
    [
      'JSON in UTF-16 behind a separator of lines',
      'text/plain',
      Buffer.from(`\ufeff\u2028{"ssn":"${SECRET}"}`, 'utf16le'),
    ],
    ['JSON behind a blank of Latin-1', 'text/plain', Buffer.from(`\xa0{"ssn":"${SECRET}"}`, 'latin1')],
    [
      'a text of JSON that is compressed',
      'text/plain',
      gzipSync(`{"ssn":"${SECRET}"}`),
      { 'Content-Encoding': 'gzip' },
    ],
    ...['x 1 ssn', 'x  1 ssn', ' x  1 ssn', ' ssn', 'x 1 SSN'].map(
      (list): Sent => [`a list with blanks between: "${list}"`, FORM, field('user', `${list} ${SECRET}`)],
    ),
    ['a list that begins with a divider', FORM, field('user', `,ssn,${SECRET}`)],
    ['XML with an entity in a field', FORM, field('user', `<!DOCTYPE a [<!ENTITY e "${ENTITY}">]><a>&e;</a>`)],
    ['JSON behind a comment, as a text', 'text/plain', `/**/{"ssn":"${SECRET}"}`],
    ['JSON behind a comment of a line', 'text/plain', `// {\n# \u2028{"ssn":"${SECRET}"}`],
    ['JSON in UTF-16 as a text', 'text/plain', Buffer.from(`[{"ssn":"${SECRET}"}]`, 'utf16le')],
    [
      'JSON in UTF-32 as a text',
      'text/plain',
      Buffer.from([...`{"ssn":"${SECRET}"}`].flatMap((c) => [0, 0, 0, c.charCodeAt(0)])),
    ],
    ['JSON of which the first text is empty', 'text/plain', `[]\n{"ssn":"${SECRET}"}`],
    ['brackets in a text of it', 'text/plain', `{a:'}',b=>"}",/*}*/"ssn":"${SECRET}"}`],
    ['bytes that are no UTF-8 in it', 'text/plain', Buffer.from(`{"a":"\xff","ssn":"${SECRET}"}`, 'latin1')],
    ['another type of JSON that marks nothing', 'application/vnd.s+json', `{"tax id":"${SECRET}"}`],
    ['lines of JSON that mark nothing', 'application/x-ndjson', `{"a":1}\n{"tax id":"${SECRET}"}\n`],
    ['a blank before the name of an object', FORM, `+user[pin]=${SECRET}`],
    ['a dot in the name of an object', FORM, `home.address[pin]=${SECRET}`],
    ['JSON in such a field', FORM, `home.address=${encodeURIComponent(`{"pin":"${SECRET}"}`)}`],
    ['a blank in brackets', FORM, `user[+pin]=${SECRET}`],
    ['escapes in JSON behind a comment', FORM, field('user', `/**/{"\\u0073sn":"${SECRET}"}`)],
    ['escapes in YAML', FORM, field('user', `"\\x73sn": ${SECRET}`)],
    ['a semicolon in JSON', FORM, `user={"name":"a;b","ssn":"${SECRET}"}`],
    [
      'a file of JSON that is too long',
      MULTIPART,
      parts(part('extra', `[{"ssn":"${SECRET}"},"${'x'.repeat(1_048_576)}"]`)),
    ],
  ])('a field is not stored in clear: %s', async (...[, type, body, headers]) => {
    const before = door.seen.length;
    const response = await post(type, body, headers);
    if (response.status === 200) {
      const stored = door.seen.at(-1)?.body.toString('latin1') ?? '';
      expect(stored).toContain('sp1.');
      expect(stored).not.toContain('6789');
      return;
    }
    expect(await response.json()).toMatchObject({ status: 415, code: 'ENCRYPTED_BODY_UNREADABLE' });
    expect(door.seen.length).toBe(before);
  });

  it('a body that nothing declares is encrypted by the names of fields, or refused', async () => {
    const send = (type: string, body: string): Promise<Response> =>
      fetch(`${door.url}/people`, { method: 'DELETE', body, headers: { 'Content-Type': type } });
    await send('application/json', `{"a":[{"SSN":"${SECRET}","pins":["1"]}],"b":2}`);
    expect(door.seen.at(-1)?.body.toString()).toMatch(
      /^\{"a":\[\{"SSN":"sp1\.[^"]+","pins":"sp1\.[^"]+","ssnIndex":"si1\.[^"]+"\}\],"b":2\}$/,
    );
    expect((await send('application/cbor', SECRET)).status).toBe(415);
  });

  it.each<readonly [string, string | null, string | Buffer]>([
    ['JSON without a type', null, Buffer.from(`{"ssn":"${SECRET}"}`)],
    ['XML', 'application/xml', `<a><ssn>${SECRET}</ssn></a>`],
    ['XML with an entity', 'application/xml', `<!DOCTYPE a [<!ENTITY e "${ENTITY}">]><a>&e;</a>`],
    ['XML with entities elsewhere', 'application/xml', '<!DOCTYPE a SYSTEM "http://a.example/a.dtd"><a>&e;</a>'],
    [
      'XML in UTF-7',
      'application/xml',
      `<?xml version="1.0" encoding="UTF-7"?><a><+AHMAcwBu->${SECRET}</+AHMAcwBu-></a>`,
    ],
    [
      'XML of which its charset stands far behind',
      'application/xml',
      `<?xml version="1.0"${' '.repeat(999)}encoding = 'UTF-7'?><a/>`,
    ],
    ['XML in UTF-7 by its type', 'text/xml; charset=utf-7', `<a><+AHMAcwBu->${SECRET}</+AHMAcwBu-></a>`],
    ['XML that does not begin as such', 'application/xml', Buffer.from([0x4c, 0x6f, 0xa7, 0x94, 0x93])],
    ['YAML as a text', 'text/plain', `name: n\n- "ssn" : ${SECRET}`],
    ['YAML with a key on a line of its own', 'text/plain', `name: n\n? ssn\n\n# no\n: ${SECRET}`],
    ['YAML without a type', null, Buffer.from(`ssn: ${SECRET}`)],
    ['YAML in whose lines a return ends', 'text/plain', `name: n\rperson: {ssn: ${SECRET}}\r`],
    ['a form without a type', null, Buffer.from(`a=1&user%5B%73sn%5D=${SECRET}&b=%`)],
    ['a form of a type that is malformed', `${FORM}; charset=utf-8; charset=utf-8`, `ssn=${SECRET}`],
    ['parts of a type that is malformed', 'multipart/form-data; boundary=a b', parts(part('ssn', SECRET))],
    ['YAML with an alias', 'application/yaml', `a: &b ssn\n*b : ${SECRET}`],
    ['a semicolon behind a field', FORM, `ssn=1;${SECRET}`],
    ['JSON in a part without a name', MULTIPART, `--b\r\n\r\n{/**/"ssn":"${SECRET}"}\r\n--b--\r\n`],
    ['a text that is compressed', 'text/plain', gzipSync(`{"ssn":"${SECRET}"}`)],
  ])('of a body that nothing declares, %s is refused', async (_, type, body) => {
    const before = door.seen.length;
    const headers: Record<string, string> = type === null ? {} : { 'Content-Type': type };
    if (Buffer.isBuffer(body) && body[0] === 0x1f) headers['Content-Encoding'] = 'gzip';
    const response = await fetch(`${door.url}/people`, { method: 'DELETE', body, headers });
    expect(await response.json()).toMatchObject({ code: 'ENCRYPTED_BODY_UNREADABLE' });
    expect(door.seen.length).toBe(before);
  });

  it.each<readonly [string, string | null, string | Buffer]>([
    ['a text', 'text/plain;charset=UTF-8', 'hello: my ssn is not here'],
    ['a body without a type', null, Buffer.from('hello')],
    ['what is binary', 'application/x-protobuf', Buffer.from([0x0a, 3, 0x73, 0x73, 0x6e, 0xff])],
    ['XML without the field', 'application/xml', '<a><b>ssnless</b></a>'],
    ['XML in Latin-1', 'application/xml', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>'],
    [
      'a page',
      'text/html',
      '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://a.example/a.dtd"><p>n</p>',
    ],
    ['a semicolon in a value', FORM, 'a=x;y'],
    ['a table of 30,000 lines', 'text/csv', table],
    ['bytes without a type', null, noise],
    ['a part without a name', MULTIPART, '--b\r\n\r\nhello\r\n--b--\r\n'],
  ])('of a body that nothing declares, %s goes on as it came', async (_, type, body) => {
    const headers: Record<string, string> = type === null ? {} : { 'Content-Type': type };
    const before = door.seen.length;
    await fetch(`${door.url}/people`, { method: 'DELETE', body, headers });
    expect(door.seen.length).toBe(before + 1);
    expect(door.seen.at(-1)?.body).toEqual(Buffer.from(body));
  });

  it.each([
    ['in the field of a form', FORM, 'ssnIndex=x', 'ENCRYPTED_VALUE_SENT'],
    ['with a blank before its name', FORM, '+ssnIndex=x', 'ENCRYPTED_BODY_UNREADABLE'],
    [
      'in JSON that is not strict',
      FORM,
      field('extra', '{"ssnIndex":"1","ssnIndex":"x"}'),
      'ENCRYPTED_BODY_UNREADABLE',
    ],
    ['in a part', MULTIPART, parts(part('extra', '{"ssnIndex":"x"}')), 'ENCRYPTED_VALUE_SENT'],
  ])('an index is refused that a client writes %s', async (_, type, body, code) => {
    const before = door.seen.length;
    expect(await (await post(type, body)).json()).toMatchObject({ code });
    expect(door.seen.length).toBe(before);
  });

  it('an encrypted value is refused as the name of a member, too', async () => {
    const before = door.seen.length;
    const response = await post('application/json', `{"user":{"sp1.k1.1.${'A'.repeat(80)}":"x"}}`);
    expect(await response.json()).toMatchObject({ code: 'ENCRYPTED_VALUE_SENT', errors: [{ pointer: '/user' }] });
    expect(door.seen.length).toBe(before);
  });

  it.each([
    ['a field of a form', FORM, `ssn=${SECRET}&name=n`],
    ['one in brackets', FORM, field('user[ssn]', SECRET)],
    ['JSON in a field', FORM, field('user', `{"ssn":"${SECRET}"}`)],
    ['JSON in a part', MULTIPART, parts(part('user', `{"ssn":"${SECRET}"}`), part('name', 'n'))],
    ['a field of a list, twice', FORM, `pins=${SECRET}&pins=${SECRET}`],
  ])('%s is encrypted', async (_, type, body) => {
    expect((await post(type, body)).status).toBe(200);
    const stored = door.seen.at(-1)?.body.toString() ?? '';
    expect(stored.match(/sp1\.k1\.1\./g)?.length).toBe(body.split(SECRET).length - 1);
    expect(stored).not.toContain('6789');
  });

  it.each<readonly [string, string, string | Buffer]>([
    ['words', FORM, field('name', 'please send my ssn by mail, not [here]')],
    ['JSON without the field, as a text', 'text/plain', '{"name":"n"}'],
    ['words in a field that nothing declares', FORM, field('note', 'my ssn? {no}')],
    ['a remark in brackets', FORM, field('note', '[urgent] call, me')],
    ['a file', 'application/octet-stream', Buffer.from([80, 75, 3, 4, 0, 123])],
    ['a picture', 'image/png', Buffer.from([137, 80])],
    ['a file in a part', MULTIPART, parts(part('photo', 'GIF89a,x', '; filename="a.gif"\r\nContent-Type: image/gif'))],
    ['JSON without the field', FORM, field('user', '{"name":"n"}')],
    ['a remark in brackets about the field', 'text/plain', '[draft] my ssn: is not here, {or} there'],
    ['lines of a log', 'text/plain', '[1] {"a":1}\n[2] ssn: "no"\n'],
    ['a sentence where there could be an object', FORM, field('either', 'my ssn is unknown, sorry')],
    ['a path in a remark', FORM, field('note', '[x] C:\\temp')],
    ['a table of many columns', FORM, field('note', list(11_000))],
    [
      'a piece of a file that begins like JSON',
      'text/plain',
      Buffer.from([0x5b, 0, 7, 0xff, 0, 0x7b, 0x73, 0x73, 0x6e, 0x3a, 0]),
    ],
    ['one like UTF-32', 'text/plain', Buffer.from([0x7b, 0, 0, 0, 0xff, 0xff, 0x73, 0x73, 0x6e, 0x3a, 0])],
    ['rich text', 'text/plain', '{\\rtf1\\ansi{\\fonttbl\\f0 Swiss;} name: n}'],
    ['a text with the name of an index', FORM, field('name', 'is ssnIndex a column?')],
    ['a table with a column of its name', MULTIPART, parts(part('name', 'ssnIndex,id\nx,1'))],
    ['a table in a file', MULTIPART, parts(part('photo', `ssnIndex\n${list(11_000)}`, '; filename="a.csv"'))],
    ['settings in a file', MULTIPART, parts(part('photo', '[a]\npath=C:\\temp\n', '; filename="a.ini"'))],
    ['a long file of JSON', MULTIPART, parts(part('photo', `["${'x'.repeat(1_048_576)}"]`, '; filename="a.json"'))],
    ['a file of NULs', MULTIPART, parts(part('photo', '\0'.repeat(300), '; filename="a"'))],
    ['a part in Latin-1', MULTIPART, parts(part('name', 'n', '\r\nContent-Type: text/plain; charset=iso-8859-1'))],
    ['a file in Latin-1', MULTIPART, LATIN],
    ['a name that begins like an encrypted value', 'application/json', '{"hosts":{"sp1.example.com":1}}'],
    ['JSON of another type without the field', 'application/vnd.s+json', '{"a":1}'],
  ])('%s goes on as it came', async (_, type, body) => {
    expect((await post(type, body)).status).toBe(200);
    expect(door.seen.at(-1)?.body).toEqual(Buffer.from(body));
  });
});

describe('where the rule of bodies is enforced', () => {
  let door: Door;
  beforeAll(async () => {
    door = await openDoor({ document: DOCUMENT, policy: POLICY, files: keyFiles() });
  });
  afterAll(() => door.close());
  const post = (type: string, body: string): Promise<Response> =>
    fetch(`${door.url}/people`, { method: 'POST', body, headers: { 'Content-Type': type } });

  it.each([
    ['a form', FORM],
    ['a text', 'text/plain'],
    ['a file', 'application/octet-stream'],
    ['a picture', 'image/png'],
  ])(
    'JSON with the field is refused as %s, which a server that does not look at types reads as JSON',
    async (_, type) => {
      for (const body of [
        `{"ssn":"${SECRET}"}`,
        `\n[{"a":1},{"s\\u0073n":"${SECRET}"}]`,
        `{"user":{"ssn":"=${SECRET}"}}`,
        ...(type === FORM ? [] : BLANKS.map((blank) => `${blank}{"ssn":"${SECRET}"}`)),
      ])
        expect(await (await post(type, body)).json()).toMatchObject({
          // The line end of a form is its own check's to refuse.
          code: type === FORM && body.startsWith('\n') ? 'BODY_MALFORMED' : 'ENCRYPTED_BODY_UNREADABLE',
        });
      expect(door.seen).toEqual([]);
      expect((await post(type, '{"name":"ssn-less"}')).status).toBe(200);
      door.seen.length = 0;
    },
  );

  it.each(['application/yaml', 'text/yaml'])('%s whose members are encrypted is refused', async (type) => {
    const response = await post(type, `ssn: ${SECRET}`);
    expect([response.status, await response.json()]).toMatchObject([415, { code: 'ENCRYPTED_BODY_UNREADABLE' }]);
    expect(door.seen).toEqual([]);
  });
});

describe('where one type of JSON marks a field and another declares that it has none', () => {
  const closed = (properties: object): object => ({
    schema: { type: 'object', properties, additionalProperties: false },
  });
  const requestBody = {
    content: {
      'application/json': closed({ ssn: marked }),
      'application/vnd.s+json': closed({ a: text }),
      'application/x-ndjson': closed({ a: text }),
    },
  };
  const post = { operationId: 'add', security: [], requestBody, responses: { 204: { description: 'done' } } };
  let door: Door;
  beforeAll(async () => {
    door = await openDoor({
      document: { openapi: '3.1.0', info: { title: 'Types', version: '1' }, paths: { '/people': { post } } },
      policy:
        'data: { encrypt: { keys: { file: keys.json, master: master.key } } }\nmodes: { body: observe, threats: off }\n',
      files: keyFiles(),
      upstream: (_, response) => response.writeHead(204).end(),
    });
  });
  afterAll(() => door.close());
  const send = (charset: string, body: string | Buffer): Promise<Response> => {
    const headers = { 'Content-Type': `application/vnd.s+json${charset}` };
    return fetch(`${door.url}/people`, { method: 'POST', body, headers });
  };

  it.each<readonly [string, string | Buffer]>([
    ['utf-7', `+AHsAIg-ssn+ACIAOgAi-${SECRET}+ACIAfQ-`],
    ['IBM037', Buffer.from('c07fa2a2957f7af1d0', 'hex')],
    ['iso-8859-1', '{"a":"n"}'],
  ])('the other is refused in %s', async (charset, body) => {
    expect(await (await send(`; charset=${charset}`, body)).json()).toMatchObject({
      code: 'ENCRYPTED_BODY_UNREADABLE',
    });
    expect(door.seen).toEqual([]);
  });

  it('lines of JSON are refused of which one is none, for who reads them may pass over it', async () => {
    const headers = { 'Content-Type': 'application/x-ndjson' };
    const response = await fetch(`${door.url}/people`, {
      method: 'POST',
      body: `no JSON\n{"ssn":"${SECRET}"}\n`,
      headers,
    });
    expect(await response.json()).toMatchObject({ code: 'ENCRYPTED_BODY_UNREADABLE' });
    expect(door.seen).toEqual([]);
  });

  it('the field is encrypted in the other, and what is no JSON goes on as it came', async () => {
    await send('; charset=utf-8', `{"ssn":"${SECRET}"}`);
    expect(door.seen.pop()?.body.toString()).toMatch(/^\{"ssn":"sp1\./);
    await send('', 'no JSON');
    expect(door.seen.pop()?.body.toString()).toBe('no JSON');
  });
});
