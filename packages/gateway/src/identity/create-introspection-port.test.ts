import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IntrospectionPolicy, JsonObject, TokenResult } from '@sallyport/core';
import { createFetchJson } from './fetch-json.ts';
import { createEgress } from '../egress/egress.ts';
import { createIntrospect, type Introspect } from './introspection-client.ts';
import { createIntrospectionPort } from './create-introspection-port.ts';
import { TestClock } from './testing/key-server.ts';

const SECRET = 'a:b%c d+é';

function policy(more: Partial<IntrospectionPolicy> = {}): IntrospectionPolicy {
  return {
    kind: 'introspection',
    endpoint: { from: 'url', url: 'http://127.0.0.1:9/' },
    clientId: 'door:1',
    clientSecret: { reference: '${env:SECRET}', reveal: () => SECRET },
    clientAuthentication: 'client_secret_basic',
    clientKey: null,
    timeoutMs: 5_000,
    cacheMs: 60_000,
    concurrency: 2,
    mayLack: [],
    issuer: 'https://id.example.com/',
    audiences: ['api'],
    clockToleranceSeconds: 0,
    requiredClaims: [],
    claims: { subject: 'sub', scopes: 'scope', roles: 'roles' },
    maxTokenBytes: 1024,
    clients: null,
    dpop: null,
    forwardCredential: false,
    place: null,
    ...more,
  };
}

const clock = new TestClock();
const GOOD: JsonObject = { active: true, token_type: 'Bearer', aud: 'api', sub: 'anna', scope: 'read' };

/** An endpoint in this process: what it is asked, and what it answers when the test says so. */
function desk(answers: (token: string) => JsonObject | Error | Promise<JsonObject>): {
  readonly asked: string[];
  readonly introspect: Introspect;
} {
  const asked: string[] = [];
  return {
    asked,
    async introspect(token) {
      asked.push(token);
      const answer = await answers(token);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

const codeOf = async (result: TokenResult | Promise<TokenResult>): Promise<string> => {
  const settled = await result;
  return settled.ok ? 'ok' : settled.code;
};

describe('createIntrospectionPort', () => {
  test('takes an answer for the principal, and then answers at once', async () => {
    const { asked, introspect } = desk(() => GOOD);
    const port = createIntrospectionPort('token', policy(), introspect, clock);
    const first = await port.verify('abc', clock.nowMs());
    if (!first.ok) throw new Error(first.code);
    expect(first.principal).toMatchObject({
      kind: 'token',
      subject: 'anna',
      issuer: 'https://id.example.com/',
      schemes: ['token'],
    });
    expect([...first.principal.scopes]).toEqual(['read']);
    expect(port.verify('abc', clock.nowMs())).toEqual(first);
    expect(asked).toEqual(['abc']);
  });

  const REFUSED: readonly [string, JsonObject, string][] = [
    ['inactive', { active: false }, 'AUTHN_TOKEN_INACTIVE'],
    ['inactive, whatever else it says', { ...GOOD, active: false }, 'AUTHN_TOKEN_INACTIVE'],
    ['of another issuer', { ...GOOD, iss: 'https://id.example.com' }, 'AUTHN_TOKEN_ISSUER'],
    ['for another audience', { ...GOOD, aud: ['other'] }, 'AUTHN_TOKEN_AUDIENCE'],
    ['for no audience', { active: true, token_type: 'Bearer', sub: 'anna' }, 'AUTHN_TOKEN_AUDIENCE'],
    ['of no type, as a refresh token', { active: true, aud: 'api', sub: 'anna' }, 'AUTHN_TOKEN_TYPE'],
    ['of another type', { ...GOOD, token_type: 'refresh_token' }, 'AUTHN_TOKEN_TYPE'],
    ['expired, though called active', { ...GOOD, exp: 1 }, 'AUTHN_TOKEN_EXPIRED'],
    ['not yet valid', { ...GOOD, nbf: 9_000_000_000 }, 'AUTHN_TOKEN_NOT_YET_VALID'],
    ['with a time that is none', { ...GOOD, exp: 'soon' }, 'AUTHN_TOKEN_CLAIM_INVALID'],
    ['without a subject', { active: true, token_type: 'Bearer', aud: 'api' }, 'AUTHN_TOKEN_CLAIM_MISSING'],
    ['of another client', { ...GOOD, client_id: 'other' }, 'AUTHN_TOKEN_CLIENT'],
  ];
  test.each(REFUSED)('refuses a token that is %s', async (_, answer, code) => {
    const entry = policy(code === 'AUTHN_TOKEN_CLIENT' ? { clients: ['app'] } : {});
    expect(
      await codeOf(
        createIntrospectionPort('token', entry, desk(() => answer).introspect, clock).verify('abc', clock.nowMs()),
      ),
    ).toBe(code);
  });

  test('takes answers without aud and token_type where the policy says so, but not with wrong ones', async () => {
    const lenient = policy({ mayLack: ['aud', 'token_type'] });
    const ask = (answer: JsonObject): Promise<string> =>
      codeOf(
        createIntrospectionPort('token', lenient, desk(() => answer).introspect, clock).verify('abc', clock.nowMs()),
      );
    expect(await ask({ active: true, sub: 'anna' })).toBe('ok');
    expect(await ask({ ...GOOD, aud: 'other' })).toBe('AUTHN_TOKEN_AUDIENCE');
    expect(await ask({ ...GOOD, token_type: 'mac' })).toBe('AUTHN_TOKEN_TYPE');
  });

  test('keeps an active answer for cacheMs and never beyond exp', async () => {
    const { asked, introspect } = desk((token) =>
      token === 'short' ? { ...GOOD, exp: clock.nowMs() / 1000 + 10 } : GOOD,
    );
    const port = createIntrospectionPort('token', policy(), introspect, clock);
    await port.verify('short', clock.nowMs());
    await port.verify('long', clock.nowMs());
    clock.advance(9_999);
    await port.verify('short', clock.nowMs());
    expect(asked).toHaveLength(2);
    clock.advance(1);
    await port.verify('short', clock.nowMs());
    clock.advance(49_999);
    await port.verify('long', clock.nowMs());
    expect(asked).toEqual(['short', 'long', 'short']);
    clock.advance(1);
    await port.verify('long', clock.nowMs());
    expect(asked).toHaveLength(4);
  });

  test('keeps an inactive answer for five seconds', async () => {
    const { asked, introspect } = desk(() => ({ active: false }));
    const port = createIntrospectionPort('token', policy(), introspect, clock);
    for (const wait of [0, 4_999, 1]) {
      clock.advance(wait);
      expect(await codeOf(port.verify('abc', clock.nowMs()))).toBe('AUTHN_TOKEN_INACTIVE');
    }
    expect(asked).toHaveLength(2);
  });

  test('keeps a thousand inactive answers, and gives up the oldest for one more', async () => {
    const { asked, introspect } = desk(() => ({ active: false }));
    const port = createIntrospectionPort('token', policy(), introspect, clock);
    const verify = (token: string): Promise<string> => codeOf(port.verify(token, clock.nowMs()));
    for (let i = 0; i < 1_000; i++) await verify(`t${i}`);
    await verify('t0');
    expect(asked).toHaveLength(1_000);
    await verify('more');
    await verify('t1');
    expect(asked).toHaveLength(1_001);
    await verify('t0');
    expect(asked).toHaveLength(1_002);
  });

  test('asks with every request where cacheMs is 0', async () => {
    const { asked, introspect } = desk(() => GOOD);
    const port = createIntrospectionPort('token', policy({ cacheMs: 0 }), introspect, clock);
    await port.verify('abc', clock.nowMs());
    await port.verify('abc', clock.nowMs());
    expect(asked).toHaveLength(2);
  });

  test('forgets all on invalidate: an answer that is still on its way counts for its own request alone', async () => {
    const answers: ((value: JsonObject) => void)[] = [];
    const { asked, introspect } = desk(() => new Promise<JsonObject>((resolve) => answers.push(resolve)));
    const port = createIntrospectionPort('token', policy(), introspect, clock);
    const before = port.verify('abc', clock.nowMs());
    port.invalidate();
    const after = port.verify('abc', clock.nowMs());
    answers[0]?.(GOOD);
    expect(await codeOf(before)).toBe('ok');
    expect(port.verify('abc', clock.nowMs())).toBe(after);
    answers[1]?.({ active: false });
    expect(await codeOf(after)).toBe('AUTHN_TOKEN_INACTIVE');
    expect(await codeOf(port.verify('abc', clock.nowMs()))).toBe('AUTHN_TOKEN_INACTIVE');
    expect(asked).toHaveLength(2);
  });

  test('asks once for equal tokens, two at a time, keeps eight waiting and refuses the next', async () => {
    const answers: (() => void)[] = [];
    const { asked, introspect } = desk(() => new Promise<JsonObject>((resolve) => answers.push(() => resolve(GOOD))));
    const port = createIntrospectionPort('token', policy(), introspect, clock);
    const all = Array.from({ length: 10 }, (_, index) => port.verify(`t${index}`, clock.nowMs()));
    const again = port.verify('t9', clock.nowMs());
    expect(asked).toHaveLength(2);
    expect(await codeOf(port.verify('t10', clock.nowMs()))).toBe('AUTHN_INTROSPECTION_BUSY');
    while (answers.length > 0) {
      for (const answer of answers.splice(0)) answer();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect(await Promise.all([...all, again].map(codeOf))).toEqual(Array.from({ length: 11 }, () => 'ok'));
    expect(asked).toHaveLength(10);
  });

  test('asks no more once the time of a question is over that waited for its turn', async () => {
    const waiting: (() => void)[] = [];
    const { asked, introspect } = desk(() => new Promise((resolve) => waiting.push(() => resolve(GOOD))));
    const port = createIntrospectionPort('token', policy({ concurrency: 1 }), introspect, clock);
    const answers = ['a', 'b'].map((token) => codeOf(port.verify(token, clock.nowMs())));
    clock.advance(5_000);
    waiting.shift()?.();
    expect(await Promise.all(answers)).toEqual(['ok', 'AUTHN_INTROSPECTION_UNAVAILABLE']);
    expect(asked).toEqual(['a']);
  });

  test('waits no longer than its time for an endpoint that never answers', async () => {
    const port = createIntrospectionPort('token', policy({ timeoutMs: 1 }), () => new Promise(() => undefined), clock);
    expect(await port.verify('a', clock.nowMs())).toEqual({
      ok: false,
      code: 'AUTHN_INTROSPECTION_UNAVAILABLE',
      facts: { reason: 'it did not answer in time' },
    });
  });

  test('does not show the endpoint what cannot be a token, and hashes nothing that is too large', async () => {
    const { asked, introspect } = desk(() => GOOD);
    const port = createIntrospectionPort('token', policy(), introspect, clock);
    expect(await codeOf(port.verify('a"b', clock.nowMs()))).toBe('AUTHN_TOKEN_MALFORMED');
    expect(await codeOf(port.verify('a'.repeat(1025), clock.nowMs()))).toBe('AUTHN_TOKEN_TOO_LARGE');
    expect(asked).toEqual([]);
  });

  test('leaves an endpoint alone after five failures, and tries again after a second', async () => {
    let up = false;
    const { asked, introspect } = desk(() => (up ? GOOD : new Error('down')));
    const port = createIntrospectionPort('token', policy(), introspect, clock);
    for (let i = 0; i < 8; i++)
      expect(await codeOf(port.verify(`t${i}`, clock.nowMs()))).toBe('AUTHN_INTROSPECTION_UNAVAILABLE');
    expect(asked).toHaveLength(5);
    clock.advance(1_000);
    expect(await codeOf(port.verify('t', clock.nowMs()))).toBe('AUTHN_INTROSPECTION_UNAVAILABLE');
    expect(await codeOf(port.verify('u', clock.nowMs()))).toBe('AUTHN_INTROSPECTION_UNAVAILABLE');
    expect(asked).toHaveLength(6);
    up = true;
    clock.advance(2_000);
    expect(await codeOf(port.verify('v', clock.nowMs()))).toBe('ok');
    expect(await codeOf(port.verify('w', clock.nowMs()))).toBe('ok');
  });

  test('leaves it alone no longer where the clock is set back meanwhile', async () => {
    let up = false;
    const { introspect } = desk(() => (up ? GOOD : new Error('down')));
    const port = createIntrospectionPort('token', policy(), introspect, clock);
    for (let i = 0; i < 5; i++)
      expect(await codeOf(port.verify(`t${i}`, clock.nowMs()))).toBe('AUTHN_INTROSPECTION_UNAVAILABLE');
    clock.setBack(3_600_000);
    clock.advance(1_000);
    up = true;
    expect(await codeOf(port.verify('t', clock.nowMs()))).toBe('ok');
  });

  test('counts an answer for no longer where the clock is set back, good or bad', async () => {
    const answers = new Map<string, JsonObject>([
      ['good', GOOD],
      ['bad', { active: false }],
    ]);
    const { introspect } = desk((token) => answers.get(token) ?? GOOD);
    const port = createIntrospectionPort('token', policy(), introspect, clock);
    expect(await codeOf(port.verify('good', clock.nowMs()))).toBe('ok');
    expect(await codeOf(port.verify('bad', clock.nowMs()))).toBe('AUTHN_TOKEN_INACTIVE');
    answers.set('good', { active: false }).set('bad', GOOD);
    clock.setBack(3_600_000);
    clock.advance(59_999);
    expect(await codeOf(port.verify('good', clock.nowMs()))).toBe('ok');
    expect(await codeOf(port.verify('bad', clock.nowMs()))).toBe('ok');
    clock.advance(1);
    expect(await codeOf(port.verify('good', clock.nowMs()))).toBe('AUTHN_TOKEN_INACTIVE');
  });
});

describe('createIntrospect', () => {
  let server: Server;
  let url: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let seen: { authorization: string | undefined; body: string; type: string | undefined }[];
  const connections = createFetchJson(createEgress(), { purpose: 'introspection', names: () => true }, 4);

  beforeEach(async () => {
    seen = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push({ authorization: request.headers.authorization, body, type: request.headers['content-type'] });
        answer(request, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const json =
    (value: unknown, status = 200) =>
    (_: IncomingMessage, response: ServerResponse) =>
      void response
        .writeHead(status, { 'Content-Type': 'application/json' })
        .end(typeof value === 'string' ? value : JSON.stringify(value));
  const ask = (more: Partial<IntrospectionPolicy> = {}): Promise<JsonObject> =>
    createIntrospect(
      policy({ endpoint: { from: 'url', url: `${url}/introspect` }, ...more }),
      connections,
      clock,
    )('to.ken', AbortSignal.timeout(2_000));

  test('sends the token in a form, and proves itself by HTTP Basic with both parts form-encoded', async () => {
    answer = json({ active: true });
    await ask();
    expect(seen[0]?.type).toBe('application/x-www-form-urlencoded');
    expect([...new URLSearchParams(seen[0]?.body)]).toEqual([
      ['token', 'to.ken'],
      ['token_type_hint', 'access_token'],
    ]);
    const credential = Buffer.from(seen[0]?.authorization?.slice('Basic '.length) ?? '', 'base64').toString();
    expect(credential).toBe('door%3A1:a%3Ab%25c+d%2B%C3%A9');
  });

  test('proves itself in the form where the policy says so', async () => {
    answer = json({ active: true });
    await ask({ clientAuthentication: 'client_secret_post' });
    expect(seen[0]?.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.body))).toMatchObject({
      client_id: 'door:1',
      client_secret: SECRET,
    });
  });

  const LIES: readonly [string, () => void][] = [
    ['is not JSON', () => (answer = json('active'))],
    ['says it twice', () => (answer = json('{"active":false,"active":true}'))],
    ['says active in a text', () => (answer = json({ active: 'true' }))],
    ['says nothing', () => (answer = json({}))],
    ['is a list', () => (answer = json([{ active: true }]))],
    ['has another status', () => (answer = json({ active: true }, 201))],
    ['refuses us', () => (answer = json({ error: 'invalid_client' }, 401))],
    ['is too large', () => (answer = json({ active: true, pad: 'x'.repeat(300_000) }))],
    [
      'leads elsewhere',
      () => (answer = (_, response) => void response.writeHead(307, { Location: `${url}/other` }).end()),
    ],
    [
      'is cut off',
      () =>
        (answer = (_, response) => {
          response.writeHead(200, { 'Content-Length': '100' }).write('{"active":true');
          setImmediate(() => response.destroy());
        }),
    ],
  ];
  test.each(LIES)('rejects without a secret in the message where the answer %s', async (_, prepare) => {
    prepare();
    const error = await ask().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toContain('to.ken');
    expect(String(error)).not.toContain(SECRET);
  });

  test('discovers the endpoint from metadata of exactly the issuer, and sends the secret nowhere in the clear', async () => {
    const discovered = { endpoint: { from: 'discovery', issuer: url } } as const;
    const metadata = (value: object) => (request: IncomingMessage, response: ServerResponse) =>
      json(request.url === '/.well-known/openid-configuration' ? value : { active: true })(request, response);
    answer = metadata({ issuer: url, introspection_endpoint: `${url}/i` });
    expect(await ask(discovered)).toEqual({ active: true });
    answer = metadata({ issuer: `${url}/`, introspection_endpoint: `${url}/i` });
    await expect(ask(discovered)).rejects.toThrow('another issuer');
    answer = metadata({ issuer: url, introspection_endpoint: 'http://id.example.com/i' });
    await expect(ask(discovered)).rejects.toThrow('https');
  });
});
