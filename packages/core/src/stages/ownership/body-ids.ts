import { isLike, type LoosePlace } from './loose-place.ts';
import { requestedId } from './object-id.ts';
import type { EditableJson } from '../../json/editable-json.ts';
import type { JsonNode } from '../../json/json-node.ts';

interface Walk {
  readonly json: EditableJson;
  readonly place: LoosePlace;
  readonly ids: string[];
  isMissing: boolean;
}

/**
 * The ids at a place of a JSON body; `isMissing` where one is not there, be it in one item of a list among others. `unclear` where readers could find another id than
 * this one: where a member differs from the place in case and signs alone (`AccountId` to Go, `account_id` to protobuf and Pydantic), where a list is expected
 * and something else stands, or the other way round, and where an id could be read in two ways.
 */
export function jsonIds(
  json: EditableJson,
  place: LoosePlace,
): { readonly ids: readonly string[]; readonly isMissing: boolean } | 'unclear' {
  const walk: Walk = { json, place, ids: [], isMissing: false };
  return collect(walk, json.root, 0) ? walk : 'unclear';
}

/** False where it is unclear. */
function collect(walk: Walk, node: JsonNode, at: number): boolean {
  const { place, json } = walk;
  const { tokens, likenesses } = place;
  const token = tokens[at];
  if (token === undefined) {
    const id = requestedId(node, json);
    if (id !== null) walk.ids.push(id);
    return id !== null;
  }
  if (node.kind === 'null') {
    walk.isMissing = true;
    return true;
  }
  if (token === '*') return node.items !== null && node.items.every((item) => collect(walk, item, at + 1));
  if (node.items !== null && !/^(?:0|[1-9]\d{0,8})$/.test(token)) return false;
  if (node.items === null && node.members === null) return false;
  for (const name of node.members?.keys() ?? []) if (name !== token && isLike(name, likenesses[at] ?? '')) return false;
  const next = node.items === null ? node.members?.get(token) : node.items[Number(token)];
  if (next !== undefined) return collect(walk, next, at + 1);
  walk.isMissing = true;
  return true;
}
