import { foldCase } from '../../json/fold-case.ts';

const LETTER = String.raw`[\p{L}\p{M}\p{N}_$-]`;
const BEGINS = new RegExp(`^${LETTER}`, 'u');
const ENDS = new RegExp(`${LETTER}$`, 'u');

/**
 * True of a text in which one of the names, case folded, stands by itself: no letter before or behind it that could be part of a name. Takes a time in proportion to the
 * text for each name, however many words it has.
 */
export function holdsName(names: Iterable<string>, text: string): boolean {
  const folded = withoutCase(text);
  for (const one of names) {
    const name = withoutCase(one);
    if (name === '' ? /""|''/.test(folded) : standsIn(folded, name)) return true;
  }
  return false;
}

function standsIn(folded: string, name: string): boolean {
  const [begins, ends] = [BEGINS.test(name), ENDS.test(name)];
  for (let at = folded.indexOf(name); at >= 0; at = folded.indexOf(name, at + 1)) {
    const end = at + name.length;
    // Two units, for a letter may be two.
    const isPart =
      (begins && ENDS.test(folded.slice(Math.max(0, at - 2), at))) || (ends && BEGINS.test(folded.slice(end, end + 2)));
    if (!isPart) return true;
  }
  return false;
}

/** A sigma is another one where a word ends, and signs that end a name end no word. */
function withoutCase(text: string): string {
  return foldCase(text).replaceAll('ς', 'σ');
}
