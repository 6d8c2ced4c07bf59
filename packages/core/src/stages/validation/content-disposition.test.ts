import { describe, expect, it } from 'vitest';
import { parseContentDisposition } from './content-disposition.ts';
import { Undecodable } from './undecodable.ts';

const read = (text: string): unknown => {
  const found = parseContentDisposition(text);
  return found instanceof Undecodable ? found.keyword : found;
};
const named = (name: string | null, filename: string | null = null) => ({ kind: 'form-data', name, filename });

describe('parseContentDisposition', () => {
  it.each([
    ['form-data; name=a', named('a')],
    ['Form-Data;name="a b:c"', named('a b:c')],
    ['form-data', named(null)],
    ['form-data; name="a"; filename="b:c.txt"', named('a', 'b:c.txt')],
    ['form-data; filename="b.txt"; name="a"', named('a', 'b.txt')],
    ['form-data; name="names"; filename="filename.txt"', named('names', 'filename.txt')],
    [`form-data; filename="${'f'.repeat(255)}"`, named(null, 'f'.repeat(255))],
    ['form-data; name=a; filename="..."', named('a', '...')],
    ['form-data; name=a; filename=""', named('a', '')],
    [`form-data; name=a${Array.from({ length: 15 }, (_, at) => `; p${at}=1`).join('')}`, named('a')],
  ])('reads %j', (text, expected) => expect(read(text)).toEqual(expected));

  it.each([
    ['', 'syntax'],
    ['; name=a', 'syntax'],
    ['form data; name=a', 'syntax'],
    ['form-data2; name=a', 'syntax'],
    ['form-data; name="a', 'syntax'],
    ['form-data; name', 'syntax'],
    ['form-data;', 'syntax'],
    ["form-data; name*=utf-8''a", 'syntax'],
    ["form-data; name=a; filename*=utf-8''b", 'syntax'],
    ['form-data; name="a\\"b"', 'syntax'],
    ['form-data; name="=?utf-8?Q?role?="', 'syntax'],
    ['form-data; filename="=?utf-8?Q?role?="', 'syntax'],
    ['form-data; Name=a', 'syntax'],
    ['form-data; FILENAME=a', 'syntax'],
    ['form-data; name="a;b"', 'syntax'],
    ['form-data; name="a name=b"', 'syntax'],
    ['form-data; x="; name=role"; name=a', 'syntax'],
    ['form-data; x="; filename*=role"; name=a', 'syntax'],
    ['form-data; filename="a:b"; name="a"', 'syntax'],
    ['form-data; x="a:b"; y=c; name="a"', 'syntax'],
    ['form-data; name=a; name=a', 'duplicate'],
    ['form-data; filename=a; filename=b', 'duplicate'],
    ['form-data; x=a; x=b', 'duplicate'],
    [`form-data; name=a${Array.from({ length: 16 }, (_, at) => `; p${at}=1`).join('')}`, 'keys'],
  ])('refuses %j, of which readers could take two names', (text, keyword) => expect(read(text)).toBe(keyword));

  it.each(['.', '..', '../a', 'a/b', 'C:/a', 'a\u0000', 'a\u007f', 'a\u0085', 'f'.repeat(256)])(
    'refuses the file name %j, which is a path or no name',
    (filename) => expect(read(`form-data; name=a; filename="${filename}"`)).toBe('syntax'),
  );
});
