import { EditableJson } from '../../json/editable-json.ts';
import { valueOf } from './json-values.ts';
import { type MarkedPlace, type MarkVisitor, visitMarked } from './marked-nodes.ts';
import type { ReadBody, ValueVisitor } from './marked-value.ts';

/** A JSON text among others, and where it stands. */
interface JsonItem {
  /** Null of one with nothing in it, until something marked is found there: a client may send as many as a body has room for. */
  json: EditableJson | null;
  readonly start: number;
  readonly end: number;
}

/** JSON texts one after the other, each a body of its own; what stands between them is kept. */
class JsonItems implements ReadBody {
  readonly keeps = true;
  readonly #bytes: Uint8Array;
  readonly #items: readonly JsonItem[];

  constructor(bytes: Uint8Array, items: readonly JsonItem[]) {
    this.#bytes = bytes;
    this.#items = items;
  }

  visit(place: MarkedPlace | null, visit: ValueVisitor): void {
    if (place === null) return;
    // The schema may be that of an item, or that of an array of them.
    const ofItem = place.item(0);
    for (let i = 0; i < this.#items.length; i++) {
      const item = this.#items[i] as JsonItem;
      const json = item.json ?? EditableJson.parse(this.#bytes, item.start, item.end);
      if (json === null) continue;
      const see: MarkVisitor = (node, marks) => {
        item.json = json;
        return visit(valueOf(json, node, marks, `/${i}`));
      };
      visitMarked(json.root, place, see);
      visitMarked(json.root, ofItem, see);
    }
  }

  isDoubtful(): boolean {
    return false;
  }

  mayName(): boolean {
    return false;
  }

  bytes(): Uint8Array {
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (const { json, start, end } of this.#items) {
      if (json === null || !json.edited) continue;
      pieces.push(this.#bytes.subarray(at, start), json.bytes());
      at = end;
    }
    if (pieces.length === 0) return this.#bytes;
    pieces.push(this.#bytes.subarray(at));
    return Buffer.concat(pieces);
  }
}

/** Items that end (`before` 0) or begin (1) with a byte. Null where one of them is no JSON text. */
export function readJsonItems(bytes: Uint8Array, separator: number, before: 0 | 1): ReadBody | null {
  const items: JsonItem[] = [];
  for (let at = 0; at < bytes.length; ) {
    let start = at + before;
    let end = start;
    while (end < bytes.length && bytes[end] !== separator) end++;
    at = end < bytes.length ? end + 1 - before : bytes.length;
    while (start < end && isSpace(bytes[start])) start++;
    while (end > start && isSpace(bytes[end - 1])) end--;
    if (start >= end) continue;
    const json = EditableJson.parse(bytes, start, end);
    if (json === null) return null;
    const { members, items: below } = json.root;
    const isEmpty = (members?.size ?? below?.length ?? 0) === 0;
    items.push({ json: isEmpty ? null : json, start, end });
  }
  return new JsonItems(bytes, items);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
