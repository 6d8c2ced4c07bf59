/** What ends a comment of a line: JSON5 takes more for it than Gson does. */
const LINE_ENDS: readonly RegExp[] = [/[\n\r\u2028\u2029]/g, /[\n\r]/g];
const BLANK = /[\s\0\ufeff]/;
/** Gson leaves this out at the beginning: it keeps a browser from running JSON as a script. */
const GUARD = /^\ufeff?\)\]\}'/;
const BETWEEN = /[{}[\],:;=\s]/;
/** Of bytes that are no UTF-8: no reader goes on behind it but in a string. */
const BROKEN = '\ufffd';

/** Where a text begins as JSON behind blanks and comments; -1 where it does not. */
export function jsonBegin(text: string): number {
  return Math.max(...LINE_ENDS.map((ends) => beginOf(text, ends)));
}

/**
 * What of a text lenient readers of JSON could read (Gson, Jackson, JSON5): from its first bracket, behind blanks and comments, to where the last of its values that stand
 * one after the other ends. `''` where it does not begin as JSON.
 */
export function lenientPart(text: string): string {
  let part = '';
  for (const ends of LINE_ENDS) {
    const begin = beginOf(text, ends);
    const found = begin < 0 ? '' : text.slice(begin, endOf(text, begin, ends));
    if (found.length > part.length) part = found;
  }
  return part;
}

function beginOf(text: string, ends: RegExp): number {
  const at = spaceEnd(text, GUARD.exec(text)?.[0].length ?? 0, ends);
  return text[at] === '{' || text[at] === '[' ? at : -1;
}

/** After blanks and comments. */
function spaceEnd(text: string, from: number, ends: RegExp): number {
  for (let at = from; ; ) {
    const before = at;
    while (at < text.length && BLANK.test(text[at] as string)) at++;
    at = commentEnd(text, at, ends);
    if (at === before) return at;
  }
}

/** After the comment that begins there; the same where none does. */
function commentEnd(text: string, at: number, ends: RegExp): number {
  if (text.startsWith('/*', at)) {
    const end = text.indexOf('*/', at + 2);
    return end < 0 ? text.length : end + 2;
  }
  if (text[at] !== '#' && !text.startsWith('//', at)) return at;
  ends.lastIndex = at;
  return ends.exec(text) === null ? text.length : ends.lastIndex;
}

function endOf(text: string, begin: number, ends: RegExp): number {
  let depth = 0;
  // A quote in the midst of a word opens nothing.
  let inWord = false;
  for (let at = begin; at < text.length; ) {
    const char = text[at] as string;
    if (char === BROKEN) return at;
    const after = commentEnd(text, at, ends);
    if (after > at) at = after;
    else if (!inWord && (char === '"' || char === "'")) at = stringEnd(text, at);
    else at++;
    inWord = after === at ? false : isWord(char, text[at - 2]);
    if (char === '{' || char === '[') depth++;
    if (char !== '}' && char !== ']') continue;
    if (--depth > 0) continue;
    // Others follow in a stream of them. What is anything else is read by nobody.
    let next = spaceEnd(text, at, ends);
    if (text[next] === ',' || text[next] === ';') next = spaceEnd(text, next + 1, ends);
    if (text[next] !== '{' && text[next] !== '[') return at;
    at = next;
    depth = 0;
  }
  return text.length;
}

function isWord(char: string, before: string | undefined): boolean {
  if (char === '"' || char === "'") return false;
  return !BETWEEN.test(char) && !(char === '>' && before === '=');
}

function stringEnd(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at + 1;
  }
  return text.length;
}
