import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Exchange } from '../../exchange.ts';
import { corpusPath } from '../../testing/corpora.ts';
import { headerName } from './header-name.ts';
import { compileHeaderRule, readHeaders } from './read-headers.ts';

const RULE = compileHeaderRule(['X-Tenant', 'X-User']);

const read = (raw: readonly string[], version = '1.1', rule = RULE) => {
  const exchange = new Exchange('id', 0, 'GET', '/', raw, '192.0.2.1', false);
  exchange.httpVersion = version;
  return { problem: readHeaders(exchange, rule), headers: exchange.headers };
};
const code = (...raw: string[]) => read(['Host', 'a', ...raw]).problem?.code ?? null;

describe('readHeaders', () => {
  it('fills the known headers whatever their case, and leaves the others null', () => {
    const { problem, headers } = read([
      'hOST',
      'Api.example:8080',
      'content-TYPE',
      'text/plain',
      'Accept',
      'a/b',
      'accept',
      'c/d',
      'X',
      'y',
      'Content-Length',
      '12',
    ]);
    expect(problem).toBeNull();
    expect(headers).toMatchObject({
      host: 'Api.example:8080',
      contentType: 'text/plain',
      accept: 'a/b, c/d',
      contentLength: '12',
      cookie: null,
      authorization: null,
    });
  });

  it.each([
    'Content-Type',
    'Authorization',
    'Cookie',
    'Origin',
    'traceparent',
    'If-Modified-Since',
    'If-Range',
    'DPoP',
    'Idempotency-Key',
    'Referer',
  ])('refuses a second %s', (name) => {
    expect(code(name, 'a', name.toUpperCase(), 'a')).toBe('HTTP_HEADER_DUPLICATE');
  });

  it('refuses a second Host, and calls a second length malformed', () => {
    expect(code('host', 'a')).toBe('HTTP_HEADER_DUPLICATE');
    expect(code('Content-Length', '1', 'content-length', '1')).toBe('HTTP_MALFORMED');
    expect(code('Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked')).toBe('HTTP_MALFORMED');
  });

  it('passes repeated lists', () => {
    expect(
      code(
        'Via',
        'a',
        'Via',
        'b',
        'X-Forwarded-For',
        '1',
        'X-Forwarded-For',
        '2',
        'If-None-Match',
        '"a"',
        'If-None-Match',
        '"b"',
      ),
    ).toBeNull();
  });

  it.each(['', ' X', 'X ', 'X:', 'X\r\nY', 'X\u0000', 'é', 'X\tY', '(X)'])('refuses the name %j', (name) => {
    expect(code(name, 'v')).toBe('HTTP_HEADER_INVALID');
  });

  it.each(['a\rb', 'a\nb', 'a\r\nX: y', 'a\u0000b', '\u0001', '\u007f', '\u0100'])('refuses the value %j', (value) => {
    expect(code('X', value)).toBe('HTTP_HEADER_INVALID');
  });

  it('passes tabs and obs-text in values', () => {
    expect(code('X', 'a\tb\u00e9\u00ff')).toBeNull();
  });

  it.each([
    '',
    ' ',
    '+1',
    '-1',
    '1_0',
    '0x10',
    '1 ',
    '1,1',
    '1, 1',
    '01',
    '00',
    '1.0',
    '1e3',
    '9007199254740992',
    '99999999999999999999',
    '\u0661',
    '\u00b2',
  ])('refuses the Content-Length %j', (value) => {
    expect(['HTTP_MALFORMED', 'HTTP_HEADER_INVALID']).toContain(code('Content-Length', value));
  });

  it.each(['0', '1', '1234', '9007199254740991'])('passes the Content-Length %s', (value) => {
    expect(code('Content-Length', value)).toBeNull();
  });

  it.each([
    '',
    'gzip',
    'gzip, chunked',
    'chunked, chunked',
    'identity',
    ',chunked',
    'chunked,',
    'xchunked',
    '\u000bchunked',
    '"chunked"',
    'chunked;a=b',
    'chunked identity',
  ])('refuses the Transfer-Encoding %j', (value) => {
    expect(['HTTP_MALFORMED', 'HTTP_HEADER_INVALID']).toContain(code('Transfer-Encoding', value));
  });

  it('refuses a length beside chunked, and chunked in HTTP/1.0', () => {
    expect(code('Transfer-Encoding', 'chunked')).toBeNull();
    expect(code('Transfer-Encoding', 'CHUNKED')).toBeNull();
    expect(code('Transfer-Encoding', 'chunked', 'Content-Length', '1')).toBe('HTTP_MALFORMED');
    expect(read(['Host', 'a', 'Transfer-Encoding', 'chunked'], '1.0').problem?.code).toBe('HTTP_MALFORMED');
  });

  it.each([
    [['Upgrade', 'websocket']],
    [['Upgrade', 'h2c, websocket']],
    [['Connection', 'keep-alive, Upgrade', 'Upgrade', 'TLS/1.0']],
  ])('refuses to switch protocols: %j', (raw) => {
    expect(code(...raw)).toBe('HTTP_UPGRADE_UNSUPPORTED');
  });

  it('keeps the value of every header that something later reads', () => {
    const { headers } = read(
      Object.entries({
        Host: 'a',
        Authorization: 'Bearer t',
        'Content-Encoding': 'gzip',
        Cookie: 'a=b',
        Origin: 'https://app.example',
        Traceparent: '00-a',
        'Transfer-Encoding': 'Chunked',
        Upgrade: 'H2C',
      }).flat(),
    );
    expect(headers).toMatchObject({
      authorization: 'Bearer t',
      contentEncoding: 'gzip',
      cookie: 'a=b',
      origin: 'https://app.example',
      traceparent: '00-a',
      transferEncoding: 'Chunked',
      upgrade: 'H2C',
    });
  });

  it('ignores the offer of h2c, which clients of HTTP/1.1 make beside their request', () => {
    expect(code('Connection', 'Upgrade, HTTP2-Settings', 'Upgrade', 'h2c', 'HTTP2-Settings', 'AAMAAABkAAQ')).toBeNull();
  });

  it('takes 100-continue and no other expectation', () => {
    expect(code('Expect', '100-Continue')).toBeNull();
    expect(code('Expect', '100-continue, x')).toBe('HTTP_EXPECTATION_UNSUPPORTED');
    expect(code('Expect', '')).toBe('HTTP_EXPECTATION_UNSUPPORTED');
  });

  it.each([
    '',
    ' a',
    'a b',
    'a,b',
    'a/b',
    'user@a',
    'a:',
    'a:0',
    'a:65536',
    'a:80:80',
    'a:8o',
    ':80',
    '[::1',
    '[::1]x',
    '[::1]:',
    '[g]',
    '[1.2.3.4]',
    'a?b',
    'a#b',
    'a%00',
    'a\\b',
    "a'b",
    '[fe80::1%25eth0]',
  ])('refuses the Host %j', (host) => {
    expect(read(['Host', host]).problem?.code).toBe('HTTP_HOST_INVALID');
  });

  it.each(['a', 'a.b', 'a_b.c', 'A.B:1', '127.0.0.1:65535', '[::1]', '[2001:db8::1]:8080', 'xn--bcher-kva.example'])(
    'passes the Host %s',
    (host) => {
      expect(read(['Host', host]).problem).toBeNull();
    },
  );

  it('refuses a head without Host, in HTTP/1.0 too', () => {
    expect(read([]).problem?.code).toBe('HTTP_HOST_INVALID');
    expect(read([], '1.0').problem?.code).toBe('HTTP_HOST_INVALID');
  });

  it.each([
    'Content_Length',
    'X_Forwarded_For',
    'x-forwarded_for',
    'X_Forwarded_Anything',
    'Transfer_Encoding',
    'X.Real.IP',
    'X_User',
    'x_tenant',
    'Remote_User',
    'Client_Cert',
  ])('refuses %s where it passes for a name that decides something', (name) => {
    expect(code(name, '1')).toBe('HTTP_HEADER_INVALID');
  });

  it('passes underscores in names that are nobody else, and in a name that is itself declared so', () => {
    expect(code('my_header', '1')).toBeNull();
    const declared = compileHeaderRule(['api_key']);
    expect(read(['Host', 'a', 'api_key', 'k'], '1.1', declared).problem).toBeNull();
    expect(read(['Host', 'a', 'api-key', 'k'], '1.1', declared).problem?.code).toBe('HTTP_HEADER_INVALID');
    expect(read(['Host', 'a', 'api.key', 'k'], '1.1', declared).problem?.code).toBe('HTTP_HEADER_INVALID');
  });

  it.each([
    'authorization',
    'close, Host',
    'content-length',
    'X-Forwarded-For',
    'keep-alive,x-user',
    'cookie',
    'x-real-ip',
    'a b',
    'x@y',
  ])('refuses Connection: %s', (value) => {
    expect(code('Connection', value)).toBe('HTTP_HEADER_INVALID');
  });

  it.each(['keep-alive', 'close', 'Keep-Alive', 'close, TE', '', ' , x-own '])('passes Connection: %j', (value) => {
    expect(code('Connection', value)).toBeNull();
  });

  it('never puts what was sent into a problem', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 8 }), (raw) => {
        const { problem } = read(raw);
        if (problem?.header !== null && problem !== null) expect(headerName(problem.header)).not.toBeNull();
        expect(Object.keys(problem ?? {})).not.toContain('value');
      }),
    );
  });

  it('keeps the cache of names bounded and right when it is full', () => {
    for (let index = 0; index < 2000; index++) expect(headerName(`X-Flood-${index}`)?.lower).toBe(`x-flood-${index}`);
    expect(headerName('CONTENT-LENGTH')).toMatchObject({ lower: 'content-length' });
    expect(code('CoNtEnT-lEnGtH', '1', 'cOnTeNt-LeNgTh', '1')).toBe('HTTP_MALFORMED');
  });
});

const corpus = corpusPath('http-parser-bugs.jsonl');

describe.skipIf(corpus === null)(
  'request smuggling and parser bugs of other servers (skipped without the corpus)',
  () => {
    /** Splits as the most lenient parser would, so that what reaches the core is as bad as can be. */
    const heads = (): { title: string; raw: string[] }[] =>
      readFileSync(corpus ?? '', 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { title: string; section: string; raw: string[] })
        .filter(({ section }) => section === 'Server Bugs')
        .flatMap(({ title, raw }) => raw.map((hex) => ({ title, text: Buffer.from(hex, 'hex').toString('latin1') })))
        .map(({ title, text }) => {
          const lines = (text.split('\r\n\r\n')[0] ?? '').split('\r\n').slice(1);
          const raw = lines.flatMap((line) => {
            const colon = line.indexOf(':');
            return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ +| +$/g, '')];
          });
          return { title, raw };
        });

    it('refuses every one that reaches the core with a bad name, value or length', () => {
      const suspicious = heads().filter(({ raw }) =>
        raw.some((text, index) =>
          index % 2 === 0
            ? !/^[!#$%&'*+\-.^_`|~\w]+$/.test(text)
            : /[^\t -~\u0080-\u00ff]/.test(text) ||
              (/length/i.test(raw[index - 1] ?? '') && !/^\d+$/.test(text)) ||
              (/transfer/i.test(raw[index - 1] ?? '') && !/^chunked$/i.test(text)),
        ),
      );
      expect(suspicious.length).toBeGreaterThan(8);
      for (const { title, raw } of suspicious) expect([title, read(raw).problem === null]).toEqual([title, false]);
    });
  },
);
