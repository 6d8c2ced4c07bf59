import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Door, openDoor, until } from '../door.ts';
import { keyFiles } from '../encryption-codes.ts';
import { KEY_SCHEME, keyHolders } from './key-holders.ts';

const holders = keyHolders({ nobody: {}, admin: { roles: ['admin'] } });
const text = { type: 'string' };
const person = {
  type: 'object',
  required: ['id'],
  properties: {
    id: { type: ['integer', 'string'] },
    name: text,
    ssn: { type: 'string', pattern: '^[0-9-]{11,20}$' },
    pay: { type: 'number', 'x-sallyport-encrypt': true },
    active: { type: 'boolean', 'x-sallyport-encrypt': true },
    home: { type: 'object', properties: { street: text }, 'x-sallyport-data': 'secret' },
    cards: { type: 'array', items: text, 'x-sallyport-encrypt': true },
  },
  additionalProperties: false,
};
const PERSON = { $ref: '#/components/schemas/Person' };
const json = (schema: object) => ({ 'application/json': { schema } });
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Encryption', version: '1' },
  components: { securitySchemes: KEY_SCHEME, schemas: { Person: person } },
  paths: {
    '/people': {
      post: {
        operationId: 'add',
        security: [{ key: [] }],
        requestBody: {
          content: {
            ...json(PERSON),
            'application/x-www-form-urlencoded': { schema: PERSON },
            'application/xml': { schema: PERSON },
          },
        },
        responses: { 200: { description: 'ok', content: json(PERSON) } },
      },
      get: {
        operationId: 'list',
        security: [{ key: [] }],
        responses: { 200: { description: 'ok', content: json({ type: 'array', items: PERSON }) } },
      },
    },
  },
};
const FILES = keyFiles();
const policy = (more: string): string => `${holders.policy}responses: { invalid: block }
data:
  encrypt: { fields: [ssn, "class:secret"], keys: { file: keys.json, master: master.key }${more} }
  visible: { secret: ['role:admin'] }
`;

/** A door before an upstream that stores what it gets and gives back what the test says, or what it got. */
async function open(more = '', document: object = DOCUMENT, modes = '') {
  const state = { answer: null as string | null };
  const door = await openDoor({
    document,
    policy: policy(more) + modes,
    files: FILES,
    upstream: (request, response) =>
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(state.answer ?? request.body),
  });
  return {
    door,
    stored: () => JSON.parse(door.seen.at(-1)?.body.toString() ?? '') as Record<string, unknown>,
    add(body: string, who = 'admin', type = 'application/json') {
      state.answer = null;
      return fetch(`${door.url}/people`, {
        method: 'POST',
        body,
        headers: { ...holders.as(who), 'Content-Type': type },
      });
    },
    async list(answer: unknown, who = 'admin') {
      state.answer = JSON.stringify(answer);
      return fetch(`${door.url}/people`, { headers: holders.as(who) });
    },
    async denied(response: Response): Promise<string> {
      const { requestId } = (await response.json()) as { requestId: string };
      const line = (): Record<string, unknown> | undefined =>
        door.log.find((one) => JSON.stringify(one).includes(requestId) && JSON.stringify(one).includes('"code"'));
      await until(() => line() !== undefined);
      return /"code":"([A-Z_]+)"/.exec(JSON.stringify(line()))?.[1] ?? '';
    },
  };
}

describe('fields that are encrypted', () => {
  let at: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    at = await open(', record: [id]');
  });
  afterAll(() => at.door.close());

  const BODY =
    '{"id":7,"name":"n","ssn":"123-45-6789","pay":12.50,"active":true,"home":{"street": "S\\u00e4ule 1"},"cards":["a","b"]}';

  it('reach the upstream as texts without a trace of their values, and come back byte for byte', async () => {
    const response = await at.add(BODY);
    expect(await response.text()).toBe(BODY);
    const stored = at.stored();
    for (const field of ['ssn', 'pay', 'active', 'home', 'cards'])
      expect(stored[field]).toMatch(/^sp1\.k1\.1\.[A-Za-z0-9_-]{60,}$/);
    expect([stored['id'], stored['name']]).toEqual([7, 'n']);
    expect(at.door.seen.at(-1)?.body.toString()).not.toContain('6789');
  });

  it('law: encrypt_then_decrypt_is_identity through the door, for whatever the schema allows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          id: fc.integer(),
          pay: fc.double({ noNaN: true, noDefaultInfinity: true }),
          cards: fc.array(fc.string({ unit: 'grapheme' })),
          active: fc.boolean(),
        }),
        async (value) => {
          const body = JSON.stringify(value);
          const response = await at.add(body);
          expect(await response.text()).toBe(body);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('are kept from whoever may not see them: masked, or left out where they are no text', async () => {
    await at.add(BODY);
    const [shown] = (await (await at.list([at.stored()], 'nobody')).json()) as Record<string, unknown>[];
    expect(shown).toEqual({ id: 7, name: 'n', ssn: '123-45-6789', pay: 12.5, active: true, cards: ['a', 'b'] });
  });

  it('law: ciphertext_moved_to_another_record_fails, and to another field', async () => {
    await at.add(BODY);
    const stored = at.stored();
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.constantFrom('ssn', 'pay', 'home'), async (id, field) => {
        fc.pre(id !== 7);
        const response = await at.list([stored, { id, [field]: stored[field] }]);
        expect([response.status, await at.denied(response)]).toEqual([502, 'ENCRYPTED_VALUE_INVALID']);
      }),
      { numRuns: 8 },
    );
    expect(await at.denied(await at.list([{ id: 7, pay: stored['ssn'] }]))).toBe('ENCRYPTED_VALUE_INVALID');
    expect(await at.denied(await at.list([{ id: 7, name: stored['ssn'] }]))).toBe('ENCRYPTED_VALUE_INVALID');
    expect(await at.denied(await at.list([{ id: 7, name: `so: ${String(stored['ssn'])}` }]))).toBe(
      'ENCRYPTED_VALUE_INVALID',
    );
    expect(await at.denied(await at.list([{ id: 7, ssn: String(stored['ssn']).slice(0, 40) }]))).toBe(
      'ENCRYPTED_VALUE_INVALID',
    );
    expect((await at.list([stored])).status).toBe(200);
  });

  it('come back whole in a list of hundreds, opened a piece at a time, which one that was moved denies wherever it stands', async () => {
    await at.add(BODY);
    const stored = at.stored();
    const list = Array.from({ length: 700 }, () => stored);
    expect(await (await at.list(list)).text()).toBe(`[${list.map(() => BODY).join(',')}]`);
    for (const place of [0, 300, 699])
      expect(await at.denied(await at.list(list.with(place, { ...stored, id: 8 })))).toBe('ENCRYPTED_VALUE_INVALID');
  });

  it('an answer with such a field in clear is denied, one with null is not', async () => {
    expect(await at.denied(await at.list([{ id: 7, ssn: '123-45-6789' }]))).toBe('ENCRYPTED_VALUE_MISSING');
    expect((await at.add('{"id":1}')).status).toBe(200);
  });

  it('a client that sends what looks encrypted is refused, however it is written', async () => {
    await at.add(BODY);
    const sealed = String(at.stored()['ssn']);
    const count = at.door.seen.length;
    // The body's schema may have refused it before.
    for (const value of [
      sealed,
      ` ${sealed}`,
      `\u200b${sealed}`,
      sealed.replace('sp1', 'ｓｐ１'),
      `x${sealed}`,
      'sp1.',
    ])
      for (const field of ['name', 'ssn'])
        expect([400, 422]).toContain((await at.add(JSON.stringify({ id: 7, [field]: value }))).status);
    expect(await at.denied(await at.add(`{"id":7,"name":"\\u0073${sealed.slice(1)}"}`))).toBe('ENCRYPTED_VALUE_SENT');
    expect(at.door.seen.length).toBe(count);
  });

  it('nothing goes on in clear: XML, and a body that names no record, are refused', async () => {
    const count = at.door.seen.length;
    expect(await at.denied(await at.add('<id/>', 'admin', 'application/xml'))).toBe('ENCRYPTED_BODY_UNREADABLE');
    const form = await at.add('id=7&ssn=123-45-6789', 'admin', 'application/x-www-form-urlencoded');
    expect(await at.denied(form)).toBe('ENCRYPTED_RECORD_UNKNOWN');
    expect(at.door.seen.length).toBe(count);
  });

  it('are in no log line', () => {
    expect(at.door.logText()).not.toContain('45-6789');
    expect(at.door.logText()).not.toContain('sp1.');
  });
});

describe('data.encrypt', () => {
  const opened: Awaited<ReturnType<typeof open>>[] = [];
  const openOne = async (...options: Parameters<typeof open>) => {
    const one = await open(...options);
    opened.push(one);
    return one;
  };
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.door.close();
  });

  it('encrypts fields of forms, which come back as texts', async () => {
    const at = await openOne();
    await at.add('id=7&ssn=123-45-6789', 'admin', 'application/x-www-form-urlencoded');
    const [, sealed = ''] = /^id=7&ssn=(sp1\.[A-Za-z0-9._-]+)$/.exec(at.door.seen[0]?.body.toString() ?? '') ?? [];
    expect(await (await at.list([{ id: 7, ssn: sealed }])).json()).toEqual([{ id: 7, ssn: '123-45-6789' }]);
  });

  it('legacy: pass lets values through that were stored in clear, and never what is encrypted', async () => {
    const at = await openOne(', record: [id], legacy: pass');
    expect(await (await at.list([{ id: 7, ssn: '123-45-6789' }])).json()).toEqual([{ id: 7, ssn: '123-45-6789' }]);
    await at.add('{"id":7,"ssn":"123-45-6789"}');
    const { ssn } = at.stored();
    expect(await at.denied(await at.list([{ id: 7, ssn: ` ${String(ssn)}` }]))).toBe('ENCRYPTED_VALUE_INVALID');
  });

  it('no mode leaves fields in clear', async () => {
    const at = await openOne('', DOCUMENT, 'mode: observe\n');
    await at.add('{"id":7,"ssn":"123-45-6789"}');
    expect(at.stored()['ssn']).toMatch(/^sp1\./);
  });

  it('masks a text for whoever may not see it, once its schema accepted it', async () => {
    const document = structuredClone(DOCUMENT);
    (document.components.schemas.Person.properties.ssn as Record<string, unknown>)['x-sallyport-visible'] = [
      'role:admin',
    ];
    const at = await openOne('', document);
    await at.add('{"id":7,"ssn":"1234-5678-9012"}');
    const stored = at.stored();
    expect(await (await at.list([stored], 'nobody')).json()).toEqual([{ id: 7, ssn: '****9012' }]);
    expect(await (await at.list([stored])).json()).toEqual([{ id: 7, ssn: '1234-5678-9012' }]);
  });

  it('a key that is gone is told as such', async () => {
    const at = await openOne();
    await at.add('{"id":7,"ssn":"123-45-6789"}');
    const other = String(at.stored()['ssn']).replace('k1.1', 'k1.2');
    expect(await at.denied(await at.list([{ id: 7, ssn: other }]))).toBe('ENCRYPTED_KEY_UNKNOWN');
  });

  it('does not start with a mark and no keys, nor with a master key that does not fit', async () => {
    const options = { document: DOCUMENT, policy: holders.policy };
    await expect(openDoor(options)).rejects.toMatchObject({ problems: [{ code: 'DATA_ENCRYPT_KEYS' }] });
    const files = { ...FILES, 'master.key': Buffer.alloc(32, 4).toString('base64') };
    await expect(openDoor({ document: DOCUMENT, policy: policy(''), files })).rejects.toMatchObject({
      problems: [{ code: 'DATA_ENCRYPT_KEYS' }],
    });
  });
});

describe('an answer in which nothing is encrypted', () => {
  const SEALED = `sp1.k1.1.${'A'.repeat(80)}`;
  const INDEX = `si1.1.${'A'.repeat(22)}`;
  const note = { type: 'object', properties: { a: text, b: text, c: text }, additionalProperties: false };
  const notes = { type: 'array', items: note };
  const opened: Door[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
  });
  const ask = async (settings: string, answer: string, type = 'application/json', mode = '') => {
    const door = await openDoor({
      document: {
        openapi: '3.1.0',
        info: { title: 'Stray', version: '1' },
        paths: {
          '/note': {
            get: {
              operationId: 'note',
              security: [],
              responses: { 200: { description: 'ok', content: { ...json(notes), 'text/csv': { schema: text } } } },
            },
          },
        },
      },
      policy: `${mode}data: { encrypt: { fields: [ssn], keys: { file: keys.json, master: master.key }${settings} } }\n`,
      files: FILES,
      upstream: (_request, response) => response.writeHead(200, { 'Content-Type': type }).end(answer),
    });
    opened.push(door);
    const response = await fetch(`${door.url}/note`);
    const body = await response.text();
    await until(() => door.log.some((line) => JSON.stringify(line).includes('"note"')));
    const [found = null] = /"findings":\[[^\]]*\]/.exec(JSON.stringify(door.log)) ?? [];
    return { status: response.status, body, found, log: JSON.stringify(door.log) };
  };
  const BODY = JSON.stringify([{ a: SEALED, b: `see ${INDEX}, ${SEALED}`, c: 'sp1. is a prefix' }]);

  it('is noticed: its encrypted values are masked, and where they stand is recorded', async () => {
    const { status, body, found, log } = await ask('', BODY);
    expect([status, JSON.parse(body)]).toEqual([200, [{ a: '****', b: 'see ****, ****', c: 'sp1. is a prefix' }]]);
    expect(found).toContain('"kind":"ciphertext","type":"value"');
    expect(found?.match(/ciphertext/g)).toHaveLength(2);
    expect(log).not.toContain('AAAA');
  });

  it('is told apart in texts too', async () => {
    expect((await ask('', `id,n\n1,${SEALED}\n`, 'text/csv')).body).toBe('id,n\n1,****\n');
  });

  it('passes with a record, without one, or not at all, as the policy says', async () => {
    const reported = await ask(', elsewhere: report', BODY);
    expect([reported.body, reported.found?.includes('"action":"report"')]).toEqual([BODY, true]);
    expect(await ask(', elsewhere: off', BODY)).toMatchObject({ body: BODY, found: null });
    const blocked = await ask(', elsewhere: block', BODY);
    expect([blocked.status, blocked.log.includes('ENCRYPTED_VALUE_INVALID')]).toEqual([502, true]);
    const observed = await ask('', BODY, 'application/json', 'modes: { data: observe }\n');
    expect([observed.body, observed.found === null]).toEqual([BODY, false]);
  });

  it('is left alone where nothing looks like one', async () => {
    const clean = JSON.stringify([{ a: 'sp1.k1.1.short', b: 'si1.1.short' }]);
    expect(await ask(', elsewhere: block', clean)).toMatchObject({ status: 200, body: clean, found: null });
  });
});
