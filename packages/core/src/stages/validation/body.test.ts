import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../json/json-value.ts';
import type { Encoding, MediaType } from '../../openapi/model.ts';
import { compileBody } from './body.ts';
import {
  contextOf,
  exchangeOf,
  mediaOf,
  operationOf,
  schemaOf,
  type ContextOptions,
  type RequestFacts,
} from './testing/fixtures.ts';

function ruleOf(content: readonly MediaType[] | null, required = true, options: ContextOptions = {}) {
  const requestBody = content === null ? null : { file: 'api.yaml', pointer: '/requestBody', required, content };
  return compileBody(operationOf({ requestBody }), contextOf(options));
}

/** Runs head and body as a shell does: the code of the denial, or what goes on. */
function send(
  content: readonly MediaType[] | null,
  facts: RequestFacts,
  required = true,
  options: ContextOptions = {},
): string {
  const rule = ruleOf(content, required, options);
  const length = facts.body === undefined || facts.body === null ? null : String(Buffer.byteLength(facts.body));
  const exchange = exchangeOf({ contentLength: length, ...facts });
  const denial = rule.decideHead(exchange) ?? (rule.collects(exchange) ? rule.decide(exchange) : null);
  if (denial !== null)
    return [denial.code, ...denial.errors.map((error) => `${error.pointer} ${error.keyword}`)].join(' ');
  return exchange.body === null ? 'pass' : `pass ${Buffer.from(exchange.body).toString('latin1')}`;
}

const JSON_THING = mediaOf('application/json', {
  type: 'object',
  properties: { a: { type: 'integer' } },
  required: ['a'],
});
const encoding = (more: Partial<Encoding>): Encoding => ({
  contentType: null,
  style: null,
  explode: null,
  allowReserved: false,
  headers: new Map(),
  ...more,
});

describe('body: head', () => {
  it('refuses a body where none is declared, by length or chunked', () => {
    expect(send(null, { contentLength: '1' })).toBe('BODY_UNEXPECTED');
    expect(send(null, { transferEncoding: 'chunked' })).toBe('BODY_UNEXPECTED');
    expect(send(null, { contentLength: '0' })).toBe('pass');
    expect(send(null, {})).toBe('pass');
  });

  it('refuses a missing body where one is required, before and after reading', () => {
    expect(send([JSON_THING], {})).toBe('BODY_MISSING');
    expect(send([JSON_THING], { contentLength: '0', contentType: 'application/json' })).toBe('BODY_MISSING');
    expect(send([JSON_THING], { transferEncoding: 'chunked', contentType: 'application/json', body: '' })).toBe(
      'BODY_MISSING',
    );
    expect(send([JSON_THING], {}, false)).toBe('pass');
  });

  it('takes an empty form, text or file for the required body, however its length is told, and nothing else', () => {
    const form = mediaOf('application/x-www-form-urlencoded', {
      type: 'object',
      properties: { a: { type: 'string' } },
    });
    const file = mediaOf('application/octet-stream', { type: 'string', format: 'binary' });
    const untyped = mediaOf('image/png', null);
    const text = mediaOf('text/plain', { type: 'string' });
    for (const media of [form, file, untyped, text]) {
      const contentType = media.range;
      expect([contentType, send([media], { contentLength: '0', contentType })]).toEqual([contentType, 'pass']);
      expect(send([media], { transferEncoding: 'chunked', contentLength: null, contentType, body: '' })).toBe('pass ');
      expect(send([media], { contentType })).toBe('BODY_MISSING');
      expect(send([media], { contentLength: '0' })).toBe('BODY_MISSING');
      expect(send([media], { contentLength: '0', contentType: 'application/pdf' })).toBe('BODY_MISSING');
    }
    const needing = [
      mediaOf('application/x-www-form-urlencoded', { type: 'object', required: ['a'] }),
      mediaOf('text/plain', { type: 'string', minLength: 1 }),
      mediaOf('application/octet-stream', { type: 'string', minLength: 1 }),
      mediaOf('multipart/form-data; boundary=b', { type: 'object' }),
      mediaOf('application/xml', { type: 'object' }),
      mediaOf('application/json', null),
    ];
    for (const media of needing)
      expect([media.range, send([media], { contentLength: '0', contentType: media.range })]).toEqual([
        media.range,
        'BODY_MISSING',
      ]);
    expect(send([text], { contentLength: '0', contentType: 'text/plain; charset=utf-7' })).toBe('BODY_MISSING');
  });

  it('denies a body one byte over maxBytes, by its Content-Length and by its bytes', () => {
    const text = mediaOf('text/plain', { type: 'string' });
    expect(send([text], { contentType: 'text/plain', contentLength: '10001', body: 'x' })).toBe('BODY_TOO_LARGE');
    expect(
      send([text], {
        contentType: 'text/plain',
        transferEncoding: 'chunked',
        contentLength: null,
        body: 'x'.repeat(10_001),
      }),
    ).toBe('BODY_TOO_LARGE');
    expect(send([text], { contentType: 'text/plain', body: 'x'.repeat(10_000) })).toMatch(/^pass/);
  });

  it.each([
    null,
    '',
    'application/xml',
    'application/json/x',
    'application',
    'application/*',
    'application/json; a=1; A=2',
    'application/json, text/plain',
    'application/vnd.x+json',
    'text/json',
  ])('refuses the Content-Type %j', (contentType) => {
    expect(send([JSON_THING], { contentType, body: '{"a":1}' })).toBe('BODY_TYPE_UNSUPPORTED');
  });

  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=UTF-8',
    'application/json ; charset="utf-8"',
    'application/json;',
    'application/json; x=1',
  ])('takes the Content-Type %j', (contentType) => {
    expect(send([JSON_THING], { contentType, body: '{"a":1}' })).toBe('pass {"a":1}');
  });

  it('refuses charsets and codings that cannot be read', () => {
    for (const charset of ['utf-16', 'iso-8859-1', 'utf-7', 'utf8', '"utf-8\\"'])
      expect(send([JSON_THING], { contentType: `application/json; charset=${charset}`, body: '{"a":1}' })).toMatch(
        /^BODY_(?:ENCODING|TYPE)_UNSUPPORTED$/,
      );
    expect(send([JSON_THING], { contentType: 'application/json', contentEncoding: 'gzip', body: '{"a":1}' })).toBe(
      'BODY_ENCODING_UNSUPPORTED',
    );
    expect(
      send([JSON_THING], { contentType: 'application/json', contentEncoding: 'Identity', body: '{"a":1}' }),
    ).toMatch(/^pass/);
  });

  describe('charsets in which ASCII is not ASCII', () => {
    const bytes = mediaOf('application/octet-stream', null);
    const form = mediaOf('multipart/form-data', null);
    const others = ['utf-7', 'utf-16le', 'iso-2022-jp', 'hz', 'unicode_escape', 'cp037', '"UTF-7"'];

    it.each(others)('are refused with what no text is looked for in, and without a body: %s', (charset) => {
      const contentType = `application/octet-stream; charset=${charset}`;
      expect(send([bytes], { contentType, body: 'x' })).toBe('BODY_ENCODING_UNSUPPORTED');
      expect(send([bytes], { contentType }, false)).toBe('BODY_ENCODING_UNSUPPORTED');
      expect(send(null, { contentType })).toBe('BODY_ENCODING_UNSUPPORTED');
      expect(send([form], { contentType: `multipart/form-data; boundary=b; charset=${charset}`, body: '--b--' })).toBe(
        'BODY_ENCODING_UNSUPPORTED',
      );
    });

    it('are refused in a Content-Type that is malformed, without a body', () => {
      for (const contentType of [
        'text/plain; charset=utf-8; charset=utf-7',
        "text/plain; charset*=utf-8''utf-7",
        'charset=utf-7',
      ])
        expect(send(null, { contentType })).toBe('BODY_ENCODING_UNSUPPORTED');
    });

    it.each(['application/octet-stream', 'application/octet-stream; charset=binary', 'image/png; charset=ISO-8859-1'])(
      'are not %s',
      (contentType) => {
        expect(send([mediaOf('*/*', null)], { contentType, body: 'x' })).toMatch(/^pass/);
        expect(send(null, { contentType })).toBe('pass');
      },
    );

    it.each(['', 'undefined', 'application/json', 'text/plain; charset="utf-8"'])(
      'are not %j, without a body',
      (contentType) => {
        expect(send(null, { contentType })).toBe('pass');
      },
    );
  });

  it('chooses the most particular range', () => {
    const of = (range: string, maximum: number) => mediaOf(range, { type: 'integer', maximum });
    const content = [
      of('*/*', 1),
      of('application/*', 2),
      of('application/*+json', 3),
      of('application/vnd.x+json', 4),
      of('application/vnd.x+json;v=2', 5),
    ];
    const passes = (contentType: string) =>
      [1, 2, 3, 4, 5].filter((body) => send(content, { contentType, body: String(body) }).startsWith('pass')).length;
    expect(passes('text/plain')).toBe(1);
    expect(passes('application/json')).toBe(2);
    expect(passes('application/vnd.y+json')).toBe(3);
    expect(passes('application/vnd.x+json')).toBe(4);
    expect(passes('application/vnd.x+json; v=2')).toBe(5);
  });

  it('does not let the sender choose, within a range, a type that could not be checked', () => {
    const any = mediaOf('*/*', { type: 'object', required: ['a'] });
    for (const contentType of ['text/plain', 'application/xml', 'application/octet-stream', 'image/png'])
      expect(send([any], { contentType, body: '<a/>' })).toBe('BODY_TYPE_UNSUPPORTED');
    expect(send([any], { contentType: 'application/json', body: '{}' })).toBe('BODY_INVALID  required');
  });
});

describe('body: json', () => {
  it('checks syntax before schema', () => {
    expect(send([JSON_THING], { contentType: 'application/json', body: '{"a":1' })).toBe('BODY_MALFORMED  syntax');
    expect(send([JSON_THING], { contentType: 'application/json', body: '{"a":1,"a":2}' })).toBe(
      'BODY_MALFORMED  duplicate',
    );
    expect(send([JSON_THING], { contentType: 'application/json', body: '{"a":1,"__proto__":{}}' })).toBe(
      'BODY_MALFORMED  forbidden-member',
    );
    expect(send([JSON_THING], { contentType: 'application/json', body: '{"a":"x"}' })).toBe('BODY_INVALID /a type');
    expect(send([mediaOf('application/json', null)], { contentType: 'application/json', body: '{' })).toBe(
      'BODY_MALFORMED  syntax',
    );
  });

  it('strips undeclared members from what goes on', () => {
    const strip = { requests: { undeclaredProperties: 'strip' } } as const;
    expect(send([JSON_THING], { contentType: 'application/json', body: '{"a":1,"admin":true}' }, true, strip)).toBe(
      'pass {"a":1}',
    );
    expect(
      send([mediaOf('application/json', null)], { contentType: 'application/json', body: '{"a":1}' }, true, strip),
    ).toBe('pass {"a":1}');
  });

  it('checks a stream of texts one by one', () => {
    const lines = mediaOf('application/x-ndjson', JSON_THING.schema?.node ?? null);
    const ndjson = (body: string, media = lines) => send([media], { contentType: 'application/x-ndjson', body });
    expect(ndjson('{"a":1}\n{"a":2}\r\n\n{"a":3}')).toMatch(/^pass/);
    expect(ndjson('{"a":1}\n{"a":"x"}\n')).toBe('BODY_INVALID /1/a type');
    expect(ndjson('{"a":1}\n{')).toBe('BODY_MALFORMED /1 syntax');
    expect(ndjson('{"a":1} {"a":2}\n')).toBe('BODY_MALFORMED /0 syntax');
    expect(
      ndjson(
        '{"a":"x"}\n',
        mediaOf('application/x-ndjson', null, {
          itemSchema: schemaOf({ type: 'object', properties: { a: { type: 'integer' } } }),
        }),
      ),
    ).toBe('BODY_INVALID /0/a type');
    expect(
      ndjson(
        '{"a":"x"}\n',
        mediaOf('application/x-ndjson', {
          type: 'array',
          items: { type: 'object', properties: { a: { type: 'integer' } } },
        }),
      ),
    ).toBe('BODY_INVALID /0/a type');
    const items = { type: 'object', properties: { a: { type: 'integer' } } };
    const composed = mediaOf('application/x-ndjson', { allOf: [{ type: 'array' }, { items }] });
    expect(ndjson('{"a":"x"}\n', composed)).toBe('BODY_INVALID /0/a type');
    const sequence = (body: string) =>
      send([mediaOf('application/json-seq', { type: 'integer' })], { contentType: 'application/json-seq', body });
    expect(sequence('\u001e1\n\u001e2\n')).toMatch(/^pass/);
    expect(sequence('\u001e1\n\u001e2')).toBe('BODY_MALFORMED  syntax');
    expect(sequence('1\n')).toBe('BODY_MALFORMED  syntax');
    expect(sequence('\u001e"x"\n')).toBe('BODY_INVALID /0 type');
  });
});

describe('body: form', () => {
  const schema = {
    type: 'object',
    properties: {
      a: { type: 'integer' },
      tags: { type: 'array', items: { type: 'string' } },
      at: { type: 'object', properties: { x: { type: 'integer' } } },
      ids: { type: 'array', items: { type: 'integer' } },
    },
    required: ['a'],
  } as const;
  const media = mediaOf('application/x-www-form-urlencoded', schema, {
    encoding: new Map([['ids', encoding({ style: 'pipeDelimited', explode: false })]]),
  });
  const form = (body: string, options: ContextOptions = {}) =>
    send([media], { contentType: 'application/x-www-form-urlencoded', body }, true, options);

  it('reads fields by their types', () => {
    expect(form('a=1&tags=x&tags=y+z&at[x]=3&ids=1|2'.replace('|', '%7C'))).toMatch(/^pass/);
    expect(form('a=1&at=%7B%22x%22%3A3%7D')).toMatch(/^pass/);
    expect(form('a=x')).toBe('BODY_INVALID /a type');
    expect(form('tags=x')).toBe('BODY_INVALID  required');
    expect(form('a=1&at[x]=y')).toBe('BODY_INVALID /at/x type');
    expect(form('a=1&ids=1%7Cx')).toBe('BODY_INVALID /ids/1 type');
    expect(form('a=1&at=%7B')).toBe('BODY_MALFORMED /at syntax');
  });

  it('refuses a field that stands twice, broken encoding, bytes that are no form, 1,001 fields', () => {
    expect(form('a=1&a=2')).toBe('BODY_MALFORMED /a duplicate');
    expect(form('a=%ff')).toBe('BODY_MALFORMED  syntax');
    expect(form('a=1 ')).toBe('BODY_MALFORMED  syntax');
    expect(form('a=\u00e9')).toBe('BODY_MALFORMED  syntax');
    expect(form('a=1&__proto__=x')).toBe('BODY_MALFORMED  forbidden-member');
    expect(form(`a=1${'&tags=x'.repeat(1000)}`)).toBe('BODY_MALFORMED  keys');
  });

  it('keeps a field that is required and has no schema', () => {
    const asking = mediaOf('application/x-www-form-urlencoded', { ...schema, required: ['a', 'b'] });
    for (const undeclaredProperties of ['strip', 'refuse'] as const)
      expect(
        send([asking], { contentType: 'application/x-www-form-urlencoded', body: 'a=1&b=x' }, true, {
          requests: { undeclaredProperties },
        }),
      ).toBe('pass a=1&b=x');
  });

  it('refuses or strips undeclared fields', () => {
    expect(form('a=1&admin=true&tags=%41', { requests: { undeclaredProperties: 'strip' } })).toBe('pass a=1&tags=%41');
    expect(form('a=1&admin=true', { requests: { undeclaredProperties: 'refuse' } })).toBe('BODY_INVALID  undeclared');
    expect(form('a=1&admin=true')).toBe('pass a=1&admin=true');
    expect(form('a=1&at[admin]=true', { requests: { undeclaredProperties: 'strip' } })).toBe(
      'BODY_INVALID /at undeclared',
    );
    expect(form('a=1&at=%7B%22admin%22%3Atrue%7D', { requests: { undeclaredProperties: 'refuse' } })).toBe(
      'BODY_INVALID /at undeclared',
    );
  });
});

describe('body: text and bytes', () => {
  it('holds text against its schema', () => {
    const text = (schema: JsonValue, body: string | Uint8Array) =>
      send([mediaOf('text/plain', schema)], { contentType: 'text/plain', body });
    expect(text({ type: 'string', maxLength: 2 }, 'ab')).toMatch(/^pass/);
    expect(text({ type: 'string', maxLength: 2 }, 'abc')).toBe('BODY_INVALID  maxLength');
    expect(text({ type: 'integer' }, 'x')).toBe('BODY_INVALID  type');
    expect(text({ type: 'string' }, new Uint8Array([0xff]))).toBe('BODY_MALFORMED  utf8');
  });

  it.each([
    ['as-declared', 'undeclared members: passed on, unless the schema says `additionalProperties: false`'],
    ['refuse', 'undeclared members: refused'],
    ['strip', 'undeclared members: left out'],
  ] as const)('tells what becomes of undeclared members: %s', (undeclaredProperties, line) => {
    const requests = { undeclaredProperties };
    expect(ruleOf([mediaOf('application/json', { type: 'object' })], true, { requests }).describe()).toContain(line);
    for (const media of [mediaOf('application/json', null), mediaOf('text/plain', { type: 'string' })])
      expect(ruleOf([media], true, { requests }).describe().join()).not.toContain('undeclared');
  });

  it('counts bytes, and passes on what has no limit without collecting it', () => {
    const bytes = (schema: JsonValue, body: Uint8Array) =>
      send([mediaOf('application/octet-stream', schema)], { contentType: 'application/octet-stream', body });
    expect(bytes({ type: 'string', format: 'binary', maxLength: 2 }, new Uint8Array(3))).toBe(
      'BODY_INVALID  maxLength',
    );
    expect(bytes({ type: 'string', format: 'binary', minLength: 4 }, new Uint8Array(3))).toBe(
      'BODY_INVALID  minLength',
    );
    const rule = ruleOf([mediaOf('application/octet-stream', { type: 'string', format: 'binary' })]);
    expect(rule.collects(exchangeOf({ contentType: 'application/octet-stream', contentLength: '3' }))).toBe(false);
    expect(rule.describe()).toContain('not checked: application/octet-stream: bytes are not looked into');
    expect(ruleOf([mediaOf('application/xml', { type: 'object' })]).describe()).toContain(
      'not checked: application/xml: XML is not looked into',
    );
  });
});
