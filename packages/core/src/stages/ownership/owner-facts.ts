import { holds, someText, textsOf } from './principal-values.ts';
import { isPathPart, scalarText } from './object-id.ts';
import { nodesAt } from './json-places.ts';
import type { AnswerId } from '../../policy/answer-id.ts';
import type { EditableJson } from '../../json/editable-json.ts';
import type { JsonNode } from '../../json/json-node.ts';
import type { OwnedResource, OwnerMatch, OwnerTest } from '../../policy/ownership-policy.ts';
import type { Principal } from '../../principal.ts';

/** What an answer says of an object's owners: for each place of the resource the owners that stand there, null where none can be told. */
export type Owners = readonly (readonly string[] | null)[];

/** More owners of one object than this are not looked at: it is not known whose it is. */
const MAX_OWNERS = 10_000;

/** Reads the owners of the object that an answer, or an item of one, is. */
export function readOwners(json: EditableJson, object: JsonNode, places: readonly (readonly string[])[]): Owners {
  return places.map((tokens) => {
    const nodes = nodesAt(object, tokens, true);
    if (nodes === null || nodes.length > MAX_OWNERS) return null;
    const texts: string[] = [];
    for (const node of nodes) {
      const text = scalarText(node, json);
      if (text !== null) texts.push(text);
      // One of a list that is no owner grants nothing; the one owner that is none leaves it open.
      else if (!tokens.includes('*')) return null;
    }
    return texts;
  });
}

/**
 * Whether an answer is of the object that was asked for, as far as it says so: numbers and texts are compared to the letter. An upstream that cuts, folds or mixes
 * up ids answers with somebody's object, whose owner says nothing of what a write with the same id will change.
 */
export function isOfObject(json: EditableJson, { tokens, required }: AnswerId, id: string): boolean {
  const nodes = nodesAt(json.root, tokens, false);
  if (nodes === null) return !required;
  return nodes.length > 0 && nodes.every((node) => scalarText(node, json) === id);
}

/** True where the principal is an owner, false where others are, null where it is not known who is. */
export function isOwner(principal: Principal, matches: readonly OwnerMatch[], owners: Owners): boolean | null {
  let known = false;
  for (const [index, of] of owners.entries()) {
    if (of === null) continue;
    known = true;
    const equals = (matches[index] ?? matches[0])?.equals ?? [];
    if (of.some((owner) => equals.some((value) => holds(principal, value, owner)))) return true;
  }
  return known ? false : null;
}

/** Whether the id alone, which is one (`isId`), shows that the object is the principal's. */
export function ownsId(principal: Principal, test: OwnerTest, id: string): boolean {
  if (test.kind === 'public') return true;
  if (test.kind === 'listed') return holds(principal, test.value, id);
  if (test.kind === 'owner') return false;
  const { before, value, after } = test;
  if (!id.startsWith(before) || !isPathPart(id)) return false;
  return someText(principal, value, (text) => {
    const from = before.length + text.length;
    // To tenant `a` the ids of tenant `a-b` would begin like its own.
    return (
      id.length > from + after.length &&
      id.startsWith(after, from) &&
      id.startsWith(text, before.length) &&
      !text.includes(after)
    );
  });
}

/** Whether the principal has anything that an owner could be compared with. */
export function canOwn(principal: Principal, { test }: OwnedResource): boolean {
  return (
    test.kind !== 'owner' ||
    test.matches.some(({ equals }) => equals.some((value) => textsOf(principal, value).length > 0))
  );
}
