import type { CharSet } from './char-set.ts';
import type { PatternNode } from './pattern-node.ts';

/** `native`: for `new RegExp(…, 'u')`; `re2`: the syntax of RE2, in which `$`, `\d`, `\s` and `.` would mean other things. */
export type PatternSyntax = 'native' | 're2';

/** Writes the tree out with explicit code point ranges, so that every engine means the same. Null where the syntax has no words for it. */
export function renderPattern(node: PatternNode, syntax: PatternSyntax): string | null {
  switch (node.kind) {
    case 'set':
      return renderSet(node.set, syntax);
    case 'sequence':
      return renderAll(node.items, syntax, '');
    case 'choice': {
      const inner = renderAll(node.items, syntax, '|');
      return inner === null ? null : `(?:${inner})`;
    }
    case 'repeat': {
      const inner = renderPattern(node.item, syntax);
      if (inner === null) return null;
      if (inner === '') return '';
      const max = node.max === Number.POSITIVE_INFINITY ? '' : String(node.max);
      return `(?:${inner}){${node.min},${max}}`;
    }
    case 'start':
      return syntax === 'native' ? '^' : '\\A';
    case 'end':
      return syntax === 'native' ? '$' : '\\z';
    case 'boundary':
      return node.negated ? '\\B' : '\\b';
    case 'look': {
      if (syntax === 're2') return null;
      const inner = renderPattern(node.item, syntax);
      return inner === null ? null : `(?${node.ahead ? '' : '<'}${node.negated ? '!' : '='}${inner})`;
    }
    case 'backreference':
      return null;
  }
}

function renderAll(items: readonly PatternNode[], syntax: PatternSyntax, separator: string): string | null {
  const parts: string[] = [];
  for (const item of items) {
    const part = renderPattern(item, syntax);
    if (part === null) return null;
    parts.push(part);
  }
  return parts.join(separator);
}

function renderSet(set: CharSet, syntax: PatternSyntax): string {
  // An empty class: nothing matches it, and neither syntax has a safe short form in common.
  if (set.length === 0) return syntax === 'native' ? '[]' : '[^\\x{0}-\\x{10FFFF}]';
  const escape = (code: number): string =>
    syntax === 'native' ? `\\u{${code.toString(16)}}` : `\\x{${code.toString(16)}}`;
  let inside = '';
  for (let i = 0; i < set.length; i += 2) {
    const low = set[i] as number;
    const high = set[i + 1] as number;
    inside += low === high ? escape(low) : `${escape(low)}-${escape(high)}`;
  }
  return `[${inside}]`;
}
