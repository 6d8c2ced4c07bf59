import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compilePlan,
  createMemoryReader,
  decideRequest,
  Exchange,
  explain,
  loadDocument,
  parsePolicy,
  type Plan,
  type Ports,
} from '@sallyport/core';

/** Laws that hold for the whole plan, whatever is sent. */
const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Laws', version: '1' },
  components: { securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } } },
  paths: {
    '/a': {
      get: {
        operationId: 'a',
        security: [],
        parameters: [{ name: 'n', in: 'query', schema: { type: 'integer', minimum: 0 } }],
        responses: { 200: { description: 'ok' } },
      },
    },
    '/a/{id}': {
      get: {
        operationId: 'aId',
        security: [],
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^[a-z]{1,8}$' } }],
        responses: { 200: { description: 'ok' } },
      },
    },
    '/locked/{id}': {
      get: {
        operationId: 'locked',
        security: [{ key: [] }],
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { 200: { description: 'ok' } },
      },
    },
  },
};
const PORTS: Ports = {
  tokens: new Map(),
  passwords: new Map(),
  apiKeys: new Map([
    ['key', { lookup: () => ({ ok: false as const, code: 'AUTHN_KEY_UNKNOWN' as const, facts: {} }) }],
  ]),
  counters: { take: () => ({ allowed: true, remaining: 1, resetMs: 0, retryAfterMs: 0 }) },
};

function plan(policy: string): Plan {
  const document = loadDocument(createMemoryReader({ 'openapi.json': JSON.stringify(DOCUMENT) }), 'openapi.json');
  const text = `upstream: http://127.0.0.1:1\nauthentication:\n  key: { keys: [{ id: k, sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae }] }\n${policy}`;
  return compilePlan(
    document,
    parsePolicy({ file: 'sallyport.yaml', text }, { environment: () => undefined, readFile: () => '' }),
  );
}

const piece = fc.oneof(
  fc.constantFrom(
    'a',
    'locked',
    '..',
    '.',
    '%2e%2e',
    '%2f',
    '%5c',
    ';x',
    '',
    'A',
    '%61',
    '%c0%ae',
    '%00',
    '%',
    'abc',
    'a b',
    '\u00e9',
    '%C3%A9',
    '?n=1',
    '?n=x',
    '?n=1&n=2',
    '#',
  ),
  fc.string({ maxLength: 6 }),
);
const target = fc.array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('/')}`);
const method = fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'get', 'TRACE', 'PROPFIND', 'X');
const header = fc.tuple(
  fc.constantFrom(
    'X-Key',
    'x-key',
    'X_Key',
    'Authorization',
    'Cookie',
    'X-Other',
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'X-HTTP-Method-Override',
  ),
  fc.string({ maxLength: 12 }),
);
const request = fc.record({
  method,
  target,
  headers: fc.array(header, { maxLength: 4 }).map((pairs) => ['Host', 'api.example', ...pairs.flat()]),
});

const exchangeOf = (sent: { method: string; target: string; headers: string[] }): Exchange =>
  new Exchange('id', 1_700_000_000_000, sent.method, sent.target, sent.headers, '127.0.0.1', false);

describe('laws of the plan', () => {
  const enforced = plan('');
  const observed = plan('mode: observe');
  const locked = plan('modes: { match: observe, parameters: off, limits: off }');

  it('default_deny: what passes is an operation of the document, by its own method, with a canonical path', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        const exchange = exchangeOf(sent);
        const verdict = await decideRequest(enforced, exchange, PORTS);
        if (verdict !== null) return;
        expect(['a', 'aId']).toContain(exchange.operation?.operation.id);
        expect(['GET', 'HEAD']).toContain(exchange.method);
        expect(exchange.path).toMatch(/^\/a(\/[a-z]{1,8})?$/);
        expect(exchange.query ?? '').toMatch(/^(n=\d+)?$/);
      }),
      { numRuns: 3000 },
    );
  });

  it('no_credential_never_passes_a_lock: whatever is sent with an unknown key, a locked operation does not pass', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        const exchange = exchangeOf(sent);
        const verdict = await decideRequest(locked, exchange, PORTS);
        if (exchange.operation?.operation.id === 'locked') expect(verdict).not.toBeNull();
      }),
      { numRuns: 3000 },
    );
  });

  it('observe_never_refuses: beyond a malformed head, an observed plan lets everything on and records what enforcing refuses', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        const strict = await decideRequest(enforced, exchangeOf(sent), PORTS);
        const exchange = exchangeOf(sent);
        const mild = await decideRequest(observed, exchange, PORTS);
        if (strict === null) expect([mild, exchange.observed]).toEqual([null, []]);
        else if ('answer' in strict || strict.stage === 'head') expect(mild).toEqual(strict);
        else {
          expect(mild).toBeNull();
          expect(exchange.observed.map(({ code }) => code)).toContain(strict.code);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('explain_agrees_with_decide: the explanation of a request is its verdict', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (sent) => {
        const verdict = await decideRequest(enforced, exchangeOf(sent), PORTS);
        const explanation = await explain(enforced, PORTS, {
          method: sent.method,
          target: sent.target,
          headers: sent.headers,
          token: null,
          key: null,
          principal: null,
          body: null,
          nowMs: 1_700_000_000_000,
        });
        if (verdict === null) return;
        if ('answer' in verdict) expect(explanation.verdict).toBe('answered');
        else expect(explanation.code).toBe(verdict.code);
      }),
      { numRuns: 1000 },
    );
  });
});
