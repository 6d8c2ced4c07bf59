import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutMembers, cutTreeOf } from './cut-members.ts';
import { bytesOf, textOf } from './testing/test-document.ts';

const cut = (text: string, ...pointers: string[]): string => textOf(cutMembers(bytesOf(text), cutTreeOf(pointers)));

describe('cutMembers', () => {
  test.each([
    ['the first member', '{ "a" : 1 , "b" : 2 }', ['/a'], '{ "b" : 2 }'],
    ['the last member', '{ "a" : 1 , "b" : 2 }', ['/b'], '{ "a" : 1 }'],
    ['a member in the middle', '{"a":1,"b":2,"c":3}', ['/b'], '{"a":1,"c":3}'],
    ['the only member', '{ "a": 1 }', ['/a'], '{  }'],
    ['all members', '{"a":1,"b":{"c":[1]}}', ['/a', '/b'], '{}'],
    ['a run at the start', '{"a":1,"b":2,"c":3}', ['/a', '/b'], '{"c":3}'],
    ['a run at the end', '{"a":1,"b":2,"c":3}', ['/b', '/c'], '{"a":1}'],
    ['both ends', '{"a":1,"b":2,"c":3}', ['/a', '/c'], '{"b":2}'],
    ['a member inside an array', '[{"a":1},{"a":1,"b":2}]', ['/1/a'], '[{"a":1},{"b":2}]'],
    ['a name written with escapes', '{"\\u0061":1,"b":2}', ['/a'], '{"b":2}'],
    ['a name with a quote and a slash', '{"a\\"/":1,"b":2}', ['/a"~1'], '{"b":2}'],
    ['a name that starts with a byte order mark', '{"\ufeffa":1,"a":2}', ['/\ufeffa'], '{"a":2}'],
    ['a name that stands twice', '{"a":1,"b":2,"a":3}', ['/a'], '{"b":2}'],
    ['a value that looks like structure', '{"a":"},{\\"b\\":[","b":2}', ['/a'], '{"b":2}'],
  ])('cuts %s', (_name, text, pointers, expected) => {
    expect(cut(text, ...pointers)).toBe(expected);
  });

  test('keeps every digit, escape and space of what stays', () => {
    const text = '{ "big":12345678901234567890,\n"one":1.0, "e":1E+2, "s":"\\u00e9\\/", "x":0 }';
    expect(cut(text, '/x')).toBe('{ "big":12345678901234567890,\n"one":1.0, "e":1E+2, "s":"\\u00e9\\/" }');
  });

  test('gives back the very same bytes when nothing is cut', () => {
    const bytes = bytesOf('{"a":1}');
    expect(cutMembers(bytes, cutTreeOf([]))).toBe(bytes);
    expect(cutMembers(bytes, cutTreeOf(['/b', '/a/c', '']))).toBe(bytes);
  });

  test.each(['{"a":1', '{"a"', '{"a":', '{"a":1,"b"', '{"a"1}', '{'])('throws on %s, which is no JSON text', (text) => {
    expect(() => cut(text, '/a')).toThrow(SyntaxError);
  });

  test('cutting_is_deleting: the text parses to the value without the members', () => {
    const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => typeof value === 'object' && value !== null);
    fc.assert(
      fc.property(
        json,
        fc.infiniteStream(fc.boolean()),
        fc.constantFrom(undefined, 1, '\t'),
        (value, coins, indent) => {
          const pointers: string[] = [];
          const without = (node: unknown, pointer: string): unknown => {
            if (Array.isArray(node)) return node.map((item, i) => without(item, `${pointer}/${i}`));
            if (typeof node !== 'object' || node === null) return node;
            const kept: [string, unknown][] = [];
            for (const [name, member] of Object.entries(node)) {
              const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
              if (coins.next().value === true) pointers.push(place);
              else kept.push([name, without(member, place)]);
            }
            return Object.fromEntries(kept);
          };
          const expected = without(value, '');
          expect(JSON.parse(cut(JSON.stringify(value, null, indent), ...pointers))).toEqual(
            JSON.parse(JSON.stringify(expected)),
          );
        },
      ),
      { numRuns: 500 },
    );
  });
});
