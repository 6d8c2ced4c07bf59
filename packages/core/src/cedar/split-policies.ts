/** One policy of a file: its text, and where it begins. */
export interface PolicyText {
  readonly text: string;
  /** In UTF-16 code units. */
  readonly start: number;
}

/** Cuts a file into its policies, each with its closing semicolon. What follows the last one comes too, where it is more than blanks and comments. */
export function splitPolicies(text: string): PolicyText[] {
  const policies: PolicyText[] = [];
  let start = -1;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === SLASH && text.charCodeAt(at + 1) === SLASH) {
      at = lineEnd(text, at);
      continue;
    }
    if (start < 0) {
      if (isBlank(char)) continue;
      start = at;
    }
    if (char === QUOTE) at = stringEnd(text, at);
    else if (char === SEMICOLON) {
      policies.push({ text: text.slice(start, at + 1), start });
      start = -1;
    }
  }
  if (start >= 0) policies.push({ text: text.slice(start), start });
  return policies;
}

const SLASH = 0x2f;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;

function isBlank(char: number): boolean {
  return char === 0x20 || (char >= 0x09 && char <= 0x0d) || char === 0xfeff;
}

function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x0a || char === 0x0d) return at;
  }
  return text.length;
}

function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) at++;
    else if (char === QUOTE) return at;
  }
  return text.length;
}

/** The place of an offset, counting from 1; columns in characters as an editor counts them. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}

/** The UTF-16 offset of a byte offset. */
export function offsetOfByte(text: string, byte: number): number {
  let bytes = 0;
  let at = 0;
  while (at < text.length && bytes < byte) {
    const code = text.codePointAt(at) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    at += code < 0x10000 ? 1 : 2;
  }
  return at;
}
