import type { TextLocation, TextVisitor } from './threat-judge.ts';

const QUOTE = 34;
const BACKSLASH = 92;
/** What stands in JSON outside of its strings: structure, numbers, and the letters of its three words. */
const OUTSIDE = new Uint8Array(256);
for (const character of '{}[],: \t\r\n0123456789+-.eEtrufalsn') OUTSIDE[character.charCodeAt(0)] = 1;
const BETWEEN = /[{}[\],:;=\n\r]+/;
const decoder = new TextDecoder();

/** Whether anything stands outside of strings that does not belong into JSON: comments, names and texts in other quotes or in none. */
export function isLooselyWritten(bytes: Uint8Array): boolean {
  const { length } = bytes;
  for (let at = 0; at < length; at += 1) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at += 1;
      while (at < length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    } else if (OUTSIDE[byte] === 0) return true;
  }
  return false;
}

/**
 * Gives what lenient readers (JSON5, Gson, PHP's and Python's own notations) take for texts and strict ones for nothing: the whole, what stands in single
 * quotes, and what stands in none. Linear.
 */
export function visitLooseJson(bytes: Uint8Array, location: TextLocation, visit: TextVisitor): void {
  const text = decoder.decode(bytes);
  visit(text, false, location);
  for (let open = text.indexOf("'"); open >= 0; ) {
    const close = endOfQuoted(text, open + 1);
    visit(text.slice(open + 1, close), false, location);
    open = text.indexOf("'", close + 1);
  }
  for (const piece of text.split(BETWEEN)) if (piece.trim() !== '') visit(piece.trim(), false, location);
}

function endOfQuoted(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charAt(at) !== "'") at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}
