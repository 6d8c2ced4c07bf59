/** What a JSON text holds, seen without building it. Figures of a text that is not JSON mean nothing. */
export interface JsonMeasure {
  /** Members of all objects, a repeated name counted each time. */
  readonly members: number;
  readonly maxDepth: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Counts members and nesting in one pass, strings skipped. It runs before `JSON.parse`, which would build a bracket bomb whole; and
 * members counted here but missing from the parsed value are duplicates, which `JSON.parse` drops without a word.
 */
export function measureJson(text: string): JsonMeasure {
  let members = 0;
  let depth = 0;
  let maxDepth = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = endOfString(text, index);
        break;
      case 0x3a: // :
        members++;
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth++;
        if (depth > maxDepth) maxDepth = depth;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        break;
      default:
    }
  }
  return { members, maxDepth };
}

/** Index of the quote that closes the string opened at `start`; the text's length where it never closes. */
export function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let before = end - 1;
    while (before > start && text.charCodeAt(before) === BACKSLASH) before--;
    if ((end - 1 - before) % 2 === 0) return end;
  }
}
