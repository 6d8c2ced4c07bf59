import { EditableJson } from '../../json/editable-json.ts';
import type { MarkedPlace } from './marked-nodes.ts';

/** A text in which somebody could look for more names is not told apart. */
const MAX_WORDS = 10_000;
/** Places on the ways that the names of a text could lead. */
const MAX_PLACES = 100;
/** In UTF-16 too. */
const JSON_BEGINS = /^[\s\0]*[[{]/;
/** Of bytes that are no UTF-8, with a byte order mark perhaps. */
const BYTES_BEGIN = /^[\s\0\ufeff\ufffd]*(?:[[{]|$)/;
/** Before a JSON text: white space, and bytes of UTF-16 and of byte order marks. */
const BLANK = new Set([0x00, 0x09, 0x0a, 0x0d, 0x20, 0xef, 0xbb, 0xbf, 0xfe, 0xff]);
/** What could be a name. */
const WORD = /[\p{L}\p{N}_$.:@-]+/gu;

/** A JSON text where the text is meant to be one, well-formed or not; null for any other. */
export function jsonIn(text: string): EditableJson | 'malformed' | null {
  if (!JSON_BEGINS.test(text)) return null;
  return EditableJson.parse(new TextEncoder().encode(text)) ?? 'malformed';
}

/**
 * True where a reader could find something marked in a text that nobody here can tell apart: JSON that is not strict (a member twice, deeper than is
 * read, comments), XML or YAML where the schema has members, a list of names and values.
 */
export function isDoubtfulText(place: MarkedPlace, text: string): boolean {
  const json = jsonIn(text);
  if (json !== null && json !== 'malformed') return false;
  const [declared] = place.declared();
  // An escape, or another charset, could spell any name.
  if (json === 'malformed') return declared !== undefined || /[\\\0]/.test(text) || names(place, text);
  return declared === undefined ? isListOfMarked(place, text) : names(place, text);
}

/** The same of what is no text, or too long for one, by how it begins: a file is in no doubt where the schema has no members. */
export function isDoubtfulFile(place: MarkedPlace, begin: string): boolean {
  const [declared] = place.declared();
  return declared !== undefined || BYTES_BEGIN.test(begin);
}

/**
 * True of a body of another type that is JSON with something marked in it to a server that does not look at the type: many read whatever comes as JSON.
 */
export function isMarkedJson(place: MarkedPlace, bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => !BLANK.has(byte));
  if (first !== 0x7b && first !== 0x5b) return false;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const plain = text.replaceAll(/\\u([0-9A-Fa-f]{4})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return text.includes('\0') || names(place, plain);
}

/** Whether the words of a text lead to something marked, in the order in which they stand: outer names before inner ones. */
function names(place: MarkedPlace, text: string): boolean {
  const places = new Set([place]);
  const top = place.item(0);
  if (top !== null) places.add(top);
  const words = text.match(WORD) ?? [];
  // Words times places: linear in the text, however many fields a body has.
  let steps = 2 * text.length + 1_000;
  if (words.length > MAX_WORDS) return true;
  // `soap:ssn` and `ssn:` have the name in them.
  for (const written of words)
    for (const word of new Set([written, ...written.split(/[.:@]/)]))
      for (const at of [...places]) {
        if (--steps < 0) return true;
        const next = word === '' ? null : at.member(word);
        if (next === null) continue;
        if (isMarked(next) || places.size > MAX_PLACES) return true;
        places.add(next);
        const item = next.item(0);
        if (item !== null) places.add(item);
      }
  return false;
}

/** `R,100,G,200`: of what is declared by no schema, a style that forms have without one. */
function isListOfMarked(place: MarkedPlace, text: string): boolean {
  return [',', '|'].some((divider) => {
    if (!text.includes(divider)) return false;
    const words = text.split(divider, MAX_WORDS + 1);
    if (words.length > MAX_WORDS) return true;
    return words.length % 2 === 0 && words.some((word, at) => at % 2 === 0 && isMarked(place.member(word.trim())));
  });
}

/** A value that is marked, or a list whose items are. */
function isMarked(place: MarkedPlace | null): boolean {
  return place !== null && (place.marks !== null || (place.item(0)?.marks ?? null) !== null);
}
