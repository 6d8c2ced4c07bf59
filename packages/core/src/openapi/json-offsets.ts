import { endOfString } from './json-measure.ts';
import type { PointerNode } from './pointer-trie.ts';

/**
 * Sets the offset of every place of `trie` in a JSON text that has been parsed before: a member's is that of its name, an item's that
 * of its value. One pass; of repeated members the last one counts, as `JSON.parse` reads them.
 */
export function findJsonOffsets(text: string, trie: PointerNode): void {
  visit(text, 0, trie);
}

/** Returns the index after the value that starts at or after `start`. */
function visit(text: string, start: number, node: PointerNode): number {
  const index = skipSpace(text, start);
  if (node.children.size === 0) return skipValue(text, index);
  if (text[index] === '{') return visitObject(text, index, node);
  if (text[index] === '[') return visitArray(text, index, node);
  return skipValue(text, index);
}

function visitObject(text: string, start: number, node: PointerNode): number {
  let index = skipSpace(text, start + 1);
  while (index < text.length && text[index] !== '}') {
    const name = index;
    const end = endOfString(text, index) + 1;
    const next = node.children.get(nameOf(text.slice(name, end)));
    const value = skipSpace(text, end) + 1;
    if (next === undefined) index = skipValue(text, skipSpace(text, value));
    else {
      next.offset = name;
      index = visit(text, value, next);
    }
    index = skipSpace(text, index);
    if (text[index] === ',') index = skipSpace(text, index + 1);
  }
  return index + 1;
}

function visitArray(text: string, start: number, node: PointerNode): number {
  let index = skipSpace(text, start + 1);
  for (let item = 0; index < text.length && text[index] !== ']'; item++) {
    const next = node.children.get(String(item));
    if (next === undefined) index = skipValue(text, index);
    else {
      next.offset = index;
      index = visit(text, index, next);
    }
    index = skipSpace(text, index);
    if (text[index] === ',') index = skipSpace(text, index + 1);
  }
  return index + 1;
}

function nameOf(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

function skipValue(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    switch (text[index]) {
      case '"':
        index = endOfString(text, index);
        if (depth === 0) return index + 1;
        break;
      case '{':
      case '[':
        depth++;
        break;
      case '}':
      case ']':
        if (depth === 0) return index;
        depth--;
        if (depth === 0) return index + 1;
        break;
      case ',':
        if (depth === 0) return index;
        break;
      default:
    }
  }
  return text.length;
}

function skipSpace(text: string, start: number): number {
  let index = start;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
    index++;
  }
  return index;
}
