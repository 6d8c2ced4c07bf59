import { describe, expect, it } from 'vitest';
import { compileWalker, type WalkerOptions } from './compile-walker.ts';
import { WalkFunctions, type WalkLimits } from './walk-functions.ts';

const OPTIONS: WalkerOptions = {
  undeclared: 'strip',
  bounds: { maxDepth: 64, maxKeys: 1_000 },
  formats: new Map(),
  pattern: () => () => true,
};

/** Walkers of one document, and how often one of them asked for the pattern of a text. */
function walkers(limits: Partial<WalkLimits> = {}): {
  readonly compile: (schema: object) => boolean;
  readonly asked: () => number;
} {
  let asked = 0;
  const options: WalkerOptions = {
    ...OPTIONS,
    pattern: () => {
      asked += 1;
      return () => true;
    },
    functions: new WalkFunctions(limits),
  };
  return {
    compile: (schema) => compileWalker(schema as Record<string, unknown>, options) !== null,
    asked: () => asked,
  };
}

const text = { type: 'string', pattern: 'a' };

describe('a schema that many places refer to', () => {
  it('is written once in a walker, whatever is said beside the references', () => {
    const { compile, asked } = walkers();
    const $defs = { one: { type: 'object', properties: { text } } };
    const $ref = '#/$defs/one';
    const properties = { a: { $ref }, b: { $ref, description: 'another' }, c: { allOf: [{ $ref }] }, d: { $ref } };
    expect(compile({ type: 'object', properties, $defs })).toBe(true);
    expect(asked()).toBe(1);
  });

  it('is written once for all walkers of a document', () => {
    const { compile, asked } = walkers();
    const $ref = '#/$defs/one';
    const $defs = { one: { type: 'object', properties: { text, again: { $ref } } } };
    expect(compile({ type: 'array', items: { $ref }, $defs })).toBe(true);
    expect(compile({ $ref, $defs })).toBe(true);
    expect(compile({ type: 'object', properties: { one: { $ref } }, $defs })).toBe(true);
    expect(asked()).toBe(1);
  });

  it('and that reaches what no walker can be written for is tried once for all walkers of a document', () => {
    const { compile, asked } = walkers();
    const one = { type: 'object', properties: { text, other: { $ref: '#/$defs/two' } } };
    const two = { type: 'object', properties: { text, back: { $ref: '#/$defs/one' }, odd: { not: {} } } };
    const $defs = { one, two };
    expect(compile({ $ref: '#/$defs/one', $defs })).toBe(false);
    const before = asked();
    expect(compile({ type: 'object', properties: { first: { $ref: '#/$defs/one' }, text }, $defs })).toBe(false);
    expect(compile({ type: 'array', items: { $ref: '#/$defs/one' }, $defs })).toBe(false);
    expect(asked()).toBe(before);
    expect(compile({ type: 'object', properties: { text }, $defs })).toBe(true);
  });

  it('is looked at once for all alternatives that reach it, to see whether anything in it is closed', () => {
    const count = 300;
    const to = (i: number): object => ({ $ref: `#/$defs/r${i % count}` });
    const resource = (i: number): object => ({
      type: 'object',
      properties: { text, other: { anyOf: [to(i + 1), to(i + 2)] } },
    });
    const $defs = Object.fromEntries(Array.from({ length: count }, (_, i) => [`r${i}`, resource(i)]));
    expect(walkers().compile({ ...to(0), $defs })).toBe(true);
    const closed = { ...$defs, r299: { ...resource(299), additionalProperties: false } };
    expect(walkers().compile({ ...to(0), $defs: closed })).toBe(false);
  });

  it('is refused to none for what it reaches besides: only what leads to what no walker can be written for', () => {
    const { compile } = walkers();
    const $defs = {
      one: { type: 'object', properties: { two: { $ref: '#/$defs/two' }, odd: { not: {} } } },
      two: { type: 'object', properties: { text } },
    };
    expect(compile({ $ref: '#/$defs/one', $defs })).toBe(false);
    expect(compile({ $ref: '#/$defs/two', $defs })).toBe(true);
  });
});

describe('the functions of the walkers of a document', () => {
  it('are written for no schema that refers to the whole, which is another for each walker', () => {
    const link = { type: 'object', properties: { text, whole: { $ref: '#' } } };
    const { compile } = walkers();
    expect(compile({ type: 'array', items: link })).toBe(false);
    expect(compile({ type: 'object', properties: { link } })).toBe(false);
    expect(compileWalker({ type: 'array', items: link }, OPTIONS)).not.toBeNull();
  });

  const objects = (count: number, to: (index: number) => object): object =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`r${index}`, to(index)]));
  const chain = (count: number): object =>
    objects(count, (index) => ({ type: 'object', properties: { next: { $ref: `#/$defs/r${(index + 1) % count}` } } }));
  const $defs = chain(20);
  const from = (index: number): object => ({ $ref: `#/$defs/r${index}`, $defs });
  const body = (index: number): object => ({ type: 'array', items: { $ref: `#/$defs/r${index}` }, $defs });

  it('are bounded by what is new of each walker: what was there counts for none', () => {
    const limits = { functions: 20 };
    expect(walkers(limits).compile(body(0))).toBe(false);
    const { compile } = walkers(limits);
    expect(compile(from(0))).toBe(true);
    expect(compile(body(0))).toBe(true);
  });

  it('are bounded for each walker by the length of their source', () => {
    expect(walkers({ source: 1_000 }).compile(from(0))).toBe(false);
    expect(walkers({ source: 100_000 }).compile(from(0))).toBe(true);
  });

  it('are not written again to where they were too many', () => {
    const { compile, asked } = walkers({ functions: 20 });
    const big = { type: 'object', properties: { text, next: { $ref: '#/$defs/r0' } } };
    expect(compile({ $ref: '#/$defs/big', $defs: { ...$defs, big } })).toBe(false);
    const before = asked();
    expect(compile({ type: 'array', items: { $ref: '#/$defs/big' }, $defs: { ...$defs, big } })).toBe(false);
    expect(asked()).toBe(before);
  });

  it('may be written for the parts of a schema that takes too many', () => {
    const { compile } = walkers({ functions: 20 });
    expect(compile(body(0))).toBe(false);
    expect(compile(from(0))).toBe(true);
    expect(compile(body(1))).toBe(true);
  });

  it.each([
    ['in number', { allFunctions: 61 }],
    ['in source', { allSource: 60_000 }],
  ])('are bounded for the document %s, with those of walkers that came to nothing', (_, limits) => {
    const { compile } = walkers(limits);
    const others = Array.from({ length: 10 }, () => chain(20));
    const made = others.map(($defs) => compile({ $ref: '#/$defs/r0', $defs }));
    expect(made.indexOf(false)).toBeGreaterThan(2);
    expect(made.slice(made.indexOf(false))).not.toContain(true);
    const broken = walkers(limits);
    for (const $defs of others)
      expect(broken.compile({ $ref: '#/$defs/r0', $defs: { ...$defs, r19: { not: {} } } })).toBe(false);
    expect(broken.compile(from(0))).toBe(false);
  });
});
