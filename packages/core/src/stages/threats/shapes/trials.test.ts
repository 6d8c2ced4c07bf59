import { expect, test } from 'vitest';
import { parsePattern } from '../../../schema/pattern/parse-pattern.ts';
import type { PatternNode } from '../../../schema/pattern/pattern-node.ts';
import { CODE_SHAPES, NOSQL_SHAPES } from './code-shapes.ts';
import { COMMAND_SHAPES, SEPARATED_SHAPES } from './command-shapes.ts';
import { DESERIALIZATION_SHAPES, HEADER_SHAPES, LDAP_SHAPES, XML_SHAPES, XPATH_SHAPES } from './protocol-shapes.ts';
import { SCRIPT_SHAPES } from './script-shapes.ts';
import { beginWith, separatedAt } from './separated-trials.ts';
import { followText } from './shape-states.ts';
import { SQL_SHAPES } from './sql-shapes.ts';
import { LOOKUP_SHAPES, TEMPLATE_SHAPES } from './template-shapes.ts';
import { BEHIND_SIGN, beginningOf, Trials } from './trials.ts';

const SHAPES = [
  ...SQL_SHAPES,
  ...NOSQL_SHAPES,
  ...COMMAND_SHAPES,
  ...CODE_SHAPES,
  ...SCRIPT_SHAPES,
  ...TEMPLATE_SHAPES,
  ...LOOKUP_SHAPES,
  ...LDAP_SHAPES,
  ...XPATH_SHAPES,
  ...HEADER_SHAPES,
  ...DESERIALIZATION_SHAPES,
  ...XML_SHAPES,
];

/** A fixed sequence of numbers below one. */
function createRandom(): () => number {
  let state = 20_261_123;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** A text that a pattern may begin with: what it looks ahead and behind for is left out. */
function write(node: PatternNode, random: () => number): string {
  const one = (most: number): number => Math.floor(random() * most);
  switch (node.kind) {
    case 'set': {
      const range = one(node.set.length / 2) * 2;
      const low = node.set[range] as number;
      return String.fromCharCode(low + one(Math.min((node.set[range + 1] as number) - low + 1, 96)));
    }
    case 'sequence':
      return node.items.map((item) => write(item, random)).join('');
    case 'choice':
      return write(node.items[one(node.items.length)] as PatternNode, random);
    case 'repeat':
      return Array.from({ length: node.min + one(Math.min(node.max - node.min, 12) + 1) }, () =>
        write(node.item, random),
      ).join('');
    default:
      return '';
  }
}

test('law: what follows a trigger rules out no shape whose pattern matches there', () => {
  const random = createRandom();
  let matched = 0;
  for (const shape of SHAPES) {
    const tree = parsePattern(shape.pattern.source, false);
    for (const trigger of new Set(shape.triggers)) {
      const trials = new Trials(
        [{ shape, behind: () => followText(beginningOf(shape), trigger), seconds: '' }],
        BEHIND_SIGN,
      );
      for (let round = 0; round < 60; round += 1) {
        const text = ` ${write(tree, random)}`;
        shape.pattern.lastIndex = 1;
        if (!text.startsWith(trigger, 1) || !shape.pattern.test(text)) continue;
        matched += 1;
        expect([trials.candidates(text, 1 + trigger.length), text]).toEqual([1, text]);
      }
    }
  }
  expect(matched).toBeGreaterThan(2_000);
});

test('law: a program behind a separator rules out no shape whose pattern matches there', () => {
  const random = createRandom();
  let matched = 0;
  for (const [index, shape] of SEPARATED_SHAPES.entries()) {
    const tree = parsePattern(shape.pattern.source, false);
    for (let round = 0; round < 3_000; round += 1) {
      const text = write(tree, random);
      shape.pattern.lastIndex = 0;
      const command = /[^\s;|&+"'(]/.exec(text)?.index ?? text.length;
      if (!shape.pattern.test(text)) continue;
      // A name with a digit in it is none that is looked for, and behind a path the last name counts.
      if (!/^(?:\/?[a-z_]+)*(?![\da-z_/])/.test(text.slice(command)) || separatedAt(text, command) === 0) continue;
      matched += 1;
      const left = separatedAt(text, command) & beginWith(text.charCodeAt(0));
      expect([left & (1 << index), text]).toEqual([1 << index, text]);
    }
  }
  expect(matched).toBeGreaterThan(1_000);
});
