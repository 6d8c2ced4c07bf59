import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EditableJson } from './editable-json.ts';
import type { JsonNode } from './json-node.ts';
import { JsonCursor, textOfRaw } from './json-cursor.ts';

const rawOf = (text: string): string => Buffer.from(text).toString('latin1');

/** What is found at an offset: its text, its way, and what it is. */
function at(text: string, offset: number): readonly unknown[] | null {
  const cursor = new JsonCursor(rawOf(text));
  if (!cursor.seek(offset)) return null;
  const kind = cursor.isName ? 'name' : cursor.isString ? 'string' : 'other';
  return [text.slice(cursor.start, cursor.end), [...cursor.path()], kind];
}

describe('JsonCursor', () => {
  it.each([
    ['{"a":"here"}', 'here', ['a'], 'string'],
    ['{"here":"b"}', 'here', ['here'], 'name'],
    ['{"a":[1,{"b":"x"},"here"]}', 'here', ['a', 2], 'string'],
    ['{"a":[1,{"b":["x"],"c":"here"},3]}', 'here', ['a', 1, 'c'], 'string'],
    ['{"a":{"b":{}},"c":[[],[true,here]]}', 'here', ['c', 1, 1], 'other'],
    ['[ { "a" : "\\"," , "b" : "here" } ]', 'here', [0, 'b'], 'string'],
    ['{"a\\"b":{"c":"here"}}', 'here', ['a\\"b', 'c'], 'string'],
    ['"here"', 'here', [], 'string'],
    ['here', 'here', [], 'other'],
  ] as const)('finds in %s where %s stands', (text, word, path, kind) => {
    for (const offset of [text.indexOf(word), text.indexOf(word) + word.length - 1])
      expect(at(text, offset)).toEqual([word, path, kind]);
  });

  it('goes on from one to the next', () => {
    const text = '{"a":"one","b":[2,"three"]}';
    const cursor = new JsonCursor(text);
    const ways = [text.indexOf('one'), text.indexOf('2'), text.indexOf('three')].map((offset) => {
      cursor.seek(offset);
      return [...cursor.path()].join('/');
    });
    expect(ways).toEqual(['a', 'b/0', 'b/1']);
  });

  it.each(['{"a":"b', '}', ']', ',', '{"a":[1}}}', '"a"}'])(
    'calls %s broken where it is looked through to the end',
    (text) => {
      const cursor = new JsonCursor(text);
      expect(cursor.seek(text.length + 1)).toBe(false);
      expect(cursor.broken).toBe(true);
    },
  );

  it('law: finds every string, number and name of a JSON text where the tree has it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }), fc.constantFrom(0, 1), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const tree = EditableJson.parse(Buffer.from(text));
        if (tree === null) return;
        const raw = rawOf(text);
        const visit = (node: JsonNode, way: readonly (string | number)[]): void => {
          for (const [key, member] of node.members ?? []) visit(member, [...way, key]);
          for (const [index, item] of (node.items ?? []).entries()) visit(item, [...way, index]);
          if (node.members !== null || node.items !== null) return;
          const cursor = new JsonCursor(raw);
          expect(cursor.seek(node.end - 1)).toBe(true);
          expect([...cursor.path()].map((token) => (typeof token === 'string' ? textOfRaw(token) : token))).toEqual(
            way,
          );
          const found = raw.slice(cursor.start, cursor.end);
          expect(cursor.isString ? textOfRaw(found) : JSON.parse(found)).toEqual(tree.value(node));
        };
        visit(tree.root, []);
      }),
    );
  });
});

describe('textOfRaw', () => {
  it.each(['plain', 'é', '\\n', '\\u00e9', 'a\\"b', '👍', ''])('reads %s as JSON does', (text) => {
    expect(textOfRaw(rawOf(text))).toBe(JSON.parse(`"${text}"`));
  });

  it('reads nothing from a broken escape', () => {
    expect(textOfRaw('\\x')).toBeNull();
  });
});
