import type { MediaType, Parameter } from '../../openapi/model.ts';
import type { CompileContext } from '../stage.ts';
import { isRepeated, isSpread } from '../validation/parameter-check.ts';
import { textStyle, type TextStyle, toItemTexts, toMemberTexts } from '../validation/text-style.ts';
import { ARRAY, compileTypeGuide, OBJECT, type TypeGuide, type TypeSet } from '../validation/type-guide.ts';
import type { TextPlace } from './text-place.ts';
import type { TextLocation, TextVisitor } from './threat-judge.ts';
import { visitFieldName } from './visit-name.ts';

/** How one text of a parameter or of a field holds several. */
export interface Listing {
  readonly style: TextStyle;
  readonly types: TypeSet;
}

export const NO_LISTINGS: ReadonlyMap<string, Listing> = new Map();

/** Null where a text of the parameter holds nothing but itself, or is divided by its name. */
export function listingOf(parameter: Parameter, { schemas }: Pick<CompileContext, 'schemas'>): Listing | null {
  const { schema, name, style, explode, in: where } = parameter;
  if (schema === null || style === 'deepObject') return null;
  const types = guideOf(schema, schemas)?.types ?? 0;
  if ((types & (ARRAY | OBJECT)) === 0) return null;
  const isDividedByName =
    (where === 'query' || where === 'cookie') && (isSpread(parameter, types) || isRepeated(parameter, types));
  return isDividedByName ? null : { style: textStyle(name, style, explode, where === 'header'), types };
}

/** Of the fields of a form, those whose `encoding` puts their items or members into one text. */
export function listingsOf(
  media: MediaType,
  { schemas }: Pick<CompileContext, 'schemas'>,
): ReadonlyMap<string, Listing> {
  const guide = media.schema === null ? null : guideOf(media.schema, schemas);
  if (guide === null) return NO_LISTINGS;
  const listings = new Map<string, Listing>();
  for (const [name, { style, explode, contentType }] of media.encoding) {
    const { types } = guide.property(name);
    const isOneText = (types & ARRAY) !== 0 ? !(explode ?? (style === null || style === 'form')) : style !== null;
    if (isOneText && contentType === null && (types & (ARRAY | OBJECT)) !== 0)
      listings.set(name, { style: textStyle(name, style ?? 'form', false, false), types });
  }
  return listings;
}

/**
 * Gives the items, or the names and values of members, that one text holds, each by itself as whoever divides it gets it: a URI or a command begins a
 * text, and would stand somewhere within the list. Those that their schema confines are left out where they are held to it.
 */
export function visitListed(
  text: string,
  { style, types }: Listing,
  place: TextPlace,
  enforced: boolean,
  location: TextLocation,
  visit: TextVisitor,
): void {
  if ((types & ARRAY) !== 0 && (!enforced || place.anyItem.confined === null))
    for (const item of toItemTexts(style, text) ?? []) if (item !== text) visit(item, false, location);
  const members = (types & OBJECT) === 0 ? null : toMemberTexts(style, text);
  for (let index = 0; members !== null && index + 1 < members.length; index += 2) {
    const name = members[index] as string;
    const member = place.member(name);
    if (!member.declared) visitFieldName(name, location, visit);
    if (!enforced || member.confined === null) visit(members[index + 1] as string, false, location);
  }
}

/** Null where the schema cannot be compiled: its operation is refused, and is told of where it is. */
function guideOf(schema: NonNullable<MediaType['schema']>, schemas: CompileContext['schemas']): TypeGuide | null {
  try {
    return compileTypeGuide(schemas.normalized(schema, 'request'));
  } catch {
    return null;
  }
}
