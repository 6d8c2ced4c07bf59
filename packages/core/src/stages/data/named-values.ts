import type { EditableJson } from '../../json/editable-json.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { looseName } from '../validation/loose-names.ts';
import { isDoubtfulFile, isDoubtfulText, jsonIn } from './doubtful-text.ts';
import { visitJson } from './json-values.ts';
import { lastName } from './last-name.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import type { MarkedValue, ValueVisitor } from './marked-value.ts';
import type { Marks } from './marks.ts';
import { isTooDeep, placesOfName } from './named-places.ts';

/** A field of a form or a part of a multipart body. */
export interface NamedSlot {
  readonly name: string;
  /** Null where it is no text. */
  text(): string | null;
  /** The first characters of what it holds, text or not. */
  begin(): string;
  readonly removed: boolean;
  remove(): void;
  replace(text: string): void;
  /** Puts another one of this name behind the body's. */
  add(name: string, text: string): void;
}

/** Names that are looked for in a list of names and values. */
const MAX_TOKENS = 1000;

/** Visits what is marked of one named value: itself, and below it where it is a JSON text or a list of names and values. */
export function visitNamed(place: MarkedPlace, slot: NamedSlot, visit: ValueVisitor): void {
  for (const { found, pointer } of placesOfName(place, slot.name)) {
    if (found.marks !== null && !visit(new NamedValue(slot, found.marks, pointer))) continue;
    const text = slot.removed ? null : slot.text();
    if (text === null) continue;
    const json = jsonIn(text);
    if (json !== null && json !== 'malformed') {
      visitBelow(json, found, pointer, visit);
      if (json.edited) slot.replace(new TextDecoder().decode(json.bytes()));
    } else
      for (const token of text.split(/[,|\s]/, MAX_TOKENS)) {
        const marks = token === '' ? null : (found.member(token)?.marks ?? null);
        if (marks !== null) visit(new NamedValue(slot, marks, joinPointer(pointer, token), true));
      }
  }
}

/**
 * True where something marked could stand in a named value that `visitNamed` does not see: a name that some readers take for another, a text whose
 * members cannot be told apart, or what is no text. What is marked as a whole is never in doubt.
 */
export function isDoubtful(place: MarkedPlace, slot: NamedSlot, readable: boolean): boolean {
  const places = placesOfName(place, slot.name);
  if (places.some(({ found }) => found.marks !== null)) return !readable;
  // PHP reads ` ssn` and `ssn%00x` as `ssn`.
  if (isTooDeep(slot.name) || isMarkedByName(place, looseName(slot.name))) return true;
  if (places.length === 0) return false;
  if (!readable) return true;
  const text = slot.text();
  return places.some(({ found }) =>
    text === null ? isDoubtfulFile(found, slot.begin()) : isDoubtfulText(found, text),
  );
}

function isMarkedByName(place: MarkedPlace, name: string): boolean {
  const found = place.member(name);
  return found !== null && (found.marks !== null || (found.item(0)?.marks ?? null) !== null);
}

/** The field itself was visited already. */
function visitBelow(json: EditableJson, place: MarkedPlace, prefix: string, visit: ValueVisitor): void {
  visitJson(json, place, prefix, (value) => (value.pointer === prefix ? true : visit(value)));
}

class NamedValue implements MarkedValue {
  readonly marks: Marks;
  readonly pointer: string;
  readonly isGuessed: boolean;
  readonly #slot: NamedSlot;

  constructor(slot: NamedSlot, marks: Marks, pointer: string, isGuessed = false) {
    this.#slot = slot;
    this.marks = marks;
    this.pointer = pointer;
    this.isGuessed = isGuessed;
  }

  text(): string | null {
    return this.#slot.text();
  }

  raw(): string | null {
    const text = this.#slot.removed ? null : this.#slot.text();
    return text === null ? null : JSON.stringify(text);
  }

  replaceRaw(text: string): void {
    const value: unknown = JSON.parse(text);
    this.#slot.replace(typeof value === 'string' ? value : text);
  }

  get member(): string {
    return lastName(this.pointer);
  }

  beside(): null {
    return null;
  }

  hasRoomBeside(): boolean {
    return this.#besideName('') !== null;
  }

  setBeside(name: string, text: string | null): void {
    const full = this.#besideName(name);
    if (full === null) throw new TypeError('there is nothing beside this field');
    // A form has no null.
    this.#slot.add(full, text ?? '');
  }

  /** `user[email]` and `user.email` have their siblings in `user`; null where the name ends otherwise. */
  #besideName(name: string): string | null {
    const { member } = this;
    for (const [before, after] of [
      ['', ''],
      ['.', ''],
      ['[', ']'],
    ] as const) {
      const end = before + member + after;
      if (this.#slot.name === member || (before !== '' && this.#slot.name.endsWith(end)))
        return this.#slot.name.slice(0, -end.length) + before + name + after;
    }
    return null;
  }

  remove(): boolean {
    this.#slot.remove();
    return true;
  }

  replace(text: string): void {
    this.#slot.replace(text);
  }

  leaves(): Iterable<MarkedValue> {
    return this.#slot.removed || this.#slot.text() === null ? [] : [this];
  }
}
