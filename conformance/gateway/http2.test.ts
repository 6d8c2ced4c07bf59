import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../tls/certificates.ts';
import { createClientAuthority, type ClientPair } from '../tls/client-authority.ts';
import { detailOf, SMALL_API, SMALL_POLICY } from './documents.ts';
import { curl, handshake } from '../tls/tls-clients.ts';
import { createTcpUpstream, okAnswer, type TcpUpstream } from './tcp-upstream.ts';
import { openDoor, until, type Door, type DoorOptions } from '../door.ts';
import {
  block,
  code,
  codesOf,
  END_HEADERS,
  END_STREAM,
  ENDS,
  frame,
  FRAME,
  get,
  headers,
  openRaw,
  PADDED,
  PREFACE,
  type Field,
  type RawSession,
} from './http2-frames.ts';

const authority = createTestAuthority();
const clients = createClientAuthority();
const leaf = authority?.issue('127.0.0.1');
const ca = authority?.certificate ?? '';
let door: Door;
let upstream: TcpUpstream | null = null;
const sessions = new Set<ClientHttp2Session>();
afterEach(async () => {
  for (const session of sessions) session.destroy();
  sessions.clear();
  await door.close();
  await upstream?.close();
  upstream = null;
});
afterAll(() => {
  authority?.close();
  clients?.close();
});

async function open(more = '', listen = '', options: Partial<DoorOptions> = {}): Promise<void> {
  door = await openDoor({
    document: SMALL_API,
    policy: `${SMALL_POLICY}listen: { tls: { certificate: cert.pem, key: key.pem }, drainTimeout: 2s${listen} }\n${more}`,
    files: { 'cert.pem': leaf?.certificate ?? '', 'key.pem': leaf?.key ?? '', 'ca.pem': ca },
    ...options,
  });
}

/** An upstream that answers `/slow` when it is told to, and pours out `/download` without an end. */
async function openSlow(policy = ''): Promise<Socket[]> {
  const slow: Socket[] = [];
  upstream = await createTcpUpstream((socket, head) => {
    if (head.startsWith('GET /slow')) slow.push(socket);
    else if (head.startsWith('GET /download')) {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      const chunk = `10000\r\n${'d'.repeat(65_536)}\r\n`;
      const pour = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', pour);
      pour();
    } else if (head.startsWith('GET /fast')) socket.write(okAnswer());
  });
  await open(policy, '', { upstreamUrl: `{ url: '${upstream.url}', idleTimeout: 1s }` });
  return slow;
}

function session(pair?: ClientPair): ClientHttp2Session {
  const one = connect(door.url, { ca, ...(pair === undefined ? {} : { cert: pair.certificate, key: pair.key }) });
  one.on('error', () => undefined);
  sessions.add(one);
  return one;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request of Node's own client. */
function ask(
  on: ClientHttp2Session,
  fields: Record<string, string | string[]>,
  body: Buffer | null = null,
  trailers: Record<string, string> | null = null,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const stream = on.request(fields, { endStream: body === null, waitForTrailers: trailers !== null });
    const chunks: Buffer[] = [];
    let head: IncomingHttpHeaders = {};
    stream.on('response', (got) => (head = got));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
    stream.on('error', reject);
    stream.on('close', () => resolve({ status: Number(head[':status']), headers: head, body: Buffer.concat(chunks) }));
    if (body !== null) stream.end(body);
  });
}

const path = (value: string): Record<string, string> => ({ ':path': value });
const codesOfLog = (): unknown[] => door.log.map((record) => detailOf(record)['code']);

describe.skipIf(authority === null || clients === null)('HTTP/2', () => {
  describe('with real clients', () => {
    it('serves curl, writes the version into the record, and hands the upstream a request of HTTP/1.1', async () => {
      await open();
      const words = ['--http2', '--cacert', `${door.folder}/ca.pem`];
      const read = await curl(`${door.url}/fast`, words);
      expect(read.text).toMatch(/^HTTP\/2 200/);
      expect(read.text).not.toMatch(/^(connection|keep-alive|transfer-encoding):/im);
      const sent = await curl(`${door.url}/items`, [...words, '-H', 'Content-Type: application/json', '-d', '{"a":1}']);
      expect(sent.text).toMatch(/^HTTP\/2 200/);
      const refused = await curl(`${door.url}/items`, [...words, '-H', 'Content-Type: application/json', '-d', '[1]']);
      expect(refused.text).toMatch(/^HTTP\/2 422/);
      expect(door.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /fast', 'POST /items']);
      expect(door.seen[0]?.headers['x-forwarded-host']).toBe(`127.0.0.1:${door.gateway.port}`);
      expect(door.seen[0]?.rawHeaders.filter((name) => name.startsWith(':'))).toEqual([]);
      expect(door.log.map((record) => record['http.version'])).toEqual(['2', '2', '2']);
    });

    it('is a choice: HTTP/1.1 goes on beside it, and `http2: off` refuses who speaks nothing else', async () => {
      await open();
      const words = ['--cacert', `${door.folder}/ca.pem`];
      expect((await curl(`${door.url}/fast`, ['--http1.1', ...words])).text).toMatch(/^HTTP\/1\.1 200/);
      expect((await handshake(door.gateway.port, ['-alpn', 'h2,http/1.1'])).text).toContain('ALPN protocol: h2');
      await door.close();
      await open('', ', http2: off');
      expect((await handshake(door.gateway.port, ['-alpn', 'h2,http/1.1'])).text).toContain('ALPN protocol: http/1.1');
      expect((await handshake(door.gateway.port, ['-alpn', 'h2'])).text).toMatch(/no application protocol/i);
    });

    it('bodies go both ways in any size, HEAD has none, and an empty answer stays empty', async () => {
      const answer = Buffer.alloc(3 << 20, 'd');
      await open('responses: { unchecked: pass }', '', {
        upstream(request, response) {
          if (request.url === '/download')
            response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(answer);
          else if (request.url === '/empty') response.writeHead(204).end();
          else response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"ok":true}');
        },
      });
      const one = session();
      const body = Buffer.alloc(900_000, 'u');
      const type = { 'content-type': 'application/octet-stream' };
      const up = await ask(one, { ':method': 'POST', ':path': '/upload', ...type }, body);
      expect(up.status).toBe(200);
      expect(door.seen[0]?.body.equals(body)).toBe(true);
      expect((await ask(one, path('/download'))).body.equals(answer)).toBe(true);
      const empty = await ask(one, path('/empty'));
      expect([empty.status, empty.body.length]).toEqual([204, 0]);
      const head = await ask(one, { ':method': 'HEAD', ':path': '/fast' });
      expect([head.body.length, head.headers[':status']]).toEqual([0, head.status]);
    });

    it('takes Host from :authority, and drops trailers', async () => {
      await open('responses: { unchecked: pass }');
      const one = session();
      const reply = await ask(
        one,
        {
          ':method': 'POST',
          ':path': '/items',
          ':authority': 'api.example',
          'content-type': 'application/json',
          te: 'trailers',
        },
        Buffer.from('{}'),
        { 'x-late': 'authorization' },
      );
      expect(reply.status).toBe(200);
      const seen = door.seen[0];
      expect(seen?.headers['x-forwarded-host']).toBe('api.example');
      expect(Object.keys(seen?.headers ?? {})).not.toContain('x-late');
      expect(seen?.headers.te).toBeUndefined();
    });

    it('joins the crumbs of a cookie into one header, in their order and wherever they stand', async () => {
      await open('requests: { unknownCookies: pass }\n');
      const raw = await openRaw(door.gateway.port, ca);
      raw.send(
        headers(1, [
          ...get('/fast'),
          ['cookie', 'a=1'],
          ['accept', 'application/json'],
          ['cookie', 'b=2; c=3'],
          ['accept-language', 'de'],
          ['cookie', 'd=4'],
        ]),
        headers(3, [...get('/fast'), ['cookie', 'a=1; b=2; c=3; d=4']]),
      );
      await until(() => door.seen.length === 2);
      raw.socket.destroy();
      const cookies = door.seen.map(({ rawHeaders }) =>
        rawHeaders.filter((_, i) => rawHeaders[i - 1]?.toLowerCase() === 'cookie'),
      );
      expect(cookies).toEqual([['a=1; b=2; c=3; d=4'], ['a=1; b=2; c=3; d=4']]);
      expect(door.seen[0]?.headers).toMatchObject({ accept: 'application/json', 'accept-language': 'de' });
    });

    it('judges a cookie in crumbs as it judges it whole: what is declared is checked, and the rest is stripped', async () => {
      const parameter = (name: string): object => ({ name, in: 'cookie', schema: { type: 'integer' } });
      const paths = {
        '/fast': { get: { ...SMALL_API.paths['/fast'].get, parameters: [parameter('size'), parameter('page')] } },
      };
      await open('', '', { document: { ...SMALL_API, paths } });
      const raw = await openRaw(door.gateway.port, ca);
      const codes: unknown[] = [];
      for (const crumbs of [
        ['size=1', 'other=x', 'page=2'],
        ['size=1', 'page=two'],
        ['size=1; page=two'],
        ['size=1', 'page=2', 'page=3'],
        ['size=1; page=2; page=3'],
      ]) {
        raw.send(headers(2 * codes.length + 1, [...get('/fast'), ...crumbs.map((crumb): Field => ['cookie', crumb])]));
        await until(() => door.log.length > codes.length);
        codes.push(codesOfLog().at(-1));
      }
      raw.socket.destroy();
      expect(door.seen.map((one) => one.headers.cookie)).toEqual(['size=1; page=2']);
      expect(codes).toEqual([undefined, ...Array<string>(4).fill('PARAMETERS_INVALID')]);
    });

    it('a client that asks first sends its body after 100, and not where it is refused', async () => {
      await open();
      const words = ['--http2', '--cacert', `${door.folder}/ca.pem`, '--expect100-timeout', '8'];
      const body = [
        '-H',
        'Expect: 100-continue',
        '-H',
        'Content-Type: application/octet-stream',
        '-d',
        'x'.repeat(2000),
      ];
      const sent = await curl(`${door.url}/upload`, [...words, ...body]);
      expect(sent.text).toMatch(/^HTTP\/2 100[\s\S]*HTTP\/2 200/);
      const refused = await curl(`${door.url}/guarded`, [...words, ...body]);
      expect(refused.text).toMatch(/^HTTP\/2 401/);
      expect(door.seen.length).toBe(1);
    });

    it('the certificate of a client proves who it is, as on HTTP/1.1', async () => {
      const document = {
        openapi: '3.1.0',
        info: { title: 'C', version: '1' },
        components: { securitySchemes: { client: { type: 'mutualTLS' } } },
        paths: {
          '/closed': {
            get: { operationId: 'closed', security: [{ client: [] }], responses: { 200: { description: 'ok' } } },
          },
        },
      };
      door = await openDoor({
        document,
        policy:
          'listen: { tls: { certificate: cert.pem, key: key.pem, clientCertificates: { authorities: clients.pem } } }\nauthentication: { client: { subject: CN, allowed: [known] } }\nresponses: { unchecked: pass }\n',
        files: {
          'cert.pem': leaf?.certificate ?? '',
          'key.pem': leaf?.key ?? '',
          'clients.pem': clients?.certificate ?? '',
        },
        upstream: (_, response) => response.writeHead(200).end(),
      });
      const known = clients?.issue({ subject: '/CN=known' });
      const unknown = clients?.issue({ subject: '/CN=unknown' });
      expect((await ask(session(known), path('/closed'))).status).toBe(200);
      expect((await ask(session(unknown), path('/closed'))).status).toBe(401);
      expect((await ask(session(), path('/closed'))).status).toBe(401);
      expect(door.log.map((record) => record['user.id'] ?? detailOf(record)['code'])).toEqual([
        'known',
        'AUTHN_CERTIFICATE_SUBJECT',
        'AUTHN_CERTIFICATE_MISSING',
      ]);
    });

    it('is counted: by version, and by what becomes of its connections and streams', async () => {
      const slow = await openSlow();
      const metrics = async (): Promise<(sample: string) => number> => {
        const text = await (await fetch(`http://127.0.0.1:${door.gateway.admin?.port}/metrics`)).text();
        return (sample) =>
          Number(
            text
              .split('\n')
              .find((line) => line.startsWith(`${sample} `))
              ?.split(' ')[1] ?? NaN,
          );
      };
      await curl(`${door.url}/fast`, ['--http1.1', '--cacert', `${door.folder}/ca.pem`]);
      const one = session();
      expect((await ask(one, path('/fast'))).status).toBe(200);
      expect((await ask(one, path('/nowhere'))).status).toBe(404);
      const given = one.request(path('/slow'));
      given.on('error', () => undefined);
      await until(() => slow.length === 1);
      given.close(constants.NGHTTP2_CANCEL);
      await until(() => door.log.length === 4);
      let value = await metrics();
      expect(value('sallyport_requests_by_version_total{version="1.1"}')).toBe(1);
      expect(value('sallyport_requests_by_version_total{version="2"}')).toBe(3);
      expect(value('sallyport_http2_sessions')).toBe(1);
      expect(value('sallyport_http2_sessions_total')).toBe(1);
      expect(value('sallyport_http2_streams_total')).toBe(3);
      expect(value('sallyport_http2_resets_total{by="client",code=""}')).toBe(1);

      const raw = await openRaw(door.gateway.port, ca);
      raw.send(frame(FRAME.GOAWAY, 0, 0, Buffer.alloc(8)), headers(2, get('/fast')));
      await raw.closed;
      one.close();
      await new Promise<void>((resolve) => (one.closed && one.destroyed ? resolve() : one.once('close', resolve)));
      await until(() => door.log.length === 5);
      value = await metrics();
      expect(value('sallyport_requests_by_version_total{version="none"}')).toBe(1);
      expect(value('sallyport_http2_sessions_total')).toBe(2);
      expect(value('sallyport_http2_goaways_total{by="client",code=""}')).toBeGreaterThanOrEqual(1);
      expect(value('sallyport_http2_goaways_total{by="door",code="PROTOCOL_ERROR"}')).toBe(1);
    });

    it('99 requests that wait for the upstream do not hold up the hundredth', async () => {
      const slow = await openSlow();
      const one = session();
      const waiting = Array.from({ length: 99 }, () => ask(one, path('/slow')));
      await until(() => slow.length === 99);
      expect((await ask(one, path('/fast'))).status).toBe(200);
      for (const socket of slow) socket.write(okAnswer());
      expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array(99).fill(200));
    });

    it('a client that resets a stream has gone: the call is aborted and the others go on', async () => {
      const slow = await openSlow();
      const one = session();
      const stream = one.request({ ':path': '/slow' });
      stream.on('error', () => undefined);
      await until(() => slow.length === 1);
      stream.close(constants.NGHTTP2_CANCEL);
      await until(() => door.log.length === 1 && slow[0]?.destroyed === true);
      expect(door.log[0]?.['http.response.status_code']).toBe(499);
      expect((await ask(one, path('/fast'))).status).toBe(200);
    });

    it('draining says GOAWAY, answers what has come and then closes', async () => {
      const slow = await openSlow();
      const one = session();
      const waiting = ask(one, path('/slow'));
      await until(() => slow.length === 1);
      let goaway = -1;
      one.on('goaway', (value) => (goaway = value));
      const closed = door.gateway.close();
      await until(() => goaway === 0);
      slow[0]?.write(okAnswer());
      expect((await waiting).status).toBe(200);
      await closed;
      await until(() => one.closed);
    });
  });

  describe('decides as HTTP/1.1 does', () => {
    const json = { 'content-type': 'application/json' };
    const TABLE: readonly (readonly [string, string, Record<string, string>, string | null])[] = [
      ['GET', '/fast', {}, null],
      ['GET', '/fast?a=1', {}, null],
      ['GET', '/nothing', {}, null],
      ['GET', '/fast/../slow', {}, null],
      ['GET', '/%2e%2e/fast', {}, null],
      ['GET', '//fast', {}, null],
      ['GET', '/fast;a=1', {}, null],
      ['DELETE', '/fast', {}, null],
      ['PURGE', '/fast', {}, null],
      ['OPTIONS', '/fast', {}, null],
      ['POST', '/items', json, '{}'],
      ['POST', '/items', json, '[]'],
      ['POST', '/items', json, '{'],
      ['POST', '/items', json, '{"a":1,"a":2}'],
      ['POST', '/items', { 'content-type': 'text/plain' }, '{}'],
      ['POST', '/items', {}, '{}'],
      ['POST', '/items', { ...json, 'content-encoding': 'gzip' }, '{}'],
      ['POST', '/items', json, JSON.stringify({ a: 'x'.repeat(5_000) })],
      ['POST', '/guarded-items', json, '{}'],
      ['POST', '/guarded-items', { ...json, 'x-key': 'wrong' }, '{}'],
      ['POST', '/guarded-items', { ...json, 'x-key': 'right' }, '{}'],
      ['GET', '/fast', { x_forwarded_for: '1.2.3.4' }, null],
      ['GET', '/fast', { content_length: '1' }, null],
      ['GET', '/fast', { expect: 'a-miracle' }, null],
      ['GET', '/fast', { 'x-large': 'l'.repeat(20_000) }, null],
      ['GET', '/fast', { 'x-text': 'caf\xe9' }, null],
    ];

    it('a body that no header announces is one all the same', async () => {
      await open();
      const one = session();
      const post = { ':method': 'POST', ':path': '/items', ...json };
      expect((await ask(one, post, Buffer.from('{"a":1}'))).status).toBe(200);
      expect(door.seen[0]?.body.toString()).toBe('{"a":1}');
      const refused = await ask(one, { ':method': 'DELETE', ':path': '/slow' }, Buffer.from('{}'));
      expect([refused.status, codeIn(refused.body.toString())]).toEqual([400, 'BODY_UNEXPECTED']);
      const empty = await ask(one, post);
      expect([empty.status, codeIn(empty.body.toString())]).toEqual([400, 'BODY_MISSING']);
      expect(door.seen.length).toBe(1);
    });

    it('for each request of a table: the same status and the same code', async () => {
      await open('requests: { maxBodyBytes: 4KiB }');
      const one = session();
      for (const [method, target, fields, body] of TABLE) {
        const first = await new Promise<readonly [number, string | null]>((resolve, reject) => {
          const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
          const request = httpsRequest(
            { host: '127.0.0.1', port: door.gateway.port, ca, method, path: target, headers: { ...fields, ...length } },
            (response) => {
              let text = '';
              response.on('data', (chunk: Buffer) => (text += chunk.toString()));
              response.on('end', () => resolve([response.statusCode ?? 0, codeIn(text)]));
            },
          );
          request.on('error', reject);
          request.end(body ?? undefined);
        });
        const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        const second = await ask(
          one,
          { ':method': method, ':path': target, ...fields, ...length },
          body === null ? null : Buffer.from(body),
        );
        expect([method, target, second.status, codeIn(second.body.toString())]).toEqual([method, target, ...first]);
      }
      expect(new Set(door.log.map((record) => record['http.version']))).toEqual(new Set(['1.1', '2', undefined]));
    });
  });

  describe('what no client sends', () => {
    const base = get('/fast');
    const without = (name: string): Field[] => base.filter(([key]) => key !== name);
    const REFUSED: readonly (readonly [string, readonly Field[], string])[] = [
      ['a line feed in a value', [...base, ['x-a', 'a\nHost: b']], 'HTTP_MALFORMED'],
      [
        'a carriage return and line feed in a value',
        [...base, ['x-a', 'a\r\n\r\nGET /slow HTTP/1.1']],
        'HTTP_MALFORMED',
      ],
      ['NUL in a value', [...base, ['x-a', 'a\0b']], 'HTTP_MALFORMED'],
      ['another control character in a value', [...base, ['x-a', 'a\x01b']], 'HTTP_MALFORMED'],
      ['white space around a value', [...base, ['x-a', ' a']], 'HTTP_MALFORMED'],
      ['a line break in a name', [...base, ['x-a: b\r\nhost', 'a']], 'HTTP_MALFORMED'],
      ['an upper-case name', [...base, ['X-A', 'b']], 'HTTP_MALFORMED'],
      ['an empty name', [...base, ['', 'b']], 'HTTP_MALFORMED'],
      ['a space in a name', [...base, ['x a', 'b']], 'HTTP_MALFORMED'],
      ['a colon in a name', [...base, ['a:b', 'b']], 'HTTP_MALFORMED'],
      ['no method', without(':method'), 'HTTP_MALFORMED'],
      ['no scheme', without(':scheme'), 'HTTP_MALFORMED'],
      ['no path', without(':path'), 'HTTP_MALFORMED'],
      ['neither authority nor Host', without(':authority'), 'HTTP_MALFORMED'],
      ['two methods', [[':method', 'POST'], ...base], 'HTTP_MALFORMED'],
      ['two paths', [...base, [':path', '/slow']], 'HTTP_MALFORMED'],
      ['two authorities', [...base, [':authority', 'b']], 'HTTP_MALFORMED'],
      ['an unknown pseudo-header', [...base, [':client', 'b']], 'HTTP_MALFORMED'],
      ['a pseudo-header behind a header', [...without(':path'), ['x-a', 'b'], [':path', '/fast']], 'HTTP_MALFORMED'],
      ['a pseudo-header of replies', [...base, [':status', '200']], 'HTTP_MALFORMED'],
      ['a scheme that is not https', [[':scheme', 'http'], ...without(':scheme')], 'HTTP_MALFORMED'],
      ['an empty path', [[':path', ''], ...without(':path')], 'HTTP_MALFORMED'],
      ['an absolute path', [[':path', 'https://a/fast'], ...without(':path')], 'HTTP_MALFORMED'],
      ['a second request in the path', [[':path', '/fast HTTP/1.1\r\nx: y'], ...without(':path')], 'HTTP_MALFORMED'],
      [
        'a second request in the method',
        [[':method', 'GET /slow HTTP/1.1\r\nx:'], ...without(':method')],
        'HTTP_MALFORMED',
      ],
      ['a method in lower case', [[':method', 'get'], ...without(':method')], 'HTTP_MALFORMED'],
      ['an asterisk without OPTIONS', [[':path', '*'], ...without(':path')], 'HTTP_MALFORMED'],
      ['Connection', [...base, ['connection', 'close']], 'HTTP_MALFORMED'],
      ['Keep-Alive', [...base, ['keep-alive', 'timeout=5']], 'HTTP_MALFORMED'],
      ['Proxy-Connection', [...base, ['proxy-connection', 'close']], 'HTTP_MALFORMED'],
      ['Transfer-Encoding', [...base, ['transfer-encoding', 'chunked']], 'HTTP_MALFORMED'],
      ['Upgrade', [...base, ['upgrade', 'h2c']], 'HTTP_MALFORMED'],
      ['HTTP2-Settings', [...base, ['http2-settings', 'AAMAAABk']], 'HTTP_MALFORMED'],
      ['TE other than trailers', [...base, ['te', 'gzip']], 'HTTP_MALFORMED'],
      ['a length that is no number', [...base, ['content-length', '+0']], 'HTTP_MALFORMED'],
      ['two lengths', [...base, ['content-length', '0'], ['content-length', '0']], 'HTTP_MALFORMED'],
      ['two Hosts', [...base, ['host', 'a'], ['host', 'a']], 'HTTP_MALFORMED'],
      ['Host beside another authority', [...base, ['host', 'b']], 'HTTP_HOST_INVALID'],
      ['an authority with a user', get('/fast', 'user@a'), 'HTTP_MALFORMED'],
      [
        'CONNECT',
        [
          [':method', 'CONNECT'],
          [':authority', 'a'],
        ],
        'METHOD_UNKNOWN',
      ],
      [
        'CONNECT with a protocol',
        [[':method', 'CONNECT'], [':protocol', 'websocket'], ...without(':method')],
        'HTTP_MALFORMED',
      ],
      [
        'a head that is too large',
        [...base, ...Array.from({ length: 5 }, (): Field => ['x-a', 'a'.repeat(3000)])],
        'HTTP_HEAD_TOO_LARGE',
      ],
      [
        'a head far too large',
        [...base, ...Array.from({ length: 700 }, (): Field => ['a', ''])],
        'HTTP_HEAD_TOO_LARGE',
      ],
    ];

    it.each(REFUSED)('%s is refused and recorded, and the next stream is served', async (_, fields, expected) => {
      await open('requests: { maxHeadBytes: 12KiB }');
      const raw = await openRaw(door.gateway.port, ca);
      raw.send(...split(1, fields), headers(3, base));
      await until(() => door.log.length >= 2 || raw.socket.destroyed);
      expect(codesOfLog()).toContain(expected);
      const answers = raw.got().filter(({ stream }) => stream === 1);
      expect(answers.length).toBeGreaterThan(0);
      expect(answers.some(({ type }) => type === FRAME.RST_STREAM || type === FRAME.HEADERS)).toBe(true);
      await until(() => door.seen.length === 1);
      raw.socket.destroy();
      expect(door.seen.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /fast']);
    });

    it('HEAD that is malformed gets no body, and has none on record', async () => {
      await open();
      const raw = await openRaw(door.gateway.port, ca);
      const malformed: Field = ['x-a', 'a\nb'];
      raw.send(headers(1, [[':method', 'HEAD'], ...without(':method'), malformed]), headers(3, [...base, malformed]));
      const ended = (): unknown[] => raw.got().filter(({ stream, flags }) => stream > 0 && (flags & END_STREAM) !== 0);
      await until(() => ended().length === 2 && door.log.length === 2);
      raw.socket.destroy();
      const told = raw.got().filter(({ type }) => type === FRAME.DATA);
      expect(told.map(({ stream }) => stream)).toEqual([3]);
      expect(door.log.map((record) => record['http.response.body.bytes'])).toEqual([0, told[0]?.payload.length]);
      expect(codesOfLog()).toEqual(['HTTP_MALFORMED', 'HTTP_MALFORMED']);
    });

    it('a Host that says what :authority says is taken once, and one alone stands for it', async () => {
      await open();
      const raw = await openRaw(door.gateway.port, ca);
      raw.send(headers(1, [...base, ['host', 'A']]), headers(3, [...without(':authority'), ['host', 'a']]));
      await until(() => door.log.length === 2);
      raw.socket.destroy();
      expect(
        door.seen.map(({ rawHeaders }) => rawHeaders.filter((name) => name.toLowerCase() === 'host').length),
      ).toEqual([1, 1]);
    });

    const POST: Field[] = [
      [':method', 'POST'],
      [':scheme', 'https'],
      [':path', '/upload'],
      [':authority', 'a'],
      ['content-type', 'application/octet-stream'],
    ];
    it.each([
      ['less data than its length says', '5', [frame(FRAME.DATA, END_STREAM, 1, Buffer.from('abc'))]],
      ['more data than its length says', '2', [frame(FRAME.DATA, END_STREAM, 1, Buffer.from('abc'))]],
      ['data although its length is 0', '0', [frame(FRAME.DATA, END_STREAM, 1, Buffer.from('abc'))]],
    ])('%s: the upstream never gets it whole', async (_, length, frames) => {
      await open();
      const raw = await openRaw(door.gateway.port, ca);
      raw.send(headers(1, [...POST, ['content-length', length]], END_HEADERS), ...frames);
      // The stream is reset, or the connection ended: that is the library's to choose.
      const told = (): number => codesOf(raw.got(), FRAME.RST_STREAM).length + codesOf(raw.got(), FRAME.GOAWAY).length;
      await until(() => told() === 1 && door.log.length === 1);
      raw.socket.destroy();
      expect(codesOfLog()).toEqual(['HTTP_MALFORMED']);
      expect(door.seen.filter(({ body }) => body.length > 0)).toEqual([]);
    });

    it('a body that was reset as if nothing were wrong is not taken for whole', async () => {
      await open();
      const raw = await openRaw(door.gateway.port, ca);
      raw.send(headers(1, POST, END_HEADERS), frame(FRAME.DATA, 0, 1, Buffer.from('abc')));
      raw.send(frame(FRAME.PING, 0, 0, Buffer.alloc(8)));
      await until(() => raw.got().some(({ type }) => type === FRAME.PING));
      raw.send(frame(FRAME.RST_STREAM, 0, 1, code(constants.NGHTTP2_NO_ERROR)), headers(3, base));
      await until(() => door.log.length === 2);
      raw.socket.destroy();
      expect(door.seen.map(({ url }) => url)).toEqual(['/fast']);
    });

    it.each([
      [
        'a frame in the middle of a head',
        [frame(FRAME.HEADERS, 0, 1, block(base)), frame(FRAME.PING, 0, 0, Buffer.alloc(8))],
      ],
      ['a head that is no HPACK', [frame(FRAME.HEADERS, ENDS, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))]],
      ['a stream with an even number', [headers(2, base)]],
      ['a frame larger than was agreed', [frame(FRAME.DATA, 0, 1, Buffer.alloc(20_000))]],
      ['a promise', [frame(5, END_HEADERS, 1, Buffer.from([0, 0, 0, 2]))]],
      ['settings that are none', [frame(FRAME.SETTINGS, 0, 0, Buffer.alloc(5))]],
      ['data on a stream that never was', [frame(FRAME.DATA, 0, 9, Buffer.from('x'))]],
      [
        'a window of more than there is',
        [frame(FRAME.WINDOW_UPDATE, 0, 0, code(0x7fffffff)), frame(FRAME.WINDOW_UPDATE, 0, 0, code(0x7fffffff))],
      ],
    ])('%s ends the connection with GOAWAY, and one record', async (_, frames) => {
      await open();
      const raw = await openRaw(door.gateway.port, ca);
      raw.send(...frames);
      await until(() => door.log.length === 1);
      await raw.closed;
      expect(codesOf(raw.got(), FRAME.GOAWAY)[0]).not.toBe(0);
      expect(codesOfLog()).toEqual(['HTTP_MALFORMED']);
      expect(door.seen).toEqual([]);
    });

    it('no preface: another protocol behind h2 gets nothing and one record', async () => {
      await open();
      const raw = await openRaw(door.gateway.port, ca, false);
      raw.send(Buffer.from('GET /fast HTTP/1.1\r\nHost: a\r\n\r\n'));
      await raw.closed;
      expect(codesOfLog()).toEqual(['HTTP_MALFORMED']);
      expect(door.seen).toEqual([]);
    });
  });

  describe('floods', () => {
    const many = (count: number, make: (index: number) => Buffer): Buffer[] =>
      Array.from({ length: count }, (_, i) => make(i));
    const base = get('/fast');
    const FLOODS: readonly (readonly [string, () => readonly Buffer[]])[] = [
      [
        'streams that are reset at once',
        () =>
          many(600, (i) => Buffer.concat([headers(2 * i + 1, base), frame(FRAME.RST_STREAM, 0, 2 * i + 1, code(8))])),
      ],
      [
        'streams that are reset for their own mistakes',
        () =>
          many(600, (i) =>
            Buffer.concat([
              headers(2 * i + 1, [...base, ['content-length', '5']], END_HEADERS),
              frame(FRAME.DATA, END_STREAM, 2 * i + 1, Buffer.from('abc')),
            ]),
          ),
      ],
      ['malformed heads', () => many(600, (i) => headers(2 * i + 1, [...base, ['X', 'y']]))],
      ['heads with a value that is dropped', () => many(600, (i) => headers(2 * i + 1, [...base, ['x', 'a\nb']]))],
      ['settings', () => many(1_500, () => frame(FRAME.SETTINGS, 0, 0))],
      ['pings', () => many(1_500, () => frame(FRAME.PING, 0, 0, Buffer.alloc(8)))],
      ['priorities', () => many(1_500, () => frame(FRAME.PRIORITY, 0, 1, Buffer.from([0, 0, 0, 0, 1])))],
      ['windows', () => many(1_500, () => frame(FRAME.WINDOW_UPDATE, 0, 0, code(1)))],
      ['frames that nobody knows', () => many(1_500, () => frame(0xee, 0, 0))],
      [
        'data with nothing in it',
        () => [
          headers(1, [[':method', 'POST'], ...base.slice(1)], END_HEADERS),
          ...many(1_500, () => frame(FRAME.DATA, 0, 1)),
        ],
      ],
      [
        'data with nothing in it but padding',
        () => [
          headers(1, [[':method', 'POST'], ...base.slice(1)], END_HEADERS),
          ...many(1_500, () => frame(FRAME.DATA, PADDED, 1, Buffer.from([2, 0, 0]))),
        ],
      ],
      [
        'heads on a stream that has ended',
        () => [
          headers(1, base),
          frame(FRAME.RST_STREAM, 0, 1, code(8)),
          ...many(1_500, () => headers(1, [[':method', 'POST'], ...base.slice(1)])),
        ],
      ],
      [
        'continuations',
        () => [
          frame(FRAME.HEADERS, 0, 1, block(base)),
          ...many(40, () => frame(FRAME.CONTINUATION, 0, 1, block([['a', 'b']]))),
        ],
      ],
      [
        'empty continuations',
        () => [frame(FRAME.HEADERS, 0, 1, block(base)), ...many(40, () => frame(FRAME.CONTINUATION, 0, 1))],
      ],
    ];

    it.each(FLOODS)('%s end with GOAWAY and HTTP2_FLOOD, in one piece or many', async (_, make) => {
      for (const pieces of [1, 30]) {
        await open();
        const raw = await openRaw(door.gateway.port, ca);
        await pour(raw, Buffer.concat([...make()]), pieces);
        await raw.closed;
        expect(codesOfLog().filter((one) => one === 'HTTP2_FLOOD').length).toBe(1);
        expect(door.seen.length).toBeLessThan(250);
        if (pieces === 1) await door.close();
      }
    });

    it('rapid reset over many connections holds no memory and reaches nobody', async () => {
      await openSlow();
      const attack = Buffer.concat(
        many(2_000, (i) =>
          Buffer.concat([headers(2 * i + 1, get('/slow')), frame(FRAME.RST_STREAM, 0, 2 * i + 1, code(8))]),
        ),
      );
      const once = async (): Promise<void> => {
        const raw = await openRaw(door.gateway.port, ca);
        await pour(raw, attack, 3);
        await raw.closed;
      };
      await once();
      const before = process.memoryUsage();
      for (let i = 0; i < 30; i++) await once();
      const after = process.memoryUsage();
      expect(after.external + after.heapUsed - before.external - before.heapUsed).toBeLessThan(64 << 20);
      expect((await ask(session(), path('/fast'))).status).toBe(200);
    });

    it('an honest client that pings, and takes a large answer in small windows, is none', async () => {
      await open('responses: { unchecked: pass }', '', {
        upstream: (_, response) =>
          response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(Buffer.alloc(20 << 20)),
      });
      const one = session();
      for (let i = 0; i < 50; i++) await new Promise<void>((done) => void one.ping(() => done()));
      expect((await ask(one, path('/download'))).body.length).toBe(20 << 20);
      expect(codesOfLog()).toEqual([undefined]);
    });
  });

  describe('slow clients', () => {
    it('a head that never ends gets HTTP_HEAD_TIMEOUT; a connection on which nothing came is closed without a word', async () => {
      await open('requests: { headTimeout: 1s }');
      const [silent, half, unfinished] = await Promise.all([
        openRaw(door.gateway.port, ca, false),
        openRaw(door.gateway.port, ca, false),
        openRaw(door.gateway.port, ca),
      ]);
      half?.send(PREFACE.subarray(0, 10));
      unfinished?.send(frame(FRAME.HEADERS, 0, 1, block(get('/fast'))));
      await Promise.all([silent?.closed, half?.closed, unfinished?.closed]);
      expect(codesOfLog()).toEqual(['HTTP_HEAD_TIMEOUT', 'HTTP_HEAD_TIMEOUT']);
    });

    it('a body that never ends gets 408 on its stream, and the session goes on', async () => {
      await open('requests: { bodyTimeout: 1s }');
      const one = session();
      const stream = one.request({ ':method': 'POST', ':path': '/items', 'content-type': 'application/json' });
      stream.write('{');
      const status = await new Promise((resolve) => stream.on('response', (head) => resolve(head[':status'])));
      expect(status).toBe(408);
      stream.resume();
      expect((await ask(one, path('/fast'))).status).toBe(200);
      expect(codesOfLog()).toEqual(['BODY_TIMEOUT', undefined]);
    });

    it('a client that takes nothing of an answer loses its stream, and the upstream is let go', async () => {
      await openSlow('responses: { unchecked: pass }');
      const one = session();
      const stream = one.request({ ':path': '/download' });
      stream.on('error', () => undefined);
      stream.pause();
      await until(() => door.log.length === 1);
      expect(detailOf(door.log[0])['verdict']).toBe('aborted');
      expect((await ask(one, path('/fast'))).status).toBe(200);
      await until(() => (upstream?.sockets.size ?? 0) <= 1);
    });
  });
});

function codeIn(text: string): string | null {
  return /"code":"([A-Z0-9_]+)"/.exec(text)?.[1] ?? null;
}

/** A head in frames of the size that is agreed on. */
function split(stream: number, fields: readonly Field[]): Buffer[] {
  const whole = block(fields);
  const parts: Buffer[] = [];
  for (let at = 0; at < whole.length; at += 16_000) parts.push(whole.subarray(at, at + 16_000));
  return parts.map((part, i) => {
    const last = i === parts.length - 1 ? END_HEADERS : 0;
    return i === 0
      ? frame(FRAME.HEADERS, END_STREAM | last, stream, part)
      : frame(FRAME.CONTINUATION, last, stream, part);
  });
}

/** Sends in pieces, each when the one before has left, and stops where nobody takes them any more. */
async function pour(raw: RawSession, bytes: Buffer, pieces: number): Promise<void> {
  const size = Math.ceil(bytes.length / pieces);
  for (let at = 0; at < bytes.length && !raw.socket.destroyed; at += size)
    await Promise.race([
      new Promise<void>((done) => void raw.socket.write(bytes.subarray(at, at + size), () => done())),
      raw.closed,
    ]);
}
