import { parsePointer } from '../json/json-pointer.ts';

/** Places that are looked for, as a tree, so that one pass over a text finds them all. `offset` is -1 until it is found. */
export class PointerNode {
  readonly children = new Map<string, PointerNode>();
  offset = -1;
}

/** Builds the tree of the pointers; the root is found already, at `rootOffset`. A text that is no pointer counts as the whole document. */
export function pointerTrie(pointers: Iterable<string>, rootOffset: number): PointerNode {
  const root = new PointerNode();
  root.offset = rootOffset;
  for (const pointer of pointers) {
    let node = root;
    for (const token of tokensOf(pointer)) {
      let next = node.children.get(token);
      if (next === undefined) {
        next = new PointerNode();
        node.children.set(token, next);
      }
      node = next;
    }
  }
  return root;
}

/** The offset of the pointer, or of the nearest place around it that exists. */
export function nearestOffset(root: PointerNode, pointer: string): number {
  let node = root;
  for (const token of tokensOf(pointer)) {
    const next = node.children.get(token);
    if (next === undefined || next.offset < 0) break;
    node = next;
  }
  return node.offset;
}

function tokensOf(pointer: string): string[] {
  return pointer === '' || pointer.startsWith('/') ? parsePointer(pointer) : [];
}
