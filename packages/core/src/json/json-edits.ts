import type { JsonNode } from './json-node.ts';

/** What was changed of a JSON tree. Most trees are only read: none is made for those. */
export class JsonEdits {
  /** JSON texts in the place of nodes; null for a node that was taken out. */
  readonly #replaced = new Map<JsonNode, string | null>();
  /** Members that come behind those of an object, as JSON texts by name. */
  readonly #added = new Map<JsonNode, Map<string, string>>();
  /** Items that come behind one of an array, as JSON texts. */
  readonly #behind = new Map<JsonNode, string[]>();
  /** Every node with an edit at or below it. */
  readonly #touched = new Set<JsonNode>();

  replace(node: JsonNode, text: string): void {
    this.#replaced.set(node, text);
    this.#touch(node);
  }

  remove(node: JsonNode): void {
    this.#replaced.set(node, null);
    this.#touch(node);
  }

  addMember(object: JsonNode, name: string, text: string): void {
    const added = this.#added.get(object) ?? new Map<string, string>();
    this.#added.set(object, added.set(name, text));
    this.#touch(object);
  }

  addBehind(item: JsonNode, array: JsonNode, text: string): void {
    const behind = this.#behind.get(item);
    if (behind === undefined) this.#behind.set(item, [text]);
    else behind.push(text);
    this.#touch(array);
  }

  /** Whether anything at the node or below it was changed. */
  isTouched(node: JsonNode): boolean {
    return this.#touched.has(node);
  }

  /** What stands in the node's place: null where it was taken out, undefined where it was not replaced. */
  of(node: JsonNode): string | null | undefined {
    return this.#replaced.get(node);
  }

  membersAdded(object: JsonNode): Iterable<readonly [string, string]> {
    return this.#added.get(object) ?? [];
  }

  addedBehind(item: JsonNode): readonly string[] {
    return this.#behind.get(item) ?? [];
  }

  isRemoved(node: JsonNode): boolean {
    for (let at: JsonNode | null = node; at !== null; at = at.parent) if (this.#replaced.get(at) === null) return true;
    return false;
  }

  isReplaced(node: JsonNode): boolean {
    for (let at: JsonNode | null = node; at !== null; at = at.parent) if (this.#replaced.has(at)) return true;
    return false;
  }

  #touch(node: JsonNode): void {
    for (let at: JsonNode | null = node; at !== null && !this.#touched.has(at); at = at.parent) this.#touched.add(at);
  }
}
