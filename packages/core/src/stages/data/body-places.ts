import type { MediaType, SchemaSource } from '../../openapi/model.ts';
import { isInRange, parseMediaRange, type MediaRange } from '../validation/media-range.ts';
import type { ParsedMediaType } from '../validation/media-type.ts';
import type { MarkedPlace, MarkMatcher } from './marked-nodes.ts';

/** The marks of the bodies that a `content` map describes. */
export interface BodyPlaces {
  /** For a body of this type; of all the types together where it is null or not declared. Null where nothing of it is marked. */
  select(type: ParsedMediaType | null): MarkedPlace | null;
  /** Of all the types together. */
  readonly all: MarkedPlace | null;
  /** False where the document describes no body at all. */
  readonly isDeclared: boolean;
}

/** Null where nothing of any of the bodies is marked. One without a schema may be anything, whatever the schemas beside it leave no room for. */
export function createBodyPlaces(content: readonly MediaType[], matcher: Pick<MarkMatcher, 'root'>): BodyPlaces | null {
  const own = content.map((media) => matcher.root(schemasOf(media)));
  const all = matcher.root(content.flatMap(schemasOf)) ?? own.find((place) => place !== null) ?? null;
  if (all === null) return null;
  const declared: (MediaRange & { readonly place: MarkedPlace | null })[] = [];
  for (const [at, media] of content.entries()) {
    const range = parseMediaRange(media.range);
    if (range !== null) declared.push({ ...range, place: own[at] ?? null });
  }
  declared.sort((one, other) => other.rank - one.rank);
  return {
    all,
    isDeclared: content.length > 0,
    select(type) {
      const found = type === null ? undefined : declared.find(({ range }) => isInRange(type, range));
      return found === undefined ? all : found.place;
    },
  };
}

/** Of a stream, the schema of one item is that of each value in it. */
export function schemasOf(media: MediaType): SchemaSource[] {
  return [media.schema, media.itemSchema].filter((one) => one !== null);
}
