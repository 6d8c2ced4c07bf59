import { describe, expect, it } from 'vitest';
import { answerOptions, corsHeaders, isPreflight } from './cors.ts';
import { Exchange } from '../../exchange.ts';
import type { CorsPolicy } from '../../policy/policy.ts';

const APP = 'https://app.example';
const POLICY: CorsPolicy = {
  origins: [APP, 'http://localhost:3000'],
  credentials: true,
  requestHeaders: ['x-key', 'content-type'],
  exposedHeaders: ['x-total'],
  maxAgeSeconds: 600,
};
const ANY: CorsPolicy = { ...POLICY, origins: ['*'], credentials: false };

function asking(origin: string | null, requested: string | null = null, method = 'OPTIONS'): Exchange {
  const raw = requested === null ? [] : ['access-control-request-METHOD', requested];
  const exchange = new Exchange('r', 0, method, '/', raw, '192.0.2.1', false);
  exchange.headers.origin = origin;
  return exchange;
}
const answered = (exchange: Exchange, policy: CorsPolicy | null, methods = ['GET', 'POST']): string[] => {
  const { status, headers } = answerOptions(exchange, methods, policy);
  expect(status).toBe(204);
  return headers as string[];
};
const VARY = ['Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'];
const ALLOW = ['Allow', 'GET, POST, OPTIONS'];

describe('isPreflight', () => {
  it('is true of OPTIONS with an origin and a method that is asked for', () => {
    expect(isPreflight(asking(APP, 'POST'))).toBe(true);
    expect(isPreflight(asking(null, 'POST'))).toBe(false);
    expect(isPreflight(asking(APP))).toBe(false);
    expect(isPreflight(asking(APP, 'POST', 'GET'))).toBe(false);
  });
});

describe('answerOptions', () => {
  it('lets a page of an allowed origin do what the document declares and the policy lets it send', () => {
    for (const origin of POLICY.origins)
      expect(answered(asking(origin, 'POST'), POLICY)).toEqual([
        ...ALLOW,
        ...VARY,
        'Access-Control-Allow-Origin',
        origin,
        'Access-Control-Allow-Credentials',
        'true',
        'Access-Control-Allow-Methods',
        'GET, POST, OPTIONS',
        'Access-Control-Allow-Headers',
        'x-key, content-type',
        'Access-Control-Max-Age',
        '600',
      ]);
  });

  it.each([`${APP}.evil.example`, 'http://app.example', 'https://APP.example', 'null', '*', ''])(
    'names nothing to a page of %j',
    (origin) => expect(answered(asking(origin, 'POST'), POLICY)).toEqual([...ALLOW, ...VARY]),
  );

  it('lets any page in without credentials where the policy says so', () => {
    const headers = answered(asking('https://any.example', 'POST'), ANY);
    expect(headers).toContain('*');
    expect(headers).not.toContain('Access-Control-Allow-Credentials');
    expect(answered(asking('https://any.example', 'POST'), { ...ANY, requestHeaders: [] })).not.toContain(
      'Access-Control-Allow-Headers',
    );
  });

  it('says what is declared alone where there is no policy, and OPTIONS once', () => {
    expect(answered(asking(APP, 'POST'), null)).toEqual(ALLOW);
    expect(answered(asking(null), null, ['OPTIONS', 'GET'])).toEqual(['Allow', 'OPTIONS, GET']);
  });

  it('answers what is no preflight like any request', () => {
    expect(answered(asking(APP), POLICY)).toEqual([...ALLOW, ...corsHeaders(asking(APP), POLICY)]);
  });
});

describe('corsHeaders', () => {
  const shared = ['Vary', 'Origin'];
  it.each<readonly [string | null, CorsPolicy | null, readonly string[]]>([
    [APP, null, []],
    [
      APP,
      POLICY,
      [
        ...shared,
        'Access-Control-Allow-Origin',
        APP,
        'Access-Control-Allow-Credentials',
        'true',
        'Access-Control-Expose-Headers',
        'x-total',
      ],
    ],
    [APP, { ...POLICY, credentials: false, exposedHeaders: [] }, [...shared, 'Access-Control-Allow-Origin', APP]],
    ['https://evil.example', POLICY, shared],
    ['null', POLICY, shared],
    [null, POLICY, shared],
    ['https://any.example', ANY, ['Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', 'x-total']],
    [null, ANY, []],
  ])('for a page of %j with %j', (origin, policy, headers) => {
    expect(corsHeaders(asking(origin, null, 'GET'), policy)).toEqual(headers);
  });
});
