import type { ServerResponse } from 'node:http';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Door, openDoor, until } from '../door.ts';
import { detailOf } from './documents.ts';
import { KEY_SCHEME, keyHolders } from '../encryption/key-holders.ts';

const holders = keyHolders({
  nobody: {},
  support: { roles: ['support'] },
  full: { scopes: ['accounts:full'] },
  admin: { roles: ['admin', 'support'] },
});

const text = { type: 'string' };
const person = {
  type: 'object',
  required: ['name', 'email', 'risk'],
  properties: {
    name: text,
    email: { type: 'string', 'x-sallyport-data': 'pii' },
    risk: { type: 'number', 'x-sallyport-visible': ['role:admin'] },
    role: { type: 'string', 'x-sallyport-writable': ['admin'] },
    friends: { type: 'array', items: { $ref: '#/components/schemas/Person' } },
    byTeam: { type: 'object', additionalProperties: { $ref: '#/components/schemas/Person' } },
    cards: { type: 'array', items: { type: 'string', 'x-sallyport-visible': ['role:admin'] } },
    kind: {
      oneOf: [
        { type: 'object', properties: { tag: { const: 'a' }, note: text } },
        { type: 'object', properties: { tag: { const: 'b' }, note: { type: 'string', 'x-sallyport-visible': [] } } },
      ],
    },
  },
  additionalProperties: false,
};
const PERSON = { $ref: '#/components/schemas/Person' };
const types = (...names: string[]): object => Object.fromEntries(names.map((name) => [name, { schema: PERSON }]));
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Properties', version: '1' },
  components: { securitySchemes: KEY_SCHEME, schemas: { Person: person } },
  paths: {
    '/people': {
      post: {
        operationId: 'write',
        security: [{ key: [] }],
        requestBody: {
          content: types(
            'application/json',
            'application/x-www-form-urlencoded',
            'multipart/form-data',
            'application/x-ndjson',
            'application/xml',
          ),
        },
        responses: {
          200: { description: 'ok', content: types('application/json', 'application/x-ndjson', 'application/xml') },
        },
      },
    },
    '/plain': {
      post: {
        operationId: 'plain',
        security: [{ key: [] }],
        requestBody: {
          content: {
            'application/json': { schema: { type: 'object', properties: { name: text }, additionalProperties: true } },
          },
        },
        responses: {
          200: {
            description: 'ok',
            content: { 'application/json': { schema: { type: 'object', properties: { name: text, email: text } } } },
          },
        },
      },
    },
    '/whole': {
      get: {
        operationId: 'whole',
        security: [{ key: [] }],
        responses: {
          200: {
            description: 'ok',
            content: {
              'application/json': { schema: { type: 'object', 'x-sallyport-visible': ['role:admin'] } },
              'application/pdf': {},
              'application/xml': { schema: { type: 'object', 'x-sallyport-visible': ['role:admin'] } },
            },
          },
        },
      },
    },
  },
};
const POLICY = `${holders.policy}responses: { invalid: block }
data: { visible: { pii: ['role:support', 'scope:accounts:full'] } }
`;
const GOOD = '{"name":"n","email":"someone@example.org","risk":1.50}';

interface Told {
  readonly code?: string;
  readonly errors?: readonly { readonly pointer: string; readonly keyword: string }[];
}

/** A door whose upstream answers with what the test put into `answer`. */
async function open(policy = POLICY, document: object = DOCUMENT) {
  const reply = { type: 'application/json', body: GOOD };
  const door = await openDoor({
    document,
    policy,
    upstream: (_request, response) => response.writeHead(200, { 'Content-Type': reply.type }).end(reply.body),
  });
  return {
    door,
    reply,
    async read(who: string, body: string, type = 'application/json', path = '/people'): Promise<Response> {
      reply.body = body;
      reply.type = type;
      const init = path === '/whole' ? {} : { method: 'POST', body: '{"name":"n"}' };
      return fetch(door.url + path, {
        ...init,
        headers: { ...holders.as(who), ...(path === '/whole' ? {} : { 'Content-Type': 'application/x-ndjson' }) },
      });
    },
    async write(who: string, body: string, type = 'application/json', path = '/people'): Promise<Response> {
      reply.body = GOOD;
      reply.type = 'application/json';
      return fetch(door.url + path, { method: 'POST', body, headers: { ...holders.as(who), 'Content-Type': type } });
    },
  };
}

describe('streams of JSON texts', () => {
  let door: Door;
  afterEach(() => door.close());

  const ask = (who: string): Promise<Response> =>
    fetch(`${door.url}/people`, {
      method: 'POST',
      body: '{"name":"n"}',
      headers: { ...holders.as(who), 'Content-Type': 'application/x-ndjson' },
    });
  const policy = `${POLICY}modes: { body: observe }\n`;

  it('go on text by text, each without what the caller may not see', async () => {
    let stream: ServerResponse | null = null;
    door = await openDoor({
      document: DOCUMENT,
      policy,
      upstream: (_request, response) => {
        stream = response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
        response.write(`${GOOD}\n${GOOD.slice(0, 20)}`);
      },
    });
    const answer = await ask('nobody');
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const next = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
    expect(await next()).toBe('{"name":"n"}\n');
    (stream as unknown as ServerResponse).write(`${GOOD.slice(20)}\n`);
    expect(await next()).toBe('{"name":"n"}\n');
    (stream as unknown as ServerResponse).end(GOOD);
    expect(await next()).toBe('{"name":"n"}');
    expect((await reader.read()).done).toBe(true);
    await until(() => door.log.some((entry) => detailOf(entry)['stripped'] !== undefined));
    // Of many texts each place is told once.
    expect(door.log.flatMap((entry) => detailOf(entry)['stripped'] ?? [])).toEqual(['/*/email', '/*/risk']);
  });

  it.each<[string, string]>([
    ['enforced', policy],
    ['only observed', `${POLICY}modes: { body: observe, responses: observe }\n`],
    ['off', `${POLICY}modes: { body: observe, responses: 'off' }\n`],
    [
      'passed on whatever is wrong with them',
      `${POLICY.replace('invalid: block', 'invalid: pass, undeclared: pass')}modes: { body: observe }\n`,
    ],
  ])(
    'go on text by text wherever they are cut, however long they are, where responses are %s',
    async (_title, cutting) => {
      let stream: ServerResponse | null = null;
      door = await openDoor({
        document: DOCUMENT,
        policy: cutting.replace('responses: { ', 'responses: { maxBodyBytes: 1KiB, '),
        upstream: (_request, response) => {
          stream = response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
          response.write(`${GOOD}\n`.repeat(100) + GOOD.slice(0, 20));
        },
      });
      const answer = await ask('nobody');
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
      const decoder = new TextDecoder();
      let said = '';
      const hear = async (length: number): Promise<void> => {
        while (said.length < length) {
          const { done, value } = await reader.read();
          if (done) throw new Error(`the answer ended after ${said}`);
          said += decoder.decode(value, { stream: true });
        }
      };
      const line = '{"name":"n"}\n';
      await hear(line.length * 100);
      (stream as unknown as ServerResponse).end(`${GOOD.slice(20)}\n${GOOD}`);
      await hear(line.length * 102 - 1);
      expect(said).toBe(`${line.repeat(101)}{"name":"n"}`);
      expect((await reader.read()).done).toBe(true);
      await until(() => door.log.length === 1);
      expect(detailOf(door.log[0])).toMatchObject({ verdict: 'passed', stripped: ['/*/email', '/*/risk'] });
      expect(detailOf(door.log[0])['would_strip']).toBeUndefined();
    },
  );

  it('that nothing holds against a schema break off at what is no JSON text, and at a text longer than what is collected', async () => {
    let body = '';
    door = await openDoor({
      document: DOCUMENT,
      policy: `${POLICY.replace('responses: { ', 'responses: { maxBodyBytes: 1KiB, ')}modes: { body: observe, responses: 'off' }\n`,
      upstream: (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).write(`${GOOD}\n`);
        response.end(body);
      },
    });
    for (const wrong of ['{"email":"secret"', `{"email":"secret${'x'.repeat(2_000)}`]) {
      body = wrong;
      let said = '';
      const answer = await ask('nobody');
      const all = (async () => {
        for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>)
          said += new TextDecoder().decode(piece);
      })();
      await expect(all).rejects.toThrow();
      expect(said).not.toContain('secret');
    }
    await until(() => door.log.length === 2);
    expect(door.log.map((entry) => detailOf(entry)['code'])).toEqual([
      'PROPERTY_ANSWER_UNREADABLE',
      'RESPONSE_TOO_LARGE',
    ]);
  });

  it('may be longer than what is collected of an answer', async () => {
    door = await openDoor({
      document: DOCUMENT,
      policy: policy.replace('responses: { invalid: block }', 'responses: { invalid: block, maxBodyBytes: 1KiB }'),
      upstream: (_request, response) =>
        response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).end(`${GOOD}\n`.repeat(1_000)),
    });
    expect(await (await ask('nobody')).text()).toBe('{"name":"n"}\n'.repeat(1_000));
    expect(await (await ask('admin')).text()).toBe(`${GOOD}\n`.repeat(1_000));
  });

  it('break off at a text that the schema refuses, and nothing of it goes out', async () => {
    door = await openDoor({
      document: DOCUMENT,
      policy,
      upstream: (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).write(`${GOOD}\n`);
        response.end('{"name":1,"email":"secret","risk":1}\n');
      },
    });
    const answer = await ask('nobody');
    const said: string[] = [];
    const all = (async () => {
      for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>)
        said.push(new TextDecoder().decode(piece));
    })();
    await expect(all).rejects.toThrow();
    expect(said.join('')).not.toContain('secret');
    await until(() => door.log.some((entry) => detailOf(entry)['code'] === 'RESPONSE_INVALID'));
  });
});

describe('responses', () => {
  let at: Awaited<ReturnType<typeof open>>;
  // The schema asks for `name` alone where a line is sent; the answer is what is looked at.
  beforeAll(async () => {
    at = await open(`${POLICY}modes: { body: observe }\n`);
  });
  afterAll(() => at.door.close());

  it('are minimised to what the caller may see, required or not, and every other byte stays', async () => {
    const body = '{ "name": "n", "email": "someone@example.org", "risk": 1.50, "cards": ["x"] }';
    expect(await (await at.read('nobody', body)).text()).toBe('{"name": "n","cards": []}');
    expect(await (await at.read('support', body)).text()).toBe(
      '{"name": "n","email": "someone@example.org","cards": []}',
    );
    expect(await (await at.read('full', body)).text()).toBe('{"name": "n","email": "someone@example.org","cards": []}');
    expect(await (await at.read('admin', body)).text()).toBe(body);
  });

  it('are minimised in lists, maps and nested objects', async () => {
    const body = `{"name":"n","email":"e","risk":1,"friends":[${GOOD}],"byTeam":{"red":${GOOD}}}`;
    expect(await (await at.read('nobody', body)).text()).toBe(
      '{"name":"n","friends":[{"name":"n"}],"byTeam":{"red":{"name":"n"}}}',
    );
  });

  it('lose what any branch of a oneOf hides', async () => {
    const body = '{"name":"n","email":"e","risk":1,"kind":{"tag":"a","note":"x"}}';
    expect(await (await at.read('admin', body)).text()).toBe('{"name":"n","email":"e","risk":1,"kind":{"tag":"a"}}');
  });

  it('are minimised line by line where they are streams of JSON', async () => {
    expect(await (await at.read('nobody', `${GOOD}\n${GOOD}\n`, 'application/x-ndjson')).text()).toBe(
      '{"name":"n"}\n{"name":"n"}\n',
    );
  });

  it('are denied where properties cannot be told apart, and pass to those who may see all', async () => {
    const denied = await at.read('nobody', '<a/>', 'application/xml');
    expect([denied.status, ((await denied.json()) as Told).code]).toEqual([502, 'RESPONSE_INVALID']);
    await until(() => at.door.log.some((entry) => detailOf(entry)['code'] === 'PROPERTY_ANSWER_UNREADABLE'));
    expect((await at.read('admin', '<a/>', 'application/xml', '/whole')).status).toBe(200);
  });

  it('are denied where the whole is hidden, and another type of the same answer is not', async () => {
    const denied = await at.read('nobody', '{}', 'application/json', '/whole');
    expect([denied.status, ((await denied.json()) as Told).code]).toEqual([403, 'PROPERTY_ANSWER_HIDDEN']);
    expect((await at.read('nobody', '%PDF', 'application/pdf', '/whole')).status).toBe(200);
    expect((await at.read('admin', '{}', 'application/json', '/whole')).status).toBe(200);
  });

  it('law minimise_never_adds: what is left is part of what came, value for value; and adding a role never hides', async () => {
    const one = fc.record(
      {
        name: fc.string(),
        email: fc.string(),
        risk: fc.double({ noNaN: true, noDefaultInfinity: true }),
        cards: fc.array(fc.string(), { maxLength: 2 }),
        role: fc.string(),
        kind: fc.record({ tag: fc.constant('a'), note: fc.string() }, { noNullPrototype: true }),
      },
      { requiredKeys: ['name', 'email', 'risk'], noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(one, fc.array(one, { maxLength: 2 }), async (top, friends) => {
        const value = { ...top, friends };
        const seen: unknown[] = [];
        for (const who of ['nobody', 'support', 'admin']) {
          const answer = await at.read(who, JSON.stringify(value));
          expect(answer.status).toBe(200);
          seen.push(await answer.json());
        }
        const normal: unknown = JSON.parse(JSON.stringify(value));
        expect(isPart(seen[0], seen[1]) && isPart(seen[1], seen[2]) && isPart(seen[2], normal)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

/** Whether every member and item of one value stands in the other, items in the same order. */
function isPart(less: unknown, more: unknown): boolean {
  if (Array.isArray(less) && Array.isArray(more)) {
    let from = 0;
    return less.every((item) => {
      const found = more.findIndex((other, index) => index >= from && isPart(item, other));
      from = found + 1;
      return found >= 0;
    });
  }
  if (typeof less === 'object' && less !== null && typeof more === 'object' && more !== null)
    return Object.entries(less).every(
      ([name, value]) => Object.hasOwn(more, name) && isPart(value, (more as Record<string, unknown>)[name]),
    );
  return Object.is(less, more);
}

describe('requests', () => {
  let at: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    at = await open();
  });
  afterAll(() => at.door.close());

  const refusal = async (answer: Response): Promise<[number, string | undefined, string[] | undefined]> => {
    const told = (await answer.json()) as Told;
    return [answer.status, told.code, told.errors?.map(({ pointer }) => pointer)];
  };
  const body = (extra: string): string => `{"name":"n","email":"e","risk":1${extra}}`;

  it('that set what their sender may not are refused by name, however deep, and nothing reaches the upstream', async () => {
    const before = at.door.seen.length;
    expect(await refusal(await at.write('nobody', body(`,"role":"admin","friends":[${body(',"role":""')}]`)))).toEqual([
      403,
      'PROPERTY_NOT_WRITABLE',
      ['/role', '/friends/0/role'],
    ]);
    expect(at.door.seen.length).toBe(before);
    expect((await at.write('admin', body(',"role":"admin"'))).status).toBe(200);
    expect((await at.write('nobody', body(''))).status).toBe(200);
  });

  it.each([
    ['application/x-www-form-urlencoded', 'name=n&email=e&risk=1&role=admin', '/role'],
    ['application/x-www-form-urlencoded', 'name=n&email=e&risk=1&byTeam%5Ba%5D%5Brole%5D=admin', '/byTeam/a/role'],
    ['application/x-ndjson', `${body('')}\n${body(',"role":"x"')}\n`, '/1/role'],
    [
      'multipart/form-data; boundary=b',
      ['name', 'email', 'risk', 'role']
        .map((name) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n1\r\n`)
        .join('') + '--b--\r\n',
      '/role',
    ],
    [
      'multipart/form-data; boundary=b',
      `--b\r\nContent-Disposition: form-data; name="friends"\r\nContent-Type: application/json\r\n\r\n${body(',"role":"x"')}\r\n--b--\r\n`,
      '/friends/role',
    ],
  ])('are refused as %s too', async (type, sent, pointer) => {
    const observing = await open(`${POLICY}modes: { body: observe }\n`);
    try {
      expect(await refusal(await observing.write('nobody', sent, type))).toEqual([
        403,
        'PROPERTY_NOT_WRITABLE',
        [pointer],
      ]);
      expect(observing.door.seen).toEqual([]);
    } finally {
      await observing.door.close();
    }
  });

  it('in which properties cannot be told apart are refused to those who may not set all', async () => {
    expect(await refusal(await at.write('nobody', '<a/>', 'application/xml'))).toEqual([
      415,
      'PROPERTY_BODY_UNREADABLE',
      undefined,
    ]);
    expect((await at.write('admin', '<a/>', 'application/xml')).status).toBe(200);
    const observing = await open(`${POLICY}modes: { body: observe, threats: off }\n`);
    try {
      for (const friends of ['[{"role":"a","role":"b"}]', `${'a,1,'.repeat(1000)}role,admin`]) {
        const form = new URLSearchParams({ friends }).toString();
        const response = await observing.write('nobody', form, 'application/x-www-form-urlencoded');
        expect(await refusal(response)).toEqual([415, 'PROPERTY_BODY_UNREADABLE', undefined]);
      }
      expect(observing.door.seen).toEqual([]);
    } finally {
      await observing.door.close();
    }
  });
});

describe('the policy', () => {
  let at: Awaited<ReturnType<typeof open>>;
  afterEach(() => at.door.close());

  it('keeps members by class and name, undeclared ones too', async () => {
    at = await open(
      `${holders.policy}data: { classes: { internal: [risk*, balance] }, writable: { internal: ['role:admin'] }, visible: { internal: [] } }\nresponses: { undeclared: pass }\n`,
    );
    for (const name of ['balance', 'Balance', 'riskScore']) {
      const refused = await at.write('nobody', `{"name":"n","x":{"${name}":1}}`, 'application/json', '/plain');
      expect([refused.status, ((await refused.json()) as Told).errors?.[0]?.pointer]).toEqual([403, `/x/${name}`]);
    }
    at.reply.body = '{"name":"n","deep":{"RiskScore":1}}';
    const answer = await fetch(`${at.door.url}/plain`, {
      method: 'POST',
      body: '{}',
      headers: { ...holders.as('admin'), 'Content-Type': 'application/json' },
    });
    expect(await answer.text()).toBe('{"name":"n","deep":{}}');
  });

  it('masks instead of leaving out where it says so: the last four characters of a long text, nothing of a short one', async () => {
    at = await open(`${POLICY.replace('data: { ', 'data: { hidden: { pii: mask }, ')}modes: { body: observe }\n`);
    expect(await (await at.read('nobody', GOOD)).text()).toBe('{"name":"n","email":"****.org"}');
    expect(await (await at.read('nobody', '{"name":"n","email":"a@b.c","risk":1}')).text()).toBe(
      '{"name":"n","email":"****"}',
    );
  });

  it('observes: nothing changes, and the log tells what would have been kept back and refused', async () => {
    at = await open(`${POLICY}modes: { properties: observe }\n`);
    const answer = await at.write('nobody', '{"name":"n","email":"e","risk":1,"role":"x"}');
    expect([answer.status, await answer.text()]).toEqual([200, GOOD]);
    await until(() => at.door.log.length === 1);
    const observed = detailOf(at.door.log[0])['observed'] as { code: string; errors: { pointer: string }[] }[];
    expect(observed.map(({ code, errors }) => [code, errors.map(({ pointer }) => pointer)])).toEqual([
      ['PROPERTY_NOT_WRITABLE', ['/role']],
      ['PROPERTY_ANSWER_HIDDEN', ['/email', '/risk']],
    ]);
  });

  it('keeps the values of what it took out from the log', async () => {
    at = await open(`${POLICY}modes: { body: observe }\n`);
    await at.read('nobody', GOOD);
    await until(() => at.door.log.length === 1);
    expect(at.door.logText()).not.toContain('someone@example.org');
    expect(detailOf(at.door.log[0])['stripped']).toEqual(['/email', '/risk']);
  });
});
