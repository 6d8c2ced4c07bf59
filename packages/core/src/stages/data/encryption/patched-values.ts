import { EditableJson } from '../../../json/editable-json.ts';
import type { JsonNode } from '../../../json/json-node.ts';
import { foldCase } from '../../../json/fold-case.ts';
import { joinPointer } from '../../../json/json-pointer.ts';
import type { FieldIndex } from '../../../policy/encrypt-policy.ts';
import { visitJson } from '../json-values.ts';
import { type MarkedPlace, pointerOf } from '../marked-nodes.ts';
import type { MarkedValue } from '../marked-value.ts';
import { type EncryptedSite, type SiteVisitor, siteOf } from './encrypted-site.ts';
import { type PatchOperation, readJsonPatch } from './json-patch.ts';
import type { PatchRule } from './patch-rule.ts';
import { visitOnce } from './visit-once.ts';

/** What a JSON Patch puts into a resource, as far as it is encrypted. */
export interface PatchedValues {
  /** Visits each encrypted value; what is below one is not visited. */
  visit(visit: SiteVisitor): void;
  /** Puts what the visitor changed into the tree of the patch. */
  write(): void;
  /** JSON Pointers of operations that cannot be carried out on what is encrypted. */
  readonly refused: readonly string[];
}

interface Part {
  readonly operation: PatchOperation;
  readonly node: JsonNode;
  readonly json: EditableJson;
  readonly prefix: string;
  readonly inList: boolean;
  readonly places: readonly MarkedPlace[];
}

/** Looks at a JSON Patch by its paths; null for what is none. `bound`: a value opens in its record alone. */
export function readPatchedValues(
  rule: PatchRule,
  tree: EditableJson,
  bound: boolean,
  indexes: ReadonlyMap<string, FieldIndex>,
): PatchedValues | null {
  const operations = readJsonPatch(tree);
  if (operations === null) return null;
  const parts: Part[] = [];
  const removed: PatchOperation[] = [];
  const own = new Set([...indexes.values()].map(({ property }) => foldCase(property)));
  const refused: string[] = [];
  for (const operation of operations) {
    const { node, path, from, value } = operation;
    const at = follow(rule.open, path);
    const field = nameOf(path);
    const reachesIndex = own.size > 0 && [...path, ...(from ?? [])].some((token) => own.has(foldCase(token)));
    // A copy would leave the index behind.
    const moves = !bound && !indexes.has(field);
    if (at.isBelow || reachesIndex || (from !== null && !movesWell(rule, path, from, moves)))
      refused.push(pointerOf(node));
    else if (operation.op === 'remove' && indexes.has(field) && isExact(at.places)) removed.push(operation);
    else if (value !== null && at.places.length > 0) {
      const part = partOf(tree, operation, value, at.places);
      // Two texts of one value differ when encrypted, so none could be compared with the one that is stored.
      if (operation.op === 'test' && holdsEncrypted(part)) refused.push(pointerOf(node));
      else parts.push(part);
    }
  }
  return {
    refused,
    visit(visit) {
      for (const part of parts) visitPart(part, (value) => visit(value, siteIn(part, tree, value)));
    },
    write() {
      for (const operation of removed) setBeside(tree, operation, indexes.get(nameOf(operation.path))?.property, null);
      for (const { node, json } of parts)
        if (json.edited) tree.replaceRaw(node, new TextDecoder().decode(json.bytes()));
    },
  };
}

function partOf(tree: EditableJson, operation: PatchOperation, node: JsonNode, places: readonly MarkedPlace[]): Part {
  const json = EditableJson.parse(new TextEncoder().encode(tree.raw(node)));
  if (json === null) throw new Error('a part of a JSON text is none');
  // A dash is the index behind the last item (RFC 6901, section 4).
  const tokens = operation.path.map((token) => (token === '-' ? '0' : token));
  return { operation, node, json, prefix: joinPointer('', ...tokens), inList: tokens.some(isIndexToken), places };
}

/** The value of an operation stands alone in it: what belongs beside it is set by an operation of its own. */
function siteIn(part: Part, tree: EditableJson, value: MarkedValue): EncryptedSite {
  const { operation, prefix, inList } = part;
  if (value.pointer !== prefix) return siteOf(value, inList);
  const last = operation.path.at(-1);
  return {
    inList,
    hasRoom: last !== undefined && !isIndexToken(last),
    setBeside: (name, text) => operation.op !== 'test' && setBeside(tree, operation, name, text),
  };
}

function setBeside(
  tree: EditableJson,
  { node, path }: PatchOperation,
  name: string | undefined,
  value: string | null,
): void {
  if (name !== undefined) tree.addBehind(node, { op: 'add', path: joinPointer('', ...path.slice(0, -1), name), value });
}

function visitPart({ json, prefix, places }: Part, visit: (value: MarkedValue) => void): void {
  visitOnce(places, (place, visitor) => visitJson(json, place, prefix, visitor), visit);
}

function holdsEncrypted(part: Part): boolean {
  let found = false;
  visitPart(part, (value) => {
    found ||= value.raw() !== 'null';
  });
  return found;
}

/** Follows a path from the root of the resource: a token may name a member or an item, and counts as whatever is encrypted there. */
function follow(roots: readonly MarkedPlace[], path: readonly string[]): { places: MarkedPlace[]; isBelow: boolean } {
  let places = [...roots];
  for (const token of path) {
    if (isExact(places)) return { places: [], isBelow: true };
    const next = new Set<MarkedPlace | null>();
    for (const place of places) {
      next.add(place.member(token));
      if (isIndexToken(token)) next.add(place.item(token === '-' ? 0 : Number(token)));
    }
    places = [...next].filter((place) => place !== null);
  }
  return { places, isBelow: false };
}

/** Whether something may be copied or moved: nothing encrypted is, nor put in the place of it, but for a value that opens where it comes to stand. */
function movesWell(rule: PatchRule, path: readonly string[], from: readonly string[], moves: boolean): boolean {
  const ends = [path, from].map((tokens) => {
    const named = follow(rule.open, tokens);
    const declared = rule.declared === null ? null : follow([rule.declared], tokens);
    const exact = isExact(named.places);
    return {
      exact,
      touches: exact || named.isBelow || declared?.isBelow === true || (declared?.places.length ?? 0) > 0,
    };
  });
  if (ends.every(({ touches }) => !touches)) return true;
  return moves && ends.every(({ exact }) => exact) && nameOf(path) === nameOf(from);
}

function isExact(places: readonly MarkedPlace[]): boolean {
  return places.some(({ marks }) => marks?.encrypted === true);
}

/** The field that a path leads to, or into an item of. */
function nameOf(path: readonly string[]): string {
  return foldCase(path.findLast((token) => !isIndexToken(token)) ?? '');
}

function isIndexToken(token: string): boolean {
  return token === '-' || /^\d+$/.test(token);
}
