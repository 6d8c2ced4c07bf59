import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Exchange } from '../../exchange.ts';
import { ANONYMOUS, type Principal } from '../../principal.ts';
import { FORWARDING_HEADERS, HOP_BY_HOP_HEADERS, IDENTITY_HEADERS, OVERRIDE_HEADERS } from './reserved-headers.ts';
import { compileUpstreamHeaders, upstreamHeaders, type UpstreamHeaderOptions } from './upstream-headers.ts';

const OPTIONS: UpstreamHeaderOptions = {
  upstreamHost: 'up:3000',
  preserveHost: false,
  principalHeaders: { subject: 'X-User', issuer: null, scopes: 'X-Scopes', roles: 'X-Roles' },
  internalHeaders: ['X-Internal'],
};
const OWN = [
  'X-Forwarded-For',
  '198.51.100.1',
  'X-Forwarded-Proto',
  'https',
  'X-Forwarded-Host',
  'api.example',
  'X-Request-Id',
  'r1',
];

const exchangeOf = (raw: readonly string[]): Exchange => {
  const exchange = new Exchange('r1', 0, 'GET', '/', raw, '10.0.0.1', true);
  exchange.clientAddress = '198.51.100.1';
  exchange.clientHost = 'api.example';
  exchange.headers.host = 'api.example';
  return exchange;
};
const send = (
  raw: readonly string[],
  change: (exchange: Exchange) => void = () => undefined,
  options = OPTIONS,
): string[] => {
  const exchange = exchangeOf(raw);
  change(exchange);
  return upstreamHeaders(exchange, { upstream: compileUpstreamHeaders(options) });
};

describe('upstreamHeaders', () => {
  it('passes what it does not know in order and spelling, behind Host and before its own', () => {
    expect(send(['Host', 'api.example', 'X-b', '1', 'ACCEPT', 'a', 'X-b', '2'])).toEqual([
      'Host',
      'up:3000',
      'X-b',
      '1',
      'ACCEPT',
      'a',
      'X-b',
      '2',
      ...OWN,
    ]);
  });

  it("sends the client's Host where it is to be preserved", () => {
    expect(send(['Host', 'api.example'], undefined, { ...OPTIONS, preserveHost: true }).slice(0, 2)).toEqual([
      'Host',
      'api.example',
    ]);
  });

  it.each([
    ...HOP_BY_HOP_HEADERS,
    ...OVERRIDE_HEADERS,
    ...FORWARDING_HEADERS,
    ...IDENTITY_HEADERS,
    'X-Forwarded-Anything',
    'X-Internal',
    'X-User',
    'x-scopes',
    'X-ROLES',
    'X-Request-Id',
    'Traceparent',
  ])("drops a client's %s", (name) => {
    expect(send([name, 'forged', name.toUpperCase(), 'forged'])).toEqual(['Host', 'up:3000', ...OWN]);
  });

  it('drops what Connection names, wherever it stands', () => {
    expect(send(['X-Hop', '1', 'Connection', 'close, x-hop', 'X-End', '2'])).toEqual([
      'Host',
      'up:3000',
      'X-End',
      '2',
      ...OWN,
    ]);
  });

  it('drops credentials: whole headers, and only the named cookies', () => {
    const raw = [
      'Authorization',
      'Bearer t',
      'X-API-Key',
      'k',
      'Cookie',
      'a=1; session=s; b="2"; session=t; SESSION=u; session',
    ];
    const sent = send(raw, (exchange) => {
      exchange.credentialHeaders = ['authorization', 'X-Api-Key'];
      exchange.credentialCookies = ['session'];
    });
    expect(sent).toEqual(['Host', 'up:3000', 'Cookie', 'a=1; b="2"; SESSION=u', ...OWN]);
  });

  it('drops a Cookie header of which nothing is left', () => {
    expect(send(['Cookie', 'session=s;'], (exchange) => void (exchange.credentialCookies = ['session']))).toEqual([
      'Host',
      'up:3000',
      ...OWN,
    ]);
    expect(send(['Cookie', 'a=b'], (exchange) => void (exchange.rewrittenCookie = ''))).toEqual([
      'Host',
      'up:3000',
      ...OWN,
    ]);
  });

  it('sends the rewritten cookies, without the credentials among them', () => {
    const sent = send(['Cookie', 'a=b; c=d; s=1'], (exchange) => {
      exchange.rewrittenCookie = 'c=d; s=1';
      exchange.credentialCookies = ['s'];
    });
    expect(sent).toContain('c=d');
  });

  it('drops what Connection names, in any case and all of it, and nothing that another header names', () => {
    const raw = [
      'Connection',
      'X-One , close',
      'CONNECTION',
      'x-TWO,',
      'x-one',
      '1',
      'X-Two',
      '2',
      'X-Three',
      'x-four',
    ];
    expect(send([...raw, 'X-Four', '4', 'X-Connected', 'x-three']).slice(2, 8)).toEqual([
      'X-Three',
      'x-four',
      'X-Four',
      '4',
      'X-Connected',
      'x-three',
    ]);
    expect(send(['Connection', 'close', 'Close', '1', 'Keep-Alive2', '2']).slice(2, 6)).toEqual([
      'Close',
      '1',
      'Keep-Alive2',
      '2',
    ]);
  });

  it('takes credentials and its own cookies out of Cookie, and out of nothing else', () => {
    const cookies = (value: string) =>
      send(['Cookie', value, 'X-Note', 'own=1; key=2;a'], (exchange) => void (exchange.credentialCookies = ['key']), {
        ...OPTIONS,
        ownCookies: ['own'],
      }).slice(2, -OWN.length);
    const note = ['X-Note', 'own=1; key=2;a'];
    expect(cookies('a=b; own=1; key=2; c=d=own')).toEqual(['Cookie', 'a=b; c=d=own', ...note]);
    expect(cookies('key =2;own\t=1;key;; Own=1')).toEqual(['Cookie', 'Own=1', ...note]);
    expect(cookies('key=a=b; own=c=d; key=2')).toEqual(note);
  });

  it('asks for a body that can be read wherever answers are looked at, and passes what is asked for elsewhere', () => {
    const encodings = (responses: string | null): string[] =>
      send(['Accept-Encoding', 'br', 'X-Own', '1'], (exchange) => {
        const operation = { modes: { responses } } as unknown as NonNullable<Exchange['operation']>;
        exchange.operation = responses === null ? null : operation;
      }).filter((_, index, all) => /^(?:Accept-Encoding|X-Own)$/.test(all[index - 1] ?? ''));
    expect(encodings('enforce')).toEqual(['1', 'identity']);
    expect(encodings('observe')).toEqual(['1', 'identity']);
    expect(encodings('off')).toEqual(['br', '1']);
    expect(encodings(null)).toEqual(['br', '1']);
  });

  it('drops every principal header that a client sends', () => {
    const principalHeaders = { subject: 'X-S', issuer: 'X-I', scopes: 'X-C', roles: 'X-R' };
    const sent = send(['x-s', '1', 'x-i', '2', 'X-C', '3', 'X-R', '4', 'X-T', '5'], undefined, {
      ...OPTIONS,
      principalHeaders,
    });
    expect(sent).toEqual(['Host', 'up:3000', 'X-T', '5', ...OWN]);
    const known: Principal = { ...ANONYMOUS, kind: 'token', subject: 'a', issuer: 'https://id' };
    const told = send([], (exchange) => void (exchange.principal = known), { ...OPTIONS, principalHeaders });
    expect(told.slice(-8)).toEqual(['X-S', 'a', 'X-I', 'https://id', 'X-C', '', 'X-R', '']);
  });

  it('sends tracestate only beside a valid traceparent', () => {
    const raw = ['Tracestate', 'a=b'];
    const valid = (exchange: Exchange) =>
      void (exchange.headers.traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
    const zero = (exchange: Exchange) =>
      void (exchange.headers.traceparent = `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`);
    expect(send(raw, valid)).toContain('Tracestate');
    const later = (exchange: Exchange) =>
      void (exchange.headers.traceparent = `01-${'a'.repeat(32)}-${'b'.repeat(16)}-01-more`);
    expect(send(raw, later)).toContain('Tracestate');
    expect(send(raw, zero)).not.toContain('Tracestate');
    expect(send(raw)).not.toContain('Tracestate');
  });

  it('tells the upstream who is asking in text that can be no other header, value or role', () => {
    const principal: Principal = {
      ...ANONYMOUS,
      kind: 'token',
      subject: 'ü\r\nX: y%,',
      scopes: new Set(['a:b', 'c']),
      roles: ['x', 'y,z'],
    };
    const sent = send([], (exchange) => void (exchange.principal = principal));
    expect(sent.slice(-6)).toEqual(['X-User', '%C3%BC%0D%0AX:%20y%25%2C', 'X-Scopes', 'a:b c', 'X-Roles', 'x,y%2Cz']);
    expect(send([], (exchange) => void (exchange.principal = ANONYMOUS))).toEqual(['Host', 'up:3000', ...OWN]);
    const broken = send([], (exchange) => void (exchange.principal = { ...principal, subject: '\ud800' }));
    expect(broken).toContain('%EF%BF%BD');
  });

  it('a_principal_header_decodes_to_the_subject', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (subject) => {
        const sent = send([], (exchange) => void (exchange.principal = { ...ANONYMOUS, kind: 'user', subject }));
        const value = sent[sent.indexOf('X-User') + 1] ?? '';
        expect(value).toMatch(/^[\x21-\x7e]*$/);
        expect(decodeURIComponent(value)).toBe(subject);
      }),
    );
  });
});
