import { describe, expect, it } from 'vitest';
import { readJsonItems } from './json-items.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import type { Marks } from './marks.ts';

const MARKS: Marks = { kinds: 1, classes: [], visible: [], writable: [], texts: [], encrypted: false };
/** Marks members called `x`, and each item as a whole where `whole` says so. */
function placeOf(whole: boolean): MarkedPlace {
  const place = (marks: Marks | null): MarkedPlace => ({
    marks,
    member: (name) => (name === 'x' ? place(MARKS) : null),
    item: () => null,
    declared: () => [],
  });
  return place(whole ? MARKS : null);
}

/** Replaces what is marked, after all of it was visited, by the place where it stood. */
function edit(text: string, whole: boolean, separator = 0x0a, before: 0 | 1 = 0): string | null {
  const items = readJsonItems(new TextEncoder().encode(text), separator, before);
  if (items === null) return null;
  const values: { replace(text: string): void; readonly pointer: string }[] = [];
  for (const pass of [0, 1])
    items.visit(placeOf(whole), (value) => {
      if (pass === 1) values.push(value);
      return false;
    });
  for (const value of values) value.replace(value.pointer);
  return new TextDecoder().decode(items.bytes());
}

describe('JSON texts one after the other', () => {
  it('are edited where something is marked, and stay byte for byte as they were elsewhere', () => {
    expect(edit('{"x":1, "y" : 2}\n\n {} \r\n{"y": 1.0}\n[ ]\n{"x":{}}', false)).toBe(
      '{"x":"/0/x","y" : 2}\n\n {} \r\n{"y": 1.0}\n[ ]\n{"x":"/4/x"}',
    );
  });

  it('are edited as wholes too, those with nothing in them among them', () => {
    expect(edit('{}\n7 \n"a"\n[]\n', true)).toBe('"/0"\n"/1" \n"/2"\n"/3"\n');
  });

  it('are edited between record separators', () => {
    expect(edit('\x1e{}\n\x1e{"x":1}\n', false, 0x1e, 1)).toBe('\x1e{}\n\x1e{"x":"/1/x"}\n');
  });

  it('are none where one of them goes on behind its end, or has none', () => {
    for (const text of ['[1\n]', '{"x":1\n}\n', '{"x"\n:1}', '1 2\n', '{}\n{', '"a\nb"', '{}{}\n'])
      expect(edit(text, false)).toBeNull();
  });
});
