import fc from 'fast-check';
import { expect, it } from 'vitest';
import { OutgoingBytes } from './outgoing-bytes.ts';
import { writeRequestHead } from './request-head.ts';
import type { UpstreamRequest } from '../upstream-port.ts';

function head(changes: Partial<UpstreamRequest>): string {
  const out = new OutgoingBytes();
  out.addText('before ');
  const request = {
    method: 'GET',
    path: '/',
    headers: ['Host', 'a'],
    body: null,
    length: null,
    firstByteTimeoutMs: 1,
    idleTimeoutMs: 1,
    ...changes,
  };
  try {
    writeRequestHead(request, out);
  } catch (error) {
    // Nothing of what cannot be written is left.
    expect(out.length).toBe('before '.length);
    throw error;
  }
  return Buffer.from(out.view()).toString('latin1').slice('before '.length);
}

it('writes request line, headers in their order, and the frame', () => {
  expect(head({ path: '/a?b=\xe9', headers: ['Host', 'a', 'x-b', '\t1 \xff', 'X-B', ''] })).toBe(
    'GET /a?b=\xe9 HTTP/1.1\r\nHost: a\r\nx-b: \t1 \xff\r\nX-B: \r\n\r\n',
  );
  expect(head({ method: 'POST', headers: [], body: Buffer.from('ab') })).toBe(
    'POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n',
  );
  expect(head({ method: 'DELETE', headers: [] })).toBe('DELETE / HTTP/1.1\r\nContent-Length: 0\r\n\r\n');
});

// Written as latin1, U+010D U+010A is CRLF.
const BREAKING = ['\r\n', '\r', '\n', '\0', '\u010d\u010a', '\u{1f60a}', '\x7f'];

it.each(BREAKING)('throws for %j in a header, a method or a path', (breaking) => {
  expect(() => head({ headers: ['X-A', `1${breaking}X-Injected: 1`] })).toThrow(TypeError);
  expect(() => head({ headers: [`X-A${breaking}`, '1'] })).toThrow(TypeError);
  expect(() => head({ method: `GET${breaking}` })).toThrow(TypeError);
  expect(() => head({ path: `/${breaking}` })).toThrow(TypeError);
});

it('throws for a space in a method or a path, and for none of them', () => {
  for (const changes of [{ method: 'GET /' }, { path: '/ HTTP/1.0' }, { method: '' }, { path: '' }])
    expect(() => head(changes)).toThrow(TypeError);
});

it('law: what is written in latin1 is one head, of as many lines as it has headers', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ':', ' ', '\t', '\r', '\n', '\u010d', '\u010a', '\xe9') });
  fc.assert(
    fc.property(text, text, text, text, (method, path, name, value) => {
      let rendered: string;
      try {
        rendered = head({ method, path, headers: [name, value], body: Buffer.alloc(0) });
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
        return;
      }
      const written = Buffer.from(rendered, 'latin1').toString('latin1');
      expect(written.split(/[\r\n]/)).toHaveLength(9);
      expect(written).toBe(`${method} ${path} HTTP/1.1\r\n${name}: ${value}\r\nContent-Length: 0\r\n\r\n`);
    }),
  );
});
