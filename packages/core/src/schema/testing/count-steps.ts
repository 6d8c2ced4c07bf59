import { isAnchored } from '../pattern/pattern-cost.ts';
import type { PatternNode } from '../pattern/pattern-node.ts';

type Next = (at: number) => boolean;

class TooManySteps extends Error {}

/** How many steps a plain backtracking engine takes to test a text, `limit` at most. Slow on purpose: it is what `patternCost` is measured against in tests. */
export function countSteps(pattern: PatternNode, text: string, limit: number): number {
  const characters = [...text].map((c) => c.codePointAt(0) ?? 0);
  const isWord = (code: number | undefined): boolean => code !== undefined && /\w/.test(String.fromCodePoint(code));
  let steps = 0;

  function run(node: PatternNode, at: number, next: Next): boolean {
    if (++steps > limit) throw new TooManySteps();
    switch (node.kind) {
      case 'set': {
        const code = characters[at];
        return code !== undefined && contains(node.set, code) && next(at + 1);
      }
      case 'sequence': {
        const from = (i: number, place: number): boolean => {
          const item = node.items[i];
          return item === undefined ? next(place) : run(item, place, (after) => from(i + 1, after));
        };
        return from(0, at);
      }
      case 'choice':
        return node.items.some((item) => run(item, at, next));
      case 'repeat': {
        const again = (count: number, place: number): boolean => {
          const more =
            count < node.max &&
            run(node.item, place, (after) => (after > place || count < node.min) && again(count + 1, after));
          return more || (count >= node.min && next(place));
        };
        return again(0, at);
      }
      case 'look':
        return run(node.item, at, () => true) !== node.negated && next(at);
      case 'start':
        return at === 0 && next(at);
      case 'end':
        return at === characters.length && next(at);
      case 'boundary':
        return (isWord(characters[at - 1]) !== isWord(characters[at])) !== node.negated && next(at);
      case 'backreference':
        return next(at);
    }
  }

  try {
    const last = isAnchored(pattern) ? 0 : characters.length;
    for (let start = 0; start <= last; start++) if (run(pattern, start, () => true)) break;
  } catch (error) {
    if (!(error instanceof TooManySteps)) throw error;
  }
  return steps;
}

function contains(set: readonly number[], code: number): boolean {
  for (let i = 0; i < set.length; i += 2) if (code >= (set[i] as number) && code <= (set[i + 1] as number)) return true;
  return false;
}
