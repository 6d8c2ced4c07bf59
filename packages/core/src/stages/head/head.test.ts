import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Exchange } from '../../exchange.ts';
import type { ApiDocument } from '../../openapi/model.ts';
import type { Policy } from '../../policy/policy.ts';
import { compileHead, decideHead } from './head.ts';

const DOCUMENT = { securitySchemes: new Map(), operations: [] } as unknown as ApiDocument;
const policyOf = (trustedProxies: string[]): Policy =>
  ({
    trustedProxies,
    upstream: {
      url: 'http://up:3000/base',
      preserveHost: false,
      principalHeaders: { subject: 'X-User', issuer: null, scopes: null, roles: null },
    },
    authentication: new Map(),
  }) as unknown as Policy;
const RULE = compileHead(policyOf(['10.0.0.0/8']), DOCUMENT);

const decide = (
  target: string,
  raw: readonly string[] = ['Host', 'api.example'],
  method = 'GET',
  peer = '203.0.113.1',
  rule = RULE,
) => {
  const exchange = new Exchange('id', 0, method, target, raw, peer, false);
  return { denial: decideHead(rule, exchange), exchange };
};

describe('decideHead', () => {
  it('fills path, query and client of a plain request', () => {
    const { denial, exchange } = decide('/a%41?b=c');
    expect(denial).toBeNull();
    expect(exchange).toMatchObject({
      path: '/aA',
      query: 'b=c',
      clientAddress: '203.0.113.1',
      clientScheme: 'http',
      clientHost: 'api.example',
    });
  });

  it('takes absolute-form where its authority is the Host', () => {
    expect(decide('http://API.example/a?b').exchange).toMatchObject({ path: '/a', query: 'b' });
    expect(decide('HTTPS://api.example').exchange.path).toBe('/');
    expect(decide('http://api.example?x').exchange).toMatchObject({ path: '/', query: 'x' });
  });

  it.each([
    'http://evil/a',
    'http://api.example:80/a',
    'http://u@api.example/a',
    'http://api.example\\@evil/',
    'ftp://api.example/',
    'api.example:443',
    '*',
    '',
    'a/b',
    'http:///a',
    'http://api.example#/a',
    '/a/../b',
    '//api.example/a',
  ])('denies the target %j with PATH_INVALID', (target) => {
    expect(decide(target).denial).toMatchObject({ code: 'PATH_INVALID', stage: 'head' });
  });

  it('passes OPTIONS * and no other method of it', () => {
    expect(decide('*', undefined, 'OPTIONS')).toMatchObject({ denial: null, exchange: { path: '*' } });
    expect(decide('*', undefined, 'GET').denial?.code).toBe('PATH_INVALID');
  });

  it.each(['', 'GE T', 'GET\r\n', 'G\u0000', 'X'.repeat(33)])('denies the method %j', (method) => {
    expect(decide('/', undefined, method).denial?.code).toBe('HTTP_MALFORMED');
  });

  it('denies a bad header before it looks at the path, and says which without its value', () => {
    const { denial } = decide('/../', ['Host', 'a', 'Content-Length', '1', 'Transfer-Encoding', 'chunked']);
    expect(denial).toMatchObject({ code: 'HTTP_MALFORMED', facts: { header: 'content-length' } });
  });

  it('finds the client behind a trusted proxy, over repeated headers', () => {
    const raw = [
      'Host',
      'in',
      'X-Forwarded-For',
      '1.1.1.1',
      'x-forwarded-for',
      '198.51.100.1',
      'X-Forwarded-Proto',
      'https',
      'X-Forwarded-Host',
      'api.example',
    ];
    expect(decide('/', raw, 'GET', '::ffff:10.0.0.1').exchange).toMatchObject({
      clientAddress: '198.51.100.1',
      clientScheme: 'https',
      clientHost: 'api.example',
    });
    expect(decide('/', raw).exchange).toMatchObject({
      clientAddress: '203.0.113.1',
      clientScheme: 'http',
      clientHost: 'in',
    });
  });

  it('takes repeated forwarding headers for one list', () => {
    const raw = ['Host', 'in', 'X-Forwarded-For', '198.51.100.1', 'x-forwarded-for', '10.1.1.1'];
    expect(decide('/', raw, 'GET', '10.0.0.1').exchange.clientAddress).toBe('198.51.100.1');
  });

  it('writes the peer in its one spelling where nobody is trusted, and the scheme that it spoke', () => {
    const exchange = new Exchange('id', 0, 'GET', '/', ['Host', 'a'], '::ffff:203.0.113.1', true);
    expect(decideHead(compileHead(policyOf([]), DOCUMENT), exchange)).toBeNull();
    expect(exchange).toMatchObject({ clientAddress: '203.0.113.1', clientScheme: 'https', clientHost: 'a' });
    expect(decide('/', undefined, 'GET', 'fe80::1%eth0').exchange.clientAddress).toBe('fe80::1');
  });

  describe('of a document', () => {
    const operations = [
      {
        parameters: [
          { in: 'header', name: 'X-Tenant' },
          { in: 'query', name: 'X-Query' },
          { in: 'path', name: 'id', style: 'simple' },
        ],
      },
    ];
    const documentOf = (style: string): ApiDocument =>
      ({
        securitySchemes: new Map([
          ['key', { type: 'apiKey', in: 'header', parameter: 'X-Key' }],
          ['query', { type: 'apiKey', in: 'query', parameter: 'X-Other' }],
          ['token', { type: 'http', scheme: 'bearer' }],
        ]),
        operations: [...operations, { parameters: [{ in: 'path', name: 'id', style }] }],
      }) as unknown as ApiDocument;
    const policy = { ...policyOf([]), policies: { countryHeader: 'X-Country' } } as unknown as Policy;
    const rule = compileHead(policy, documentOf('matrix'));
    const code = (...headers: string[]): string | undefined =>
      decide('/', ['Host', 'a', ...headers], 'GET', undefined, rule).denial?.code;

    it.each(['X-Key', 'X-Tenant', 'X-User', 'X-Country', 'Authorization', 'Cookie', 'Host', 'X-Forwarded-For'])(
      'keeps Connection from dropping %s, and other names from passing for it',
      (name) => {
        expect(code('Connection', `close, ${name}`)).toBe('HTTP_HEADER_INVALID');
        const lookalike = name.includes('-') ? name.replaceAll('-', '_') : null;
        if (lookalike !== null) expect(code(lookalike, 'x')).toBe('HTTP_HEADER_INVALID');
      },
    );

    it.each(['X-Query', 'X-Other', 'X-Elsewhere'])('leaves %s alone, which is the name of no header', (name) => {
      expect(code('Connection', name)).toBeUndefined();
      expect(code(name.replaceAll('-', '_'), 'x')).toBeUndefined();
    });

    it('passes semicolons in paths only where a path parameter is written with them', () => {
      const path = (style: string): string | undefined =>
        decide('/a;id=1', undefined, 'GET', undefined, compileHead(policy, documentOf(style))).denial?.code;
      expect(path('matrix')).toBeUndefined();
      expect(path('label')).toBe('PATH_INVALID');
    });
  });

  it('denies forwarding headers that contradict each other', () => {
    const raw = ['Host', 'a', 'X-Forwarded-For', '198.51.100.1', 'Forwarded', 'for=127.0.0.1'];
    expect(decide('/', raw, 'GET', '10.0.0.1').denial?.code).toBe('HTTP_HEADER_INVALID');
  });

  it('protects the names of principal headers from look-alikes', () => {
    expect(decide('/', ['Host', 'a', 'X_User', 'root']).denial?.code).toBe('HTTP_HEADER_INVALID');
  });

  it('never_throws_and_never_passes_a_path_that_is_not_canonical', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.array(fc.string({ unit: 'binary' })),
        fc.string(),
        fc.string(),
        (target, more, method, peer) => {
          const { denial, exchange } = decide(target, ['Host', 'a', ...more], method, peer);
          if (denial === null) expect(exchange.path).toMatch(/^(?:\*|\/[\x21-\x7e]*)$/);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
