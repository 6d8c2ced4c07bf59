import type { EditableJson } from '../../json/editable-json.ts';
import type { JsonNode } from '../../json/json-node.ts';
import { lastName } from './last-name.ts';
import { type MarkedPlace, pointerOf, visitMarked } from './marked-nodes.ts';
import type { MarkedValue, ReadBody, ValueVisitor } from './marked-value.ts';
import type { Marks } from './marks.ts';

/** Visits what is marked in a JSON tree. */
export function visitJson(json: EditableJson, place: MarkedPlace | null, prefix: string, visit: ValueVisitor): void {
  visitMarked(json.root, place, (node, marks) => visit(new JsonValue(json, node, marks, prefix)));
}

/** A marked value of a tree that stands at `prefix` in its body. */
export function valueOf(json: EditableJson, node: JsonNode, marks: Marks, prefix: string): MarkedValue {
  return new JsonValue(json, node, marks, prefix);
}

/** A JSON text, by the tree that stages share. */
export class JsonValues implements ReadBody {
  readonly keeps = true;
  readonly #json: EditableJson;

  constructor(json: EditableJson) {
    this.#json = json;
  }

  visit(place: MarkedPlace | null, visit: ValueVisitor): void {
    visitJson(this.#json, place, '', visit);
  }

  isDoubtful(): boolean {
    return false;
  }

  mayName(): boolean {
    return false;
  }

  bytes(): Uint8Array {
    return this.#json.bytes();
  }
}

class JsonValue implements MarkedValue {
  readonly marks: Marks;
  readonly #json: EditableJson;
  readonly #node: JsonNode;
  readonly #prefix: string;

  constructor(json: EditableJson, node: JsonNode, marks: Marks, prefix: string) {
    this.marks = marks;
    this.#json = json;
    this.#node = node;
    this.#prefix = prefix;
  }

  get pointer(): string {
    return this.#prefix + pointerOf(this.#node);
  }

  text(): string | null {
    return this.#node.kind === 'string' ? (this.#json.value(this.#node) as string) : null;
  }

  raw(): string {
    return this.#json.raw(this.#node);
  }

  replaceRaw(text: string): void {
    this.#json.replaceRaw(this.#node, text);
  }

  get member(): string {
    for (let at: JsonNode | null = this.#node; at !== null; at = at.parent)
      if (typeof at.key === 'string') return at.key;
    return lastName(this.#prefix);
  }

  beside(name: string): string | null {
    for (let at = this.#node.parent; at !== null; at = at.parent) {
      const found = at.members?.get(name);
      if (found?.kind === 'string') return this.#json.value(found) as string;
      if (found?.kind === 'number') return this.#json.raw(found);
    }
    return null;
  }

  hasRoomBeside(): boolean {
    return typeof this.#node.key === 'string';
  }

  setBeside(name: string, text: string | null): void {
    const { parent } = this.#node;
    if (parent === null) throw new TypeError('there is nothing beside the whole');
    this.#json.set(parent, name, text);
  }

  remove(): boolean {
    if (this.#node.parent === null) return false;
    this.#json.remove(this.#node);
    return true;
  }

  replace(text: string): void {
    this.#json.replace(this.#node, text);
  }

  *leaves(): Generator<MarkedValue> {
    // What an earlier stage masked or took out stays so.
    if (this.#json.isEdited(this.#node)) return;
    if (this.#node.kind === 'string') yield this;
    for (const child of this.#node.members?.values() ?? this.#node.items ?? [])
      yield* new JsonValue(this.#json, child, this.marks, this.#prefix).leaves();
  }
}
