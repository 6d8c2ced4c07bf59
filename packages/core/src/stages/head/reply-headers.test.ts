import { describe, expect, it } from 'vitest';
import { compileReplyHeaders, passReplyHeaders } from './reply-headers.ts';
import type { Policy } from '../../policy/policy.ts';

const ruleWith = (...passing: readonly (readonly [string, string])[]) =>
  compileReplyHeaders(
    { upstream: { url: 'http://127.0.0.1:3000' }, securityHeaders: { passing: new Map(passing) } } as unknown as Policy,
    [],
  );
const CLIENT = { clientScheme: 'http', clientHost: 'door.example' } as const;
const RULE = ruleWith(['X-Content-Type-Options', 'nosniff'], ['X-Frame-Options', 'DENY'], ['Referrer-Policy', 'no']);
const ADDED = ['X-Content-Type-Options', 'nosniff', 'X-Frame-Options', 'DENY', 'Referrer-Policy', 'no'];
const pass = (headers: readonly string[], rule = RULE) => passReplyHeaders(rule, [...headers], CLIENT);

describe('passReplyHeaders', () => {
  it('passes what it does not know as it came, and adds the security headers of the policy', () => {
    const sent = ['Content-Type', 'text/plain', 'set-cookie', 'a=b', 'Set-Cookie', 'c=d', 'X-Own', ''];
    expect(pass(sent)).toEqual([...sent, ...ADDED]);
    expect(pass(sent, ruleWith())).toEqual(sent);
    expect(pass([])).toEqual(ADDED);
  });

  it.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Authenticate',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'X-Request-Id',
    'RateLimit',
    'RateLimit-Policy',
    'X-RateLimit-Limit',
    'X-RateLimit-Remaining',
    'X-RateLimit-Reset',
    'Alt-Svc',
    'Access-Control-Allow-Origin',
    'Access-Control-Allow-Credentials',
    'Access-Control-Allow-Methods',
    'Access-Control-Allow-Headers',
    'Access-Control-Expose-Headers',
    'Access-Control-Max-Age',
    'Access-Control-Allow-Private-Network',
  ])('drops %s, in any case', (name) => {
    const rule = ruleWith();
    for (const spelled of [name, name.toLowerCase(), name.toUpperCase()])
      expect(pass(['A', '1', spelled, 'close', 'B', '2'], rule)).toEqual(['A', '1', 'B', '2']);
  });

  it('leaves a security header as the upstream set it, and adds the others', () => {
    expect(pass(['x-frame-options', 'SAMEORIGIN'])).toEqual([
      'x-frame-options',
      'SAMEORIGIN',
      'X-Content-Type-Options',
      'nosniff',
      'Referrer-Policy',
      'no',
    ]);
    const all = ['referrer-policy', 'a', 'X-FRAME-OPTIONS', 'b', 'X-Content-Type-Options', ' NoSniff '];
    expect(pass(all)).toEqual(all);
  });

  it.each(['', 'none', 'xnosniff', 'nosniffx', 'nosniff, nosniff'])(
    'replaces the X-Content-Type-Options %j, which means nothing',
    (value) => {
      expect(pass(['A', '1', 'x-content-type-options', value])).toEqual(['A', '1', ...ADDED]);
    },
  );

  it('leaves X-Content-Type-Options alone where the policy does not add it', () => {
    const sent = ['X-Content-Type-Options', 'none', 'X-Own', 'none'];
    expect(pass(sent, ruleWith(['X-Frame-Options', 'DENY']))).toEqual([...sent, 'X-Frame-Options', 'DENY']);
  });

  it('drops what Connection names, in any case, and no more', () => {
    expect(pass(['X-One', '1', 'Connection', 'Close, X-ONE ,x-two', 'X-Two', '2', 'X-Three', '3'], ruleWith())).toEqual(
      ['X-Three', '3'],
    );
    for (const value of ['close', 'Close', 'CLOSE'])
      expect(pass(['Connection', value, 'Close', '1'], ruleWith())).toEqual(['Close', '1']);
  });

  it('exchanges what names the upstream, in any spelling of the name, also where the policy adds a header of that name', () => {
    const rule = ruleWith(['Link', '</docs>; rel="help"'], ['Refresh', '5']);
    for (const name of ['Location', 'LOCATION', 'content-location'])
      expect(pass([name, 'http://127.0.0.1:3000/a', 'Link', '<http://127.0.0.1:3000/b>'], rule)).toEqual([
        name,
        '/a',
        'Link',
        '</b>',
        'Refresh',
        '5',
      ]);
    expect(pass(['X-Own', 'http://127.0.0.1:3000/a'], ruleWith())).toEqual(['X-Own', 'http://127.0.0.1:3000/a']);
  });

  it('treats a name alike however often and in how many spellings it comes', () => {
    const rule = ruleWith(['X-Frame-Options', 'DENY']);
    for (let count = 0; count < 300; count++)
      expect(pass([`X-${count}`, '1', 'Alt-Svc', '2'], rule)).toEqual([`X-${count}`, '1', 'X-Frame-Options', 'DENY']);
    expect(pass(['x-FRAME-options', '1', 'ALT-svc', '2'], rule)).toEqual(['x-FRAME-options', '1']);
    expect(rule.places.size).toBe(256);
    const long = 'x'.repeat(65);
    const fresh = ruleWith();
    expect(pass([long, '1'], fresh)).toEqual([long, '1']);
    expect(fresh.places.size).toBe(0);
  });
});
