import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../json/json-value.ts';
import type { Encoding } from '../../openapi/model.ts';
import { parseMultipart } from './multipart-parser.ts';
import { Undecodable } from './undecodable.ts';
import { BodyCheck } from './body-check.ts';
import { BOUNDS, mediaOf } from './testing/fixtures.ts';
import { createPlainSchemas } from './testing/plain-schemas.ts';
import type { UndeclaredMembers } from '../../schema/schema-compiler.ts';

const encoding = (contentType: string): Encoding => ({
  contentType,
  style: null,
  explode: null,
  allowReserved: false,
  headers: new Map(),
});

const SCHEMA = {
  type: 'object',
  properties: {
    n: { type: 'integer' },
    file: { type: 'string', format: 'binary', maxLength: 8 },
    picture: { type: 'string', format: 'binary' },
    tags: { type: 'array', items: { type: 'string' } },
    meta: { type: 'object', properties: { x: { type: 'integer' } } },
  },
  required: ['n'],
} as const;

interface Options {
  readonly range?: string;
  readonly schema?: JsonValue;
  readonly undeclared?: UndeclaredMembers;
  readonly type?: string;
}

function check(body: string, options: Options = {}): string {
  const { range = 'multipart/form-data', schema = SCHEMA as JsonValue, undeclared = 'as-declared' } = options;
  const type = options.type ?? `${range}; boundary=b`;
  const bodies = new BodyCheck(
    [mediaOf(range, schema, { encoding: new Map([['picture', encoding('image/png, image/jpeg')]]) })],
    {
      direction: 'request',
      undeclared,
      bounds: BOUNDS,
      maxItemBytes: 1000,
      schemas: createPlainSchemas(),
      document: { resolveSchema: () => null },
    },
  );
  const selected = bodies.select(type);
  if (typeof selected === 'string') return selected;
  const result = selected.check.whole?.(Buffer.from(body, 'latin1'), selected.type);
  if (result === undefined) return 'unchecked';
  if (!result.ok) return `${result.code} ${result.errors[0]?.pointer} ${result.errors[0]?.keyword}`;
  return Buffer.from(result.bytes).toString('latin1') === body
    ? 'pass'
    : `pass ${JSON.stringify(Buffer.from(result.bytes).toString('latin1'))}`;
}

const part = (name: string, content: string, headers = '') =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n${headers}\r\n${content}\r\n`;
const file = (name: string, filename: string, content: string, headers = '') =>
  `--b\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\n${headers}\r\n${content}\r\n`;
const END = '--b--\r\n';
const N = part('n', '1');

describe('multipart', () => {
  it('reads parts by their types', () => {
    expect(check(N + END)).toBe('pass');
    expect(check(`${N}--b--`)).toBe('pass');
    expect(check(part('n', 'x') + END)).toBe('BODY_INVALID /n type');
    expect(check(part('tags', 'x') + part('tags', 'y') + N + END)).toBe('pass');
    expect(check(part('tags', 'x') + END)).toBe('BODY_INVALID  required');
    expect(check(N + part('meta', '{"x":1}', 'Content-Type: application/json\r\n') + END)).toBe('pass');
    expect(check(N + part('meta', '{"x":"y"}', 'Content-Type: application/json\r\n') + END)).toBe(
      'BODY_INVALID /meta/x type',
    );
    expect(check(N + part('meta', '{"x":1,"x":2}', 'Content-Type: application/json\r\n') + END)).toBe(
      'BODY_MALFORMED /meta duplicate',
    );
    expect(check(N + part('meta', '<x/>', 'Content-Type: application/xml\r\n') + END)).toBe(
      'BODY_INVALID /meta contentType',
    );
    expect(check(N + part('tags', '\xff') + END)).toBe('BODY_MALFORMED /tags utf8');
  });

  it('counts the bytes of files and does not look into them', () => {
    expect(
      check(N + file('file', 'a.bin', '\xff\x00\xfe--c', 'Content-Type: application/octet-stream\r\n') + END),
    ).toBe('pass');
    expect(check(N + file('file', 'a.bin', '123456789') + END)).toBe('BODY_INVALID /file maxLength');
    expect(check(N + file('picture', 'a.png', 'x', 'Content-Type: image/png\r\n') + END)).toBe('pass');
    expect(check(N + file('picture', 'a.svg', 'x', 'Content-Type: image/svg+xml\r\n') + END)).toBe(
      'BODY_INVALID /picture contentType',
    );
    expect(check(N + file('picture', 'a.png', 'x') + END)).toBe('BODY_INVALID /picture contentType');
  });

  it('holds a part to the contentMediaType of its schema where no encoding names a type', () => {
    const png = { type: 'string', contentMediaType: 'image/png' };
    const posted = (f: object, type: string): string =>
      check(file('f', 'a', '<b>x</b>', `Content-Type: ${type}\r\n`) + END, {
        schema: { type: 'object', properties: { f, picture: png } } as unknown as JsonValue,
      });
    expect([posted(png, 'image/png'), posted(png, 'text/html')]).toEqual(['pass', 'BODY_INVALID /f contentType']);
    expect(posted({ type: 'array', items: png }, 'text/html')).toBe('BODY_INVALID /f contentType');
    expect(posted({ allOf: [{ type: 'string' }, png] }, 'text/html')).toBe('BODY_INVALID /f contentType');
    const either = { anyOf: [png, { type: 'string', contentMediaType: 'image/gif' }] };
    expect([posted(either, 'image/gif'), posted(either, 'text/html')]).toEqual(['pass', 'BODY_INVALID /f contentType']);
    // An alternative that names no type takes any; what is encoded has the type behind its encoding; `encoding` has the last word.
    expect(posted({ anyOf: [png, { type: 'string' }] }, 'text/html')).toBe('pass');
    expect(posted({ ...png, contentEncoding: 'base64' }, 'text/plain')).toBe('pass');
    expect(
      check(file('picture', 'a', 'x', 'Content-Type: image/jpeg\r\n') + END, {
        schema: { type: 'object', properties: { picture: png } },
      }),
    ).toBe('pass');
  });

  const text = (contentMediaType: string) => ({ type: 'string', contentMediaType });
  const octets = text('application/octet-stream');
  const png = text('image/png');
  const type = (name: string) => `Content-Type: ${name}\r\n`;
  it.each<[string, JsonValue, string, string]>([
    ['any file as octets: a picture', octets, file('f', 'a.png', '\x89PNG', type('image/png')), 'pass'],
    ['any file as octets: a document', octets, file('f', 'a.pdf', '%PDF', type('application/pdf')), 'pass'],
    ['any file as octets: a text', octets, file('f', 'a.txt', 'a', type('text/plain')), 'pass'],
    ['any file as octets: bytes', octets, file('f', 'a', '\xff', type('application/octet-stream')), 'pass'],
    ['any file as octets: without a type', octets, file('f', 'a', '\xff'), 'pass'],
    ['octets that are no file and no text', octets, part('f', '\xff'), 'pass'],
    [
      'a list of any files',
      { type: 'array', items: octets },
      file('f', 'a', '\xff', type('image/png')) + file('f', 'b', 'b', type('text/plain')) + file('f', 'c', 'c'),
      'pass',
    ],
    ['octets or a picture', { anyOf: [png, octets] }, file('f', 'a', 'x', type('text/html')), 'pass'],
    ['a field that is HTML and says nothing', text('text/html'), part('f', '<p>x</p>'), 'pass'],
    ['a field that is CSV and says nothing', text('text/csv'), part('f', 'a,b'), 'pass'],
    ['a field that is JSON and says nothing', text('application/json'), part('f', '{"a":1}'), 'pass'],
    ['JSON that says so', text('application/json'), part('f', '{"a":1}', type('application/json')), 'pass'],
    [
      'JSON of a type of its own that says so',
      { ...text('application/a+json'), minLength: 7, pattern: '^\\{"a' },
      part('f', '{"a":1}', type('application/a+json')) + part('n', 'x'),
      'pass',
    ],
    [
      'JSON of a type of its own, longer than it may be',
      { ...text('application/a+json'), maxLength: 6 },
      part('f', '{"a":1}'),
      'BODY_INVALID /f maxLength',
    ],
    [
      'a list of JSON that says so',
      { type: 'array', items: text('text/json') },
      part('f', '[1]', type('text/json')),
      'pass',
    ],
    [
      'JSON or an object',
      { anyOf: [text('application/json'), { type: 'object' }] },
      part('f', '{"a":1}', type('application/json')),
      'pass',
    ],
    [
      'a list of fields that say nothing',
      { type: 'array', items: text('text/html') },
      part('f', '<p>') + part('f', '<b>'),
      'pass',
    ],
    ['CSV that says so', text('text/csv'), part('f', 'a,b', type('text/csv; charset=utf-8')), 'pass'],
    [
      'CSV that says something else',
      text('text/csv'),
      part('f', 'a,b', type('text/html')),
      'BODY_INVALID /f contentType',
    ],
    ['an empty file input', png, file('f', '', '', type('application/octet-stream')), 'pass'],
    ['a picture of a type nobody told', png, file('f', 'a.png', '\x89PNG', type('application/octet-stream')), 'pass'],
    ['a picture without a type', png, file('f', 'a.png', '\x89PNG'), 'pass'],
    ['a page as a picture', png, file('f', 'a.png', '<b>', type('text/html')), 'BODY_INVALID /f contentType'],
    ['a page as a picture, no file', png, part('f', '<b>', type('TEXT/HTML')), 'BODY_INVALID /f contentType'],
    [
      'a page among pictures',
      { type: 'array', items: png },
      file('f', 'a', 'x', type('image/png')) + file('f', 'b', '<b>', type('text/html')),
      'BODY_INVALID /f contentType',
    ],
  ])('holds what a part says of itself to contentMediaType, and nothing else: %s', (_, f, body, expected) => {
    expect(check(body + END, { schema: { type: 'object', properties: { f } } })).toBe(expected);
  });

  it('refuses a field in a charset in which ASCII is not ASCII, whatever type it states', () => {
    const field = (stated: string): string => part('f', 'x', type(stated));
    const schema = { type: 'object', properties: { f: { type: 'string' } } };
    for (const stated of ['image/png; charset=iso-2022-jp', 'application/xml; charset=utf-16', 'a/b; charset=utf-7'])
      expect(check(field(stated) + END, { schema })).toBe('BODY_INVALID /f contentType');
    for (const stated of ['image/png', 'application/xml; charset=iso-8859-1', 'a/b; charset=UTF-8'])
      expect(check(field(stated) + END, { schema })).toBe('pass');
    expect(check(file('f', 'a', 'x', type('a/b; charset=utf-7')) + END, { schema })).toBe('pass');
  });

  it('holds a part that says nothing to the types of `encoding`, as text', () => {
    const schema = { type: 'object', properties: { picture: png } };
    expect(check(file('picture', 'a.png', 'x') + END, { schema })).toBe('BODY_INVALID /picture contentType');
    expect(check(file('picture', 'a.png', 'x', type('application/octet-stream')) + END, { schema })).toBe(
      'BODY_INVALID /picture contentType',
    );
  });

  it.each(['../x', 'a/b', 'a\\\\b', '..', '.', 'a\x00b', 'a\x1fb', 'x'.repeat(256)])(
    'refuses the file name %j',
    (name) => {
      expect(check(N + file('file', name, 'x') + END)).toMatch(/^BODY_MALFORMED/);
    },
  );

  it.each([
    ['a name twice', part('n', '2') + N + END],
    ['a preamble', `preamble\r\n${N}${END}`],
    ['an epilogue', `${N}${END}x`],
    ['no closing delimiter', N],
    ['another boundary', N.replaceAll('--b', '--c') + END],
    ['blanks after a delimiter', `--b \r\n${N.slice(5)}${END}`],
    ['other bytes where a delimiter line ends', `--bxx${N.slice(5)}${END}`],
    ['other bytes where a later delimiter line ends', `${N}--bxx${part('tags', 'x').slice(5)}${END}`],
    ['a line that begins like the delimiter', part('n', '1\r\n--bb') + END],
    ['bare LF', (N + END).replaceAll('\r\n', '\n')],
    ['a folded header', part('n', '1', 'X: a\r\n b\r\n') + END],
    ['a header twice', part('n', '1', 'Content-Disposition: form-data; name="m"\r\n') + END],
    ['two names', `--b\r\nContent-Disposition: form-data; name="n"; name="m"\r\n\r\n1\r\n${END}`],
    ['an extended file name', `--b\r\nContent-Disposition: form-data; name="n"; filename*=utf-8''x\r\n\r\n1\r\n${END}`],
    ['no disposition', `--b\r\n\r\n1\r\n${END}`],
    ['no name', `--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n${END}`],
    ['another disposition', `--b\r\nContent-Disposition: attachment; name="n"\r\n\r\n1\r\n${END}`],
    ['a wrong length', part('n', '1', 'Content-Length: 2\r\n') + END],
    ['a shared CRLF', `--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n${END}`],
    ['headers of more than 8 KiB', part('n', '1', `X: ${'a'.repeat(9000)}\r\n`) + END],
    ['17 headers', part('n', '1', Array.from({ length: 17 }, (_, index) => `X-${index}: a\r\n`).join('')) + END],
    ['1,001 parts', N + part('tags', 'x').repeat(1000) + END],
    ['__proto__', N + part('__proto__', '1') + END],
  ])('refuses %s', (_, body) => {
    expect(check(body)).toMatch(/^BODY_MALFORMED/);
  });

  it.each([
    ['in the value of another', 'X-A: Content-Disposition: form-data; name="m"'],
    ['in the value of another, with a blank', 'X-A: b content-id : m'],
    ['at the end of the name of another', 'X-Content-ID: m'],
    ['as the type', 'X-Content-Type: m'],
  ])('refuses a part header %s, where Rack finds it', (_, header) => {
    expect(check(part('n', '1', `${header}\r\n`) + END)).toBe('BODY_MALFORMED  syntax');
  });

  it.each([
    ['in a quoted value', '; x="; name=m"'],
    ['in a quoted value behind a blank', '; x="a name=m"'],
    ['in the name of a file', '; filename="a; name=m"'],
    ['in the name of a file behind a blank', '; filename="a name=m.txt"'],
    ['for a file, in a quoted value', '; x="; FILENAME=m"'],
    ['in capitals', '; Name=m'],
    ['in capitals, for a file', '; Filename="m"'],
    ['behind a parameter in capitals', '; X=1'],
    ['in a disposition that is too long', `; x="${'a'.repeat(1536)}"`],
    ['as one of 17 parameters', Array.from({ length: 16 }, (__, index) => `; p${index}=a`).join('')],
  ])('refuses a name %s', (_, more) => {
    const body = `--b\r\nContent-Disposition: form-data; name="n"${more}\r\n\r\n1\r\n`;
    expect(check(body + END)).toMatch(/^BODY_MALFORMED  (?:syntax|keys)$/);
  });

  it('refuses a name behind a colon, one of two pieces, and blanks that make a disposition too long', () => {
    const named = (disposition: string): string =>
      check(`--b\r\nContent-Disposition:${disposition}\r\n\r\n1\r\n${END}`);
    expect(named(' form-data; filename="a:b"; name="file"')).toBe('BODY_MALFORMED  syntax');
    expect(named(' form-data; name="n;m"')).toBe('BODY_MALFORMED  syntax');
    expect(named(`${' '.repeat(1537)}form-data; name="n"`)).toBe('BODY_MALFORMED  syntax');
    expect(named(`${' '.repeat(1000)}form-data; name="n"`)).toBe('pass');
  });

  it('takes the names of files that clients send', () => {
    for (const filename of [
      'a;b.txt',
      'name=x.txt',
      'a:b',
      'a b; c=d.txt',
      'Content-Type.txt',
      'a%22b.txt',
      'x'.repeat(255),
    ])
      expect(check(N + file('file', filename, 'x') + END)).toBe('pass');
    expect(check(N + part('tags', 'x', 'Content-ID: <a@b>\r\nContent-Length: 1\r\n') + END)).toBe('pass');
  });

  it.each([
    ['a no-break space', '\xc2\xa0'],
    ['an ideographic space', '\xe3\x80\x80'],
    ['a byte order mark', '\xef\xbb\xbf'],
    ['a line separator', '\xe2\x80\xa8'],
  ])('takes %s at the ends of a part header for no blank, and SP and HTAB for blanks', (_, blank) => {
    const picture = (type: string): string => check(`${N}${part('picture', 'x', `Content-Type:${type}\r\n`)}${END}`);
    expect(picture(' \timage/png\t ')).toBe('pass');
    expect(picture(` image/png${blank}`)).toBe('BODY_INVALID /picture contentType');
    expect(picture(`${blank}image/png`)).toBe('BODY_INVALID /picture contentType');
    const named = (disposition: string): string =>
      check(`--b\r\nContent-Disposition:${disposition}\r\n\r\n1\r\n${END}`);
    expect(named(`${blank}form-data; name="n"`)).toBe('BODY_MALFORMED  syntax');
    expect(named(` form-data; name="n"${blank}`)).toBe('BODY_MALFORMED  syntax');
  });

  it('refuses nested multiparts and transfer encodings', () => {
    expect(check(part('n', '1', 'Content-Type: multipart/mixed; boundary=c\r\n') + END)).toBe(
      'BODY_INVALID /n contentType',
    );
    expect(check(part('n', 'MQ==', 'Content-Transfer-Encoding: base64\r\n') + END)).toBe('BODY_INVALID /n contentType');
  });

  it.each([
    'multipart/form-data',
    'multipart/form-data; boundary=""',
    `multipart/form-data; boundary=${'b'.repeat(71)}`,
    'multipart/form-data; boundary="b "',
  ])('refuses %s', (type) => {
    expect(check(N + END, { type })).toMatch(/^(?:BODY_MALFORMED|malformed)/);
  });

  it('refuses a boundary that is named twice', () => {
    expect(check(N + END, { type: 'multipart/form-data; boundary=b; boundary=c' })).toBe('malformed');
  });

  it('keeps a part that is required and has no schema', () => {
    const schema = { ...SCHEMA, required: ['n', 'b'] };
    for (const undeclared of ['strip', 'refuse'] as const)
      expect(check(N + part('b', 'x') + END, { schema, undeclared })).toBe('pass');
  });

  it('refuses or strips undeclared parts, and members of JSON parts', () => {
    expect(check(N + part('admin', '1') + END, { undeclared: 'refuse' })).toBe('BODY_INVALID  undeclared');
    expect(check(part('admin', '1') + N + END, { undeclared: 'strip' })).toBe(`pass ${JSON.stringify(N + END)}`);
    const meta = (content: string, more = '') => part('meta', content, `Content-Type: application/json\r\n${more}`);
    expect(check(N + meta('{"x":1,"admin":true}') + END, { undeclared: 'strip' })).toBe(
      `pass ${JSON.stringify(N + meta('{"x":1}') + END)}`,
    );
    expect(check(N + meta('{"x":1,"y":2}', 'Content-Length: 13\r\n') + END, { undeclared: 'strip' })).toBe(
      'BODY_INVALID /meta undeclared',
    );
  });

  it('reads the parts of multipart/mixed as items', () => {
    const mixed = (content: string) => `--b\r\nContent-Type: application/json\r\n\r\n${content}\r\n`;
    const options = {
      range: 'multipart/mixed',
      schema: { type: 'array', items: { type: 'object', required: ['x'] } } as JsonValue,
    };
    expect(check(mixed('{"x":1}') + mixed('{"x":2}') + END, options)).toBe('pass');
    expect(check(mixed('{"x":1}') + mixed('{}') + END, options)).toBe('BODY_INVALID /1 required');
  });

  it('property parse_multipart_never_throws_and_its_parts_lie_in_order', () => {
    const piece = fc.constantFrom(
      '--b',
      '\r\n',
      '--',
      'Content-Disposition: form-data; name="n"',
      'x',
      '\r',
      '\n',
      ':',
      '\x00',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const parts = parseMultipart(Buffer.from(pieces.join(''), 'latin1'), 'b');
        if (parts instanceof Undecodable) return true;
        let at = 0;
        for (const one of parts) {
          if (one.from < at || one.start < one.from || one.end < one.start) return false;
          at = one.end;
        }
        return true;
      }),
      { numRuns: 2000 },
    );
  });

  it('property every_content_comes_back_as_it_was_put_in', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), (contents) => {
        const boundary = 'a-boundary-that-no-content-has';
        const pieces = contents.flatMap((content) => [
          Buffer.from(`--${boundary}\r\nA: b\r\n\r\n`),
          Buffer.from(content),
          Buffer.from('\r\n'),
        ]);
        const body = Buffer.concat([...pieces, Buffer.from(`--${boundary}--`)]);
        const parts = parseMultipart(body, boundary);
        if (parts instanceof Undecodable) return false;
        return (
          parts.length === contents.length &&
          parts.every((one, index) => body.subarray(one.start, one.end).equals(contents[index] as Uint8Array))
        );
      }),
    );
  });
});
