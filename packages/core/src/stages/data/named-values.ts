import type { EditableJson } from '../../json/editable-json.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { holdsMarkedJson, isDoubtfulFile, isDoubtfulText, jsonIn, readsMarked } from './doubtful-text.ts';
import { mayHoldIndex } from './encryption/index-form.ts';
import { visitJson } from './json-values.ts';
import { lastName } from './last-name.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import type { MarkedValue, ValueVisitor } from './marked-value.ts';
import type { Marks } from './marks.ts';
import { isTooDeep, type NamedPlace, loosePlacesOfName, placesOfName } from './named-places.ts';
import { holdsEntities, namesMarked } from './names-in-text.ts';
import type { StepBudget } from './step-budget.ts';

/** A field of a form or a part of a multipart body. */
export interface NamedSlot {
  readonly name: string;
  /** Null where it is no text. */
  text(): string | null;
  /** What it holds as its readers would decode it, text or not. */
  decoded(): string;
  /** What it holds where it states a code page that has a sign for each byte, the signs of ASCII where they are; null of any other. */
  inCodePage?(): string | null;
  /** A file to whoever reads it: it has a name of its own. */
  readonly isFile: boolean;
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
    if (json !== null) {
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
export function isDoubtful(place: MarkedPlace, slot: NamedSlot, readable: boolean, steps: StepBudget): boolean {
  const places = placesOfName(place, slot.name);
  if (places.some(({ found }) => found.marks !== null)) return !readable;
  // Nothing of what it is to a looser reader was visited.
  if (isTooDeep(slot.name) || mayHold(loosePlacesOfName(place, slot.name), slot, steps)) return true;
  if (places.length === 0) return false;
  if (!readable) {
    const content = slot.isFile ? (slot.inCodePage?.() ?? null) : null;
    return content === null || places.some(({ found }) => isDoubtfulFile(found, content, steps));
  }
  return places.some(({ found }) => isDoubtfulAt(found, slot, steps));
}

/** True where something marked is, or may be, in a named value that `visitNamed` does not visit. */
export function mayHoldMarked(place: MarkedPlace, slot: NamedSlot, steps: StepBudget): boolean {
  return mayHold([...placesOfName(place, slot.name), ...loosePlacesOfName(place, slot.name)], slot, steps);
}

/** The same of the value alone, whatever its name, where the value could be all there is. */
export function isMarkedAlone(place: MarkedPlace, slot: NamedSlot, steps: StepBudget): boolean {
  const text = slot.text();
  const json = text === null ? null : jsonIn(text);
  return json === null ? isDoubtfulAt(place, slot, steps) : readsMarked(place, json);
}

/**
 * True of a name, of JSON that is not strict, and of a text with an index beside a name, in which a reader could find a name that is marked wherever it stands.
 * A file is read by nobody but as JSON.
 */
export function mayName(place: MarkedPlace, slot: NamedSlot, steps: StepBudget): boolean {
  if (placesOfName(place, slot.name).some(({ found }) => found.marks !== null)) return false;
  const loose = loosePlacesOfName(place, slot.name);
  if (isTooDeep(slot.name) || loose.some(({ found }) => found.marks !== null)) return true;
  const text = slot.text();
  if (text !== null && jsonIn(text) !== null) return false;
  const content = text ?? slot.decoded();
  if (holdsMarkedJson(place, content, steps)) return true;
  if (slot.isFile || !mayHoldIndex(content)) return false;
  return holdsEntities(content) || namesMarked(place, content.replaceAll('\0', ''), steps);
}

function mayHold(places: readonly NamedPlace[], slot: NamedSlot, steps: StepBudget): boolean {
  return places.some(({ found }) => found.marks !== null || isMarkedAlone(found, slot, steps));
}

function isDoubtfulAt(place: MarkedPlace, slot: NamedSlot, steps: StepBudget): boolean {
  const text = slot.text();
  return text === null ? isDoubtfulFile(place, slot.decoded(), steps) : isDoubtfulText(place, text, steps);
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
