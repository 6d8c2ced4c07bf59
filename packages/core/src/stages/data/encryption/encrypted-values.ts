import { bodyFormat } from '../../validation/body-format.ts';
import type { Exchange } from '../../../exchange.ts';
import type { FieldIndex } from '../../../policy/encrypt-policy.ts';
import { parseMediaType } from '../../validation/media-type.ts';
import type { BodyPlaces } from '../body-places.ts';
import type { MarkedValue } from '../marked-value.ts';
import { readBody } from '../read-body.ts';
import { type SiteVisitor, siteOf } from './encrypted-site.ts';
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
  if (all.length === 0) return null;
  const read = type === null ? null : readBody(body, type, () => exchange.json);
  if (type === null || read === null) return 'unreadable';
  // A text or a file is one value: what is marked below it cannot be told apart.
  const format = bodyFormat(type);
  if ((format === 'text' || format === 'binary') && !all.some(({ marks }) => marks?.encrypted === true))
    return 'unreadable';
  const visitAll = (visit: (value: MarkedValue) => void): void => {
    const [only] = all;
    if (all.length > 1) return visitOnce(all, (place, visitor) => read.visit(place, visitor), visit);
    read.visit(only ?? null, (value) => {
      if (value.marks.encrypted) visit(value);
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
