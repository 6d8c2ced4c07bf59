import { describe, expect, it } from 'vitest';
import { replyFields } from './reply-fields.ts';

describe('the field lines of a reply', () => {
  it('keep their order and every value, with the status first and names in lower case', () => {
    const headers = ['Set-Cookie', 'a=1', 'X-One', 'x', 'Set-Cookie', 'b=2', 'X-Empty', ''];
    expect(replyFields(204, headers, null)).toEqual([
      ...[':status', '204', 'set-cookie', 'a=1', 'x-one', 'x', 'set-cookie', 'b=2', 'x-empty', ''],
    ]);
  });

  it('leave out what concerns a connection of HTTP/1.1', () => {
    const headers = [
      'Connection',
      'x-one',
      'Transfer-Encoding',
      'chunked',
      'TE',
      'trailers',
      'Upgrade',
      'h2c',
      'A',
      '1',
    ];
    expect(replyFields(200, headers, null)).toEqual([':status', '200', 'a', '1']);
  });

  it('tell one length where it is known, whatever the headers tell', () => {
    expect(replyFields(200, ['Content-Length', '7', 'A', '1'], 3)).toEqual([
      ...[':status', '200', 'a', '1', 'content-length', '3'],
    ]);
    expect(replyFields(200, ['Content-Length', '7'], null)).toEqual([':status', '200', 'content-length', '7']);
  });

  it('refuse what would begin a header of its own', () => {
    for (const [name, value] of [
      ['a', 'b\r\nc: d'],
      ['a', 'č\u010a'],
      ['a b', 'c'],
      ['', 'c'],
    ] as const)
      expect(() => replyFields(200, [name, value], null)).toThrow(TypeError);
  });
});
