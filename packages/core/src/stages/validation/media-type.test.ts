import { describe, expect, it } from 'vitest';
import { isInRange, parseMediaRange } from './media-range.ts';
import { parseMediaType, type ParsedMediaType } from './media-type.ts';

const read = (text: string): string | null => {
  const type = parseMediaType(text);
  return type === null ? null : [type.essence, ...[...type.parameters].map((pair) => pair.join('='))].join(' | ');
};

describe('parseMediaType', () => {
  it.each([
    ['text/plain', 'text/plain'],
    ['TEXT/Plain', 'text/plain'],
    ['\ttext/plain \t', 'text/plain'],
    ['text/plain;', 'text/plain'],
    ['text/plain;;', 'text/plain'],
    ['application/vnd.a+json ; Charset=UTF-8', 'application/vnd.a+json | charset=UTF-8'],
    ['multipart/form-data;boundary=a;\tx=1', 'multipart/form-data | boundary=a | x=1'],
    ['multipart/form-data; boundary="a; b=c"', 'multipart/form-data | boundary=a; b=c'],
    ['multipart/form-data; boundary="a\\";b\\\\"; x=1', 'multipart/form-data | boundary=a";b\\ | x=1'],
    ['a/b; c=""', 'a/b | c='],
    ['a/b; c="d=e"', 'a/b | c=d=e'],
  ])('reads %j as %s', (text, expected) => expect(read(text)).toBe(expected));

  it.each([
    '',
    'text',
    'text/',
    '/plain',
    'text/plain/x',
    'text /plain',
    'text/ plain',
    'text\u00a0/plain',
    'text/plain\u00a0',
    'text/plain, text/html',
    'a/b; c',
    'a/b; c=',
    'a/b; =c',
    'a/b; c =d',
    'a/b; c= d',
    'a/b; c=d e',
    'a/b; c="d',
    'a/b; c=d"',
    'a/b; c="d"e',
    'a/b; c="d\\"',
    'a/b; c="\u0000"',
    'a/b; c="\\\u0000"',
    'a/b; c=d; c=d',
    'a/b; c=d; C=e',
    "a/b; c*=utf-8''d",
    'a/b; c*0=d',
  ])('refuses %j, of which readers could make two things', (text) => expect(read(text)).toBeNull());

  it('takes 1,024 characters and not one more', () => {
    const parameter = 'a/b; c=';
    expect(read(parameter + 'd'.repeat(1024 - parameter.length))).toMatch(/^a\/b \| c=d+$/);
    expect(read(parameter + 'd'.repeat(1025 - parameter.length))).toBeNull();
  });

  it('reads alike what it has read before, however much it has read since', () => {
    const first = parseMediaType('text/first');
    for (let count = 0; count < 600; count++) parseMediaType(`text/x-${count}; a=${count % 2 === 0 ? 'b' : '"'}`);
    expect(parseMediaType('text/first')).toEqual(first);
    expect(read('text/x-0; a="')).toBeNull();
    expect(read('text/x-1; a="')).toBeNull();
    expect(read('text/x-2; a=b')).toBe('text/x-2 | a=b');
  });
});

describe('a media range', () => {
  const rank = (text: string): number | null => parseMediaRange(text)?.rank ?? null;

  it('goes before what is less particular', () => {
    const ranks = ['*/*', 'text/*', 'text/*; a=1', 'text/*+json', 'text/x', 'text/x; a=1', 'text/x; a=1; b=2'].map(
      rank,
    );
    expect(ranks).not.toContain(null);
    expect(ranks).toEqual([...new Set(ranks)].toSorted((left, right) => Number(left) - Number(right)));
    expect(rank('*/*+json')).toBe(rank('text/*'));
  });

  it.each(['*/json', '*', 'text/pl*', 'text/*json', 'text/a*b', 'text'])('is none where it is written as %j', (text) =>
    expect(rank(text)).toBeNull(),
  );

  it.each([
    ['text/plain', 'text/plain', true],
    ['text/plain', 'text/html', false],
    ['text/plain', 'image/plain', false],
    ['text/plain', '*/*', true],
    ['text/plain', 'text/*', true],
    ['text/plain', 'image/*', false],
    ['application/a+json', 'application/*+json', true],
    ['application/json', 'application/*+json', false],
    ['application/a+json', 'text/*+json', false],
    ['application/a+json', '*/*+json', true],
    ['application/a+xml', '*/*+json', false],
    ['a/b; c=D', 'a/b; c=d', true],
    ['a/b; c=e', 'a/b; c=d', false],
    ['a/b', 'a/b; c=d', false],
    ['a/b; c=d; e=f', 'a/b; c=d', true],
    ['a/b; charset=latin1', 'a/b; charset=utf-8', true],
    ['a/b', 'a/b; charset=utf-8', true],
  ])('takes %s for %s: %s', (type, range, expected) => {
    expect(isInRange(parseMediaType(type) as ParsedMediaType, parseMediaRange(range)?.range as ParsedMediaType)).toBe(
      expected,
    );
  });
});
