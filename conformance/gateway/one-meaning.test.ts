import { afterEach, describe, expect, it } from 'vitest';
import { openDoor, type Door } from '../door.ts';

const JSON_ANSWER = { 200: { description: 'It.', content: { 'application/json': { schema: { type: 'object' } } } } };

const USER = {
  type: 'object',
  properties: {
    role: { type: 'string', enum: ['user'] },
    kind: { type: 'string', enum: ['plain'] },
    address: { type: 'object', properties: { city: { type: 'string', maxLength: 5 } } },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Users', version: '1' },
  paths: {
    '/users': {
      post: {
        operationId: 'create',
        requestBody: {
          content: {
            'application/json': { schema: USER },
            'application/x-www-form-urlencoded': { schema: USER },
            'multipart/form-data': { schema: USER },
          },
        },
        responses: JSON_ANSWER,
      },
      get: {
        operationId: 'list',
        parameters: [
          { name: 'note', in: 'query', schema: { type: 'string' } },
          { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 10 } },
        ],
        responses: JSON_ANSWER,
      },
    },
    '/users/{id}': {
      get: {
        operationId: 'read',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: JSON_ANSWER,
      },
    },
    '/users/export': { get: { operationId: 'export', responses: JSON_ANSWER } },
  },
};

let door: Door;
afterEach(() => door.close());

const codeOf = async (answer: Response): Promise<string | number> =>
  answer.status === 200 ? 200 : ((await answer.json()) as { code: string }).code;
const post = async (type: string, body: string): Promise<string | number> =>
  codeOf(await fetch(`${door.url}/users`, { method: 'POST', headers: { 'Content-Type': type }, body }));
const get = async (path: string): Promise<string | number> => codeOf(await fetch(door.url + path));

describe('a semicolon in a query or a form', () => {
  it('is refused where it stands as it is: some readers divide at it', async () => {
    door = await openDoor({ document: DOCUMENT });
    for (const query of ['note=x;limit=500', 'note=x;', ';limit=500', 'note;limit=500'])
      expect([query, await get(`/users?${query}`)]).toEqual([query, 'PARAMETERS_INVALID']);
    expect(await get('/users?note=x%3Blimit=500')).toBe(200);
    expect(await post('application/x-www-form-urlencoded', 'note=x;role=admin')).toBe('BODY_MALFORMED');
    expect(await post('application/x-www-form-urlencoded', 'note=x%3Brole=admin')).toBe(200);
  });
});

describe('a multipart body', () => {
  const part = (name: string, content: string): string =>
    `--b\r\nContent-Disposition: form-data; name=${name}\r\n\r\n${content}\r\n`;
  const hidden = (line: string): string =>
    `a${line}--b${line}Content-Disposition: form-data; name="role"${line}${line}admin`;

  it('has no line that a reader of bare line ends takes for a delimiter', async () => {
    door = await openDoor({ document: DOCUMENT });
    for (const line of ['\n', '\r'])
      expect(await post('multipart/form-data; boundary=b', `${part('"x"', hidden(line))}--b--\r\n`)).toBe(
        'BODY_MALFORMED',
      );
    expect(await post('multipart/form-data; boundary=b', `${part('"x"', 'a--b\nc -- b\n--c')}--b--\r\n`)).toBe(200);
  });

  it('has one boundary in whatever form it is written, and names as they are read', async () => {
    door = await openDoor({ document: DOCUMENT });
    const body = `${part('"x"', 'a')}--b--\r\n`;
    for (const more of ["boundary*=utf-8''c", 'boundary*0=c', "charset*=utf-8''utf-7"])
      expect([more, await post(`multipart/form-data; boundary=b; ${more}`, body)]).toEqual([
        more,
        'BODY_TYPE_UNSUPPORTED',
      ]);
    expect(await post('multipart/form-data; boundary=b', `${part('"=?utf-8?Q?role?="', 'admin')}--b--\r\n`)).toBe(
      'BODY_MALFORMED',
    );
    expect(await post('multipart/form-data; boundary=b', body)).toBe(200);
  });
});

describe('a problem', () => {
  it('names the file of the document and never the folder it lies in', async () => {
    door = await openDoor({ document: DOCUMENT });
    for (const path of ['/users?limit=11', '/users']) {
      const answer = await fetch(
        door.url + path,
        path === '/users'
          ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"role":1}' }
          : {},
      );
      const text = await answer.text();
      expect(text).toContain('"schema":"openapi.json#/paths/');
      expect(text).not.toContain(door.folder);
    }
    expect(door.logText()).toContain(door.folder);
  });
});

describe('names that differ in case', () => {
  it('of a path lead to no other operation than a router without regard to case would take', async () => {
    door = await openDoor({ document: DOCUMENT });
    expect(await get('/users/export')).toBe(200);
    expect(await get('/users/exports')).toBe(200);
    expect(await get('/users/EXPORT')).toBe('PATH_UNKNOWN');
    expect(await get('/users/%65xporT')).toBe('PATH_UNKNOWN');
    expect(door.seen.map(({ url }) => url)).toEqual(['/users/export', '/users/exports']);
  });

  it('of members are refused beside or instead of a declared one, for Go and ASP.NET take them for it', async () => {
    door = await openDoor({ document: DOCUMENT });
    const refused = [
      '{"role":"user","ROLE":"admin"}',
      '{"Role":"admin"}',
      '{"\\u0052ole":"admin"}',
      '{"kind":"plain","\u212aind":"x"}',
      '{"address":{"City":"Nowhere at all"}}',
    ];
    for (const body of refused) expect([body, await post('application/json', body)]).toEqual([body, 'BODY_INVALID']);
    const taken = [
      '{"role":"user","other":1}',
      '{"labels":{"Role":"a","role":"b","CITY":"c"}}',
      '{"address":{"Role":"x"}}',
    ];
    for (const body of taken) expect([body, await post('application/json', body)]).toEqual([body, 200]);
    expect(door.seen.map(({ body }) => body.toString())).toEqual(taken);
  });

  it('of members are cut out where undeclared ones are', async () => {
    door = await openDoor({ document: DOCUMENT, policy: 'requests: { undeclaredProperties: strip }' });
    expect(await post('application/json', '{"role":"user","ROLE":"admin"}')).toBe(200);
    expect(door.seen[0]?.body.toString()).toBe('{"role":"user"}');
  });

  it('of fields and parts are refused, and so are those that PHP and its kind make alike', async () => {
    door = await openDoor({ document: DOCUMENT });
    for (const name of ['ROLE', 'role%5B%5D', 'role%5Ba%5D', '+role', 'role%00x'])
      expect([name, await post('application/x-www-form-urlencoded', `role=user&${name}=admin`)]).toEqual([
        name,
        'BODY_INVALID',
      ]);
    for (const name of ['ROLE', 'role[]', ' role']) {
      const body = `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\nadmin\r\n--b--\r\n`;
      expect([name, await post('multipart/form-data; boundary=b', body)]).toEqual([name, 'BODY_INVALID']);
    }
    expect(await post('application/x-www-form-urlencoded', 'role=user&other=1')).toBe(200);
  });

  it('are not all: a field does not change the method either', async () => {
    door = await openDoor({ document: DOCUMENT });
    expect(await post('application/x-www-form-urlencoded', 'role=user&_method=DELETE')).toBe('BODY_INVALID');
    expect(
      await post(
        'multipart/form-data; boundary=b',
        `--b\r\nContent-Disposition: form-data; name="_method"\r\n\r\nDELETE\r\n--b--\r\n`,
      ),
    ).toBe('BODY_INVALID');
  });

  it('of query parameters are refused also where undeclared ones pass', async () => {
    door = await openDoor({ document: DOCUMENT, policy: 'requests: { unknownParameters: pass }' });
    expect(await get('/users?limit=5&LIMIT=500')).toBe('PARAMETERS_INVALID');
    expect(await get('/users?limit%5B%5D=500')).toBe('PARAMETERS_INVALID');
    expect(await get('/users?limit=5&other=1')).toBe(200);
  });

  it('pass where the policy says that the upstream knows them apart', async () => {
    door = await openDoor({
      document: DOCUMENT,
      policy: 'requests: { lookalikeNames: pass, unknownParameters: pass }',
    });
    expect(await post('application/json', '{"role":"user","ROLE":"admin"}')).toBe(200);
    expect(await post('application/x-www-form-urlencoded', 'role=user&ROLE=admin')).toBe(200);
    expect(await get('/users?limit=5&LIMIT=500')).toBe(200);
  });
});
