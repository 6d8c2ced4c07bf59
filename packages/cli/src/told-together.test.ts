import { describe, expect, it } from 'vitest';
import type { ConfigurationProblem } from '@sallyport/core';
import { groupAlike, placesInWords } from './told-together.ts';

function warning(line: number, path: string, more: Partial<ConfigurationProblem> = {}): ConfigurationProblem {
  return {
    file: 'a.json',
    line,
    column: 1,
    code: 'DOCUMENT_PATH_UNREACHABLE',
    path,
    message: 'm',
    hint: null,
    ...more,
  };
}

const unreachable = (count: number): ConfigurationProblem[] =>
  Array.from({ length: count }, (_, index) => warning(index + 1, `/paths/~1#${index}`));

function inWords(warnings: readonly ConfigurationProblem[]): readonly (string | null)[] {
  return groupAlike(warnings).map(placesInWords);
}

describe('groupAlike', () => {
  it('names the first of many places of one cause with their lines, and says how many there are and who lists them', () => {
    expect(inWords(unreachable(304))).toEqual([
      'This holds of 304 places: /#0 (line 1), /#1 (line 2), /#2 (line 3) and 301 more; `sallyport check --json` lists every one.',
    ]);
    expect(inWords(unreachable(3))).toEqual(['This holds of 3 places: /#0 (line 1), /#1 (line 2), /#2 (line 3).']);
  });

  it('keeps apart what differs in code, message, hint or file, in the order of the first of each', () => {
    const differing = [{ code: 'OTHER' }, { message: 'other' }, { hint: 'other' }, { file: 'b.json' }].map((more) =>
      warning(9, '/x', more),
    );
    const groups = groupAlike([warning(1, '/x'), ...differing, warning(2, '/y')]);
    expect(groups.map((group) => group.length)).toEqual([2, 1, 1, 1, 1]);
    expect(groups.slice(1).map(([first]) => first)).toEqual(differing);
    expect(groups.map(placesInWords)).toEqual([
      'This holds of 2 places: /x (line 1), /y (line 2).',
      null,
      null,
      null,
      null,
    ]);
  });

  it('calls operations by their path and all else by its pointer, long names cut and without control characters', () => {
    const pointers = [
      '/paths/~1a/get',
      '/paths/~1a/get/responses',
      '/paths',
      `/paths/~1${'b'.repeat(100)}`,
      '/\u001b[2J\n',
    ];
    for (const [pointer, name] of [
      [pointers[0], '/a'],
      [pointers[1], '/paths/~1a/get/responses'],
      [pointers[2], '/paths'],
      [pointers[3], `/${'b'.repeat(79)}…`],
      [pointers[4], '/[2J'],
      ['', ''],
    ] as const)
      expect(inWords([warning(0, pointer ?? ''), warning(0, '/z')])).toEqual([`This holds of 2 places: ${name}, /z.`]);
  });
});
