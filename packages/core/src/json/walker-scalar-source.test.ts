import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STRING_FORMATS } from '../schema/formats/formats.ts';
import { compileBytePattern } from '../schema/pattern/byte-pattern.ts';
import { BYTE_FORMATS } from './byte-formats.ts';
import type { ByteVerdict } from './byte-test.ts';
import { compileWalker, type JsonWalker, type WalkerOptions } from './compile-walker.ts';

const OPTIONS: WalkerOptions = {
  undeclared: 'as-declared',
  bounds: { maxDepth: 8, maxKeys: 100 },
  formats: STRING_FORMATS,
  pattern: (source) => {
    const compiled = new RegExp(source, 'u');
    return (text) => compiled.test(text);
  },
};

function walkerFor(schema: { readonly [keyword: string]: unknown }, more: Partial<WalkerOptions>): JsonWalker {
  const walker = compileWalker(schema, { ...OPTIONS, ...more });
  if (walker === null) throw new Error('no walker for this schema');
  return walker;
}

const accepts = (walker: JsonWalker, text: string) => walker(new TextEncoder().encode(text)) !== null;

/** A walker whose bytes say `verdict` and whose text says `text`, and what each was asked. */
function told(keyword: 'format' | 'pattern', verdict: ByteVerdict, text: boolean) {
  const asked: string[] = [];
  const test = (one: string) => {
    asked.push(`text ${one}`);
    return text;
  };
  const byteTest = (bytes: Uint8Array, start: number, end: number) => {
    asked.push(`bytes ${new TextDecoder().decode(bytes.subarray(start, end))}`);
    return verdict;
  };
  const walker = walkerFor(
    { type: 'array', items: { type: 'string', [keyword]: 'x' } },
    {
      formats: new Map([['x', test]]),
      pattern: () => test,
      byteFormats: new Map([['x', byteTest]]),
      bytePattern: () => byteTest,
    },
  );
  return { walker, asked };
}

describe.each(['format', 'pattern'] as const)('stringSource: tests on bytes for %s', (keyword) => {
  it.each([
    [1, true],
    [1, false],
    [0, true],
    [0, false],
  ] as const)('a verdict of %i is taken without asking about the text', (verdict, text) => {
    const { walker, asked } = told(keyword, verdict, text);
    expect(accepts(walker, '["aé"]')).toBe(verdict === 1);
    expect(asked).toEqual(['bytes aé']);
  });

  it.each([true, false])('without a verdict the text says: %s', (text) => {
    const { walker, asked } = told(keyword, -1, text);
    expect(accepts(walker, '["aé"]')).toBe(text);
    expect(asked).toEqual(['bytes aé', 'text aé']);
  });

  it('a string with an escape is asked about as text, so no spelling gets around a test', () => {
    const { walker, asked } = told(keyword, 1, false);
    expect(accepts(walker, '["\\u0061"]')).toBe(false);
    expect(asked).toEqual(['text a']);
  });
});

describe('stringSource', () => {
  it('a format that texts are not tested for asserts nothing, whatever its bytes are', () => {
    const walker = walkerFor({ type: 'string', format: 'date' }, { formats: new Map(), byteFormats: BYTE_FORMATS });
    expect(accepts(walker, '"no day"')).toBe(true);
  });

  it('a bytePattern that throws, like a pattern, leaves no walker', () => {
    const bytePattern = () => {
      throw new Error('no');
    };
    expect(compileWalker({ pattern: 'a' }, { ...OPTIONS, bytePattern })).toBeNull();
  });

  it('walkers_agree_with_and_without_bytes: formats, patterns and lengths of one string', () => {
    const rules = fc.record(
      {
        format: fc.constantFrom('date', 'date-time', 'email', 'hostname', 'uri', 'uuid', 'byte', 'ipv4'),
        pattern: fc.constantFrom('^[a-z.]+$', '^\\d{4}-', '@', '^.{2,}$', '^[^/]+$', '^\\w+@\\w+$'),
        maxLength: fc.nat(20),
        minLength: fc.nat(3),
      },
      { requiredKeys: [] },
    );
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', '.', '@', '0', '-', 'é', '😀', '"', '\n', '/', ':') }),
      fc.constantFrom(
        '2024-02-29',
        '2023-02-29',
        '2024-01-01T00:00:00Z',
        'a@b.c',
        'http://a/',
        '127.0.0.1',
        'YWJj',
        '',
      ),
      fc.emailAddress(),
      fc.webUrl(),
      fc.uuid(),
    );
    /** The string with one character written as an escape here and there. */
    const written = fc.tuple(text, fc.option(fc.nat(), { freq: 3 })).map(([one, place]) => {
      if (place === null || one.length === 0) return JSON.stringify(one);
      const at = place % one.length;
      const unit = one.charCodeAt(at).toString(16).padStart(4, '0');
      return `${JSON.stringify(one.slice(0, at)).slice(0, -1)}\\u${unit}${JSON.stringify(one.slice(at + 1)).slice(1)}`;
    });
    fc.assert(
      fc.property(rules, fc.array(written, { minLength: 1, maxLength: 5 }), (rule, strings) => {
        const schema = { type: 'string', ...rule };
        const fast = walkerFor(schema, { byteFormats: BYTE_FORMATS, bytePattern: compileBytePattern });
        const plain = walkerFor(schema, {});
        for (const string of strings)
          expect(accepts(fast, string), `${string} under ${JSON.stringify(rule)}`).toBe(accepts(plain, string));
      }),
      { numRuns: 2000 },
    );
  });
});
