import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compilePlan } from './compile-plan.ts';
import { createMemoryReader } from '../openapi/memory-document-reader.ts';
import { explain, type Explanation, type ImaginedRequest } from './explain.ts';
import { loadDocument } from '../openapi/load-document.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { Ports } from '../ports.ts';

const ok = { 200: { description: 'ok' } };
const KEY = 'a-key-that-is-known';
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Explained', version: '1' },
  components: {
    securitySchemes: {
      head: { type: 'apiKey', in: 'header', name: 'X-Key' },
      jar: { type: 'apiKey', in: 'cookie', name: 'jar' },
      line: { type: 'apiKey', in: 'query', name: 'k' },
    },
  },
  paths: {
    '/open': { get: { responses: ok }, options: { operationId: 'ownOptions', responses: ok } },
    '/head': { get: { security: [{ head: [] }], responses: ok } },
    '/both': { get: { security: [{ head: [], jar: [] }], responses: ok } },
    '/line': { get: { security: [{ line: [] }], responses: ok } },
    '/texts': {
      post: {
        requestBody: {
          content: { 'application/json': { schema: { type: 'object', properties: { name: { type: 'string' } } } } },
        },
        responses: ok,
      },
    },
  },
};
const PORTS = {
  tokens: new Map(),
  passwords: new Map(),
  apiKeys: new Map(
    ['head', 'jar', 'line'].map((scheme) => [
      scheme,
      {
        lookup: (key: string) =>
          key === KEY
            ? { ok: true, principal: { kind: 'key', subject: 'ann', scopes: new Set(), roles: [], attributes: {} } }
            : { ok: false, code: 'AUTHN_KEY_UNKNOWN', facts: {} },
      },
    ]),
  ),
  counters: { take: () => ({ allowed: true, remaining: 1, resetMs: 0, retryAfterMs: 0 }) },
} as unknown as Ports;

function ask(policy: string, asked: Partial<ImaginedRequest>): Promise<Explanation> {
  const document = loadDocument(createMemoryReader({ 'openapi.json': JSON.stringify(DOCUMENT) }), 'openapi.json');
  const keys = `keys: [{ id: k, sha256: ${createHash('sha256').update(KEY).digest('hex')} }]`;
  const text = `upstream: http://127.0.0.1:1\nauthentication:\n  head: { ${keys} }\n  jar: { ${keys} }\n  line: { allowInQuery: true, ${keys} }\n${policy}`;
  const plan = compilePlan(
    document,
    parsePolicy({ file: 'sallyport.yaml', text }, { environment: () => undefined, readFile: () => '' }),
  );
  const nobody = { token: null, key: null, principal: null, body: null };
  return explain(plan, PORTS, {
    method: 'GET',
    target: '/open',
    headers: [],
    ...nobody,
    nowMs: 1_700_000_000_000,
    ...asked,
  });
}

const outcomes = ({ stages }: Explanation) =>
  stages.flatMap(({ outcome, denial }) => (denial === null ? [] : [`${outcome} ${denial.code}`]));

describe('explain', () => {
  it('answers a preflight as the door does, also where the document declares OPTIONS', async () => {
    const headers = ['Origin', 'https://app.example.com', 'Access-Control-Request-Method', 'GET'];
    const cors = 'cors: { origins: [https://app.example.com] }';
    expect(await ask(cors, { method: 'OPTIONS', headers })).toMatchObject({
      verdict: 'answered',
      operation: null,
      status: 204,
    });
    expect(await ask(cors, { method: 'OPTIONS' })).toMatchObject({ verdict: 'passed', operation: 'ownOptions' });
    expect(await ask('', { method: 'OPTIONS', headers })).toMatchObject({ verdict: 'passed', operation: 'ownOptions' });
  });

  it.each(['/head', '/both', '/line', '/open'])('sends a key where the operation takes one: %s', async (target) => {
    const taken = await ask('', { target, key: KEY });
    expect(taken.code).toBe(null);
    expect(JSON.stringify(taken)).not.toContain(KEY);
  });

  it('sends no key over one that is there', async () => {
    const headers = ['cookie', 'a=1; jar=other', 'x-key', KEY];
    expect((await ask('', { target: '/both', key: KEY, headers })).code).toBe('AUTHN_KEY_UNKNOWN');
    expect((await ask('', { target: '/both', key: KEY, headers: ['cookie', 'a=1'] })).code).toBe(null);
    expect((await ask('', { target: '/line?k=other', key: KEY })).code).toBe('AUTHN_KEY_UNKNOWN');
  });

  it('says of a body over the limit what becomes of it', async () => {
    const large = { method: 'POST', target: '/texts', body: Buffer.from(JSON.stringify({ name: 'x'.repeat(2000) })) };
    const small = 'requests: { maxBodyBytes: 1KiB }\n';
    const seen = async (policy: string, more: Partial<ImaginedRequest> = {}) =>
      outcomes(await ask(small + policy, { ...large, ...more }));
    const html = { headers: ['Content-Type', 'text/html'] };
    expect(await seen('')).toEqual(['deny BODY_TOO_LARGE']);
    expect(await seen('mode: observe')).toEqual(['observed BODY_TOO_LARGE']);
    expect(await seen('mode: off')).toEqual([]);
    expect(await seen('modes: { body: observe }')).toEqual(['deny BODY_TOO_LARGE']);
    expect(await seen('modes: { body: off }')).toEqual(['deny BODY_TOO_LARGE']);
    expect(await seen('mode: observe', html)).toEqual(['observed BODY_TYPE_UNSUPPORTED']);
    expect(await seen('modes: { body: observe }', html)).toEqual([
      'observed BODY_TYPE_UNSUPPORTED',
      'deny BODY_TOO_LARGE',
    ]);
    expect(await seen('mode: observe', { target: '/nowhere' })).toEqual([
      'observed PATH_UNKNOWN',
      'observed BODY_TOO_LARGE',
    ]);
    expect(await seen('modes: { match: observe }', { target: '/nowhere' })).toEqual([
      'observed PATH_UNKNOWN',
      'deny BODY_TOO_LARGE',
    ]);
  });
});
