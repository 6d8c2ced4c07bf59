import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Door, openDoor } from '../door.ts';
import { keyFiles } from '../encryption-codes.ts';
import { applyPatch } from './json-patch.ts';

/** An API over a database that looks up by equality, as many are: it knows nothing of encryption but the column that it searches. */
const text = { type: 'string' };
const maybe = { type: ['string', 'null'] };
const customer = {
  type: 'object',
  properties: { id: text, email: maybe, phone: maybe, name: maybe },
  additionalProperties: false,
};
const CUSTOMER = { $ref: '#/components/schemas/Customer' };
const json = (schema: object, type = 'application/json') => ({ [type]: { schema } });
const answer = (schema: object) => ({ 200: { description: 'ok', content: json(schema) } });
const query = (name: string, schema: object, more: object = {}) => ({ name, in: 'query', schema, ...more });
const path = (name: string) => ({ name, in: 'path', required: true, schema: text });
const operation = (operationId: string, more: object) => ({ operationId, security: [], ...more });
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Customers', version: '1' },
  components: { schemas: { Customer: customer } },
  paths: {
    '/customers': {
      post: operation('add', {
        requestBody: {
          content: {
            ...json(CUSTOMER),
            ...json(CUSTOMER, 'application/x-www-form-urlencoded'),
            ...json(CUSTOMER, 'multipart/form-data'),
          },
        },
        responses: answer(CUSTOMER),
      }),
      get: operation('find', {
        parameters: [
          query('email', text),
          query('any', { type: 'array', items: text }),
          query('listed', { type: 'array', items: text }, { explode: false }),
          query('name', text),
          query('mail[]', { type: 'array', items: text }),
          query('filter', { type: 'object', properties: { mail: text } }, { style: 'deepObject', explode: true }),
        ],
        responses: answer({ type: 'array', items: CUSTOMER }),
      }),
    },
    '/customers/by-email/{email}': {
      get: operation('byEmail', {
        parameters: [path('email')],
        responses: answer({ type: 'array', items: CUSTOMER }),
      }),
    },
    '/customers/search': {
      post: operation('search', {
        requestBody: { content: json({ type: 'object', properties: { email: text }, additionalProperties: false }) },
        responses: answer({ type: 'array', items: CUSTOMER }),
      }),
    },
    '/customers/{id}': {
      parameters: [path('id')],
      patch: operation('change', {
        requestBody: {
          content: {
            ...json(CUSTOMER, 'application/merge-patch+json'),
            ...json({ type: 'array', items: { type: 'object' } }, 'application/json-patch+json'),
          },
        },
        responses: answer(CUSTOMER),
      }),
    },
  },
};
const INDEXES = `indexes: {
      email: { normalize: [nfc, trim, lower-case], parameters: [email, any, listed, mail, "filter[mail]"] },
      phone: { property: phone_hash, normalize: [digits], parameters: [] } }`;
const policy = (more = ''): string =>
  `data:\n  encrypt:\n    fields: ["email*", phone]\n    keys: { file: keys.json, master: master.key }\n    ${INDEXES}\n${more}`;

interface Row {
  [column: string]: string | null;
}

/** The API: whatever it gets it stores, and it answers with whole rows, indexes too. */
function openCustomers(files = keyFiles(), more = '') {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE customers (id PRIMARY KEY, email, emailIndex, phone, phone_hash, name)');
  const byIndex = (values: readonly string[]): unknown[] =>
    database
      .prepare(`SELECT * FROM customers WHERE emailIndex IN (${values.map(() => '?').join(',')}) ORDER BY id`)
      .all(...values);
  const put = (row: Row): void => {
    const names = ['id', 'email', 'emailIndex', 'phone', 'phone_hash', 'name'];
    database
      .prepare(`INSERT OR REPLACE INTO customers (${names.join()}) VALUES (?,?,?,?,?,?)`)
      .run(...names.map((name) => row[name] ?? null));
  };
  const one = (id: string): Row => database.prepare('SELECT * FROM customers WHERE id = ?').get(id) as unknown as Row;
  const door = openDoor({
    document: DOCUMENT,
    policy: policy(more),
    files,
    upstream(request, response) {
      const url = new URL(request.url, 'http://api.example');
      const body = request.body.toString();
      let found: unknown;
      if (url.pathname === '/customers/search') found = byIndex([(JSON.parse(body) as Row)['emailIndex'] ?? '']);
      else if (request.method === 'POST') {
        const row = body.startsWith('{') ? (JSON.parse(body) as Row) : fields(body);
        put(row);
        found = one(String(row['id']));
      } else if (request.method === 'PATCH') {
        const id = url.pathname.slice('/customers/'.length);
        const given: unknown = JSON.parse(body);
        put(
          (Array.isArray(given) ? applyPatch({ ...one(id) }, given as []) : { ...one(id), ...(given as Row) }) as Row,
        );
        found = one(id);
      } else if (url.pathname.startsWith('/customers/by-email/'))
        found = byIndex([decodeURIComponent(url.pathname.slice(20))]);
      else if (url.searchParams.has('name'))
        found = database
          .prepare('SELECT * FROM customers WHERE name = ? ORDER BY id')
          .all(url.searchParams.get('name'));
      else found = byIndex([...url.searchParams.values()].flatMap((value) => value.split(',')));
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(found));
    },
  });
  return { door, one, database };
}

/** The fields of a form or of a multipart body. */
function fields(body: string): Row {
  if (!body.startsWith('--')) return Object.fromEntries(new URLSearchParams(body));
  return Object.fromEntries(
    [...body.matchAll(/name="([^"]*)"[^]*?\r\n\r\n([^\r]*)\r\n/g)].map(([, name, value]) => [name, value]),
  ) as Row;
}

describe('a field with an index', () => {
  const api = openCustomers();
  let door: Door;
  beforeAll(async () => {
    door = await api.door;
    for (const [id, email, phone] of [
      ['1', 'Ann@One.example', '+1 555 0100'],
      ['2', 'bob@two.example', '15550100'],
      ['3', 'ann@one.example', '2'],
    ])
      expect((await send('/customers', { id, email, phone, name: `n${id ?? ''}` })).status).toBe(200);
  });
  afterAll(async () => {
    await door.close();
    api.database.close();
  });
  const send = (target: string, body: unknown, type = 'application/json', method: 'POST' | 'PATCH' = 'POST') =>
    fetch(door.url + target, {
      method,
      headers: { 'Content-Type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const ids = async (response: Promise<Response>): Promise<string[]> => {
    const rows = (await (await response).json()) as { id: string }[];
    return rows.map(({ id }) => id);
  };
  const find = (search: string): Promise<string[]> => ids(fetch(`${door.url}/customers?${search}`));

  it('is stored as a ciphertext with its index beside, and the index reaches no client', async () => {
    const { email, emailIndex, phone_hash } = api.one('1');
    expect(email).toMatch(/^sp1\./);
    expect([emailIndex, phone_hash]).toEqual(Array(2).fill(expect.stringMatching(/^si1\.1\.[A-Za-z0-9_-]{22}$/)));
    const response = await fetch(`${door.url}/customers?name=n1`);
    expect(await response.json()).toEqual([{ id: '1', email: 'Ann@One.example', phone: '+1 555 0100', name: 'n1' }]);
  });

  it('is found by a query parameter, in whatever way it is written that counts as the same', async () => {
    expect(await find('email=ann%40one.example')).toEqual(['1', '3']);
    expect(await find('email=%20ANN%40one.EXAMPLE+')).toEqual(['1', '3']);
    expect(await find('email=bob@two.example')).toEqual(['2']);
    expect(await find('email=nobody@two.example')).toEqual([]);
    expect(api.one('1')['phone_hash']).toBe(api.one('2')['phone_hash']);
    expect(door.seen.map(({ url }) => url).join()).not.toMatch(/one\.example|two\.example/i);
  });

  it('is found by parameters that are lists, by the path, and by a body', async () => {
    expect(await find('any=ann@one.example&any=bob@two.example')).toEqual(['1', '2', '3']);
    expect(await find('listed=ann@one.example,bob@two.example')).toEqual(['1', '2', '3']);
    expect(await find('mail[]=ann@one.example&mail[]=bob@two.example')).toEqual(['1', '2', '3']);
    expect(await find('filter%5Bmail%5D=bob@two.example')).toEqual(['2']);
    expect(await ids(fetch(`${door.url}/customers/by-email/BOB%40two.example`))).toEqual(['2']);
    expect(door.seen.map(({ url }) => url).join()).not.toMatch(/one\.example|two\.example/i);
    expect(await ids(send('/customers/search', { email: ' bob@two.example' }))).toEqual(['2']);
  });

  it('an index or a ciphertext finds nothing: what is sent is hashed like any text', async () => {
    const { email, emailIndex } = api.one('2');
    for (const one of [email, emailIndex]) expect(await find(`email=${String(one)}`)).toEqual([]);
  });

  it('a client cannot write an index', async () => {
    const { emailIndex } = api.one('2');
    for (const name of ['emailIndex', 'EMAILINDEX', 'phone_hash'])
      expect([400, 422]).toContain((await send('/customers', { id: '9', [name]: emailIndex })).status);
    const patch = [{ op: 'add', path: '/emailIndex', value: emailIndex }];
    const response = await send('/customers/3', patch, 'application/json-patch+json', 'PATCH');
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      422,
      'ENCRYPTED_PATCH_REFUSED',
    ]);
  });

  it('follows every change: merge patches, JSON patches, and what takes the value away', async () => {
    const change = async (body: unknown, type: string): Promise<unknown[]> => {
      expect((await send('/customers/3', body, type, 'PATCH')).status).toBe(200);
      return [api.one('3')['emailIndex'] === api.one('2')['emailIndex'], api.one('3')['emailIndex'] === null];
    };
    const merge = 'application/merge-patch+json';
    const patch = 'application/json-patch+json';
    expect(await change({ email: 'bob@two.example' }, merge)).toEqual([true, false]);
    expect(await change({ email: null }, merge)).toEqual([false, true]);
    const bob = { op: 'add', path: '/email', value: 'bob@two.example' };
    expect(await change([bob], patch)).toEqual([true, false]);
    expect(await change([{ op: 'replace', path: '/email', value: 'else' }], patch)).toEqual([false, false]);
    expect(await change([{ op: 'replace', path: '', value: { id: '3', email: 'bob@two.example' } }], patch)).toEqual([
      true,
      false,
    ]);
    expect(
      await change(
        [
          { op: 'test', path: '/name', value: null },
          { op: 'remove', path: '/email' },
        ],
        patch,
      ),
    ).toEqual([false, true]);
  });

  it('is written with forms and multipart bodies', async () => {
    await send('/customers', 'id=4&email=bob%40two.example&name=x', 'application/x-www-form-urlencoded');
    const part = (name: string, value: string): string =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const body = `${part('id', '5')}${part('email', 'bob@two.example')}--b--\r\n`;
    await send('/customers', body, 'multipart/form-data; boundary=b');
    expect(await find('email=bob@two.example')).toEqual(['2', '4', '5']);
    expect(api.one('5')['email']).toMatch(/^sp1\./);
  });

  it('is in no log line', () => {
    expect(door.logText()).not.toContain('si1.');
    expect(door.logText()).not.toMatch(/one\.example|two\.example/);
  });
});

describe('keys of indexes', () => {
  it('a new one is looked up beside the old one by parameters that are lists, until everything is written anew', async () => {
    const files = keyFiles(2);
    const before = openCustomers(files);
    const first = await before.door;
    const headers = { 'Content-Type': 'application/json' };
    await fetch(`${first.url}/customers`, { method: 'POST', headers, body: '{"id":"1","email":"a@b.example"}' });
    const row = before.one('1');
    await first.close();
    before.database.close();

    const after = openCustomers(files, '    indexKeys: [2, 1]\n');
    const second = await after.door;
    after.database
      .prepare('INSERT INTO customers (id, email, emailIndex) VALUES (?,?,?)')
      .run('1', row['email'] ?? null, row['emailIndex'] ?? null);
    await fetch(`${second.url}/customers`, { method: 'POST', headers, body: '{"id":"2","email":"a@b.example"}' });
    const find = async (search: string): Promise<string[]> => {
      const response = await fetch(`${second.url}/customers?${search}`);
      return ((await response.json()) as { id: string }[]).map(({ id }) => id);
    };
    expect(after.one('2')['emailIndex']).toMatch(/^si1\.2\./);
    expect(await find('any=a@b.example')).toEqual(['1', '2']);
    expect(await find('email=a@b.example')).toEqual(['2']);
    await second.close();
    after.database.close();
  });

  it('does not start with a version that is not there', async () => {
    await expect(openCustomers(keyFiles(), '    indexKeys: [2]\n').door).rejects.toMatchObject({
      problems: [{ code: 'DATA_ENCRYPT_KEYS' }],
    });
  });
});

describe('data.encrypt.indexes', () => {
  const opening = (field: string, schema: object, settings = '{}', more: object = {}) =>
    openDoor({
      document: {
        openapi: '3.1.0',
        info: { title: 'T', version: '1' },
        paths: {
          '/a': {
            get: operation('a', {
              responses: answer({ type: 'object', properties: { [field]: schema, ...more } }),
            }),
          },
        },
      },
      policy: `data: { encrypt: { fields: [secret], keys: { file: keys.json, master: master.key }, indexes: { ${field}: ${settings} } } }\n`,
      files: keyFiles(),
    });

  it.each([
    ['a boolean', { type: ['boolean', 'null'] }],
    ['an enum', { enum: ['a', 'b'] }],
    ['one of two by a reference', { anyOf: [{ type: 'string' }, { const: 'x' }] }],
    ['a narrow range', { type: 'integer', minimum: 1900, maximum: 2100 }],
    ['a very short text', { type: 'string', maxLength: 4 }],
  ])('refuses %s, whose index would tell its value, unless that is insisted on', async (_, schema) => {
    await expect(opening('secret', schema)).rejects.toMatchObject({
      problems: [{ code: 'DATA_ENCRYPT_INDEX', message: expect.stringContaining('few values') as string }],
    });
    await (await opening('secret', schema, '{ fewValues: allow }')).close();
  });

  it('refuses a field that is not encrypted, and a property that the document declares', async () => {
    await expect(opening('public', text)).rejects.toMatchObject({
      problems: [{ code: 'DATA_ENCRYPT_INDEX', message: 'public is not encrypted' }],
    });
    await expect(opening('secret', text, '{}', { SecretIndex: text })).rejects.toMatchObject({
      problems: [{ code: 'DATA_ENCRYPT_INDEX', message: expect.stringContaining('declares a property') as string }],
    });
  });
});
