import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { corpusPath } from '../../testing/corpora.ts';
import type { Response } from '../../openapi/model.ts';
import type { ResponsePolicy } from '../../policy/policy.ts';
import { BANNER_HEADERS } from './banner-headers.ts';
import { asObserved } from './observed-response.ts';
import { compileResponse, compileUnguardedResponse, decideResponseHead } from './response.ts';
import { PASSING_HEADERS } from './response-headers.ts';
import { contextOf, mediaOf, operationOf, parameterOf, responseOf, schemaOf } from './testing/fixtures.ts';

const THING = mediaOf('application/json', { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] });
const JSON_TYPE = ['Content-Type', 'application/json'];
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array) => Buffer.from(value).toString('latin1');

function decide(
  responses: readonly Response[],
  status: number,
  headers: readonly string[],
  policy: Partial<ResponsePolicy> = {},
  method = 'GET',
) {
  return decideResponseHead(
    compileResponse(operationOf({ responses }), contextOf({ responses: policy })),
    status,
    headers,
    method,
  );
}

describe('decideResponseHead: status', () => {
  const responses = [responseOf('200', [THING]), responseOf('4XX', [mediaOf('text/plain', { type: 'string' })])];

  it('looks for the exact status, its range, then default', () => {
    expect(decide(responses, 200, JSON_TYPE).body).toBe('collect');
    expect(decide(responses, 404, ['Content-Type', 'text/plain']).denial).toBeNull();
    expect(decide(responses, 404, JSON_TYPE).denial?.code).toBe('RESPONSE_TYPE_UNDECLARED');
    expect(decide([...responses, responseOf('default', [THING])], 500, JSON_TYPE).denial).toBeNull();
  });

  it('denies a status that is not declared, errors too, unless undeclared passes', () => {
    expect(decide(responses, 500, JSON_TYPE).denial?.code).toBe('RESPONSE_STATUS_UNDECLARED');
    expect(decide(responses, 201, JSON_TYPE, { undeclared: 'block' }).denial?.code).toBe('RESPONSE_STATUS_UNDECLARED');
    expect(decide(responses, 206, JSON_TYPE).denial?.code).toBe('RESPONSE_STATUS_UNDECLARED');
    const passing = decide(responses, 500, JSON_TYPE, { undeclared: 'pass' });
    expect([passing.denial, passing.unchecked]).toEqual([null, 'the status is not declared']);
  });

  it('knows answers without a body', () => {
    expect(decide(responses, 200, JSON_TYPE, {}, 'HEAD').body).toBe('none');
    expect(decide(responses, 304, [])).toMatchObject({ body: 'none', denial: null });
    expect(decide(responses, 304, [], {}, 'POST').denial?.code).toBe('RESPONSE_STATUS_UNDECLARED');
    expect(decide([responseOf('204', [THING])], 204, [])).toMatchObject({ body: 'none', denial: null });
  });
});

describe('decideResponseHead: body', () => {
  const responses = [responseOf('200', [THING])];

  it('checks, and strips what is not declared', () => {
    const decision = decide(responses, 200, [...JSON_TYPE, 'Content-Length', '20']);
    expect(decision.headers).toEqual(JSON_TYPE);
    const stripped = decision.check?.(bytes('{"a":1,"secret":"x"}'));
    expect(stripped).toMatchObject({ ok: true, dropped: ['/secret'] });
    expect(stripped?.ok === true && text(stripped.bytes)).toBe('{"a":1}');
    expect(decision.check?.(bytes('{"a":"x"}'))).toMatchObject({
      ok: false,
      denial: { code: 'RESPONSE_INVALID', stage: 'response' },
    });
    expect(decision.check?.(bytes('<html>'))).toMatchObject({ ok: false, denial: { code: 'RESPONSE_MALFORMED' } });
    expect(decision.check?.(bytes(''))).toMatchObject({ ok: false, denial: { code: 'RESPONSE_MALFORMED' } });
  });

  it('refuses undeclared members under block, and passes an invalid answer under pass, named', () => {
    expect(decide(responses, 200, JSON_TYPE, { undeclared: 'block' }).check?.(bytes('{"a":1,"b":2}'))).toMatchObject({
      ok: false,
      denial: { code: 'RESPONSE_INVALID' },
    });
    expect(decide(responses, 200, JSON_TYPE, { invalid: 'pass' }).check?.(bytes('{}'))).toMatchObject({
      ok: true,
      observed: { code: 'RESPONSE_INVALID' },
    });
  });

  it('denies a Content-Type that is missing, doubled or not declared', () => {
    expect(decide(responses, 200, []).denial?.code).toBe('RESPONSE_TYPE_UNDECLARED');
    expect(decide(responses, 200, ['Content-Type', 'text/html']).denial?.code).toBe('RESPONSE_TYPE_UNDECLARED');
    expect(decide(responses, 200, [...JSON_TYPE, ...JSON_TYPE]).denial?.code).toBe('RESPONSE_TYPE_UNDECLARED');
  });

  it('denies an answer to HEAD that says two Content-Types, as that to GET, and not one that says none', () => {
    const twice = [...JSON_TYPE, 'Content-Type', 'text/html'];
    expect(decide(responses, 200, twice, {}, 'HEAD')).toMatchObject({
      body: 'none',
      denial: { code: 'RESPONSE_TYPE_UNDECLARED' },
    });
    expect(decide(responses, 200, twice, { undeclared: 'pass' }, 'HEAD').denial).toBeNull();
    for (const head of [JSON_TYPE, []]) expect(decide(responses, 200, head, {}, 'HEAD').denial).toBeNull();
  });

  it('names what it cannot check, and denies it under unchecked block', () => {
    const zipped = [...JSON_TYPE, 'Content-Encoding', 'gzip'];
    expect(decide(responses, 200, zipped).denial?.code).toBe('RESPONSE_UNCHECKABLE');
    expect(decide(responses, 200, zipped, { invalid: 'pass' })).toMatchObject({
      denial: null,
      body: 'stream',
      unchecked: 'it is compressed',
    });
    const blocked = { invalid: 'pass', unchecked: 'block' } as const;
    expect(decide(responses, 200, zipped, blocked).denial?.code).toBe('RESPONSE_UNCHECKABLE');
    const image = [responseOf('200', [mediaOf('image/png', { type: 'string', format: 'binary' })])];
    expect(decide(image, 200, ['Content-Type', 'image/png', 'Content-Length', '5'])).toMatchObject({
      body: 'stream',
      headers: ['Content-Type', 'image/png', 'Content-Length', '5'],
      unchecked: 'image/png: bytes are not looked into',
    });
  });

  it('denies under unchecked block what it can read and has no schema for', () => {
    const medias = [
      mediaOf('application/json', null),
      mediaOf('application/x-ndjson', null),
      mediaOf('application/x-ndjson', { type: 'array' }),
      mediaOf('text/event-stream', null, { itemSchema: schemaOf({ properties: { data: { type: 'string' } } }) }),
    ];
    for (const media of medias) {
      const type = ['Content-Type', media.range];
      const of = (policy: Partial<ResponsePolicy>) => decide([responseOf('200', [media])], 200, type, policy);
      expect(of({ unchecked: 'pass' }).denial).toBeNull();
      expect(of({ unchecked: 'pass' }).unchecked).not.toBeNull();
      expect(of({ unchecked: 'block' }).denial?.code).toBe('RESPONSE_UNCHECKABLE');
    }
    expect(decide(responses, 200, JSON_TYPE, { unchecked: 'block' }).denial).toBeNull();
  });

  it('leaves out, refuses or passes a body where none is declared', () => {
    const none = [responseOf('404')];
    expect(decide(none, 404, [...JSON_TYPE, 'Content-Length', '5'])).toMatchObject({
      body: 'none',
      headers: [],
      undeclared: ['body'],
      denial: null,
    });
    const blocked = decide(none, 404, JSON_TYPE, { undeclared: 'block' });
    expect(blocked.check?.(bytes('x'))).toMatchObject({ ok: false, denial: { code: 'RESPONSE_TYPE_UNDECLARED' } });
    expect(blocked.check?.(bytes(''))).toMatchObject({ ok: true });
    expect(decide(none, 404, JSON_TYPE, { undeclared: 'pass' })).toMatchObject({
      body: 'stream',
      unchecked: 'no body is declared',
    });
    expect(decide(none, 404, ['Content-Length', '0'], { undeclared: 'block' })).toMatchObject({
      body: 'none',
      denial: null,
    });
  });
});

describe('decideResponseHead: streams', () => {
  const lines = [responseOf('200', [mediaOf('application/x-ndjson', null, { itemSchema: THING.schema })])];

  it('lets out whole items only, stripped, however the chunks fall', () => {
    const whole = '{"a":1,"b":2}\n{"a":2}\n{"a":3,"c":{"d":1}}';
    for (const size of [1, 2, 3, 5, 7, 100]) {
      const { stream, body } = decide(lines, 200, ['Content-Type', 'application/x-ndjson']);
      expect(body).toBe('stream');
      let out = '';
      for (let at = 0; at < whole.length; at += size) {
        const result = stream?.push(bytes(whole.slice(at, at + size)));
        if (result?.ok === true) out += text(result.bytes);
      }
      const end = stream?.end();
      if (end?.ok === true) out += text(end.bytes);
      expect(out).toBe('{"a":1}\n{"a":2}\n{"a":3}');
    }
  });

  it('lets out nothing of an invalid item, nor anything after it', () => {
    const { stream } = decide(lines, 200, ['Content-Type', 'application/x-ndjson']);
    expect(stream?.push(bytes('{"a":1}\n{"a":"CANARY'))).toMatchObject({ ok: true, bytes: bytes('{"a":1}\n') });
    const failed = stream?.push(bytes('"}\n{"a":2}\n'));
    expect(failed).toMatchObject({ ok: false, denial: { code: 'RESPONSE_INVALID', errors: [{ pointer: '/1/a' }] } });
    expect(JSON.stringify(failed)).not.toContain('CANARY');
    expect(stream?.push(bytes('{"a":2}\n'))).toMatchObject({ ok: false });
    expect(stream?.end()).toMatchObject({ ok: false });
  });

  it('bounds an item', () => {
    const { stream } = decide(lines, 200, ['Content-Type', 'application/x-ndjson'], { maxBodyBytes: 100 });
    expect(stream?.push(bytes(`{"a":${'1'.repeat(200)}`))).toMatchObject({
      ok: false,
      denial: { code: 'RESPONSE_MALFORMED', errors: [{ keyword: 'size' }] },
    });
  });

  it('passes an invalid stream as it comes under invalid pass, named once', () => {
    const { stream } = decide(lines, 200, ['Content-Type', 'application/x-ndjson'], {
      invalid: 'pass',
      undeclared: 'pass',
    });
    expect(stream?.push(bytes('{}\n{}\n'))).toMatchObject({
      ok: true,
      bytes: bytes('{}\n{}\n'),
      observed: { code: 'RESPONSE_INVALID' },
    });
    expect(stream?.push(bytes('{}\n'))).toMatchObject({ ok: true, bytes: bytes('{}\n'), observed: null });
  });

  it('checks server-sent events, and the JSON of their data', () => {
    const itemSchema = schemaOf({
      type: 'object',
      properties: {
        event: { enum: ['thing'] },
        data: {
          type: 'string',
          contentMediaType: 'application/json',
          contentSchema: { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
        },
      },
    });
    const events = [responseOf('200', [mediaOf('text/event-stream', null, { itemSchema })])];
    const run = (sent: string, size: number) => {
      const { stream } = decide(events, 200, ['Content-Type', 'text/event-stream']);
      let out = '';
      for (let at = 0; at < sent.length; at += size) {
        const result = stream?.push(bytes(sent.slice(at, at + size)));
        if (result?.ok !== true) return `${out}${result?.denial.code} ${result?.denial.errors[0]?.pointer}`;
        out += text(result.bytes);
      }
      return out;
    };
    for (const size of [1, 4, 200]) {
      expect(run(': hi\n\nevent: thing\ndata: {"a":1}\n\ndata: {"a"', size)).toBe(
        ':\n\nevent: thing\ndata: {"a":1}\n\n',
      );
      expect(run('data: {"a":1,\r\ndata: "b":2}\r\nid: 7\r\n\r\n', size)).toBe('data: {"a":1}\nid: 7\r\n\r\n');
      expect(run('data: {"a":1}\n\ndata: {}\n\n', size).endsWith('RESPONSE_INVALID /data')).toBe(true);
      expect(run('data: {"a":1}\nsecret: x\n: secret\n\n', size)).toBe('data: {"a":1}\n:\n\n');
      expect(run('\ufeffdata: {}\n\n', size)).toMatch(/^RESPONSE_MALFORMED/);
      expect(run('event: other\ndata: {"a":1}\n\n', size)).toBe('RESPONSE_INVALID /event');
    }
    expect(
      decide([responseOf('200', [mediaOf('text/event-stream', null)])], 200, ['Content-Type', 'text/event-stream']),
    ).toMatchObject({
      body: 'stream',
      stream: null,
      unchecked: 'text/event-stream: no itemSchema; events are not looked into',
    });
  });
});

describe('decideResponseHead: headers', () => {
  const declared = {
    file: 'api.yaml',
    pointer: '/headers/X-Count',
    name: 'X-Count',
    required: true,
    explode: false,
    schema: schemaOf({ type: 'integer' }),
    content: null,
  };
  const responses = [responseOf('200', [THING], [declared])];

  it('checks declared headers', () => {
    expect(decide(responses, 200, [...JSON_TYPE, 'x-count', '5'])).toMatchObject({
      denial: null,
      headers: [...JSON_TYPE, 'x-count', '5'],
    });
    for (const headers of [[], ['X-Count', 'x'], ['X-Count', '1', 'X-Count', '1']])
      expect(decide(responses, 200, [...JSON_TYPE, ...headers]).denial?.code).toBe('RESPONSE_HEADER_INVALID');
    expect(decide(responses, 200, JSON_TYPE, { invalid: 'pass' }).denial).toBeNull();
  });

  it('strips, blocks or passes undeclared ones, and always takes banners out', () => {
    const sent = [
      ...JSON_TYPE,
      'X-Count',
      '1',
      'X-Internal',
      'a',
      'Server',
      'nginx/1.2',
      'ETag',
      '"x"',
      'Set-Cookie',
      's=1',
    ];
    expect(decide(responses, 200, sent)).toMatchObject({
      denial: null,
      undeclared: ['x-internal', 'set-cookie'],
      headers: [...JSON_TYPE, 'X-Count', '1', 'ETag', '"x"'],
    });
    expect(decide(responses, 200, sent, { undeclaredHeaders: 'pass' }).undeclared).toEqual([]);
    expect(decide(responses, 200, sent, { undeclaredHeaders: 'block' }).denial?.code).toBe('RESPONSE_HEADER_INVALID');
    expect(decide(responses, 200, sent, { undeclaredHeaders: 'pass' }).headers).toContain('X-Internal');
    expect(decide(responses, 200, sent, { undeclaredHeaders: 'pass' }).headers).not.toContain('Server');
  });

  it('passes an undeclared Set-Cookie only where the document knows the cookie by its name', () => {
    const session = { type: 'apiKey', in: 'cookie', parameter: 'session' };
    const cookie = parameterOf('cookie', 'theme', { type: 'string' });
    const document = {
      operations: [operationOf({ parameters: [cookie] })],
      securitySchemes: new Map([['s', session]]),
    };
    const rule = compileResponse(operationOf({ responses }), contextOf({ document: document as never }));
    const sent = [
      'session=1; Secure',
      ' theme = dark',
      'Session=2',
      'other=3',
      '=session=4',
      'session',
      'other; session=5',
    ];
    const decision = decideResponseHead(
      rule,
      200,
      [...JSON_TYPE, 'X-Count', '1', ...sent.flatMap((value) => ['Set-Cookie', value])],
      'GET',
    );
    expect(decision.headers.filter((_, i, all) => all[i - 1] === 'Set-Cookie')).toEqual(sent.slice(0, 2));
    expect(decision.undeclared).toEqual(['set-cookie']);
  });

  it('takes only banners out of an unguarded answer', () => {
    const rule = compileUnguardedResponse(contextOf().policy.responses);
    expect(decideResponseHead(rule, 599, ['X-Internal', 'a', 'X-Powered-By', 'PHP/5.2'], 'GET')).toMatchObject({
      denial: null,
      headers: ['X-Internal', 'a'],
      body: 'stream',
    });
  });

  it('takes only banners that the document does not declare out of an answer that is observed', () => {
    const banner = { ...declared, name: 'X-Generator', required: false, schema: schemaOf({ type: 'string' }) };
    const sent = [...JSON_TYPE, 'X-Internal', 'SERVER', 'SERVER', 'nginx/1.2', 'x-generator', 'b'];
    const decision = decide([responseOf('200', [THING], [declared, banner])], 200, sent);
    expect(decision.denial?.code).toBe('RESPONSE_HEADER_INVALID');
    const observed = asObserved(decision, sent, 200, 'GET');
    expect(observed.headers).toEqual([...JSON_TYPE, 'X-Internal', 'SERVER', 'x-generator', 'b']);
  });

  it('has no header that is both a banner and passed', () => {
    expect([...BANNER_HEADERS].filter((name) => PASSING_HEADERS.has(name))).toEqual([]);
  });

  const path = corpusPath('headers_remove.json');
  it.skipIf(path === null)('removes every header of the OWASP list (left out where shared/corpora is absent)', () => {
    const { headers } = JSON.parse(readFileSync(path ?? '', 'utf8')) as { readonly headers: readonly string[] };
    expect([...BANNER_HEADERS].sort()).toEqual(headers.map((name) => name.toLowerCase()).sort());
  });
});
