import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UndeclaredMembers } from '../schema/schema-compiler.ts';
import { compileBytePattern } from '../schema/pattern/byte-pattern.ts';
import { corpusPath } from '../testing/corpora.ts';
import { compileWalker, type JsonWalker, type WalkerOptions } from './compile-walker.ts';
import { scanJson } from './scan-json.ts';

const OPTIONS: WalkerOptions = {
  undeclared: 'as-declared',
  bounds: { maxDepth: 64, maxKeys: 100_000 },
  formats: new Map([['date', (text: string) => /^\d{4}-\d\d-\d\d$/.test(text)]]),
  pattern: (source) => {
    const compiled = new RegExp(source, 'u');
    return (text) => compiled.test(text);
  },
};
type Schema = Parameters<typeof compileWalker>[0];

const utf8 = (text: string) => new TextEncoder().encode(text);

function walkerFor(
  schema: Schema,
  undeclared: UndeclaredMembers = 'as-declared',
  more: Partial<WalkerOptions> = {},
): JsonWalker {
  const walker = compileWalker(schema, { ...OPTIONS, undeclared, ...more });
  if (walker === null) throw new Error('no walker for this schema');
  return walker;
}

/** What is left of a text, `same` for the very same bytes, null where the slow path has to say. */
function walked(walker: JsonWalker, text: string): string | null {
  const bytes = utf8(text);
  const left = walker(bytes);
  if (left === null) return null;
  return left === bytes ? 'same' : new TextDecoder().decode(left);
}

function expectAll(schema: Schema, accepted: readonly string[], refused: readonly string[]): void {
  const walker = walkerFor(schema);
  for (const text of accepted) expect(walked(walker, text), `accepts ${text}`).toBe('same');
  for (const text of refused) expect(walked(walker, text), `refuses ${text}`).toBeNull();
}

const ACCOUNT = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer' }, name: { type: 'string' }, owner: { $ref: '#/$defs/Owner' } },
  $defs: { Owner: { type: 'object', properties: { email: { type: 'string' } } } },
};

describe('compileWalker: what it checks', () => {
  it('type: every kind of value and no other', () => {
    const texts = ['null', 'true', 'false', '0', '-1.5', '"a"', '[]', '{}'];
    const accepted: Record<string, string[]> = {
      null: ['null'],
      boolean: ['true', 'false'],
      integer: ['0'],
      number: ['0', '-1.5'],
      string: ['"a"'],
      array: ['[]'],
      object: ['{}'],
    };
    for (const [type, yes] of Object.entries(accepted))
      expectAll(
        { type },
        yes,
        texts.filter((text) => !yes.includes(text)),
      );
    expectAll({ type: ['string', 'null'] }, ['"a"', 'null'], ['1', 'true', '[]']);
    expectAll(false, [], texts);
  });

  it('integer: by value, so 1.0 and 1e2 are integers and 1e-1 is none', () => {
    expectAll(
      { type: 'integer' },
      ['1', '-0', '1.0', '1e2', '10e-1', '123456789012345678901', '1E+2'],
      ['1.5', '1e-1', '01', '1.', '.5', '-', '1e', '+1'],
    );
  });

  it('numbers beyond double range are left to the slow path where a schema looks at them', () => {
    expectAll({ type: 'number', minimum: 0 }, ['1e308'], ['1e400', `1${'0'.repeat(400)}`]);
    expectAll({ type: 'integer' }, [], ['1e400']);
  });

  it('bounds of numbers', () => {
    expectAll({ minimum: 1, maximum: 3 }, ['1', '3', '2.5', '"a"'], ['0.999999', '3.0000001', '-2', '4']);
    expectAll({ exclusiveMinimum: -1, exclusiveMaximum: 1.5 }, ['0', '-0.99', '1.49'], ['-1', '1.5', '-1.0']);
    expectAll({ type: 'number', multipleOf: 0.01 }, ['19.99', '4.35', '0', '-1.1'], ['19.999', '1e-3']);
    expectAll({ type: 'integer', format: 'int32' }, ['2147483647', '-2147483648'], ['2147483648', '-2147483649']);
  });

  it('decimals are read as JSON.parse reads them', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.integer().map((value) => value / 100),
          fc.integer(),
        ),
        (value) => {
          const text = JSON.stringify(value);
          expect(walked(walkerFor({ const: JSON.parse(text) as number }), text), text).toBe('same');
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    '0.30000000000000004',
    '9007199254740993',
    '123456789.1234567890123',
    '0.1234567890123456',
    '1152921504606846977',
    '4.35',
    '0.000001',
    '999999999999999',
    '8.41',
    '2e-7',
  ])('reads %s as JSON.parse does', (text) => {
    expect(walked(walkerFor({ const: JSON.parse(text) as number }), text)).toBe('same');
  });

  it('lengths of strings in code points, however they are written', () => {
    expectAll(
      { type: 'string', minLength: 2, maxLength: 2 },
      ['"ab"', '"é😀"', '"\\u00e9\\ud83d\\ude00"', '"\\n\\""', '"😀\\u0041"'],
      ['"a"', '"😀"', '"abc"', '"\\ud83d\\ude00"', '"é"'],
    );
  });

  it('pattern and format see the text, not its escapes', () => {
    expectAll({ type: 'string', pattern: '^é+$' }, ['"é"', '"\\u00e9"', '"é\\u00E9"'], ['"e"', '"\\\\u00e9"', '""']);
    expectAll({ type: 'string', format: 'date' }, ['"2024-02-03"', '"2024-0\\u0032-03"'], ['"2024-2-3"']);
    expectAll({ type: 'string', format: 'never-heard-of' }, ['"x"'], ['1']);
  });

  it('enum and const of scalars, alone and combined', () => {
    expectAll(
      { enum: ['a', 'ab', 1, null, true] },
      ['"a"', '"ab"', '1', '1.0', '1e0', 'null', 'true'],
      ['"b"', '"abc"', '""', '2', 'false', '[]', '{}'],
    );
    expectAll(
      { allOf: [{ enum: ['a', 'b', 'cc'] }, { enum: ['b', 'cc', 'd'] }, { maxLength: 1 }] },
      ['"b"'],
      ['"a"', '"cc"', '"d"'],
    );
    expectAll(
      { enum: Array.from({ length: 500 }, (_, index) => `v${index}`) },
      ['"v0"', '"v499"', '"\\u0076499"'],
      ['"v500"', '"v"'],
    );
    expectAll({ const: false }, ['false'], ['true', 'null', '0', '"false"', 'fals', 'falsey']);
  });

  it('arrays: items, prefixItems, counts, unique scalars', () => {
    expectAll(
      { type: 'array', items: { type: 'integer' }, minItems: 1, maxItems: 2 },
      ['[1]', '[ 1 , 2 ]'],
      ['[]', '[1,2,3]', '["a"]', '[1,]', '[,1]', '[1 2]'],
    );
    expectAll(
      { prefixItems: [{ type: 'string' }, { type: 'null' }], items: { type: 'integer' } },
      ['[]', '["a"]', '["a",null,1,2]', '7'],
      ['[1]', '["a",1]', '["a",null,"b"]'],
    );
    expectAll({ type: 'array', prefixItems: [true], items: false }, ['[]', '[{}]'], ['[1,2]']);
    expectAll(
      { type: 'array', uniqueItems: true },
      ['[1,"1",true,null]', '[{}]', '[]'],
      ['[1,1.0]', '["a","\\u0061"]', '[0,-0]', '[{},{}]', '[null,null]'],
    );
  });

  it('objects: required, counts, additionalProperties', () => {
    expectAll(
      ACCOUNT,
      ['{"id":1}', '{"x":{"y":[]},"id":1,"owner":{"email":"a"}}'],
      ['{}', '{"id":"1"}', '{"id":1,"owner":{"email":1}}', '[]'],
    );
    expectAll(
      { type: 'object', minProperties: 1, maxProperties: 2 },
      ['{"a":1}', '{"a":1,"b":2}'],
      ['{}', '{"a":1,"b":2,"c":3}'],
    );
    expectAll(
      { properties: { a: true }, additionalProperties: false },
      ['{}', '{"a":1}', '1'],
      ['{"b":1}', '{"a":1,"b":1}'],
    );
    expectAll(
      { additionalProperties: { type: 'integer' }, required: ['a'] },
      ['{"a":1,"b":2}'],
      ['{"b":1}', '{"a":"x"}', '{"a":1,"b":null}'],
    );
  });

  it('more members than one word of bits holds are each required and each found twice', () => {
    const names = Array.from({ length: 100 }, (_, index) => `member${index}`);
    const walker = walkerFor({
      type: 'object',
      required: names,
      properties: Object.fromEntries(names.map((name) => [name, { type: 'integer' }])),
    });
    const text = (list: readonly string[]) => `{${list.map((name) => `"${name}":1`).join()}}`;
    expect(walked(walker, text(names))).toBe('same');
    for (const name of names) {
      expect(walked(walker, text(names.filter((other) => other !== name))), `without ${name}`).toBeNull();
      expect(walked(walker, text([...names, name])), `${name} twice`).toBeNull();
    }
  });

  it('references, also recursive ones, to any nesting within bounds', () => {
    const tree = {
      $ref: '#/$defs/Tree',
      $defs: {
        Tree: {
          type: 'object',
          required: ['v'],
          properties: { v: { type: 'integer' }, kids: { type: 'array', items: { $ref: '#/$defs/Tree' } } },
        },
      },
    };
    expectAll(
      tree,
      ['{"v":1,"kids":[{"v":2,"kids":[]},{"v":3}]}'],
      ['{"v":1,"kids":[{"kids":[]}]}', '{"v":1,"kids":[1]}'],
    );
    expectAll({ type: 'array', items: { $ref: '#' } }, ['[[],[[]]]'], ['[1]']);
  });

  it('anyOf and oneOf, by kind and by trying', () => {
    expectAll({ oneOf: [{ type: 'string' }, { type: 'null' }] }, ['"a"', 'null'], ['1']);
    expectAll({ oneOf: [{ type: 'integer' }, { type: 'number', minimum: 5 }] }, ['1', '5.5'], ['6', '1.5']);
    const pet = {
      oneOf: [
        { type: 'object', required: ['kind', 'meows'], properties: { kind: { const: 'cat' } } },
        { type: 'object', required: ['kind'], properties: { kind: { const: 'dog' } } },
      ],
    };
    expectAll(
      pet,
      ['{"kind":"cat","meows":1}', '{"x":[{}],"kind":"dog"}'],
      ['{"kind":"cat"}', '{"kind":"cow"}', '{}', '1'],
    );
    expectAll(
      { anyOf: [{ required: ['a'] }, { required: ['b'] }] },
      ['{"a":1}', '{"a":1,"b":2}', '7'],
      ['{}', '{"c":1}'],
    );
    expectAll(
      { oneOf: [{ required: ['a'] }, { required: ['b'] }], type: 'object' },
      ['{"a":1}'],
      ['{"a":1,"b":2}', '7'],
    );
  });

  it('a required member with a text of its own in each branch chooses the branch, wherever it stands', () => {
    const branch = (kind: string, name: string) => ({
      type: 'object',
      required: ['kind'],
      properties: { kind: { const: kind }, [name]: { type: 'integer' } },
      additionalProperties: false,
    });
    const schema = { oneOf: [branch('cat', 'lives'), branch('dog', 'tricks'), branch('cattle', 'horns')] };
    expectAll(
      schema,
      ['{"kind":"cat","lives":9}', '{"lives":9, "kind" : "cat"}', '{"horns":2,"kind":"cattle"}'],
      [
        '{"kind":"cat","tricks":1}',
        '{"kind":"ca"}',
        '{"kind":1}',
        '{}',
        '{"lives":9}',
        '{"kind":"cat","kind":"dog"}',
        '{"lives":9,"kind"',
        '{"lives":{"a":1,"a":2},"kind":"cat"}',
      ],
    );
    expect(walked(walkerFor(schema), '{"kind":"c\\u0061t"}')).toBeNull();
    expect(walked(walkerFor(schema, 'strip'), '{"tricks":1,"kind":"cat","lives":9}')).toBe('{"kind":"cat","lives":9}');
  });

  it('branches that share a text of the member are all tried', () => {
    const branch = (kinds: string[], name: string) => ({
      type: 'object',
      required: ['kind', name],
      properties: { kind: { enum: kinds } },
    });
    expectAll(
      { oneOf: [branch(['cat', 'dog'], 'a'), branch(['dog'], 'b')] },
      ['{"kind":"dog","b":1}', '{"kind":"cat","a":1,"b":1}'],
      ['{"kind":"dog","a":1,"b":1}', '{"kind":"cat","b":1}'],
    );
  });

  it('a member whose schema is false keeps a union undecided, because it may be one the slow path drops', () => {
    const schema = {
      anyOf: [
        { type: 'object', properties: { secret: false } },
        { type: 'object', required: ['id'] },
      ],
    };
    expect(walked(walkerFor(schema), '{"id":1}')).toBe('same');
    expect(walked(walkerFor(schema), '{"id":1,"secret":1}')).toBeNull();
  });

  it('allOf is one conjunction', () => {
    const part = (name: string) => ({ type: 'object', required: [name], properties: { [name]: { type: 'integer' } } });
    expectAll(
      { allOf: [part('a'), part('b'), { properties: { a: { minimum: 3 } } }] },
      ['{"a":3,"b":1}'],
      ['{"a":2,"b":1}', '{"a":3}', '{"b":3}'],
    );
  });
});

describe('compileWalker: undeclared members', () => {
  it('strip gives the very same bytes when nothing is to drop, for sure', () => {
    const bytes = utf8(' { "id" : 1 , "owner" : { } } ');
    expect(walkerFor(ACCOUNT, 'strip')(bytes)).toBe(bytes);
  });

  it.each([
    ['{"x":1,"id":2}', '{"id":2}'],
    ['{"id":2,"x":1}', '{"id":2}'],
    ['{"x":1,"id":2,"y":3,"z":4,"name":"n","w":[{"id":1}]}', '{"id":2,"name":"n"}'],
    [' { "x" : 1 , "y":2 , "id" : 2 , "z" : {"a":[]} } \n', ' { "id" : 2 } \n'],
    ['{"id":2,"owner":{"a":1}}', '{"id":2,"owner":{}}'],
    ['{"id":2,"owner":{ "a":1 , "email":"e" ,"b":2}, "x":1}', '{"id":2,"owner":{ "email":"e"}}'],
    ['{"id":1e0,"name":"\\u0041\\/","é":"\\u00e9"}', '{"id":1e0,"name":"\\u0041\\/"}'],
  ])('strip makes %s to %s', (text, left) => {
    expect(walked(walkerFor(ACCOUNT, 'strip'), text)).toBe(left);
  });

  it('strip checks what it drops: its syntax, its names, its UTF-8', () => {
    const walker = walkerFor(ACCOUNT, 'strip');
    for (const text of [
      '{"id":1,"x":tru}',
      '{"id":1,"x":1,"x":2}',
      '{"id":1,"x":{"a":1,"a":2}}',
      '{"id":1,"x":"\u0001"}',
      '{"id":1,"x":{"__proto__":1}}',
      '{"id":1,"__proto__":1}',
    ]) {
      expect(walked(walker, text), text).toBeNull();
    }
    expect(walker(Uint8Array.from([...utf8('{"id":1,"x":"'), 0xff, ...utf8('"}')]))).toBeNull();
  });

  it('an escaped name among known ones is left to the slow path, so it is never taken for undeclared', () => {
    for (const mode of ['strip', 'refuse', 'as-declared'] as const)
      expect(walked(walkerFor(ACCOUNT, mode), '{"id":1,"\\u006eame":5}')).toBeNull();
  });

  it('refuse takes declared members only', () => {
    const walker = walkerFor(ACCOUNT, 'refuse');
    expect(walked(walker, '{"id":1,"owner":{"email":"e"}}')).toBe('same');
    expect(walked(walker, '{"id":1,"x":1}')).toBeNull();
    expect(walked(walker, '{"id":1,"owner":{"x":1}}')).toBeNull();
  });

  it('a map without any word on members keeps everything, one with properties keeps those', () => {
    expect(walked(walkerFor({ type: 'object' }, 'strip'), '{"a":{"b":1}}')).toBe('same');
    expect(walked(walkerFor(true, 'refuse'), '{"a":{"b":1}}')).toBe('same');
    expect(walked(walkerFor({ type: 'object', properties: {} }, 'strip'), '{"a":{"b":1}}')).toBe('{}');
    expect(
      walked(walkerFor({ properties: { a: true }, additionalProperties: true }, 'strip'), '{"a":{"b":1},"c":[{}]}'),
    ).toBe('same');
    expect(
      walked(walkerFor({ properties: { a: true }, additionalProperties: false }, 'strip'), '{"a":{"b":1},"c":2}'),
    ).toBe('{"a":{"b":1}}');
    expect(walked(walkerFor({ additionalProperties: ACCOUNT.$defs.Owner }, 'strip'), '{"a":{"b":1}}')).toBe('{"a":{}}');
  });

  it('a member is declared when any schema that applies declares it', () => {
    const schema = {
      type: 'object',
      properties: { kind: { type: 'string' } },
      oneOf: [
        { required: ['a'], properties: { a: { type: 'integer' } } },
        { required: ['b'], properties: { b: { type: 'integer' } } },
      ],
    };
    const walker = walkerFor(schema, 'strip');
    expect(walked(walker, '{"kind":"k","a":1,"c":2}')).toBe('{"kind":"k","a":1}');
    expect(walked(walker, '{"b":1,"a":"x","kind":"k"}')).toBe('{"b":1,"kind":"k"}');
    expect(
      walked(
        walkerFor({ allOf: [{ properties: { a: true } }, { properties: { b: true } }] }, 'strip'),
        '{"a":1,"c":1,"b":1}',
      ),
    ).toBe('{"a":1,"b":1}');
  });
});

describe('compileWalker: bounds and hostile input', () => {
  it('counts depth and members as scanJson does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.nat(5), fc.nat(12), (text, maxDepth, maxKeys) => {
        const bounds = { maxDepth, maxKeys };
        for (const schema of [
          true,
          { type: ['object', 'array', 'string', 'number', 'boolean', 'null'], properties: { a: {} } },
        ] as const) {
          const taken = walked(walkerFor(schema, 'as-declared', { bounds }), text) !== null;
          if (taken) expect(scanJson(utf8(text), bounds), text).toBeNull();
          else if (!/\\/.test(text)) expect(scanJson(utf8(text), bounds), text).not.toBeNull();
        }
      }),
      { numRuns: 500 },
    );
  });

  it('survives open brackets, long names, repeated names and NUL bytes by the megabyte', () => {
    const list = { type: 'array', items: { $ref: '#' } };
    for (const schema of [true, list, ACCOUNT] as const) {
      const walker = walkerFor(schema, 'strip', { bounds: { maxDepth: 1_000_000, maxKeys: 1_000_000 } });
      const name = 'n'.repeat(1_000_000);
      for (const text of [
        '['.repeat(1_000_000),
        '['.repeat(500_000) + ']'.repeat(500_000),
        '{"a":'.repeat(200_000),
        `{${'"a":0,'.repeat(99_999)}"a":0}`,
        `{"id":1,"${name}":1,"${name}":1}`,
        '\u0000'.repeat(1_000_000),
        `{"id":${'9'.repeat(1_000_000)}x}`,
      ]) {
        expect(walked(walker, text)).toBeNull();
      }
    }
    const many = `{"id":1,${Array.from({ length: 100_000 }, (_, index) => `"k${index}":0`).join()}}`;
    expect(walked(walkerFor(ACCOUNT, 'strip', { bounds: { maxDepth: 9, maxKeys: 1_000_000 } }), many)).toBe('{"id":1}');
  });

  it('takes nesting right at the bound and leaves nesting beyond 256 to the slow path', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    for (const schema of [true, { type: 'array', items: { $ref: '#' } }] as const) {
      const walker = walkerFor(schema, 'as-declared', { bounds: { maxDepth: 5, maxKeys: 1 } });
      expect(walked(walker, nested(5))).toBe('same');
      expect(walked(walker, nested(6))).toBeNull();
      const deep = walkerFor(schema, 'as-declared', { bounds: { maxDepth: 100_000, maxKeys: 1 } });
      expect(walked(deep, nested(256))).toBe('same');
      expect(walked(deep, nested(257))).toBeNull();
    }
  });

  it('refuses byte order marks, UTF-16, blanks and empty texts', () => {
    const walker = walkerFor(true);
    for (const text of [
      '',
      ' ',
      '\n\t',
      '\ufeff{}',
      '{}\ufeff',
      '{} {}',
      '{}x',
      '1 1',
      '"a',
      '}',
      ']',
      ',',
      '1}',
      '[}',
      '{]',
      '"a"}',
    ])
      expect(walked(walker, text), text).toBeNull();
    expect(walker(new Uint8Array(Buffer.from('{"a":1}', 'utf16le')))).toBeNull();
  });

  it('nested ambiguous unions cost linear time: past the budget the slow path decides', () => {
    const node = (name: string) => ({
      type: 'object',
      required: ['t', name],
      properties: { t: { type: 'string', maxLength: 2_000_000 }, next: { $ref: '#/$defs/N' } },
    });
    const schema = { $ref: '#/$defs/N', $defs: { N: { anyOf: [node('a'), node('b'), node('c'), node('d')] } } };
    let text = '{"t":"x","d":1}';
    for (let level = 0; level < 60; level++) text = `{"t":"x","next":${text},"d":1}`;
    expect(walked(walkerFor(schema), text)).toBeNull();
  });

  it('every proper prefix of a valid text is refused, whatever stands behind it in memory', () => {
    const text = utf8(
      '{"id":-1.5e+3,"name":"\\u00e9\\ud83d\\ude00é😀","owner":{"email":"e","tags":[true,false,null,{}]},"x":[[],{"y":1}]}',
    );
    const schema = { ...ACCOUNT, properties: { ...ACCOUNT.properties, id: { type: 'number' } } };
    for (const walker of [walkerFor(true), walkerFor(schema), walkerFor(schema, 'strip')]) {
      expect(walker(text)).not.toBeNull();
      for (let length = 0; length < text.length; length++) {
        expect(walker(text.slice(0, length)), String(length)).toBeNull();
        expect(walker(text.subarray(0, length)), String(length)).toBeNull();
      }
    }
    for (const scalar of ['"abc\\u0041"', '-1.5e3', 'true', 'null']) {
      const bytes = utf8(`${scalar}}`);
      expect(walkerFor(true)(bytes.subarray(0, scalar.length))).not.toBeNull();
      for (let length = 0; length < scalar.length; length++) {
        const taken = walkerFor(true)(bytes.subarray(0, length)) !== null;
        expect(taken, scalar.slice(0, length)).toBe(scanJson(bytes.subarray(0, length), OPTIONS.bounds) === null);
      }
    }
  });

  it('leaves no state behind: a walk gives the same after any other', () => {
    const walker = walkerFor(ACCOUNT, 'strip');
    const spoilers = [
      '{"id":1,"a":1,"b":{"c":1',
      '{"x":1,"id":',
      `{"id":1,"q":{${Array.from({ length: 40 }, (_, index) => `"k${index}":{`).join('1,')}`,
    ];
    for (const spoiler of spoilers) {
      expect(walked(walker, spoiler)).toBeNull();
      expect(walked(walker, '{"a":1,"id":1,"b":{"c":1}}')).toBe('{"id":1}');
    }
  });
});

describe('compileWalker: the schema is not trusted', () => {
  const evil = [
    '"];globalThis.pwned=1;//',
    '`${globalThis.pwned=1}`',
    "');globalThis.pwned=1;('",
    '\u2028globalThis.pwned=1',
    '*/globalThis.pwned=1/*',
    '\\u0022;globalThis.pwned=1;',
    '];throw 1;[',
    '\ud800',
  ];

  it('no text of a schema becomes code', () => {
    for (const text of evil) {
      const value = JSON.stringify(text);
      const schemas: { readonly [keyword: string]: unknown }[] = [
        { properties: { [text]: { type: 'integer' } } },
        { required: [text] },
        { enum: [text, 'ok'] },
        { const: text },
        { enum: [text, ...Array.from({ length: 200 }, (_, index) => `v${index}`)] },
        { type: 'string', pattern: text },
        { type: 'string', format: text },
        { $ref: `#/$defs/${text}`, $defs: { [text]: { type: 'string' } } },
        { title: text, [`x-${text}`]: text, default: text },
        { type: text },
        { [text]: true },
        { minLength: text },
        { minimum: text, maximum: text, multipleOf: text, maxItems: text, minProperties: text },
        { properties: text, additionalProperties: text, items: text },
        { uniqueItems: text },
      ];
      for (const schema of schemas) {
        for (const undeclared of ['as-declared', 'refuse', 'strip'] as const) {
          const walker = compileWalker(schema, { ...OPTIONS, undeclared });
          for (const body of [value, `{${value}:1}`, '1', '[1]', '{}', '"ok"']) walker?.(utf8(body));
        }
      }
    }
    expect(Object.hasOwn(globalThis, 'pwned')).toBe(false);
  });

  it('keywords are read as own members only, and names of Object.prototype are names like any other', () => {
    expectAll(
      {
        type: 'object',
        properties: { constructor: { type: 'integer' }, toString: { type: 'integer' } },
        required: ['constructor'],
      },
      ['{"constructor":1}'],
      ['{}', '{"constructor":1,"toString":"x"}'],
    );
    expect(compileWalker({ $ref: '#/$defs/constructor', $defs: {} }, OPTIONS)).toBeNull();
    expect(compileWalker(JSON.parse('{"properties":{"__proto__":{"type":"integer"}}}') as Schema, OPTIONS)).toBeNull();
  });

  it('gives no walker for what it does not do, and never throws for it', () => {
    const unsupported: Schema[] = [
      { not: { type: 'string' } },
      { if: true },
      { contains: true },
      { patternProperties: { a: true } },
      { propertyNames: { maxLength: 3 } },
      { unevaluatedProperties: false },
      { dependentRequired: { a: ['b'] } },
      { $dynamicRef: '#x' },
      { enum: [{}] },
      { $ref: 'https://elsewhere.example/schema' },
      { $ref: '#/$defs/None', $defs: {} },
      { $ref: '#/properties/a', properties: { a: true } },
      { $ref: '#' },
      { allOf: [{ $ref: '#' }] },
      { anyOf: [{ $ref: '#/$defs/A' }, { type: 'null' }], $defs: { A: { oneOf: [{ $ref: '#' }] } } },
      { type: 'string', pattern: '(' },
      { readOnly: true },
      { properties: { a: 1 } },
    ];
    for (const schema of unsupported) expect(compileWalker(schema, OPTIONS), JSON.stringify(schema)).toBeNull();
    let nested: Schema = true;
    for (let level = 0; level < 20_000; level++) nested = { allOf: [nested] };
    expect(compileWalker(nested, OPTIONS)).toBeNull();
  });

  it('gives no walker while stripping where two readings of the schema differ', () => {
    for (const schema of [
      { allOf: [{ properties: { a: true }, additionalProperties: false }, { properties: { b: true } }] },
      { properties: { a: true }, required: ['b'], additionalProperties: false },
      { oneOf: [{ properties: { a: true }, additionalProperties: false }, { properties: { b: true } }] },
    ]) {
      expect(compileWalker(schema, { ...OPTIONS, undeclared: 'strip' }), JSON.stringify(schema)).toBeNull();
      expect(compileWalker(schema, OPTIONS), JSON.stringify(schema)).not.toBeNull();
    }
  });
});

const corpus = corpusPath('json-parsing');

describe.skipIf(corpus === null)(
  `compileWalker on the JSON parsing corpus${corpus === null ? ' (left out: corpus not on this machine)' : ''}`,
  () => {
    const folder = corpus ?? '.';
    const files = corpus === null ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));
    const bounds = { maxDepth: 200, maxKeys: 100_000 };
    const anything = walkerFor(true, 'as-declared', { bounds });
    /** Lets everything through as `true` does, by way of generated code. */
    const typed = walkerFor(
      {
        type: ['null', 'boolean', 'number', 'string', 'array', 'object'],
        items: { $ref: '#' },
        additionalProperties: { $ref: '#' },
        minimum: -1e308,
      },
      'as-declared',
      { bounds },
    );

    it.each(files)('%s: the verdict of scanJson', (name) => {
      const bytes = new Uint8Array(readFileSync(join(folder, name)));
      const isJson = scanJson(bytes, bounds) === null;
      expect(anything(bytes)).toBe(isJson ? bytes : null);
      // Numbers are looked at here, so some are left to the slow path.
      if (!isJson) expect(typed(bytes)).toBeNull();
      else if (!name.includes('number')) expect(typed(bytes)).toBe(bytes);
      if (name.startsWith('n_')) expect(isJson).toBe(false);
    });
  },
);

const suite = corpusPath('json-schema/draft2020-12');

describe.skipIf(suite === null)(
  `compileWalker on the JSON Schema test suite${suite === null ? ' (left out: corpus not on this machine)' : ''}`,
  () => {
    const folder = suite ?? '.';
    const files = suite === null ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));
    let decided = 0;
    let valid = 0;

    it.each(files)('%s: accepts nothing invalid', (name) => {
      const groups = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
        description: string;
        schema: Schema;
        tests: { description: string; data: unknown; valid: boolean }[];
      }[];
      for (const group of groups) {
        const walker = compileWalker(group.schema, { ...OPTIONS, formats: new Map(), bytePattern: compileBytePattern });
        for (const test of group.tests) {
          const accepted = walker !== null && walker(utf8(JSON.stringify(test.data))) !== null;
          if (accepted) expect(test.valid, `${group.description}: ${test.description}`).toBe(true);
          if (walker !== null && test.valid) {
            valid++;
            if (accepted) decided++;
          }
        }
      }
    });

    it('accepts nearly all that is valid under the schemas it does', () => {
      expect(valid).toBeGreaterThan(300);
      expect(decided / valid).toBeGreaterThan(0.95);
    });
  },
);

it('compileWalker gives up after a bounded number of looks at schemas whose alternatives lead to each other', () => {
  let looks = 0;
  const counted = (schema: object): object =>
    new Proxy(schema, { get: (target, name) => (looks++, Reflect.get(target, name) as unknown) });
  const length = 60;
  const link = (i: number): object =>
    counted({ oneOf: [counted({ $ref: `#/$defs/s${i + 1}` }), counted({ type: 'integer' })] });
  const definitions = Array.from({ length }, (_, i): [string, object] => [`s${i}`, link(i)]);
  const $defs = Object.fromEntries([...definitions, [`s${length}`, { type: 'string' }]]);
  compileWalker({ $ref: '#/$defs/s0', $defs }, OPTIONS);
  expect(looks).toBeLessThan(2_000_000);
});
