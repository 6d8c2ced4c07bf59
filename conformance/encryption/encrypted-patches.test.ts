import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ANONYMOUS,
  compilePlan,
  createMemoryReader,
  decideData,
  Exchange,
  loadDocument,
  parsePolicy,
  type Denial,
  type Ports,
} from '@sallyport/core';
import { createFieldCipher, heldForGood, makeDataKey, unwrapKey } from '@sallyport/gateway';
import { type Door, openDoor } from '../door.ts';
import { keyFiles } from '../encryption-codes.ts';
import { applyPatch } from './json-patch.ts';

const text = { type: 'string' };
const person = {
  type: 'object',
  properties: {
    id: text,
    name: text,
    ssn: { type: ['string', 'null'] },
    home: { type: 'object', properties: { street: text }, 'x-sallyport-encrypt': true },
    contacts: {
      type: 'array',
      items: { type: 'object', properties: { id: text, email: { ...text, 'x-sallyport-encrypt': true }, kind: text } },
    },
    pins: { type: 'array', items: { ...text, 'x-sallyport-encrypt': true } },
    tags: { type: 'array', items: text },
  },
  additionalProperties: false,
};
const operations = {
  type: 'array',
  items: { type: 'object', properties: { op: text, path: text, from: text, value: {} }, additionalProperties: true },
};
const json = (schema: object, type = 'application/json') => ({ [type]: { schema } });
const answer = (schema: object) => ({ 200: { description: 'ok', content: json(schema) } });
const personId = { name: 'personId', in: 'path', required: true, schema: text };
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Patches', version: '1' },
  components: { schemas: { Person: person } },
  paths: {
    '/people/{personId}': {
      parameters: [personId],
      get: { operationId: 'read', security: [], responses: answer({ $ref: '#/components/schemas/Person' }) },
      patch: {
        operationId: 'change',
        security: [],
        requestBody: {
          content: {
            ...json(operations, 'application/json-patch+json'),
            ...json({ type: 'object' }, 'application/merge-patch+json'),
            ...json(operations),
          },
        },
        responses: answer({ $ref: '#/components/schemas/Person' }),
      },
    },
    '/blind/{personId}': {
      parameters: [personId],
      patch: {
        operationId: 'blind',
        security: [],
        requestBody: { content: json(operations, 'application/*') },
        responses: { 204: { description: 'done' } },
      },
    },
    '/texts/{personId}': {
      parameters: [personId],
      get: {
        operationId: 'text',
        security: [],
        responses: { 200: { description: 'ok', content: { 'application/json': {}, ...json(text, 'text/plain') } } },
      },
      patch: {
        operationId: 'untold',
        security: [],
        requestBody: { content: json(operations, 'application/*') },
        responses: { 204: { description: 'done' } },
      },
    },
  },
};
const MASTER = Buffer.alloc(32, 5);
const cipher = createFieldCipher(heldForGood([unwrapKey(MASTER, makeDataKey(MASTER, 'k1', 1, 0))]));
const PORTS = { fieldCipher: cipher } as unknown as Ports;
/** Whose key cannot be had just now. */
const NO_INDEX = { ...PORTS, fieldIndex: { canIndex: () => false, indexesOf: () => null } } as unknown as Ports;

function decider(settings: string, operationId = 'change', path = '/people/p1', ports = PORTS) {
  const plan = compilePlan(
    loadDocument(createMemoryReader({ 'openapi.json': JSON.stringify(DOCUMENT) }), 'openapi.json'),
    parsePolicy(
      {
        file: 'sallyport.yaml',
        text: `upstream: http://127.0.0.1:1\ndata: { encrypt: { fields: [ssn], keys: { file: k, master: m }${settings} } }\n`,
      },
      { environment: () => undefined, readFile: () => '' },
    ),
  );
  const planned = plan.operations.find(({ operation }) => operation.id === operationId);
  if (planned === undefined) throw new Error('no such operation');
  const steps = planned.checks().data.filter(({ rule }) => rule === 'data');
  return (body: unknown, type = 'application/json-patch+json'): { denial: Denial | null; body: unknown } => {
    const exchange = new Exchange('id', 1, 'PATCH', path, [], '127.0.0.1', false);
    exchange.principal = ANONYMOUS;
    exchange.headers.contentType = type;
    exchange.operation = planned;
    exchange.pathValues = ['p1'];
    exchange.body = new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
    const denial = decideData(steps, exchange, ports);
    if (denial instanceof Promise) throw new Error('nothing here waits');
    return { denial, body: denial === null ? JSON.parse(new TextDecoder().decode(exchange.body)) : null };
  };
}

/** What a stored person holds in clear where nothing but encrypted texts and nulls belong: by its places, and a number of a person anywhere. */
function inClear(root: unknown): unknown[] {
  const found: unknown[] = [];
  const look = (at: unknown, place: string): void => {
    const secret = /^\/home$|^\/contacts\[\d+\]\/email$|^\/pins\[\d+\]$|\/ssn$/i.test(place);
    if (secret) {
      if (at !== null && !(typeof at === 'string' && at.startsWith('sp1.'))) found.push(at);
    } else if (typeof at === 'object' && at !== null)
      for (const [name, member] of Object.entries(at))
        look(member, Array.isArray(at) ? `${place}[${name}]` : `${place}/${name}`);
  };
  look(root, '');
  return found;
}

const STORED = {
  id: 'p1',
  name: 'n',
  ssn: cipher.seal('"1"', { field: 'ssn', record: null }, 1),
  home: cipher.seal('{}', { field: 'home', record: null }, 1),
  contacts: [{ id: 'c1', email: cipher.seal('"e"', { field: 'email', record: null }, 1), kind: 'work' }],
  pins: [cipher.seal('"0"', { field: 'pins', record: null }, 1)],
  tags: ['a', 'b'],
};

describe('a JSON Patch', () => {
  const change = decider('');
  const opened = (value: unknown, field: string, record: string | null = null): unknown => {
    const result = cipher.open(String(value), { field, record });
    return result.ok ? JSON.parse(result.text) : result.reason;
  };

  it('encrypts what it adds or replaces at an encrypted field, and above one', () => {
    const { body } = change([
      { op: 'add', path: '/ssn', value: '123' },
      { op: 'replace', path: '/SSN', value: '456' },
      { op: 'add', path: '/contacts/-', value: { email: 'a@b.example', kind: 'home' } },
      { op: 'replace', path: '', value: { name: 'm', ssn: '789', pins: ['1', '2'] } },
      { op: 'add', path: '/pins/0', value: '3' },
      { op: 'replace', path: '/name', value: 'stays' },
      { op: 'add', path: '/ssn', value: null },
    ]);
    const [one, two, contact, all, pin, name, none] = body as { value: never }[];
    expect(opened(one?.value, 'ssn')).toBe('123');
    expect(opened(two?.value, 'ssn')).toBe('456');
    expect(contact?.value).toMatchObject({ kind: 'home' });
    expect(opened((contact?.value as unknown as { email: string } | undefined)?.email, 'email')).toBe('a@b.example');
    const whole = all?.value as unknown as { ssn: string; pins: string[] };
    expect([opened(whole.ssn, 'ssn'), ...whole.pins.map((one) => opened(one, 'pins'))]).toEqual(['789', '1', '2']);
    expect(opened(pin?.value, 'pins')).toBe('3');
    expect([name?.value, none?.value]).toEqual(['stays', null]);
  });

  it.each([
    ['a test of it', { op: 'test', path: '/ssn', value: '1' }],
    ['a test above it', { op: 'test', path: '/contacts/0', value: { email: 'x' } }],
    ['a copy of it to another field', { op: 'copy', from: '/ssn', path: '/name' }],
    ['a copy of another field to it', { op: 'copy', from: '/name', path: '/ssn' }],
    ['a move of what holds it', { op: 'move', from: '/contacts/0', path: '/contacts/1' }],
    ['a step inside it', { op: 'replace', path: '/home/street', value: 's' }],
    ['a removal inside it', { op: 'remove', path: '/home/street' }],
  ])('is refused for %s', (_, operation) => {
    expect(change([operation]).denial).toMatchObject({ code: 'ENCRYPTED_PATCH_REFUSED', errors: [{ pointer: '/0' }] });
  });

  it('passes what touches nothing encrypted, a removal, a null, and a move to a field of the same name', () => {
    const patch = [
      { op: 'test', path: '/name', value: 'n' },
      { op: 'test', path: '/ssn', value: null },
      { op: 'remove', path: '/ssn' },
      { op: 'move', from: '/tags/0', path: '/tags/1' },
      { op: 'copy', from: '/name', path: '/tags/-' },
      { op: 'move', from: '/contacts/0/email', path: '/contacts/1/email' },
    ];
    expect(change(patch)).toEqual({ denial: null, body: patch });
    expect(decider(', record: [id]')(patch.slice(-1)).denial).toMatchObject({ code: 'ENCRYPTED_PATCH_REFUSED' });
  });

  it.each([
    ['an object', '{"op":"add","path":"/ssn","value":"1"}'],
    ['an operation that there is not', '[{"op":"Add","path":"/ssn","value":"1"}]'],
    ['a second path in capitals', '[{"op":"add","path":"/name","Path":"/ssn","value":"1"}]'],
    ['a path without its slash', '[{"op":"add","path":"ssn","value":"1"}]'],
    ['a path with an empty name', '[{"op":"add","path":"//ssn","value":"1"}]'],
    ['a path that ends in a slash', '[{"op":"add","path":"/ssn/","value":"1"}]'],
    ['no value', '[{"op":"add","path":"/ssn"}]'],
    ['no origin', '[{"op":"move","path":"/name"}]'],
  ])('is not understood with %s', (_, body) => {
    expect(change(body).denial).toMatchObject({ code: 'ENCRYPTED_BODY_UNREADABLE' });
  });

  it('is known by its schema too, whatever its type is called', () => {
    const { body } = change([{ op: 'add', path: '/ssn', value: '1' }], 'application/json');
    expect(opened((body as { value: string }[])[0]?.value, 'ssn')).toBe('1');
  });

  it.each([
    ['', 'blind', '/blind/p1'],
    [' but that it is a text, too', 'untold', '/texts/p1'],
  ])('goes by names where the document says nothing of the resource%s', (_, operationId, path) => {
    const blind = decider('', operationId, path);
    const { body } = blind([
      { op: 'add', path: '/any/Email', value: 'e' },
      { op: 'add', path: '/home', value: {} },
      { op: 'add', path: '/name', value: 'n' },
      { op: 'add', path: '/pins', value: ['1'] },
    ]);
    const [email, home, name, pins] = body as { value: string }[];
    // What has encrypted items anywhere does not go on in clear either.
    expect(opened(pins?.value, 'pins')).toEqual(['1']);
    expect([opened(email?.value, 'email'), opened(home?.value, 'home'), name?.value]).toEqual(['e', {}, 'n']);
  });

  it('binds to the record of the path, and in a list to the id that stands in the value', () => {
    const bound = decider(', record: [id, path.personId]');
    const { body } = bound([
      { op: 'add', path: '/ssn', value: '1' },
      { op: 'add', path: '/contacts/-', value: { id: 'c2', email: 'e' } },
    ]);
    const [ssn, contact] = body as { value: string & { email: string } }[];
    expect(opened(ssn?.value, 'ssn', 'p1')).toBe('1');
    expect(opened(contact?.value.email, 'email', 'c2')).toBe('e');
    expect(bound([{ op: 'add', path: '/contacts/0/email', value: 'e' }]).denial).toMatchObject({
      code: 'ENCRYPTED_RECORD_UNKNOWN',
      errors: [{ pointer: '/contacts/0/email' }],
    });
  });

  it('is denied while an index has to be written and its key cannot be had', () => {
    const indexed = decider(', indexes: { ssn: {} }', 'change', '/people/p1', NO_INDEX);
    expect(indexed([{ op: 'add', path: '/ssn', value: '1' }]).denial).toMatchObject({
      code: 'ENCRYPTED_KEY_UNAVAILABLE',
    });
    expect(indexed([{ op: 'add', path: '/name', value: '1' }]).denial).toBeNull();
    const lookup = decider(', indexes: { ssn: { parameters: [personId] } }', 'change', '/people/p1', NO_INDEX);
    expect(lookup([]).denial).toMatchObject({ code: 'ENCRYPTED_KEY_UNAVAILABLE' });
  });

  it('law no_patch_stores_in_clear: whatever passes, and is applied, no encrypted field is stored in clear', () => {
    const token = fc.constantFrom(
      ...[
        'ssn',
        'SSN',
        'home',
        'street',
        'contacts',
        '0',
        '1',
        '-',
        'email',
        'kind',
        'pins',
        'tags',
        'name',
        '',
        'new',
      ],
    );
    const pointer = fc.array(token, { maxLength: 4 }).map((tokens) => tokens.map((one) => `/${one}`).join(''));
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 3 }, fc.constantFrom('clear', 1, true, null), tie('list'), tie('object')),
      list: fc.array(tie('any'), { maxLength: 2 }),
      object: fc.dictionary(
        token.filter((one) => one !== ''),
        tie('any'),
        { maxKeys: 3 },
      ),
    })).any;
    const operation = fc.record({
      op: fc.constantFrom('add', 'add', 'replace', 'test', 'remove', 'move', 'copy'),
      path: pointer,
      from: pointer,
      value,
    });
    let applied = 0;
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 3 }), (patch) => {
        const { denial, body } = change(patch);
        if (denial !== null) return;
        let after: unknown;
        try {
          after = applyPatch(STORED, body as Record<string, unknown>[]);
        } catch {
          return;
        }
        applied++;
        expect(inClear(after)).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
    expect(applied).toBeGreaterThan(100);
  });
});

describe('a merge patch', () => {
  const merge = (body: unknown) => decider('')(body, 'application/merge-patch+json');

  it('is encrypted as what it is merged into, whatever its own schema says, and null stays null', () => {
    const { body } = merge({ name: 'n', ssn: null, contacts: [{ email: 'e' }], pins: ['1'] });
    expect(body).toMatchObject({ name: 'n', ssn: null });
    expect(inClear(body)).toEqual([]);
    expect(inClear(merge({ ssn: '1' }).body)).toEqual([]);
  });

  it('is refused where it would merge into an encrypted object', () => {
    expect(merge({ home: { street: 's' } }).denial).toMatchObject({
      code: 'ENCRYPTED_PATCH_REFUSED',
      errors: [{ pointer: '/home' }],
    });
    expect(merge({ home: null }).denial).toBeNull();
  });
});

describe('patches through the door', () => {
  let door: Door;
  let stored: unknown = { id: 'p1', name: 'n' };
  beforeAll(async () => {
    door = await openDoor({
      document: DOCUMENT,
      policy:
        'data: { encrypt: { fields: [ssn], record: [id, path.personId], keys: { file: keys.json, master: master.key } } }\n',
      files: keyFiles(),
      upstream(request, response) {
        if (request.method === 'PATCH') stored = applyPatch(stored, JSON.parse(request.body.toString()) as []);
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(stored));
      },
    });
  });
  afterAll(() => door.close());

  it('what a patch sets is stored encrypted and read back in clear', async () => {
    const response = await fetch(`${door.url}/people/p1`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json-patch+json' },
      body: '[{"op":"add","path":"/ssn","value":"123-45-6789"},{"op":"add","path":"/tags","value":["t"]}]',
    });
    expect(await response.json()).toEqual({ id: 'p1', name: 'n', ssn: '123-45-6789', tags: ['t'] });
    expect(JSON.stringify(stored)).not.toContain('6789');
  });
});
