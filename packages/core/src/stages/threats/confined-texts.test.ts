import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../json/json-value.ts';
import { INJECTION, textsWith } from './testing/texts-under-test.ts';

const one = { enum: ['a'] };
const id = { type: 'string', format: 'uuid' };
const text = { type: 'string' };
const number = { type: 'integer' };

interface Row {
  readonly rule: string;
  readonly schema: JsonObject;
  /** Valid with the injection in it, where the text is free. */
  readonly body: JsonValue;
  /** Where it stands, if it is looked at. */
  readonly free: string | null;
}

/** Each leaves the text free: its body is valid. */
const FREE: readonly Row[] = [
  {
    rule: 'a branch that says nothing of a member leaves it free',
    schema: { anyOf: [{ properties: { a: number } }, { properties: { b: text } }] },
    body: { b: 'x', a: INJECTION },
    free: '/a',
  },
  {
    rule: 'a branch that allows it by additionalProperties leaves it free',
    schema: { anyOf: [{ properties: { a: number } }, { additionalProperties: text }] },
    body: { a: INJECTION },
    free: '/a',
  },
  {
    rule: 'a member that no pattern matches is free',
    schema: { patternProperties: { '^x-': one } },
    body: { foo: INJECTION },
    free: '/foo',
  },
  {
    rule: 'other members are free where only one branch speaks of them',
    schema: { anyOf: [{ additionalProperties: one }, { properties: { a: number } }] },
    body: { foo: INJECTION },
    free: '/foo',
  },
  {
    rule: 'items behind prefixItems are free',
    schema: { type: 'array', prefixItems: [one] },
    body: ['a', INJECTION],
    free: '/1',
  },
  {
    rule: 'items are judged by their index',
    schema: { prefixItems: [text, one], items: number },
    body: [INJECTION, 'a', 1],
    free: '/0',
  },
  {
    rule: 'unevaluatedItems hold for none that contains accounts for',
    schema: { type: 'array', contains: text, unevaluatedItems: one },
    body: [INJECTION],
    free: '/0',
  },
  {
    rule: 'unevaluatedItems hold for none that a branch speaks of',
    schema: { anyOf: [{ prefixItems: [text] }, true], unevaluatedItems: one },
    body: [INJECTION],
    free: '/0',
  },
  {
    rule: 'items are free where only one branch speaks of them',
    schema: { anyOf: [{ type: 'array', items: one }, { type: 'array' }] },
    body: [INJECTION],
    free: '/0',
  },
  {
    rule: 'a condition confines nothing',
    schema: { if: { properties: { a: { const: 'US' } }, required: ['a'] }, then: { required: ['zip'] } },
    body: { a: INJECTION },
    free: '/a',
  },
  {
    rule: 'what follows from a condition confines nothing where it does not hold',
    schema: { if: { required: ['k'] }, then: { properties: { a: id } } },
    body: { a: INJECTION },
    free: '/a',
  },
  {
    rule: 'a member by the name of an index is no item',
    schema: {
      anyOf: [
        { type: 'array', items: one },
        { type: 'object', additionalProperties: text },
      ],
    },
    body: { 0: INJECTION },
    free: '/0',
  },
  {
    rule: 'unevaluatedProperties hold for none that dependentSchemas speak of',
    schema: {
      unevaluatedProperties: one,
      dependentSchemas: { k: { properties: { foo: text } } },
      properties: { k: true },
    },
    body: { k: 1, foo: INJECTION },
    free: '/foo',
  },
  {
    rule: 'unevaluatedProperties hold for none that a branch allows by its pattern',
    schema: { unevaluatedProperties: one, anyOf: [{ patternProperties: { o$: text } }, true] },
    body: { foo: INJECTION },
    free: '/foo',
  },
  {
    rule: 'propertyNames and not confine nothing',
    schema: { propertyNames: { maxLength: 3 }, not: { properties: { foo: one }, required: ['foo'] } },
    body: { foo: INJECTION },
    free: '/foo',
  },
  {
    rule: 'dependentSchemas confine nothing where they do not hold',
    schema: { dependentSchemas: { k: { properties: { foo: one } } } },
    body: { foo: INJECTION },
    free: '/foo',
  },
  {
    rule: 'below a member that is free everything is',
    schema: { anyOf: [{ properties: { a: { properties: { b: one } } } }, { required: ['z'] }] },
    body: { z: 1, a: { b: INJECTION } },
    free: '/a/b',
  },
  {
    rule: 'a branch that confines the member of a structure says nothing where the value is a text',
    schema: { properties: { a: { anyOf: [{ type: 'object', properties: { b: one } }, text] } } },
    body: { a: INJECTION },
    free: '/a',
  },
];

/** Each confines the text: its body is refused. */
const CONFINED: readonly Row[] = [
  {
    rule: 'of schemas that hold together one is enough',
    schema: { allOf: [{ properties: { a: text } }, { properties: { a: one } }] },
    body: { a: INJECTION },
    free: null,
  },
  {
    rule: 'alternatives confine where each does',
    schema: { oneOf: [{ properties: { a: one } }, { properties: { a: id } }] },
    body: { a: INJECTION },
    free: null,
  },
  {
    rule: 'what stands beside alternatives confines whatever they say',
    schema: { anyOf: [{ properties: { b: text } }, true], properties: { a: one } },
    body: { a: INJECTION },
    free: null,
  },
  {
    rule: 'a branch for another kind of value says nothing of members',
    schema: { anyOf: [{ type: 'null' }, { type: 'object', properties: { a: one } }] },
    body: { a: INJECTION },
    free: null,
  },
  {
    rule: 'a condition confines where it does either way',
    schema: { if: { required: ['k'] }, then: { properties: { a: id } }, else: { properties: { a: one } } },
    body: { a: INJECTION },
    free: null,
  },
  {
    rule: 'a pattern that matches the name confines',
    schema: { patternProperties: { '^x-': one } },
    body: { 'x-foo': INJECTION },
    free: null,
  },
  {
    rule: 'all patterns and additionalProperties confine',
    schema: { patternProperties: { '^x-': one }, additionalProperties: id },
    body: { foo: INJECTION },
    free: null,
  },
  {
    rule: 'prefixItems and items confine by index',
    schema: { type: 'array', prefixItems: [text, one], items: id },
    body: ['a', INJECTION, INJECTION],
    free: null,
  },
  {
    rule: 'unevaluatedProperties confine where nothing beside speaks of the member',
    schema: { allOf: [{ properties: { b: text } }], unevaluatedProperties: one },
    body: { foo: INJECTION },
    free: null,
  },
  {
    rule: 'unevaluatedItems confine where nothing beside speaks of items',
    schema: { prefixItems: [number], unevaluatedItems: one },
    body: [1, INJECTION],
    free: null,
  },
  {
    rule: 'a discriminator confines a member that each kind confines',
    schema: {
      oneOf: [{ $ref: '#/components/schemas/A' }, { $ref: '#/components/schemas/B' }],
      discriminator: { propertyName: 'kind' },
    },
    body: { kind: 'A', a: INJECTION },
    free: null,
  },
];
const KINDS = {
  A: { type: 'object', properties: { kind: text, a: one } },
  B: { type: 'object', properties: { kind: text, a: id } },
};

describe('a text is looked at where its schema leaves it free', () => {
  test.each(FREE)('$rule', ({ schema, body, free }) => {
    const { isValid, lookedAt } = textsWith(schema, KINDS);
    expect(isValid(body)).toBe(true);
    expect(lookedAt(body)).toContain(free);
  });
});

describe('a text is not looked at where its schema confines it', () => {
  test.each(CONFINED)('$rule', ({ schema, body }) => {
    const { isValid, lookedAt } = textsWith(schema, KINDS);
    expect(isValid(body)).toBe(false);
    expect(lookedAt(body).filter((pointer) => pointer !== '' || typeof body === 'string')).toEqual([]);
  });

  test.each(['email', 'idn-email'])('the format %s has room for an injection', (format) => {
    const { isValid, lookedAt } = textsWith({ type: 'string', format });
    const address = "'or'1'='1'@a.bc";
    expect([isValid(address), lookedAt(address)]).toEqual([true, ['']]);
  });
});

describe('in bodies that are no JSON', () => {
  const FORM = 'application/x-www-form-urlencoded';
  const properties = {
    one,
    tags: { type: 'array', items: one },
    free: { type: 'array', items: text },
    mixed: { type: ['string', 'object'], format: 'uuid', properties: { a: one } },
  };
  const { lookedAtIn } = textsWith({ type: 'object', properties }, {}, { range: '*/*' });
  const written = encodeURIComponent(INJECTION);

  test('a field is confined where itself and its items are', () => {
    expect(lookedAtIn(FORM, `one=${written}&tags=${written}`)).toEqual([]);
    expect(lookedAtIn(FORM, `free=${written}&mixed=${written}`)).toEqual(['/free', '/mixed']);
  });

  test('a name with brackets may be that of a field that nobody declares', () => {
    expect(lookedAtIn(FORM, `one[=${written}`)).toContain('/one');
    expect(lookedAtIn(FORM, `one[a]=${written}`)).toContain('/one/a');
  });

  test('a field by the name of an index is no item', () => {
    const schema = { type: ['object', 'array'], items: one };
    const under = textsWith(schema, {}, { range: '*/*' });
    expect(under.lookedAtIn(FORM, `0=${written}`)).toContain('/0');
  });

  const part = (head: string, content: string): readonly string[] =>
    lookedAtIn(
      'multipart/form-data; boundary=b',
      `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n--b--\r\n`,
    );

  test('a part is confined where itself and its items are, and no file is', () => {
    expect(part('name="one"', INJECTION)).toEqual([]);
    expect(part('name="tags"', INJECTION)).toEqual([]);
    expect(part('name="free"', INJECTION)).toEqual(['/free']);
    const json = '\r\nContent-Type: application/json';
    expect(part(`name="mixed"${json}`, JSON.stringify({ a: INJECTION }))).toEqual([]);
    expect(part(`name="mixed"; filename="f"${json}`, JSON.stringify({ a: INJECTION }))).toContain('/mixed/a');
    expect(part('name="mixed"\r\nContent-Type: application/jsonl', JSON.stringify({ a: INJECTION }))).toContain(
      '/mixed/a',
    );
  });

  test.each(['image/png', 'application/jsonl', 'application/json-seq', 'application/octet-stream', FORM])(
    'a text in a part that calls itself %s is looked at all the same, unless it is a file by its schema',
    (type) => {
      expect(part(`name="free"\r\nContent-Type: ${type}`, INJECTION)).toContain('/free');
      const file = textsWith({ properties: { free: { type: 'string', format: 'binary' } } }, {}, { range: '*/*' });
      const body = `--b\r\nContent-Disposition: form-data; name="free"\r\nContent-Type: image/png\r\n\r\n${INJECTION}\r\n--b--\r\n`;
      expect(file.lookedAtIn('multipart/form-data; boundary=b', body)).toEqual([]);
    },
  );

  test.each<readonly [string, JsonObject]>([
    ['unevaluatedProperties', { unevaluatedProperties: one }],
    ['propertyNames', { propertyNames: { maxLength: 3 }, unevaluatedProperties: one }],
    ['not', { not: { type: 'string' }, unevaluatedProperties: one }],
    ['dependentRequired', { dependentRequired: { a: ['b'] }, unevaluatedProperties: one }],
  ])('a form that is not checked, as its schema speaks of objects by %s alone, is looked at', (_keyword, schema) => {
    expect(textsWith(schema, {}, { range: FORM }).lookedAtIn(FORM, `a=${written}`)).toContain('/a');
    const checked = textsWith({ type: 'object', ...schema }, {}, { range: FORM });
    expect(checked.lookedAtIn(FORM, `a=${written}`)).not.toContain('/a');
  });

  test('a text that is not checked, as other keywords than its types speak of an object, is looked at', () => {
    const schema = { minProperties: 1, if: { const: 'a' }, then: id, else: id };
    expect(textsWith(schema, {}, { range: 'text/plain' }).lookedAtIn('text/plain', INJECTION)).toEqual(['']);
    const checked = textsWith({ type: 'string', ...schema }, {}, { range: 'text/plain' });
    expect(checked.lookedAtIn('text/plain', INJECTION)).toEqual([]);
  });

  test('a part that is taken for an item, as other keywords than its types speak of a list, is looked at', () => {
    const schema = { properties: { a: { format: 'uuid', minItems: 1 } } };
    const json = `--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(INJECTION)}\r\n--b--\r\n`;
    const { lookedAtIn: looked } = textsWith(schema, {}, { range: 'multipart/form-data' });
    expect(looked('multipart/form-data; boundary=b', json)).toEqual(['/a']);
  });

  test('each text of a stream is held to the schema of an item', () => {
    expect(lookedAtIn('application/jsonl', `{"one":"a"}\n{"one":${JSON.stringify(INJECTION)}}`)).toEqual([]);
    expect(lookedAtIn('application/jsonl', `["a",${JSON.stringify(INJECTION)}]`)).toEqual(['/1']);
  });
});

test('a name behind a byte order mark is another name, however the mark is written', () => {
  const { lookedAtIn } = textsWith({ properties: { id } });
  for (const mark of ['\ufeff', '\\ufeff'])
    expect(lookedAtIn('application/json', `{"${mark}id":${JSON.stringify(INJECTION)}}`)).toContain('/\ufeffid');
});

test('a field is looked at as a text whatever type it states, also with bytes that are no UTF-8', () => {
  const { lookedAtIn } = textsWith({ properties: { note: text } }, {}, { range: 'multipart/form-data' });
  const part = `--b\r\nContent-Disposition: form-data; name="note"\r\nContent-Type: application/octet-stream\r\n\r\n${INJECTION}\u00ff\r\n--b--\r\n`;
  expect(lookedAtIn('multipart/form-data; boundary=b', Buffer.from(part, 'latin1'))).toContain('/note');
});
