import {
  failureAt,
  isProtoName,
  literalEnd,
  numberEnd,
  spaceEnd,
  stringEnd,
  stringFacts,
  stringText,
  SYNTAX,
} from './json-text.ts';

/** A value of a JSON text and where it stands in it. `members` of an object and `items` of an array are null for everything else. */
export interface JsonNode {
  readonly kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  /** Byte offsets in the text: the value's first byte, and after its last. */
  readonly start: number;
  readonly end: number;
  readonly parent: JsonNode | null;
  /** Its name in an object, its index in an array, null at the root. */
  readonly key: string | number | null;
  /** Where its name starts in the text; -1 outside an object. */
  readonly nameStart: number;
  readonly members: ReadonlyMap<string, JsonNode> | null;
  readonly items: readonly JsonNode[] | null;
}

interface Building {
  kind: JsonNode['kind'];
  start: number;
  end: number;
  parent: Building | null;
  key: string | number | null;
  nameStart: number;
  members: Map<string, Building> | null;
  items: Building[] | null;
}

/** Nested more deeply is not taken: what reads the tree recurses. */
const MAX_DEPTH = 512;
const NO_MEMBERS: Map<string, Building> = new Map();

function node(kind: JsonNode['kind'], start: number, parent: Building | null): Building {
  return { kind, start, end: start, parent, key: null, nameStart: -1, members: null, items: null };
}

/** Reads the strict JSON text of `bytes` from `at` to `end`. Null where it is none: see `EditableJson.parse`. */
export function parseNodes(bytes: Uint8Array, at: number, end: number): JsonNode | null {
  const reader = new Reader(bytes, end);
  const root = reader.read(spaceEnd(bytes, at, end), null, 0);
  // What goes on behind `end`, where another text begins, is none.
  return root !== null && root.end <= end && spaceEnd(bytes, root.end, end) === end ? root : null;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;

  constructor(bytes: Uint8Array, end: number) {
    this.#bytes = bytes;
    this.#end = end;
  }

  read(at: number, parent: Building | null, depth: number): Building | null {
    if (depth > MAX_DEPTH) return null;
    const bytes = this.#bytes;
    switch (bytes[at]) {
      case 0x7b:
        return this.#readObject(node('object', at, parent), depth);
      case 0x5b:
        return this.#readArray(node('array', at, parent), depth);
      case 0x22:
        return this.#scalar('string', at, parent, afterString(bytes, at, this.#end));
      case 0x74:
      case 0x66:
        return this.#scalar('boolean', at, parent, literalEnd(bytes, at, this.#end));
      case 0x6e:
        return this.#scalar('null', at, parent, literalEnd(bytes, at, this.#end));
      default:
        return this.#scalar('number', at, parent, numberEnd(bytes, at, this.#end));
    }
  }

  #scalar(kind: JsonNode['kind'], at: number, parent: Building | null, end: number): Building | null {
    if (end < 0) return null;
    const scalar = node(kind, at, parent);
    scalar.end = end;
    return scalar;
  }

  #readArray(array: Building, depth: number): Building | null {
    const bytes = this.#bytes;
    const items: Building[] = [];
    array.items = items;
    let at = this.#space(array.start + 1);
    if (bytes[at] === 0x5d) return close(array, at);
    for (;;) {
      const item = this.read(at, array, depth + 1);
      if (item === null) return null;
      item.key = items.length;
      items.push(item);
      at = this.#space(item.end);
      if (bytes[at] === 0x5d) return close(array, at);
      if (bytes[at] !== 0x2c) return null;
      at = this.#space(at + 1);
    }
  }

  #readObject(object: Building, depth: number): Building | null {
    const bytes = this.#bytes;
    let at = this.#space(object.start + 1);
    if (bytes[at] === 0x7d) {
      object.members = NO_MEMBERS;
      return close(object, at);
    }
    const members = new Map<string, Building>();
    object.members = members;
    for (;;) {
      const nameStart = at;
      if (bytes[at] !== 0x22) return null;
      const after = afterString(bytes, at, this.#end);
      if (after < 0) return null;
      const name = stringText(bytes, at + 1, after - 1, stringFacts.escaped);
      // An own member of this name, copied by an assignment somewhere behind us, would set a prototype ("prototype pollution").
      if (isProtoName(bytes, at + 1, after - 1) || name === '__proto__' || members.has(name)) return null;
      at = this.#space(after);
      if (bytes[at] !== 0x3a) return null;
      const member = this.read(this.#space(at + 1), object, depth + 1);
      if (member === null) return null;
      member.key = name;
      member.nameStart = nameStart;
      members.set(name, member);
      at = this.#space(member.end);
      if (bytes[at] === 0x7d) return close(object, at);
      if (bytes[at] !== 0x2c) return null;
      at = this.#space(at + 1);
    }
  }

  #space(at: number): number {
    return spaceEnd(this.#bytes, at, this.#end);
  }
}

function close(container: Building, at: number): Building {
  container.end = at + 1;
  return container;
}

/** After the closing quote of the string whose opening quote is at `at`. */
function afterString(bytes: Uint8Array, at: number, until: number): number {
  if (bytes[at] !== 0x22) return failureAt(SYNTAX, at);
  const end = stringEnd(bytes, at + 1, until);
  return end < 0 ? end : end + 1;
}
