import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corpusPath } from '../testing/corpora.ts';
import { parseJson } from './parse-json.ts';
import { scanJson } from './scan-json.ts';

const BOUNDS = { maxDepth: 64, maxKeys: 100_000 };
const utf8 = (text: string) => new TextEncoder().encode(text);
const scan = (text: string, bounds = BOUNDS) => scanJson(utf8(text), bounds);
const keyword = (text: string, bounds = BOUNDS) => scan(text, bounds)?.keyword ?? null;

describe('scanJson', () => {
  it.each([
    ['an empty text', ''],
    ['blanks only', ' \n'],
    ['two values', '1 2'],
    ['a trailing comma in an array', '[1,]'],
    ['a trailing comma in an object', '{"a":1,}'],
    ['a leading zero', '01'],
    ['a minus alone', '-'],
    ['a bare fraction', '.5'],
    ['a fraction without digits', '1.'],
    ['an exponent without digits', '1e+'],
    ['NaN', 'NaN'],
    ['single quotes', "'a'"],
    ['a control character in a string', '"a\nb"'],
    ['a NUL byte in a string', '"a\u0000b"'],
    ['a NUL byte after the value', '1\u0000'],
    ['an unknown escape', '"\\x41"'],
    ['a short unicode escape', '"\\u12"'],
    ['a byte order mark', '\ufeff{}'],
    ['a no-break space as white space', '[1,\u00a02]'],
    ['a form feed as white space', '[1,\f2]'],
    ['a member without value', '{"a"}'],
    ['a name without quotes', '{a:1}'],
    ['a comment', '[1/*x*/]'],
    ['mismatched brackets', '[1}'],
  ])('refuses %s as syntax', (_what, text) => {
    expect(keyword(text)).toBe('syntax');
  });

  it.each([
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['an overlong three-byte form', [0x22, 0xe0, 0x80, 0xaf, 0x22]],
    ['an overlong four-byte form', [0x22, 0xf0, 0x80, 0x80, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a code point above U+10FFFF', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['a truncated sequence', [0x22, 0xe2, 0x82, 0x22]],
    ['a sequence cut by the end', [0x22, 0xe2, 0x82]],
    ['a byte that UTF-8 never has', [0x22, 0xff, 0x22]],
  ])('refuses %s as utf8', (_what, bytes) => {
    expect(scanJson(Uint8Array.from(bytes), BOUNDS)?.keyword).toBe('utf8');
  });

  it.each(['"\\ud800"', '"\\udc00"', '"\\ud800\\ud800"', '"\\ud800x"', '{"\\udfff":1}', '"\\ud83d\\n"'])(
    'refuses the half surrogate pair in %s as utf8',
    (text) => {
      expect(keyword(text)).toBe('utf8');
    },
  );

  it('refuses UTF-16, with and without a byte order mark', () => {
    expect(scanJson(new Uint8Array(Buffer.from('{"a":1}', 'utf16le')), BOUNDS)?.keyword).toBe('syntax');
    expect(scanJson(new Uint8Array(Buffer.from('\ufeff{"a":1}', 'utf16le')), BOUNDS)?.keyword).toBe('syntax');
  });

  it('refuses a name that stands twice in one object, also under another escape, and names it', () => {
    expect(scan('{"a":1,"b":{"c":1,"c":2}}')).toEqual({
      keyword: 'duplicate',
      offset: 18,
      pointer: '/b/c',
      message: 'must not have a member twice',
    });
    for (const text of [
      '{"a":1,"\\u0061":2}',
      '{"\\u0061":1,"a":2}',
      '{"/":1,"\\/":2}',
      '{"é":1,"\\u00E9":2}',
      '{"":1,"":2}',
    ]) {
      expect(keyword(text), text).toBe('duplicate');
    }
    expect(keyword('{"\\ud83d\\ude00":1,"😀":2}')).toBe('duplicate');
  });

  it('accepts one name in several objects, and names that differ in case, normal form or escapes of a backslash', () => {
    expect(scan('[{"a":{"a":1},"b":[{"a":1}]},{"a":1}]')).toBeNull();
    expect(scan('{"a":1,"A":2,"é":3,"e\u0301":4,"\\\\u0061":5,"":6,"0":7,"00":8}')).toBeNull();
  });

  it('finds the one repeated name among any number of names', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(), fc.nat(), fc.boolean(), (count, one, other, escape) => {
        const members = Array.from({ length: count }, (_, index) => `"n${index % 7}${index}":{"n0":0}`);
        expect(keyword(`{${members.join(',')}}`)).toBe(null);
        const again = members[one % count] as string;
        members.splice(other % (count + 1), 0, escape ? again.replace('n', '\\u006e') : again);
        expect(keyword(`{${members.join(',')}}`)).toBe('duplicate');
      }),
    );
  });

  it('refuses __proto__ however it is escaped, and takes constructor and prototype as data', () => {
    expect(keyword('{"a":[{"__proto__":1}]}')).toBe('forbidden-member');
    expect(keyword('{"\\u005f_proto__":1}')).toBe('forbidden-member');
    expect(keyword('{"\\u005F\\u005Fproto\\u005F\\u005F":{}}')).toBe('forbidden-member');
    expect(scan('{"constructor":{"prototype":1},"__proto":1,"__proto___":1,"x":"__proto__"}')).toBeNull();
  });

  it('counts depth from the first bracket and allows exactly maxDepth', () => {
    const bounds = { maxDepth: 2, maxKeys: 10 };
    expect(keyword('1', { maxDepth: 0, maxKeys: 0 })).toBe(null);
    expect(keyword('[]', { maxDepth: 0, maxKeys: 0 })).toBe('depth');
    expect(keyword('{"a":[1,2]}', bounds)).toBe(null);
    expect(scan('{"a":[1,{}]}', bounds)).toEqual({
      keyword: 'depth',
      offset: 8,
      pointer: '/a/1',
      message: 'must not be nested more deeply',
    });
  });

  it('counts the members of all objects and allows exactly maxKeys', () => {
    const bounds = { maxDepth: 9, maxKeys: 3 };
    expect(keyword('[{"a":1},{"a":{"b":1}}]', bounds)).toBe(null);
    expect(keyword('[{"a":1},{"a":{"b":1,"c":2}}]', bounds)).toBe('keys');
  });

  it('survives a megabyte of open brackets under any depth bound', () => {
    const bytes = new Uint8Array(1_000_000).fill(0x5b);
    expect(scanJson(bytes, BOUNDS)?.keyword).toBe('depth');
    expect(scanJson(bytes, { maxDepth: Number.MAX_SAFE_INTEGER, maxKeys: 1 })?.keyword).toBe('syntax');
    const balanced = utf8('['.repeat(500_000) + ']'.repeat(500_000));
    expect(scanJson(balanced, { maxDepth: 500_000, maxKeys: 1 })).toBeNull();
    expect(scanJson(balanced, { maxDepth: 499_999, maxKeys: 1 })?.keyword).toBe('depth');
  });

  it('reads a hundred thousand members in linear time and finds the last as repeated', () => {
    const members = Array.from({ length: 99_999 }, (_, index) => `"${index}":0`).join(',');
    expect(keyword(`{${members}}`)).toBe(null);
    expect(keyword(`{${members},"7":0}`)).toBe('duplicate');
    expect(keyword(`{${members},"\\u0037":0}`)).toBe('duplicate');
    expect(keyword(`{${'"a":0,'.repeat(99_999)}"a":0}`)).toBe('duplicate');
  });

  it('cuts long names and deep pointers, and keeps values out of a problem', () => {
    const long = 'n'.repeat(1_000_000);
    expect(scan(`{"${long}":"secret-value\u0001"}`)).toEqual({
      keyword: 'syntax',
      offset: 1_000_017,
      pointer: `/${'n'.repeat(64)}…`,
      message: 'must be one JSON text (RFC 8259)',
    });
    expect(scan(`{"a/b~":${'[0,'.repeat(2)}x`)?.pointer).toBe('/a~1b~0/1/1');
    const deep = scanJson(utf8('[0,'.repeat(60_000)), { maxDepth: 100_000, maxKeys: 1 });
    expect(deep?.pointer.length).toBeLessThan(1100);
    expect(scan(`{"${'x'.repeat(63)}😀":}`)?.pointer.isWellFormed()).toBe(true);
  });

  it('takes numbers of any size, as JSON.parse does', () => {
    for (const text of [
      '1e400',
      '-1e400',
      '123456789012345678901234567890',
      '9007199254740993',
      `0.${'1'.repeat(100_000)}`,
      '-0',
      '1E-400',
    ]) {
      expect(keyword(text), text.slice(0, 20)).toBe(null);
    }
  });

  it('scan_agrees_with_json_parse: mutated texts differ only where a named rule is stricter', () => {
    const value = fc.json({ maxDepth: 4 }).map((text) => utf8(text));
    const pieces = [
      '"',
      '\\',
      ',',
      ':',
      '{',
      '}',
      '[',
      ']',
      ' ',
      '\n',
      '0',
      '-',
      'e',
      '.',
      '\\u0061',
      '\\ud800',
      'null',
      '"a":1',
      '\u0000',
      'é',
      '\ufeff',
    ];
    const edit = fc.record({ at: fc.nat(), remove: fc.nat(2), insert: fc.constantFrom('', ...pieces) });
    let accepted = 0;
    fc.assert(
      fc.property(value, fc.array(edit, { maxLength: 3 }), (original, edits) => {
        let text = original;
        for (const { at, remove, insert } of edits) {
          const start = at % (text.length + 1);
          text = Uint8Array.from([...text.slice(0, start), ...utf8(insert), ...text.slice(start + remove)]);
        }
        const result = parseJson(text, BOUNDS);
        if (result.ok) {
          accepted++;
          expect(JSON.stringify(result.value)).toBe(
            JSON.stringify(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text))),
          );
          return;
        }
        const lenient = () =>
          JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)) as unknown;
        if (['duplicate', 'forbidden-member', 'depth', 'keys'].includes(result.problem.keyword)) return;
        if (result.problem.keyword === 'utf8' && !JSON.stringify(attempt(lenient) ?? '\\ud').includes('\\ud'))
          expect(lenient).toThrow();
        if (result.problem.keyword === 'syntax') expect(lenient).toThrow();
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(200);
  });

  it('refuses every proper prefix of an array or object, without throwing', () => {
    const whole = utf8('{"a":[1.5e+3,"x\\u00e9\\ud83d\\ude00é😀",true,false,null,{"b":{}},[]],"c":-0.1} ');
    expect(scanJson(whole, BOUNDS)).toBeNull();
    for (let length = 0; length < whole.length - 1; length++) {
      expect(scanJson(whole.slice(0, length), BOUNDS), String(length)).not.toBeNull();
      // A view on a longer buffer: what stands behind the view must not be read.
      expect(scanJson(whole.subarray(0, length), BOUNDS), String(length)).not.toBeNull();
    }
  });
});

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch {
    return undefined;
  }
}

const corpus = corpusPath('json-parsing');

describe.skipIf(corpus === null)(
  `scanJson on the JSON parsing corpus${corpus === null ? ' (left out: corpus not on this machine)' : ''}`,
  () => {
    const folder = corpus ?? '.';
    const files = corpus === null ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));
    /** Accepted by most parsers; refused here by a named rule. */
    const stricter = new Map([
      ['y_object_duplicated_key.json', 'duplicate'],
      ['y_object_duplicated_key_and_value.json', 'duplicate'],
    ]);

    it.each(files)('%s', (name) => {
      const found = scanJson(new Uint8Array(readFileSync(join(folder, name))), { maxDepth: 1000, maxKeys: 100_000 });
      if (name.startsWith('y_')) expect(found?.keyword ?? null).toBe(stricter.get(name) ?? null);
      else if (name.startsWith('n_')) expect(found).not.toBeNull();
      else expect(found === null || found.message.length > 0).toBe(true);
    });
  },
);
