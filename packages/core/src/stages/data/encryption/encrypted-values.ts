import type { Exchange } from '../../../exchange.ts';
import type { FieldIndex } from '../../../policy/encrypt-policy.ts';
import { bodyFormat, isReadableCharset, isUncompressed } from '../../validation/body-format.ts';
import { type ParsedMediaType, parseMediaType } from '../../validation/media-type.ts';
import type { BodyPlaces } from '../body-places.ts';
import { isMarkedJson } from '../doubtful-text.ts';
import type { MarkedPlace } from '../marked-nodes.ts';
import type { MarkedValue } from '../marked-value.ts';
import { readBody } from '../read-body.ts';
import { type SiteVisitor, siteOf } from './encrypted-site.ts';
import { isFile, isFileType } from './file-types.ts';
import { isMergePatch } from './json-patch.ts';
import { readPatchedValues } from './patched-values.ts';
import type { PatchRule } from './patch-rule.ts';
import { StepBudget } from '../step-budget.ts';
import { hasMembers, isMarkup, isOpaque, mayNameEncrypted } from './undeclared-body.ts';
import { visitOnce } from './visit-once.ts';

/** What of a body on its way upstream has to be encrypted. */
export interface EncryptedValues {
  /** Visits each such value; what is below one is not visited. */
  visit(visit: SiteVisitor): void;
  /** As of `ReadBody`. */
  readonly keeps: boolean;
  /** The body with what the visitor changed. */
  bytes(): Uint8Array;
  /** JSON Pointers of what a patch cannot do with it. */
  readonly refused: readonly string[];
}

const JSON_FORMATS: ReadonlySet<string> = new Set(['json', 'json-lines', 'json-sequence']);

/** Null where nothing of this body is encrypted; `unreadable` where its members cannot be told apart. */
export function readEncryptedValues(
  rule: {
    readonly places: BodyPlaces | null;
    readonly patches: PatchRule | null;
    readonly bound: boolean;
    readonly unnamed: MarkedPlace | null;
    readonly unchecked: MarkedPlace | null;
    readonly indexes: ReadonlyMap<string, FieldIndex>;
  },
  exchange: Exchange,
  body: Uint8Array,
): EncryptedValues | 'unreadable' | null {
  const { places, patches, unnamed, unchecked } = rule;
  const type = parseMediaType(exchange.headers.contentType ?? '');
  if (patches !== null && type !== null && patches.isPatch(type)) {
    if (!isReadable(type, exchange)) return 'unreadable';
    const tree = exchange.json;
    const read = tree === null ? null : readPatchedValues(patches, tree, rule.bound, rule.indexes);
    if (tree === null || read === null) return 'unreadable';
    return {
      refused: read.refused,
      keeps: false,
      visit: (visit) => read.visit(visit),
      bytes() {
        read.write();
        return tree.bytes();
      },
    };
  }
  const merges = patches !== null && type !== null && isMergePatch(type);
  const own = places?.select(type) ?? null;
  const steps = new StepBudget();
  const isCompressed = !isUncompressed(exchange.headers.contentEncoding);
  if (own === null && unchecked !== null && type !== null && isMarkup(type))
    if (mayNameEncrypted(unchecked, body, type, isCompressed, steps)) return 'unreadable';
  const isJson = type !== null && JSON_FORMATS.has(bodyFormat(type));
  const stated = merges ? [own, ...patches.open].filter((place) => place !== null) : own === null ? [] : [own];
  // What one type of the operation marks must not go on as another type of JSON that nothing is marked in: it is encrypted there, too.
  const lent = isJson && !merges && isSilent(own) ? (places?.all ?? null) : null;
  const lends = lent !== null && lent !== own;
  const all = lends ? [...stated, lent] : stated;
  const [whole] = [places?.all, ...all].filter((place) => place !== null && place !== undefined);
  if (whole === undefined) return null;
  // Nor as what is no JSON by its type: many servers read whatever comes as JSON.
  if (!isJson && !all.some(({ marks }) => marks?.encrypted === true) && isMarkedJson(whole, body, steps))
    return 'unreadable';
  // They would inflate it first.
  if (!isJson && isCompressed && type !== null && !isFileType(type) && !isOpaque(type)) return 'unreadable';
  if (all.length === 0) return null;
  if (unnamed !== null && !merges && !hasMembers(type))
    return mayNameEncrypted(unnamed, body, type, isCompressed, steps) ? 'unreadable' : null;
  if (type === null || !isReadable(type, exchange)) return 'unreadable';
  if (all.every((place) => isFile(type, place))) return null;
  const read = readBody(body, type, () => exchange.json);
  // A reader of lines may pass over those that are none.
  if (read === null && lends && own === null && bodyFormat(type) === 'json')
    return isMarkedJson(whole, body, steps) ? 'unreadable' : null;
  if (read === null || all.some((place) => read.isDoubtful(place, steps))) return 'unreadable';
  const visitAll = (visit: (value: MarkedValue) => void): void => {
    const [only] = all;
    // The schema of a text of several may be its own or that of all: where names alone decide, it is marked by both.
    if (all.length > 1 || (isJson && bodyFormat(type) !== 'json'))
      return visitOnce(all, (place, visitor) => read.visit(place, visitor), visit);
    read.visit(only ?? null, (value) => {
      // What may be a list of names and values is in doubt, or no list.
      if (value.marks.encrypted && value.isGuessed !== true) visit(value);
      return !value.marks.encrypted;
    });
  };
  const refused: string[] = [];
  // What is merged into an encrypted object would take its place whole: the API sees a text there.
  if (merges)
    visitAll((value) => {
      if (value.raw()?.startsWith('{') === true) refused.push(value.pointer);
    });
  return {
    refused,
    keeps: read.keeps,
    visit: (visit) => visitAll((value) => visit(value, siteOf(value, false))),
    bytes: () => read.bytes(),
  };
}

/** Nothing is declared of its members. */
function isSilent(place: MarkedPlace | null): boolean {
  const [declared] = place?.declared() ?? [];
  return declared === undefined && (place?.marks ?? null) === null;
}

/** Compressed, or in another charset, it is another text to whoever reads it than to us. */
function isReadable(type: ParsedMediaType, exchange: Exchange): boolean {
  return isUncompressed(exchange.headers.contentEncoding) && isReadableCharset(type, bodyFormat(type));
}
