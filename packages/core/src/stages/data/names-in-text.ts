import { foldCase } from '../../json/fold-case.ts';
import { holdsName } from './holds-name.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import type { StepBudget } from './step-budget.ts';

/** Places on the ways that the names of a text could lead. */
const MAX_PLACES = 100;
const MAX_NAME = 256;
/** What cannot be in a name, in whatever language. One sign at a time: a repetition of classes of Unicode overflows the stack over some million letters. */
const BETWEEN = /[^\p{L}\p{M}\p{N}_$.:@-]/u;
/** What stands between two signs: a name of several words, or with signs of its own. */
const PIECE = /[^{}[\],:;=<>"'`|\n\r\0]+/g;
const PLAIN = /^[\p{L}\p{M}\p{N}_$-]+$/u;
const ESCAPE =
  /\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-7]{3})|(\r?\n)|([^]))/g;

/** Whether the words of a text lead to something marked, in whatever order they stand. True too where they are too many to tell. */
export function namesMarked(place: MarkedPlace, text: string, steps: StepBudget): boolean {
  const plain = text.includes('\\') ? unescaped(text) : text;
  const texts = plain === text ? [text] : [text, plain];
  const { names } = place;
  // No name leads anywhere else: a body of many words is not to be refused for them.
  if (names !== undefined) return texts.some((one) => holdsName(names, one));
  const words = new Set<string>();
  for (const one of texts)
    for (const word of wordsOf(one))
      if (!words.has(word)) {
        if (!steps.take(1)) return true;
        words.add(word);
      }
  const folded = foldCase(text) + (plain === text ? '' : `\n${foldCase(plain)}`);
  const places = new Set([place]);
  // Those that are found on the way are gone through, too.
  for (const at of places) {
    const item = at.item(0);
    if (item !== null) places.add(item);
    for (const name of namesFrom(at, words, folded)) {
      if (!steps.take(1)) return true;
      const next = at.member(name);
      if (next === null) continue;
      if (isMarked(next) || places.size > MAX_PLACES) return true;
      places.add(next);
    }
  }
  return false;
}

/** XML with entities of its own, which may spell any name. */
export function holdsEntities(text: string): boolean {
  return text.includes('<!ENTITY');
}

/** A value that is marked, or a list whose items are. */
export function isMarked(place: MarkedPlace | null): boolean {
  return place !== null && (place.marks !== null || (place.item(0)?.marks ?? null) !== null);
}

/** `soap:ssn` and `ssn:` have the name in them. */
function* wordsOf(text: string): Generator<string> {
  for (const word of text.split(BETWEEN)) {
    if (word === '') continue;
    yield word;
    if (/[.:@]/.test(word)) yield* word.split(/[.:@]/);
  }
  for (const [piece] of text.matchAll(PIECE)) if (piece.length <= MAX_NAME) yield piece.trim();
}

/** Declared names may have any sign in them. */
function* namesFrom(place: MarkedPlace, words: ReadonlySet<string>, folded: string): Generator<string> {
  yield* words;
  for (const name of place.declared()) if (!PLAIN.test(name) && folded.includes(foldCase(name))) yield name;
}

function unescaped(text: string): string {
  return text.replaceAll(ESCAPE, (_, ...found: (string | undefined)[]) => {
    const [braced, four, eight, two, octal, line, other] = found;
    if (line !== undefined) return '';
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    const hex = braced ?? four ?? eight ?? two;
    if (hex === undefined) return other ?? '';
    const code = Number.parseInt(hex, 16);
    return code > 0x10_ffff ? '' : String.fromCodePoint(code);
  });
}
