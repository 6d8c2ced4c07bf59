import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { canonicalLiteral, canonicalPath, type PathProblem } from './canonical-path.ts';

const path = (target: string): string => {
  const settled = canonicalPath(target);
  return 'path' in settled ? settled.path : `refused: ${settled.problem}`;
};

describe('canonicalPath keeps or normalizes what has one meaning', () => {
  it.each([
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a/', '/a/'],
    ["/~a-b_c.d!$&'()*+,=:@", "/~a-b_c.d!$&'()*+,=:@"],
    ['/%41%7e%2D', '/A~-'],
    ['/%c3%a9', '/%C3%A9'],
    ['/a%20b', '/a%20b'],
    ['/items%3acancel', '/items:cancel'],
    ['/a%2Cb%2bc%3d%26', '/a%2Cb%2Bc%3D%26'],
    ['/a|b[0]{x}^`"<>', '/a%7Cb%5B0%5D%7Bx%7D%5E%60%22%3C%3E'],
    ['/50%25', '/50%25'],
    ['/50%25-off', '/50%25-off'],
    ['/%23%3f', '/%23%3F'],
    ['/a...b/...', '/a...b/...'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a%2eb', '/a.b'],
    ['/wait%E2%80%A6', '/wait%E2%80%A6'],
    ['/%C2%BD', '/%C2%BD'],
    ['/%F0%9F%98%80', '/%F0%9F%98%80'],
  ])('%s becomes %s', (target, expected) => {
    expect(path(target)).toBe(expected);
  });

  it('splits the query at the first question mark and leaves it as it is', () => {
    expect(canonicalPath('/a?b=%2e%2e&c=//?d')).toEqual({ path: '/a', query: 'b=%2e%2e&c=//?d' });
    expect(canonicalPath('/a?')).toEqual({ path: '/a', query: '' });
    expect(canonicalPath('/a')).toEqual({ path: '/a', query: null });
  });
});

describe('canonicalPath refuses what could be read as another path', () => {
  const attacks: [string, PathProblem][] = [
    ['', 'form'],
    ['a', 'form'],
    ['*', 'form'],
    ['http://h/a', 'form'],
    ['/../etc/passwd', 'dot-segment'],
    ['/a/..', 'dot-segment'],
    ['/a/./b', 'dot-segment'],
    ['/.', 'dot-segment'],
    ['/a/%2e%2e/b', 'dot-segment'],
    ['/a/.%2E/b', 'dot-segment'],
    ['/a/%2e', 'dot-segment'],
    ['/a%2fb', 'encoded-slash'],
    ['/a/..%2Fb', 'encoded-slash'],
    ['/a%5Cb', 'encoded-backslash'],
    ['/a\\b', 'character'],
    ['/a%00', 'encoded-control'],
    ['/a%0d%0aX:%20y', 'encoded-control'],
    ['/a%7f', 'encoded-control'],
    ['/a%C2%85', 'encoded-control'],
    ['/a\u0000', 'character'],
    ['/a b', 'character'],
    ['/a\tb', 'character'],
    ['/a#b', 'character'],
    ['/caf\u00e9', 'character'],
    ['/\u{1f600}', 'character'],
    ['/a%', 'escape'],
    ['/a%4', 'escape'],
    ['/a%zz', 'escape'],
    ['/a%u002f', 'escape'],
    ['/%%32%66', 'escape'],
    ['/a%252f', 'double-encoding'],
    ['/a%25%32%66', 'double-encoding'],
    ['/a%25%32f', 'double-encoding'],
    ['/%25u002fa', 'double-encoding'],
    ['/%252e%252e/', 'double-encoding'],
    ['//a', 'empty-segment'],
    ['/a//b', 'empty-segment'],
    ['/a//', 'empty-segment'],
    ['/admin;x=1', 'path-parameter'],
    ['/..;/admin', 'path-parameter'],
    ['/admin%3bx', 'path-parameter'],
    ['/%C0%AF', 'utf-8'],
    ['/%c0%ae%c0%ae/', 'utf-8'],
    ['/%E0%80%AF', 'utf-8'],
    ['/%ED%A0%80', 'utf-8'],
    ['/%F4%90%80%80', 'utf-8'],
    ['/%E9', 'utf-8'],
    ['/%80', 'utf-8'],
    ['/a%EF%BC%8Fb', 'lookalike'],
    ['/%EF%BC%8E%EF%BC%8E/a', 'lookalike'],
    ['/%E2%80%A5/a', 'lookalike'],
    ['/%EF%BC%BCa', 'lookalike'],
    ['/%EF%BC%852f', 'lookalike'],
    ['/a%E2%88%95b', 'lookalike'],
    ['/a%E2%81%84b', 'lookalike'],
    ['/%E2%84%80', 'lookalike'],
    ['/a?b c', 'query'],
    ['/a?b#c', 'query'],
    ['/a?\u00e9', 'query'],
    ['/a?b\r\n', 'query'],
  ];
  it.each(attacks)('%j is refused as %s', (target, problem) => {
    expect(canonicalPath(target)).toEqual({ problem });
  });
});

describe('canonicalPath with path parameters declared', () => {
  it('passes a raw semicolon and still refuses an encoded one and dot segments behind it', () => {
    expect(canonicalPath('/users/;id=5', 'pass')).toEqual({ path: '/users/;id=5', query: null });
    expect(canonicalPath('/users/%3Bid=5', 'pass')).toEqual({ problem: 'path-parameter' });
    expect(canonicalPath('/a/..;x/b', 'pass')).toEqual({ problem: 'dot-segment' });
  });
});

const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2f',
    '%25',
    '%',
    ';',
    '//',
    'a',
    'B',
    '~',
    '%41',
    '%c3%a9',
    '%C0',
    '%00',
    '?',
    '#',
    '|',
    ' ',
    '%EF%BC%8F',
    '%2C',
    ',',
    '%2b',
    '%3A',
  ),
  fc.nat(255).map((byte) => `%${byte.toString(16).padStart(2, '0')}`),
  fc.string({ maxLength: 3 }),
);
const target = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);

describe('laws of canonicalPath', () => {
  it('canonical_path_is_idempotent', () => {
    fc.assert(
      fc.property(target, (raw) => {
        const once = canonicalPath(raw);
        if (!('path' in once)) return;
        expect(canonicalPath(once.path)).toEqual({ path: once.path, query: null });
      }),
      { numRuns: 3000 },
    );
  });

  it('canonical_path_decodes_to_what_was_sent', () => {
    fc.assert(
      fc.property(target, (raw) => {
        const settled = canonicalPath(raw);
        if (!('path' in settled)) return;
        const sent = raw.includes('?') ? raw.slice(0, raw.indexOf('?')) : raw;
        expect(decodeURIComponent(settled.path)).toBe(decodeURIComponent(sent));
      }),
      { numRuns: 3000 },
    );
  });

  it('canonical_path_has_the_segments_that_a_decoder_sees', () => {
    fc.assert(
      fc.property(target, (raw) => {
        const settled = canonicalPath(raw);
        if (!('path' in settled)) return;
        expect(settled.path).toMatch(/^\/[\x21-\x7e]*$/);
        const decoded = decodeURIComponent(settled.path);
        expect(decoded.split('/')).toHaveLength(settled.path.split('/').length);
        expect(new URL(`http://h${settled.path}`).pathname).toBe(settled.path);
        expect(decoded).not.toMatch(/[\\\p{Cc}]/u);
      }),
      { numRuns: 3000 },
    );
  });

  it('canonical_path_never_throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (raw) => void canonicalPath(raw)),
      { numRuns: 2000 },
    );
  });
});

describe('canonicalLiteral', () => {
  it('writes template text as canonical request paths have it', () => {
    expect(canonicalLiteral('plain')).toBe('plain');
    expect(canonicalLiteral('café')).toBe('caf%C3%A9');
    expect(canonicalLiteral('caf%c3%a9')).toBe('caf%C3%A9');
    expect(canonicalLiteral('a b')).toBe('a%20b');
    expect(canonicalLiteral(':cancel')).toBe(':cancel');
    expect(canonicalLiteral('%41')).toBe('A');
    expect(canonicalLiteral('')).toBe('');
  });
});
