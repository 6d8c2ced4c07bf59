/** What ends a comment of a line: JSON5 takes more for it than Gson does. */
const LINE_ENDS: readonly RegExp[] = [/[\n\r\u2028\u2029]/g, /[\n\r]/g];
/** Wider than any reader's: org.json passes over all control characters, Newtonsoft over U+0085, and what is no UTF-8 here may be a blank of another charset. */
const BLANK = /[\s\p{Cc}\p{Cf}\ufffd]/u;
/** What a JSON text begins with behind blanks, or a comment or guard before it. */
const BEGINS = new Set(Array.from('{[/#)', (sign) => sign.charCodeAt(0)));
/** Gson leaves this out behind blanks and comments: it keeps a browser from running JSON as a script. */
const GUARD = ")]}'";
const BETWEEN = /[{}[\],:;=\s]/;
/** Of bytes that are no UTF-8: no reader goes on behind it but in a string. */
const BROKEN = '\ufffd';

/** False of bytes that are no text which begins as JSON, whatever blanks are before it: no other sign of ASCII is one. Not for UTF-16 and UTF-32. */
export function mayBeginJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte > 0x20 && byte < 0x7f);
  return first !== undefined && BEGINS.has(first);
}

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
  let at = spaceEnd(text, 0, ends);
  if (text.startsWith(GUARD, at)) at = spaceEnd(text, at + GUARD.length, ends);
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
