import { EditableJson } from '../../json/editable-json.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import type { Marks } from './marks.ts';
import { lastName } from './last-name.ts';
import { visitJson } from './json-values.ts';
import type { MarkedValue, ValueVisitor } from './marked-value.ts';

/** A field of a form or a part of a multipart body. */
export interface NamedSlot {
  readonly name: string;
  /** Null where it is no text. */
  text(): string | null;
  readonly removed: boolean;
  remove(): void;
  replace(text: string): void;
  /** Puts another one of this name behind the body's. */
  add(name: string, text: string): void;
}

/** Visits what is marked of one named value: itself, and below it where it is a JSON text or a list of names and values. */
export function visitNamed(place: MarkedPlace, slot: NamedSlot, visit: ValueVisitor): void {
  for (const { found, pointer } of placesOfName(place, slot.name)) {
    if (found.marks !== null && !visit(new NamedValue(slot, found.marks, pointer))) continue;
    const text = slot.removed ? null : slot.text();
    if (text === null) continue;
    const json = /^\s*[[{]/.test(text) ? EditableJson.parse(new TextEncoder().encode(text)) : null;
    if (json !== null) {
      visitBelow(json, found, pointer, visit);
      if (json.edited) slot.replace(new TextDecoder().decode(json.bytes()));
    } else
      for (const token of text.split(/[,|\s]/, 1000)) {
        const marks = token === '' ? null : (found.member(token)?.marks ?? null);
        if (marks !== null) visit(new NamedValue(slot, marks, joinPointer(pointer, token)));
      }
  }
}

/** The field itself was visited already. */
function visitBelow(json: EditableJson, place: MarkedPlace, prefix: string, visit: ValueVisitor): void {
  visitJson(json, place, prefix, (value) => (value.pointer === prefix ? true : visit(value)));
}

class NamedValue implements MarkedValue {
  readonly marks: Marks;
  readonly pointer: string;
  readonly #slot: NamedSlot;

  constructor(slot: NamedSlot, marks: Marks, pointer: string) {
    this.#slot = slot;
    this.marks = marks;
    this.pointer = pointer;
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

interface NamedPlace {
  readonly found: MarkedPlace;
  readonly pointer: string;
}

/**
 * Every place that a name could mean. Readers take `user[role]` and `user.role` for the member `role` of `user`, and `tags[]` for an item of `tags`
 * (PHP, Rails, qs, Spring): what any of them could mean counts.
 */
function placesOfName(place: MarkedPlace, name: string): NamedPlace[] {
  const found = new Map<MarkedPlace, string>();
  const exact = place.member(name);
  if (exact !== null) found.set(exact, joinPointer('', name));
  if (/[[\].]/.test(name)) {
    let at: MarkedPlace | null = place;
    let pointer = '';
    for (const token of name.split(/[[\].]+/, 64)) {
      if (token === '') continue;
      pointer = joinPointer(pointer, token);
      const next: MarkedPlace | null = at.member(token) ?? (/^\d+$/.test(token) ? at.item(0) : null);
      if (next === null) break;
      found.set(next, pointer);
      at = next;
    }
  }
  // The field of an array is each of its items.
  for (const [one, pointer] of found) {
    const item = one.item(0);
    if (item !== null) found.set(item, pointer);
  }
  return [...found].map(([one, pointer]) => ({ found: one, pointer }));
}
