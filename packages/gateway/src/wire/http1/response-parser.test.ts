import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { corpusPath } from '../../../../core/src/testing/corpora.ts';
import { ResponseParser } from './response-parser.ts';

interface Read {
  readonly heads: { status: number; headers: string[] }[];
  readonly body: string;
  /** Null while the response is not whole. */
  readonly complete: boolean | null;
  readonly problem: string | null;
}

/** Feeds the pieces one after the other, then closes where `closed`. */
function read(pieces: readonly Buffer[], { method = 'GET', closed = false } = {}): Read {
  const heads: Read['heads'] = [];
  let body = '';
  let complete: boolean | null = null;
  const parser = new ResponseParser({
    onHead: (status, headers) => heads.push({ status, headers }),
    onBody: (bytes, start, end) => (body += bytes.toString('latin1', start, end)),
    onComplete: (reusable) => (complete = reusable),
  });
  parser.begin(method);
  let problem: string | null = null;
  // As the socket lends them: in a larger buffer, with old bytes behind.
  for (const piece of pieces)
    problem ??= parser.push(Buffer.concat([piece, Buffer.from('\r\n\r\nHTTP/1.1 200 OK\r\n\r\n')]), piece.length);
  if (problem === null && closed) problem = parser.close();
  return { heads, body, complete, problem };
}

const whole = (text: string): Buffer[] => [Buffer.from(text, 'latin1')];

describe('the response parser', () => {
  it('reads a response with a length and keeps the connection', () => {
    expect(read(whole('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello'))).toEqual({
      heads: [{ status: 200, headers: ['Content-Type', 'text/plain', 'Content-Length', '5'] }],
      body: 'hello',
      complete: true,
      problem: null,
    });
  });

  it('reads chunks, drops extensions and trailers', () => {
    const { body, complete } = read(
      whole('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n'),
    );
    expect([body, complete]).toEqual(['hello!', true]);
  });

  it('reads to the close where nothing says a length, and does not keep the connection', () => {
    expect(read(whole('HTTP/1.1 200 OK\r\n\r\nhello'), { closed: true })).toMatchObject({
      body: 'hello',
      complete: false,
      problem: null,
    });
  });

  it.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
    ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ])('expects no body: %s %j', (method, text) => {
    expect(read(whole(text), { method })).toMatchObject({ body: '', complete: true, problem: null });
  });

  it('does not keep a connection whose upstream says close, or frames by HTTP/1.1 what it says is HTTP/1.0', () => {
    const kept = (line: string, fields: string): boolean | null =>
      read(whole(`HTTP/${line} 200 OK\r\n${fields}\r\n\r\n0\r\n\r\n`)).complete;
    const length = 'Content-Length: 5\r\nConnection:';
    const chunked = 'Transfer-Encoding: chunked\r\nConnection:';
    expect([kept('1.0', `${length} keep-alive`), kept('1.1', `${length} keep-alive`)]).toEqual([true, true]);
    expect([kept('1.0', `${length} keep-alive, close`), kept('1.1', `${length} keep-alive, close`)]).toEqual([
      false,
      false,
    ]);
    expect([kept('1.0', `${chunked} keep-alive`), kept('1.1', `${chunked} keep-alive`)]).toEqual([false, true]);
  });

  it('leaves interim responses out', () => {
    const { heads, body } = read(
      whole(
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
      ),
    );
    expect([heads.map(({ status }) => status), body]).toEqual([[200], 'x']);
  });

  it.each([
    ['close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['bytes behind it', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ])('does not keep the connection after: %s', (_why, text) => {
    expect(read(whole(text))).toMatchObject({ complete: false, problem: null });
  });

  it('never takes bytes behind a response for the answer to the next request', () => {
    const { heads } = read(
      whole('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nX-Poison: 1\r\n\r\n'),
    );
    expect(heads).toHaveLength(1);
  });

  it.each([
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n'],
    ['length and coding', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n'],
    ['a length list', 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n'],
    ['two codings', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['gzip coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\n'],
    ['a folded line', 'HTTP/1.1 200 OK\r\nA: 1\r\n b\r\n\r\n'],
    ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\n'],
    ['a CR in a value', 'HTTP/1.1 200 OK\r\nA: 1\rB: 2\r\n\r\n'],
    ['a NUL in a value', 'HTTP/1.1 200 OK\r\nA: 1\0\r\n\r\n'],
    ['no colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n\r\n'],
    ['an empty name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
    ['another version', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['a short status', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a long status', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a chunk size with a prefix', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n'],
    ['a chunk longer than its size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n'],
    ['a chunk line with a bare LF', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(70_000)}`],
    ['endless interim responses', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(20)],
  ])('refuses %s', (_what, text) => {
    const { problem, heads } = read(whole(text));
    expect(problem).not.toBeNull();
    if (!text.includes('chunked\r\n\r\n')) expect(heads).toEqual([]);
  });

  it.each([
    ['line feeds alone', ['HTTP/1.1 200 OK\nContent-Length: 2\n\n{}'], 'line ends that are not CRLF'],
    ['a line feed alone in a later piece', ['HTTP/1.1 200 OK\r\nA: b', '\nC'], 'line ends that are not CRLF'],
    ['a carriage return alone before a later piece', ['HTTP/1.1 200 OK\r', 'A'], 'line ends that are not CRLF'],
    ['a control character', ['HTTP/1.1 200 OK\r\nA: \x7f'], 'control characters'],
    ['a line feed alone behind an interim response', ['HTTP/1.1 103 A\r\n\r\nHTTP/1.1 200 OK\n'], 'not CRLF'],
    ['a greeting of another protocol', ['SSH-2.0-OpenSSH_9.6\r\n'], 'the status line'],
    ['an alert of TLS', ['\x15\x03\x03\x00\x02\x02\x46'], 'the status line'],
    ['another version', ['HTTP', '/2 200'], 'the status line'],
  ])('refuses as soon as nothing that could come would mend it: %s', (_what, pieces, problem) => {
    expect(read(pieces.flatMap(whole))).toMatchObject({
      heads: [],
      problem: expect.stringContaining(problem) as string,
    });
  });

  it('waits for the rest of what may still become a head', () => {
    const text = 'HTTP/1.1 100 \r\n\r\nHTTP/1.0 200 OK\r\nA: b\r\n\r';
    for (let end = 0; end <= text.length; end++) expect(read(whole(text.slice(0, end))).problem).toBeNull();
  });

  it.each([
    'HTTP/1.1 200 OK\r\nContent-Le',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  ])('says what is missing when the connection closes early: %j', (text) => {
    expect(read(whole(text), { closed: true })).toMatchObject({
      complete: null,
      problem: expect.stringContaining('closed before') as string,
    });
  });

  it('any_cut_gives_the_same: however a response is cut into pieces, it is read alike', () => {
    const body = fc.array(fc.string({ maxLength: 30 }), { maxLength: 4 });
    const response = fc
      .tuple(
        body,
        fc.boolean(),
        fc.array(fc.tuple(fc.constantFrom('X-A', 'Date', 'ETag'), fc.stringMatching(/^[!-~]{0,12}$/)), {
          maxLength: 4,
        }),
      )
      .map(([parts, chunked, headers]) => {
        const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
        const encoded = parts.map((part) => Buffer.from(part));
        return chunked
          ? Buffer.concat([
              Buffer.from(`HTTP/1.1 200 OK\r\n${fields}Transfer-Encoding: chunked\r\n\r\n`),
              ...encoded
                .filter((part) => part.length > 0)
                .flatMap((part) => [Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
              Buffer.from('0\r\n\r\n'),
            ])
          : Buffer.concat([
              Buffer.from(`HTTP/1.1 200 OK\r\n${fields}Content-Length: ${Buffer.concat(encoded).length}\r\n\r\n`),
              ...encoded,
            ]);
      });
    fc.assert(
      fc.property(response, fc.array(fc.nat(400), { maxLength: 12 }), (bytes, cuts) => {
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
        expect(read(pieces)).toEqual(read([bytes]));
        expect(read([bytes])).toMatchObject({ complete: true, problem: null });
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 40 }),
            fc
              .constantFrom(
                'HTTP/1.1 200 OK\r\n',
                'Content-Length: 3\r\n',
                'Transfer-Encoding: chunked\r\n',
                '\r\n',
                '3\r\n',
                'abc',
              )
              .map((text) => new Uint8Array(Buffer.from(text))),
          ),
          { maxLength: 10 },
        ),
        (pieces) => {
          read(
            pieces.map((piece) => Buffer.from(piece)),
            { closed: true },
          );
        },
      ),
      { numRuns: 1000 },
    );
  });

  const cases = corpusPath('http-parser-cases.jsonl');
  it.skipIf(cases === null)('refuses every response that llhttp refuses in its strict mode', () => {
    const rows = readFileSync(cases ?? '', 'utf8')
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { title: string; http: string; error: string | null; meta: { type?: string } },
      );
    for (const row of rows.filter((each) => each.meta.type === 'response' && each.error !== null)) {
      const text = row.http
        .replaceAll('\\\n', '')
        .replaceAll(/(?<!\r)\n/g, '\r\n')
        .replaceAll('\\r', '\r')
        .replaceAll('\\n', '\n')
        .replaceAll('\\t', '\t');
      const { problem, complete } = read(whole(text));
      expect([row.title, problem !== null || complete !== true]).toEqual([row.title, true]);
    }
  });
});
