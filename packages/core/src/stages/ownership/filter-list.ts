import { requestedId } from './object-id.ts';
import { isOwner, ownsId, readOwners } from './owner-facts.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { nodesAt } from './json-places.ts';
import type { Coverage } from '../../policy/ownership-coverage.ts';
import type { EditableJson } from '../../json/editable-json.ts';
import type { JsonNode } from '../../json/json-node.ts';
import type { OwnedList } from '../../policy/ownership-policy.ts';
import type { Principal } from '../../principal.ts';
import type { UpstreamAnswer } from '../upstream-answer.ts';

/** So many places of what was taken out are kept for the record. */
const MAX_TOLD = 100;
/** Say something of the body as the upstream made it, or let it be asked for in part. */
const OF_THE_WHOLE = new Set([
  'etag',
  'last-modified',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'accept-ranges',
  'content-range',
]);

/**
 * Takes every item out that is not shown to be the principal's, one without an owner included, and sets what counts. Gives how many there
 * were; null where there is no list. Changes nothing where not `edits`.
 */
export function filterList(
  { resource, list }: Coverage['lists'][number],
  json: EditableJson,
  answer: UpstreamAnswer,
  principal: Principal,
  edits: boolean,
): number | null {
  const at = nodesAt(json.root, list.list, false)?.[0];
  if (at === undefined || at.items === null) return null;
  const isOwned = itemTest(resource, list, json, principal);
  const foreign = at.items.filter((item) => !isOwned(item));
  if (!edits) return foreign.length;
  for (const item of foreign) {
    json.remove(item);
    if (answer.dropped.length < MAX_TOLD) answer.dropped.push(joinPointer('', ...list.list, item.key ?? ''));
  }
  const kept = at.items.filter((item) => !json.isRemoved(item)).length;
  for (const place of list.total)
    if ('tokens' in place) for (const node of nodesAt(json.root, place.tokens, true) ?? []) json.replace(node, kept);
  for (const place of list.hide)
    if ('tokens' in place)
      for (const node of nodesAt(json.root, place.tokens, true) ?? []) if (node.parent !== null) json.remove(node);
  hideHeaders(list, answer.headers, kept);
  return foreign.length;
}

/** Sets the headers that count, or takes them out where the count is not known, and takes out what tells of the whole list. */
export function hideHeaders(list: OwnedList, headers: string[], kept: number | null): void {
  const named = (places: OwnedList['total'], lower: string): boolean =>
    places.some((place) => 'header' in place && place.header === lower);
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    const lower = (headers[i] as string).toLowerCase();
    if (named(list.total, lower) && kept !== null) headers[i + 1] = String(kept);
    else if (
      named(list.total, lower) ||
      named(list.hide, lower) ||
      OF_THE_WHOLE.has(lower) ||
      lower === 'content-length'
    )
      headers.splice(i, 2);
  }
}

function itemTest(
  resource: Coverage['lists'][number]['resource'],
  list: OwnedList,
  json: EditableJson,
  principal: Principal,
): (item: JsonNode) => boolean {
  const { test } = resource;
  if (test.kind === 'owner')
    return (item) => isOwner(principal, test.matches, readOwners(json, item, list.item)) === true;
  return (item) =>
    list.item.every((tokens) => {
      const nodes = nodesAt(item, tokens, false);
      return (
        nodes !== null &&
        nodes.length > 0 &&
        nodes.every((node) => {
          const id = requestedId(node, json);
          return id !== null && ownsId(principal, test, id);
        })
      );
    });
}
