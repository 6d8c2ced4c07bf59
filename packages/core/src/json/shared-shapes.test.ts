import { describe, expect, it } from 'vitest';
import { compileWalker, type WalkerOptions } from './compile-walker.ts';
import { UnwalkableSchemas } from './unwalkable-schemas.ts';

/** Walkers of one document, and how often one of them asked for the pattern of a text. */
function walkers(): { readonly compile: (schema: object) => boolean; readonly asked: () => number } {
  let asked = 0;
  const options: WalkerOptions = {
    undeclared: 'strip',
    bounds: { maxDepth: 64, maxKeys: 1_000 },
    formats: new Map(),
    pattern: () => {
      asked += 1;
      return () => true;
    },
    unwalkable: new UnwalkableSchemas(),
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
});
