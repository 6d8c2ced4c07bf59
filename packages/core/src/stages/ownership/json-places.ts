import type { JsonNode } from '../../json/json-node.ts';

/**
 * Every node at a place, in which `*` is every item of a list. Null where the place is not there: a member is missing, or what `*` stands on
 * is no list. `partial` leaves out items that have not got the rest of it instead.
 */
export function nodesAt(root: JsonNode, tokens: readonly string[], partial: boolean, from = 0): JsonNode[] | null {
  let node = root;
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i] as string;
    if (token === '*') {
      if (node.items === null) return null;
      const all: JsonNode[] = [];
      for (const item of node.items) {
        const below = nodesAt(item, tokens, partial, i + 1);
        if (below === null) {
          if (!partial) return null;
          continue;
        }
        // One by one: so many arguments as a list has items overflow the stack.
        for (const one of below) all.push(one);
      }
      return all;
    }
    const next: JsonNode | undefined =
      node.items === null
        ? node.members?.get(token)
        : /^(?:0|[1-9]\d{0,8})$/.test(token)
          ? node.items[Number(token)]
          : undefined;
    if (next === undefined) return null;
    node = next;
  }
  return [node];
}
