import { describe, expect, it } from 'vitest';
import { HeadScan } from './head-scan.ts';
import { doomedHead, readRequestHead } from './request-line.ts';

const HOST = 'Host: a\r\n';
const scan = new HeadScan();
const read = (head: string): ReturnType<typeof readRequestHead> => {
  const bytes = Buffer.from(`rest${head}`, 'latin1');
  expect(scan.scan(bytes, 4, bytes.length)).toBe(bytes.length);
  return readRequestHead(bytes, 4, bytes.length, scan);
};

describe('readRequestHead', () => {
  it('reads method, target, version, headers and frame as they came', () => {
    expect(read('POST /a?b=%20 HTTP/1.1\r\nHost: a\r\nx-Y:  1 \t\r\nContent-Length: 3\r\n\r\n')).toMatchObject({
      method: 'POST',
      target: '/a?b=%20',
      httpVersion: '1.1',
      rawHeaders: ['Host', 'a', 'x-Y', '1', 'Content-Length', '3'],
      framing: { length: 3, chunked: false, close: false },
    });
  });

  it.each([
    ['two spaces before the target', `GET  / HTTP/1.1\r\n${HOST}\r\n`, 'REQUEST_LINE'],
    ['a space in the target', `GET /a b HTTP/1.1\r\n${HOST}\r\n`, 'REQUEST_LINE'],
    ['no target', `GET HTTP/1.1\r\n${HOST}\r\n`, 'REQUEST_LINE'],
    ['a tab for a space', `GET\t/ HTTP/1.1\r\n${HOST}\r\n`, 'REQUEST_LINE'],
    ['a space behind the version', `GET / HTTP/1.1 \r\n${HOST}\r\n`, 'REQUEST_LINE'],

    ['HTTP/2.0', `GET / HTTP/2.0\r\n${HOST}\r\n`, 'VERSION'],
    ['HTTP/1.10', `GET / HTTP/1.10\r\n${HOST}\r\n`, 'REQUEST_LINE'],
    ['lower case', `get / HTTP/1.1\r\n${HOST}\r\n`, 'METHOD'],
    ['a method of 33 characters', `${'A'.repeat(33)} / HTTP/1.1\r\n${HOST}\r\n`, 'METHOD'],
    ['CONNECT', `CONNECT a:1 HTTP/1.1\r\n${HOST}\r\n`, 'CONNECT'],
    ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 'HEADER'],
    ['a folded line', `GET / HTTP/1.1\r\n${HOST}X: 1\r\n 2\r\n\r\n`, 'HEADER'],

    ['a line without a colon', `GET / HTTP/1.1\r\n${HOST}X\r\n\r\n`, 'HEADER'],
    ['two lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 1\r\n\r\n`, 'HEADER'],
    ['a length with a sign', `POST / HTTP/1.1\r\n${HOST}Content-Length: +1\r\n\r\n`, 'HEADER'],
    ['a list of lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 1, 1\r\n\r\n`, 'HEADER'],
    [
      'length and coding',
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      'LENGTH',
    ],
    ['another coding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n`, 'TRANSFER_ENCODING'],
    ['a coding in HTTP/1.0', `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`, 'TRANSFER_ENCODING'],
  ])('refuses %s', (_name, head, code) => expect(read(head)).toMatchObject({ code }));
});

describe('doomedHead', () => {
  const doomed = (text: string, scanned = 0): string | null =>
    doomedHead(Buffer.from(text, 'latin1'), 0, text.length, scanned)?.code ?? null;

  it.each(['G', 'GET', 'GET /', 'GET / HTTP/1.1\r', 'GET / HTTP/1.1\r\nHos'])('waits for the rest of %j', (text) =>
    expect(doomed(text)).toBeNull(),
  );

  it.each([
    ['\x16\x03\x01\x02\x00\x01\x00\x01', 'LINE_END'],
    ['GET / HTTP/1.1\nHost', 'LINE_END'],
    ['GET / HTTP/1.1\rHost', 'LINE_END'],
    [' GET /', 'REQUEST_LINE'],
    ['{"a":1}', 'REQUEST_LINE'],
    ['A'.repeat(40), 'METHOD'],
  ])('sees at once that %j becomes no head', (text, code) => expect(doomed(text)).toBe(code));

  it('sees what was split between two reads', () => expect(doomed('GET / HTTP/1.1\rH', 15)).toBe('LINE_END'));
});
