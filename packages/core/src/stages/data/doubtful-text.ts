import { EditableJson } from '../../json/editable-json.ts';
import { foldCase } from '../../json/fold-case.ts';
import { bodyText, mayBeWide } from './body-text.ts';
import { visitJson } from './json-values.ts';
import { jsonBegin, lenientPart, mayBeginJson } from './lenient-json.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import { holdsEntities, isMarked, namesMarked } from './names-in-text.ts';
import type { StepBudget } from './step-budget.ts';

/** Without any of these a text is no XML, no YAML and no serialized object. */
const SIGNS = /[:=<{\0]/;
/** No list, no JSON, and nothing with signs. */
const ONE_WORD = /^[\w.-]*$/;
/** A word of a list is cheaper to look up than one of a text. */
const LIST_STEP = 0.25;

/** More texts in a row are looked through for their words. */
const MAX_LINES = 10_000;

const encoder = new TextEncoder();

/** A strict JSON object or array; null for any other text. */
export function jsonIn(text: string): EditableJson | null {
  return /^\s*[[{]/.test(text) ? EditableJson.parse(encoder.encode(text)) : null;
}

/**
 * True where a reader could find something marked in the text of a field that nobody here can tell apart: JSON that is not strict (a member twice, deeper than is
 * read, comments), XML or YAML where the schema has members, a list of names and values.
 */
export function isDoubtfulText(place: MarkedPlace, text: string, steps: StepBudget): boolean {
  if (ONE_WORD.test(text) || jsonIn(text) !== null) return false;
  if (holdsMarkedJson(place, text, steps)) return true;
  const [declared] = place.declared();
  if (isListOfMarked(place, text, declared !== undefined, steps)) return true;
  if (declared === undefined || !SIGNS.test(text)) return false;
  // An escape, an entity or another charset could spell any name.
  if (holdsEntities(text)) return true;
  if (text.includes('\0') || (text.includes('\\') && /["'{]/.test(text))) return true;
  return namesMarked(place, text, steps);
}

/** The same of what is no text, or too long for one, as its readers would decode it: a file is in no doubt where the schema has no members and it is no JSON. */
export function isDoubtfulFile(place: MarkedPlace, content: string, steps: StepBudget): boolean {
  const [declared] = place.declared();
  return declared !== undefined || holdsMarkedJson(place, content, steps);
}

/**
 * True of a body of another type that is JSON with something marked in it to a server that does not look at the type: many read whatever comes as JSON.
 */
export function isMarkedJson(place: MarkedPlace, bytes: Uint8Array, steps: StepBudget): boolean {
  return (mayBeWide(bytes) || mayBeginJson(bytes)) && holdsMarkedJson(place, bodyText(bytes), steps);
}

/** True of a text in which a reader of JSON, strict or lenient, finds something marked; JSON texts one after the other, too. */
export function holdsMarkedJson(place: MarkedPlace, text: string, steps: StepBudget): boolean {
  const plain = text.replaceAll('\0', '');
  const begin = jsonBegin(plain);
  if (begin < 0) return false;
  const rest = plain.slice(begin);
  const whole = EditableJson.parse(encoder.encode(rest));
  const texts = whole === null ? strictLines(rest) : [whole];
  if (texts !== null) return texts.some((json) => readsMarked(place, json));
  // Without an object there are no names.
  const part = lenientPart(plain);
  return part.includes('{') && namesMarked(place, part, steps);
}

/** Whether anything marked is in a JSON text that stands for the place, or for a list of such. */
export function readsMarked(place: MarkedPlace, json: EditableJson): boolean {
  let found = false;
  const visit = (): boolean => {
    found = true;
    return false;
  };
  const listed: MarkedPlace = { marks: null, member: () => null, item: () => place, declared: () => [] };
  for (const one of [place, place.item(0), listed]) if (!found) visitJson(json, one, '', visit);
  return found;
}

/** A strict JSON text in each line; null where they are not, or are too many. */
function strictLines(text: string): EditableJson[] | null {
  if (!text.includes('\n')) return null;
  const lines: EditableJson[] = [];
  for (const line of text.split('\n', MAX_LINES + 1)) {
    if (lines.length === MAX_LINES) return null;
    if (line.trim() === '') continue;
    const json = EditableJson.parse(encoder.encode(line));
    if (json === null) return null;
    lines.push(json);
  }
  return lines;
}

/** `R,100,G,200`: a style that forms have for objects. One that some schema declares may end early, or have other dividers. */
function isListOfMarked(place: MarkedPlace, text: string, isDeclared: boolean, steps: StepBudget): boolean {
  const names = new Set<string>();
  for (const divider of isDeclared ? [',', '|', ';', '\t'] : [',', '|'])
    for (const words of listsOf(text, divider))
      if (isDeclared || words.length % 2 === 0) for (const name of namesOf(words)) names.add(name);
  // Words of a sentence have blanks between them, too: what nothing declares is a name in none.
  if (isDeclared && /\s/.test(text)) {
    const declared = new Set(Array.from(place.declared(), foldCase));
    for (const words of listsOf(text, ' '))
      for (const name of namesOf(words)) if (declared.has(foldCase(name))) names.add(name);
  }
  return !steps.take(names.size * LIST_STEP) || [...names].some((name) => isMarked(place.member(name)));
}

/** A text as its readers divide it: an empty word between two dividers is one to some, and none to others. None where it has no divider. */
function listsOf(text: string, divider: string): (readonly string[])[] {
  if (divider === ' ') {
    const words = text.trim().split(/\s+/);
    return words.length === 1 ? [] : [text.split(divider), text.trim().split(divider), words];
  }
  const words = text.split(divider).map((word) => word.trim());
  if (words.length === 1) return [];
  return words.includes('') ? [words, words.filter((word) => word !== '')] : [words];
}

/** Names and values by turns. */
function namesOf(words: readonly string[]): string[] {
  return words.filter((_, at) => at % 2 === 0);
}
