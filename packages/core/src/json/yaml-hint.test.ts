import { describe, expect, test } from 'vitest';
import { parseYaml } from '../policy/parse-yaml.ts';

function hintOf(text: string): string | null {
  const result = parseYaml(text);
  if (result.ok) throw new Error('it is YAML');
  return result.hint;
}

describe('yamlHint', () => {
  test.each([
    ['a:\n \tb: 1\n  c: 2', 'Indent with spaces: the line begins with a tab.'],
    ['a: { b: ${env:B} }', 'Within { } and [ ], put ${…} into quotes.'],
    ['a: { b: 1 c: 2 }', 'Put a comma between entries, and a text with { } [ ] or , in it into quotes.'],
    ['a: { b: 1', 'A { or [ before it is not closed.'],
    ["a: 'b", 'A quote before it is not closed, or the line does not stand far enough to the right.'],
    ['a: { b: 1\n', 'A quote, { or [ before it is not closed, or the line does not stand far enough to the right.'],
    [
      "a: { b: 'c\nd: 1",
      'A quote, { or [ before it is not closed, or the line does not stand far enough to the right.',
    ],
    [
      'a: b\n  c: d',
      'Begin the line in the same column as those that it belongs with; a text with a colon and a blank in it needs quotes.',
    ],
    ['a: 1\na: 2', 'Say each thing once; the two could say different things.'],
  ])('says of %j what to do', (text, hint) => {
    expect(hintOf(text)).toBe(hint);
  });
});
