import type { Exchange } from '../../../exchange.ts';
import type { FieldIndex } from '../../../policy/encrypt-policy.ts';
import { bodyFormat, isReadableCharset } from '../../validation/body-format.ts';
import { type ParsedMediaType, parseMediaType } from '../../validation/media-type.ts';
import type { BodyPlaces } from '../body-places.ts';
import { isMarkedJson } from '../doubtful-text.ts';
import type { MarkedValue } from '../marked-value.ts';
import { readBody } from '../read-body.ts';
import { type SiteVisitor, siteOf } from './encrypted-site.ts';
import { isFile } from './file-types.ts';
import { isMergePatch } from './json-patch.ts';
import { readPatchedValues } from './patched-values.ts';
import type { PatchRule } from './patch-rule.ts';
import { visitOnce } from './visit-once.ts';

/** What of a body on its way upstream has to be encrypted. */
export interface EncryptedValues {
  /** Visits each such value; what is below one is not visited. */
  visit(visit: SiteVisitor): void;
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
    readonly indexes: ReadonlyMap<string, FieldIndex>;
  },
  exchange: Exchange,
  body: Uint8Array,
): EncryptedValues | 'unreadable' | null {
  const { places, patches } = rule;
  const type = parseMediaType(exchange.headers.contentType ?? '');
  if (patches !== null && type !== null && patches.isPatch(type)) {
    if (!isReadable(type, exchange)) return 'unreadable';
    const tree = exchange.json;
    const read = tree === null ? null : readPatchedValues(patches, tree, rule.bound, rule.indexes);
    if (tree === null || read === null) return 'unreadable';
    return {
      refused: read.refused,
      visit: (visit) => read.visit(visit),
      bytes() {
        read.write();
        return tree.bytes();
      },
    };
  }
  const merges = patches !== null && type !== null && isMergePatch(type);
  const own = places?.select(type) ?? null;
  const all = merges ? [own, ...patches.open].filter((place) => place !== null) : own === null ? [] : [own];
  const [whole] = [places?.all, ...all].filter((place) => place !== null && place !== undefined);
  if (whole === undefined) return null;
  // What one type of the operation marks must not go on as another that nothing is marked in.
  const isOther = type === null || !JSON_FORMATS.has(bodyFormat(type));
  if (isOther && !all.some(({ marks }) => marks?.encrypted === true) && isMarkedJson(whole, body)) return 'unreadable';
  if (all.length === 0) return null;
  if (type === null || !isReadable(type, exchange)) return 'unreadable';
  if (all.every((place) => isFile(type, place))) return null;
  const read = readBody(body, type, () => exchange.json);
  if (read === null || all.some((place) => read.isDoubtful(place))) return 'unreadable';
  const visitAll = (visit: (value: MarkedValue) => void): void => {
    const [only] = all;
    if (all.length > 1) return visitOnce(all, (place, visitor) => read.visit(place, visitor), visit);
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
    visit: (visit) => visitAll((value) => visit(value, siteOf(value, false))),
    bytes: () => read.bytes(),
  };
}

/** Compressed, or in another charset, it is another text to whoever reads it than to us. */
function isReadable(type: ParsedMediaType, { headers }: Exchange): boolean {
  const { contentEncoding } = headers;
  if (contentEncoding !== null && contentEncoding.trim().toLowerCase() !== 'identity') return false;
  return isReadableCharset(type, bodyFormat(type));
}
