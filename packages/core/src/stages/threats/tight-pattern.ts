import { overlaps, toCharSet, type CharSet } from '../../schema/pattern/char-set.ts';
import { parsePattern } from '../../schema/pattern/parse-pattern.ts';
import { someNode, type PatternNode } from '../../schema/pattern/pattern-node.ts';

/** Signs that no injection does without, and blanks: words with blanks between them are SQL already. */
const SIGNS: CharSet = toCharSet(
  [...'\'"`<>&;|$(){}[]\\%#=*!~^\u00a0 ']
    .flatMap((sign) => [sign.charCodeAt(0), sign.charCodeAt(0)])
    .concat([0, 31, 127, 0x10ffff]),
);

/** Whether a pattern of a schema holds from the first to the last character and lets none through that an injection could be made with. */
export function isTightPattern(source: string): boolean {
  let tree: PatternNode;
  try {
    tree = parsePattern(source, true);
  } catch {
    return false;
  }
  if (tree.kind !== 'sequence' || tree.items[0]?.kind !== 'start' || tree.items.at(-1)?.kind !== 'end') return false;
  const inner = tree.items.slice(1, -1);
  // A slash with dots is a path; either alone is not.
  const slash = inner.some((node) => someNode(node, (one) => one.kind === 'set' && overlaps(one.set, [47, 47])));
  const dot = inner.some((node) => someNode(node, (one) => one.kind === 'set' && overlaps(one.set, [46, 46])));
  if (slash && dot) return false;
  return !inner.some((node) =>
    someNode(node, (one) => one.kind === 'backreference' || (one.kind === 'set' && overlaps(one.set, SIGNS))),
  );
}
