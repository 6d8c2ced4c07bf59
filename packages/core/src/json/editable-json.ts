import { JsonEdits } from './json-edits.ts';
import { type JsonNode, parseNodes } from './json-node.ts';

const encoder = new TextEncoder();

/**
 * A JSON text that parts can be taken from or replaced in while every other byte stays as it was: numbers keep their digits, which
 * `JSON.parse` and `JSON.stringify` would change. An object or array with a changed child loses the white space between its children.
 */
export class EditableJson {
  readonly root: JsonNode;
  readonly #bytes: Uint8Array;
  readonly #at: number;
  readonly #end: number;
  #edits: JsonEdits | null = null;

  private constructor(root: JsonNode, bytes: Uint8Array, at: number, end: number) {
    this.root = root;
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /**
   * Reads one strict JSON text. Null where it is none: empty, not UTF-8, a member twice, `__proto__` as a name, nested more than 512 deep,
   * anything after it. `at` and `end`: where it stands among others.
   */
  static parse(bytes: Uint8Array, at = 0, end = bytes.length): EditableJson | null {
    const root = parseNodes(bytes, at, end);
    return root === null ? null : new EditableJson(root, bytes, at, end);
  }

  get edited(): boolean {
    return this.#edits !== null;
  }

  /** The value of a node as it came, whatever was edited since. */
  value(node: JsonNode): unknown {
    return JSON.parse(this.raw(node));
  }

  /** The text of a node as it came: `1.0` stays `1.0`. */
  raw(node: JsonNode): string {
    return decode(this.#bytes.subarray(node.start, node.end));
  }

  /** Takes a node out of its object or array. The root cannot be taken out: nothing is no JSON text. */
  remove(node: JsonNode): void {
    if (node.parent === null) throw new TypeError('the root of a JSON text cannot be removed');
    this.#edit().remove(node);
  }

  /** Puts a value in a node's place. Throws `TypeError` for what JSON has no text for. */
  replace(node: JsonNode, value: unknown): void {
    const text: unknown = JSON.stringify(value);
    if (typeof text !== 'string') throw new TypeError('this value has no JSON text');
    this.#edit().replace(node, text);
  }

  /** Puts a JSON text in a node's place as it stands: `1.0` stays `1.0`. Throws `TypeError` for what is none. */
  replaceRaw(node: JsonNode, text: string): void {
    if (EditableJson.parse(encoder.encode(text)) === null) throw new TypeError('this is no JSON text');
    this.#edit().replace(node, text);
  }

  /** Puts a member behind those of an object, or a value in the place of the one that has the name. Throws `TypeError` for what is no object. */
  set(node: JsonNode, name: string, value: unknown): void {
    const member = node.members?.get(name);
    if (member !== undefined) return this.replace(member, value);
    const text: unknown = JSON.stringify(value);
    if (node.members === null || typeof text !== 'string') throw new TypeError('nothing can be put there');
    this.#edit().addMember(node, name, text);
  }

  /** Puts an item behind another of its array, and behind those that were put there before. Throws `TypeError` for what is no item. */
  addBehind(item: JsonNode, value: unknown): void {
    const text: unknown = JSON.stringify(value);
    if (item.parent === null || item.parent.items === null || typeof text !== 'string')
      throw new TypeError('nothing can be put there');
    this.#edit().addBehind(item, item.parent, text);
  }

  isRemoved(node: JsonNode): boolean {
    return this.#edits?.isRemoved(node) === true;
  }

  /** True where the node, or what it stands in, was replaced or taken out. */
  isEdited(node: JsonNode): boolean {
    return this.#edits?.isReplaced(node) === true;
  }

  #edit(): JsonEdits {
    this.#edits ??= new JsonEdits();
    return this.#edits;
  }

  /** The text with its edits: the same bytes, not a copy, where there are none. */
  bytes(): Uint8Array {
    if (this.#edits !== null) return encoder.encode(this.#render(this.root, this.#edits));
    const { length } = this.#bytes;
    return this.#at === 0 && this.#end === length ? this.#bytes : this.#bytes.subarray(this.#at, this.#end);
  }

  #render(node: JsonNode, edits: JsonEdits): string {
    if (!edits.isTouched(node)) return this.raw(node);
    const text = edits.of(node);
    if (typeof text === 'string') return text;
    if (node.items !== null) {
      const kept = node.items.flatMap((item) => [
        ...(edits.of(item) === null ? [] : [this.#render(item, edits)]),
        ...edits.addedBehind(item),
      ]);
      return `[${kept.join(',')}]`;
    }
    const members: string[] = [];
    for (const member of node.members?.values() ?? []) {
      if (edits.of(member) === null) continue;
      const named = decode(this.#bytes.subarray(member.nameStart, member.start));
      members.push(named + this.#render(member, edits));
    }
    for (const [name, added] of edits.membersAdded(node)) members.push(`${JSON.stringify(name)}:${added}`);
    return `{${members.join(',')}}`;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
