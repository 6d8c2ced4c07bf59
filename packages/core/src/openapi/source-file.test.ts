import { dump } from 'js-yaml';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../json/json-value.ts';
import { inspectJson } from './json-inspection.ts';
import { measureJson } from './json-measure.ts';
import { childPointer } from './located.ts';
import { locationsOf, offsetsOf } from './source-file.ts';

/** Every place of a value with what stands there. */
function places(value: JsonValue, pointer = ''): { pointer: string; key: string | number | null; value: JsonValue }[] {
  const found: { pointer: string; key: string | number | null; value: JsonValue }[] = [];
  const visit = (node: JsonValue, at: string, key: string | number | null): void => {
    found.push({ pointer: at, key, value: node });
    if (Array.isArray(node)) node.forEach((item: JsonValue, index) => visit(item, childPointer(at, index), index));
    else if (typeof node === 'object' && node !== null)
      for (const [name, member] of Object.entries(node)) visit(member as JsonValue, childPointer(at, name), name);
  };
  visit(value, pointer, null);
  return found;
}

const anyJson = fc.jsonValue({ maxDepth: 5 }) as fc.Arbitrary<JsonValue>;

describe('offsetsOf', () => {
  test('law every_place_of_a_JSON_text_is_found: the text from the offset on starts with the member name or the item', () => {
    fc.assert(
      fc.property(anyJson, fc.constantFrom(undefined, 1, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const all = places(value);
        const offsets = offsetsOf(
          { format: 'json', text },
          all.map((place) => place.pointer),
        );
        for (const [index, place] of all.entries()) {
          const expected =
            typeof place.key === 'string' ? JSON.stringify(place.key) : JSON.stringify(place.value).slice(0, 1);
          expect(text.slice(offsets[index]).startsWith(expected)).toBe(true);
        }
      }),
    );
  });

  test('law every_place_of_a_YAML_text_is_found: places of one object come in the order of the text', () => {
    const names = fc.stringMatching(/^[a-z/~$]{1,6}$/);
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.integer(),
        fc.stringMatching(/^[a-z]{1,5}$/),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(names, tie('node'), { maxKeys: 3 }),
      ),
    })).node as fc.Arbitrary<JsonValue>;
    fc.assert(
      fc.property(tree, (value) => {
        const text = dump(value);
        const all = places(value);
        const offsets = offsetsOf(
          { format: 'yaml', text },
          all.map((place) => place.pointer),
        );
        for (const [index, place] of all.entries()) {
          if (index > 0) expect(offsets[index]).toBeGreaterThanOrEqual(offsets[index - 1] ?? 0);
          if (typeof place.key === 'string')
            expect(text.slice(offsets[index]).replace(/^['"]/, '').startsWith(place.key)).toBe(true);
        }
      }),
    );
  });

  test('a place that does not exist falls back to the nearest one around it', () => {
    const source = { format: 'json' as const, text: '{"a":{"b":[1]}}' };
    expect(offsetsOf(source, ['/a/b/7/c', '/a/x', '/x', 'no pointer'])).toEqual([6, 1, 0, 0]);
  });

  test('a place behind a YAML alias or a merge key is where it is written', () => {
    const text = 'base: &b\n  deep:\n    x: 1\nuse: *b\nmerged:\n  <<: *b\n  own: 2\n';
    const [alias, merged, own] = offsetsOf({ format: 'yaml', text }, ['/use/deep/x', '/merged/deep/x', '/merged/own']);
    expect(alias).toBe(text.indexOf('x: 1'));
    expect(merged).toBe(text.indexOf('x: 1'));
    expect(own).toBe(text.indexOf('own: 2'));
  });

  test('an alias inside the value that it names is not followed', () => {
    expect(offsetsOf({ format: 'yaml', text: 'a: &x\n  <<: *x\n  b: 1\n' }, ['/a/c/d'])).toEqual([0]);
  });
});

describe('locationsOf', () => {
  test('counts lines and columns from 1', () => {
    const text = 'ab\ncd\n\nef';
    expect(locationsOf('f', text, [0, 1, 3, 6, 8, 99])).toEqual([
      { file: 'f', line: 1, column: 1 },
      { file: 'f', line: 1, column: 2 },
      { file: 'f', line: 2, column: 1 },
      { file: 'f', line: 3, column: 1 },
      { file: 'f', line: 4, column: 2 },
      { file: 'f', line: 4, column: 3 },
    ]);
  });
});

describe('inspectJson', () => {
  test('law accepts_what_JSON_parse_accepts', () => {
    fc.assert(fc.property(anyJson, (value) => inspectJson(JSON.stringify(value)).length === 0));
    const noise = fc.stringMatching(/^[[\]{}",:0-9etrufalsn.\\ -]{0,12}$/);
    fc.assert(
      fc.property(noise, (text) => {
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        expect(inspectJson(text).some((fault) => fault.kind === 'syntax')).toBe(!parses);
      }),
      { numRuns: 2000 },
    );
  });

  test('finds every repeated member, in whatever spelling', () => {
    const faults = inspectJson('{"a":1,"b":{"x":1,"x":2},"\\u0061":2}');
    expect(faults.map((fault) => [fault.kind, fault.pointer, fault.offset])).toEqual([
      ['duplicate', '/b/x', 18],
      ['duplicate', '/a', 25],
    ]);
  });
});

describe('measureJson', () => {
  test('law counts_members_as_they_stand', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const members = places(value).filter((place) => typeof place.key === 'string').length;
        expect(measureJson(JSON.stringify(value)).members).toBe(members);
      }),
    );
  });
});
