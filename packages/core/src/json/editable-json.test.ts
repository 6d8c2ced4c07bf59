import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EditableJson } from './editable-json.ts';
import type { JsonNode } from './json-node.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (json: EditableJson): string => new TextDecoder().decode(json.bytes());

function parse(source: string): EditableJson {
  const json = EditableJson.parse(bytes(source));
  if (json === null) throw new Error(`not taken: ${source}`);
  return json;
}

function at(json: EditableJson, ...path: (string | number)[]): JsonNode {
  let node: JsonNode | undefined = json.root;
  for (const key of path) node = typeof key === 'string' ? node?.members?.get(key) : node?.items?.[key];
  if (node === undefined) throw new Error(`nothing at ${path.join('/')}`);
  return node;
}

describe('EditableJson', () => {
  it('gives the same bytes back where nothing was edited', () => {
    const source = bytes(' { "a" : 1.0 , "b":[ ] } ');
    expect(EditableJson.parse(source)?.bytes()).toBe(source);
  });

  it('keeps the digits of every number beside an edit', () => {
    const json = parse('{"id":12345678901234567890,"rate":1.0,"small":1e-400,"secret":"x"}');
    json.remove(at(json, 'secret'));
    expect(text(json)).toBe('{"id":12345678901234567890,"rate":1.0,"small":1e-400}');
  });

  it('replaces and removes deep inside arrays and leaves the siblings as they came', () => {
    const json = parse('{"list":[ {"a":"\\u00e9","b":2} , {"a":"x"} ],"rest" : [ 1 , 2 ]}');
    json.replace(at(json, 'list', 0, 'b'), { sealed: true });
    json.remove(at(json, 'list', 1));
    expect(text(json)).toBe('{"list":[{"a":"\\u00e9","b":{"sealed":true}}],"rest" : [ 1 , 2 ]}');
  });

  it('removes the only member and the only item', () => {
    const json = parse('{"a":{"b":1},"c":[2]}');
    json.remove(at(json, 'a', 'b'));
    json.remove(at(json, 'c', 0));
    expect(text(json)).toBe('{"a":{},"c":[]}');
  });

  it('an edit of a whole value covers edits inside it, in either order', () => {
    const json = parse('{"a":{"b":1}}');
    json.replace(at(json, 'a'), null);
    json.remove(at(json, 'a', 'b'));
    expect(text(json)).toBe('{"a":null}');
    expect(json.isRemoved(at(json, 'a', 'b'))).toBe(true);
  });

  it('takes no root away and no value without a text', () => {
    const json = parse('[]');
    expect(() => json.remove(json.root)).toThrow(TypeError);
    expect(() => json.replace(json.root, undefined)).toThrow(TypeError);
  });

  it.each([
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":1,"a":2}',
    '{"__proto__":1}',
    '{"\\u005f_proto__":1}',
    '1 2',
    '"\\ud800"',
    '01',
  ])('does not take %j', (source) => expect(EditableJson.parse(bytes(source))).toBeNull());

  it('does not take a text that is nested without end', () => {
    expect(EditableJson.parse(bytes('['.repeat(100_000)))).toBeNull();
    expect(EditableJson.parse(bytes('['.repeat(512) + ']'.repeat(512)))).not.toBeNull();
  });

  it('law: removing_a_member_is_deleting_it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (value, pick) => {
        delete value['__proto__'];
        const plain = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        const json = EditableJson.parse(bytes(JSON.stringify(plain)));
        // A lone surrogate or a nested `__proto__` has no strict text.
        fc.pre(json !== null);
        const names = Object.keys(plain);
        const name = names[pick % Math.max(names.length, 1)];
        if (name !== undefined) json.remove(at(json, name));
        const kept = Object.fromEntries(Object.entries(plain).filter(([key]) => key !== name));
        expect(JSON.parse(text(json))).toEqual(kept);
      }),
    );
  });

  it('puts members behind those of an object and items behind one of an array, and leaves every other byte', () => {
    const json = EditableJson.parse(new TextEncoder().encode('{"a": [1.0, 2], "b": {}}'));
    const a = json?.root.members?.get('a');
    const first = a?.items?.[0];
    const b = json?.root.members?.get('b');
    if (!json || !a || !first || !b) throw new Error('no JSON');
    json.addBehind(first, 'x');
    json.addBehind(first, { y: null });
    json.set(b, 'n"', null);
    json.set(b, 'n"', 7);
    json.set(json.root, 'a2', true);
    json.set(json.root, 'b', 'whole');
    expect(new TextDecoder().decode(json.bytes())).toBe('{"a": [1.0,"x",{"y":null},2],"b": "whole","a2":true}');
    expect(json.edited).toBe(true);
    expect(() => json.set(first, 'a', 1)).toThrow(TypeError);
    expect(() => json.addBehind(b, 1)).toThrow(TypeError);
  });
});
