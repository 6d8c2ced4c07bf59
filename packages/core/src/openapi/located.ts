import { escapeToken } from '../json/json-pointer.ts';
import { isObject, type JsonObject, type JsonValue } from '../json/json-value.ts';
import type { DocumentPlace } from './model.ts';

/** A value of the document with the place it stands in. */
export interface Located<Node extends JsonValue = JsonValue> extends DocumentPlace {
  readonly node: Node;
}

/** The member or item `key`, or null where there is none. Looks at own members only: a document may have one named `constructor`. */
export function child(parent: Located, key: string | number): Located | null {
  const node = ownMember(parent.node, key);
  return node === undefined ? null : { file: parent.file, pointer: childPointer(parent.pointer, key), node };
}

/** The own member of an object, the item of an array; undefined where there is none. */
export function ownMember(node: JsonValue, key: string | number): JsonValue | undefined {
  if (Array.isArray(node)) return typeof key === 'number' ? (node[key] as JsonValue | undefined) : undefined;
  return isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined;
}

export function childPointer(pointer: string, key: string | number): string {
  return `${pointer}/${typeof key === 'number' ? key : escapeToken(key)}`;
}

/** The members of an object in the order they were written. */
export function members(parent: Located<JsonObject>): { readonly key: string; readonly at: Located }[] {
  return Object.entries(parent.node).map(([key, node]) => ({
    key,
    at: { file: parent.file, pointer: childPointer(parent.pointer, key), node },
  }));
}

/** The items of an array. */
export function items(parent: Located<readonly JsonValue[]>): Located[] {
  return parent.node.map((node, index) => ({ file: parent.file, pointer: childPointer(parent.pointer, index), node }));
}

export function isObjectAt(at: Located): at is Located<JsonObject> {
  return isObject(at.node);
}

export function isArrayAt(at: Located): at is Located<readonly JsonValue[]> {
  return Array.isArray(at.node);
}

/** The members that start with `x-`. */
export function extensionsOf(node: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(node).filter(([key]) => key.startsWith('x-')));
}
