import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Door, openDoor } from '../door.ts';
import { keyFiles } from '../encryption-codes.ts';

/** Bodies by which a client tries to write an index itself, so that its record is found for somebody else's value. */
const text = { type: 'string' };
const user = { type: 'object', properties: { ssn: text, name: text } };
const person = { type: 'object', properties: { ssn: text, name: text, user } };
const note = { type: 'object', properties: { note: text }, additionalProperties: false };
const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data; boundary=b';
const LINES = 'application/x-ndjson';
const INDEX = `si1.1.${'A'.repeat(22)}`;
const answers = { responses: { 200: { description: 'ok', content: { 'application/json': { schema: {} } } } } };
/** XML and YAML whose schema leaves no room for an index, in which nobody looks for one. */
const SHEETS = {
  '/sheets': {
    'application/xml': { schema: note },
    'application/x-yaml': { schema: note },
    'text/plain': { schema: text },
  },
  '/anysheets': { '*/*': { schema: { ...text, format: 'binary' } } },
};
const document = (style: string): object => {
  const encoding = { user: { style, explode: false } };
  return {
    openapi: '3.1.0',
    info: { title: 'Indexes', version: '1' },
    paths: {
      '/people': {
        post: {
          operationId: 'add',
          security: [],
          requestBody: {
            content: {
              'application/json': { schema: person },
              [FORM]: { schema: person, encoding },
              'multipart/form-data': { schema: person },
              'text/plain': { schema: text },
              'application/octet-stream': {},
              'application/xml': {},
              [LINES]: { schema: { type: 'object', properties: { a: text }, additionalProperties: false } },
            },
          },
          ...answers,
        },
        delete: { operationId: 'remove', security: [], ...answers },
      },
      ...Object.fromEntries(
        Object.entries(SHEETS).map(([path, content]) => [
          path,
          { post: { operationId: path.slice(1), security: [], requestBody: { content }, ...answers } },
        ]),
      ),
      '/notes': {
        post: {
          operationId: 'note',
          security: [],
          requestBody: { content: { [FORM]: { schema: note }, 'multipart/form-data': { schema: note } } },
          ...answers,
        },
      },
    },
  };
};
const POLICY =
  'data: { encrypt: { fields: [ssn], keys: { file: keys.json, master: master.key }, indexes: { ssn: {} } } }\n';

const field = (name: string, value: string): string => new URLSearchParams([[name, value]]).toString();
const part = (name: string, value: string, more = ''): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n--b--\r\n`;
const many = Array.from({ length: 1001 }, (_, at) => `k${at},v`).join(',');
const json = `{"ssnIndex":"${INDEX}"}`;
let door: Door;

async function send(
  method: string,
  type: string | null,
  body: string | Buffer,
  more: Record<string, string> = {},
  path = '/people',
) {
  const before = door.seen.length;
  const headers: Record<string, string> = type === null ? more : { 'Content-Type': type, ...more };
  const response = await fetch(`${door.url}${path}`, {
    method,
    body: Buffer.isBuffer(body) ? body : Buffer.from(body),
    headers,
  });
  const { code = '' } = (await response.json()) as { readonly code?: string };
  expect(door.seen.length).toBe(before + (code === '' ? 1 : 0));
  return code;
}

describe.each(['form', 'spaceDelimited', 'pipeDelimited'])('where objects in forms have the style %s', (style) => {
  beforeAll(async () => {
    door = await openDoor({ document: document(style), policy: POLICY, files: keyFiles() });
  });
  afterAll(() => door.close());

  it.each([',', '|', ' '])('an index in a list of names and values with "%s" between is refused', async (divider) => {
    for (const words of [
      ['ssnIndex', INDEX],
      ['name', 'n', 'SSNINDEX', INDEX],
    ])
      expect(await send('POST', FORM, field('user', words.join(divider)))).toMatch(/^(?:ENCRYPTED_BODY|BODY)_/);
  });
});

describe.each(['enforce', 'observe'])('where the rule of bodies is %s', (mode) => {
  beforeAll(async () => {
    const policy = `${POLICY}modes: { body: ${mode}, threats: off }\n`;
    door = await openDoor({ document: document('form'), policy, files: keyFiles() });
  });
  afterAll(() => door.close());

  it.each([
    ['as a declared text', 'text/plain', json],
    ['as a declared text, behind a form feed', 'text/plain', `\f${json}`],
    ['as a declared file', 'application/octet-stream', json],
    ['as a form', FORM, json],
    ['in a file of JSON that is not strict', MULTIPART, part('a', `{"ssnIndex":"${INDEX}",}`, '; filename="a"')],
    ['as XML', 'application/xml', `<a><ssnIndex>${INDEX}</ssnIndex></a>`],
    ['as XML, in pieces', 'application/xml', '<a><ssnIndex>si<!-- -->1.1</ssnIndex></a>'],
    ['without a type that can be read', 'application', json],
  ])('an index is refused that is sent in JSON or XML %s', async (_, type, body) => {
    expect(await send('POST', type, body)).toMatch(/^(?:ENCRYPTED_BODY_UNREADABLE|ENCRYPTED_VALUE_SENT|BODY_[A-Z_]+)$/);
  });

  it.each(['/sheets', '/anysheets'])(
    'XML and YAML that name an index or an encrypted field are refused where their schema leaves no room for one, and no others: %s',
    async (path) => {
      // Where any type may come, XML is not one that the schema of a file can be held to.
      const isAny = mode === 'enforce' && path === '/anysheets';
      const refused = isAny ? /^(?:ENCRYPTED_BODY_UNREADABLE|BODY_TYPE_UNSUPPORTED)$/ : /^ENCRYPTED_BODY_UNREADABLE$/;
      for (const name of ['ssnIndex', 'SSNINDEX', 'ssn'])
        for (const [type, body] of [
          ['application/xml', `<note><${name}>${name === 'ssn' ? '123-45-6789' : INDEX}</${name}></note>`],
          ['application/xml', `<note ${name}="${INDEX}"/>`],
          ['application/x-yaml', `note: n\n${name}: 1\n`],
          ['application/x-yaml', `{note: n, "${name}": 1}`],
        ] as const)
          expect(await send('POST', type, body, {}, path)).toMatch(refused);
      if (!isAny) expect(await send('POST', 'application/xml', '<note><note>n</note></note>', {}, path)).toBe('');
      expect(await send('POST', 'application/x-yaml', 'note: n\n', {}, path)).toBe('');
    },
  );

  it('a text beside such XML may look like whatever it likes', async () => {
    const sent = await send('POST', 'text/plain', `sp1.k1.1.${'A'.repeat(90)}`, {}, '/sheets');
    expect(sent).toBe(mode === 'enforce' ? '' : 'ENCRYPTED_VALUE_SENT');
  });

  it.each([
    ['in base64', 'Content-Transfer-Encoding: base64', btoa(json)],
    ['in quoted-printable', 'Content-Transfer-Encoding: quoted-printable', json.replace('s', '=73')],
    ['that is a multipart', 'Content-Type: multipart/mixed; boundary=c', '--c--'],
    ['that is a multipart whose type cannot be read', 'Content-Type: multipart/mixed; boundary=c; boundary=d', '--c--'],
  ])('a part is refused %s, in which an index may be', async (_, header, value) => {
    for (const [path, name, more] of [
      ['/notes', 'note', ''],
      ['/notes', 'other', ''],
      ['/people', 'a', '; filename="a"'],
    ] as const) {
      const code = await send('POST', MULTIPART, part(name, value, `${more}\r\n${header}`), {}, path);
      expect(code).toMatch(
        mode === 'enforce' ? /^(?:BODY_INVALID|ENCRYPTED_BODY_UNREADABLE)$/ : /^ENCRYPTED_BODY_UNREADABLE$/,
      );
    }
  });

  it('a part that says that it is as it stands goes on', async () => {
    for (const encoding of ['binary', '8bit', '7BIT'])
      expect(
        await send('POST', MULTIPART, part('note', 'n', `\r\nContent-Transfer-Encoding: ${encoding}`), {}, '/notes'),
      ).toBe('');
  });

  it('a text, a list of words and a table may have the name of an index in them', async () => {
    expect(await send('POST', 'text/plain', 'is ssnIndex a column?')).toBe('');
    for (const value of [
      'is ssnIndex a column?',
      'ssnIndex,id',
      'ssnIndex,id\nx,1\ny,2',
      'my ssnIndex: 3',
      'see: ssnIndex = {id}, of R&D',
    ])
      expect(await send('POST', FORM, field('name', value))).toBe('');
  });
});

describe('where bodies are only observed', () => {
  beforeAll(async () => {
    const policy = `${POLICY}modes: { body: observe, threats: off }\n`;
    door = await openDoor({ document: document('form'), policy, files: keyFiles() });
  });
  afterAll(() => door.close());

  it.each([
    ['with a tab between', field('user', `ssnIndex\t${INDEX}`)],
    ['longer than a thousand', field('user', `${many},ssnIndex,${INDEX}`)],
    ['in a field that nothing declares', field('extra', `ssnIndex,${INDEX}`)],
    ['in a text', field('name', `ssnIndex,${INDEX}`)],
    ['as YAML', field('user', `ssnIndex: ${INDEX}`)],
    ['as YAML with escapes', field('user', `"ssn\\x49ndex": ${INDEX}`)],
    ['as YAML in pieces', field('user', 'ssnIndex: "s\\\ni1.1"')],
    ['as XML', field('extra', `<ssnIndex>${INDEX}</ssnIndex>`)],
    ['as XML, in pieces', field('extra', `<ssnIndex>s<b/>${INDEX.slice(1)}</ssnIndex>`)],
    ['as XML, spelt by references', field('extra', `<ssnIndex>&#115;${INDEX.slice(1)}</ssnIndex>`)],
    ['as YAML, in base64', field('user', `ssnIndex: !!binary ${btoa(INDEX)}`)],
    ['as YAML with an escape in the index', field('user', `ssnIndex: "\\x73${INDEX.slice(1)}"`)],
    ['as XML with an entity', field('extra', '<!DOCTYPE a [<!ENTITY e "&#60;&#115;snIndex>">]><a>&e;</a>')],
    ['as a serialized object', field('user', `a:1:{s:8:"ssnIndex";s:28:"${INDEX}";}`)],
    ['behind a semicolon', `user=x;${encodeURIComponent(`ssnIndex: ${INDEX}`)}`],
    ['percent-encoded twice', field('user', `ssnIndex,${INDEX.replaceAll('.', '%2E')}`)],
  ])('an index is refused in a field of a form, %s', async (_, body) => {
    expect(await send('POST', FORM, body)).toBe('ENCRYPTED_BODY_UNREADABLE');
  });

  it.each([
    ['beside an escape that is none', `s%73nIndex=${INDEX}&a=%zz`],
    ['in a form of too many fields', `s%73nIndex=${INDEX}${'&a=1'.repeat(10_001)}`],
    ['as it is, beside an escape that is none', `ssnIndex=${INDEX}&a=%zz`],
  ])('an index is refused where nothing is to be encrypted, in a form that cannot be read: %s', async (_, body) => {
    expect(await send('POST', FORM, body, {}, '/notes')).toBe('ENCRYPTED_BODY_UNREADABLE');
    expect(await send('POST', FORM, body.replace(/^.*?Index/, 'note'), {}, '/notes')).toBe('');
  });

  it.each([
    ['with an encoded word for its name', 'form-data; name="=?utf-8?Q?ssn=49ndex?="'],
    ['with an extended name', "form-data; name*=utf-8''ssn%49ndex"],
    ['with two names', 'form-data; name="a"; name="ssnIndex"'],
  ])('an index is refused where nothing is to be encrypted, in a part %s', async (_, disposition) => {
    const body = `--b\r\nContent-Disposition: ${disposition}\r\n\r\n${INDEX}\r\n--b--\r\n`;
    expect(await send('POST', MULTIPART, part('note', 'x'), {}, '/notes')).toBe('');
    expect(await send('POST', MULTIPART, body, {}, '/notes')).toBe('ENCRYPTED_BODY_UNREADABLE');
  });

  it('an index is refused in JSON of a type in which nothing else is marked', async () => {
    expect(await send('POST', LINES, `${json}\n`)).toBe('ENCRYPTED_VALUE_SENT');
    expect(await send('POST', LINES, `no JSON\n${json}\n`)).toBe('ENCRYPTED_BODY_UNREADABLE');
    expect(await send('POST', `${LINES}; charset=utf-7`, '+AHs-')).toBe('ENCRYPTED_BODY_UNREADABLE');
    expect(await send('POST', LINES, gzipSync(json), { 'Content-Encoding': 'gzip' })).toBe('ENCRYPTED_BODY_UNREADABLE');
    expect(await send('POST', LINES, '{"a":"n"}\n')).toBe('');
  });

  it.each([
    ['JSON as a text', 'text/plain', json],
    ['JSON without a type', null, json],
    ['XML', 'application/xml', `<a><ssnIndex>${INDEX}</ssnIndex></a>`],
    ['YAML as a text', 'text/plain', `ssnIndex: ${INDEX}`],
    ['a form without a type', null, `a=1&%73snIndex=${INDEX}`],
  ])('of a body that nothing declares, %s with an index is refused', async (_, type, body) => {
    expect(await send('DELETE', type, body)).toBe('ENCRYPTED_BODY_UNREADABLE');
  });

  it('a text that nothing declares may have the name of an index in it', async () => {
    expect(await send('DELETE', 'text/plain', 'is ssnIndex a column?')).toBe('');
  });
});
