import type { MediaType, SchemaSource } from '../../openapi/model.ts';
import { bodyFormat } from '../validation/body-format.ts';
import { itemSource } from '../validation/compile-format.ts';
import { schemaBelow } from '../validation/member-source.ts';
import type { MediaRange } from '../validation/media-range.ts';
import type { ParsedMediaType } from '../validation/media-type.ts';
import { ANY, compileTypeGuide, OBJECT, SCALAR, type TypeSet } from '../validation/type-guide.ts';
import type { CompileContext } from '../stage.ts';
import { NOTHING_SAID, saidOfTexts, type SaidOfTexts } from './document-places.ts';
import { type EventPlaces, UNKNOWN_EVENTS } from './event-texts.ts';
import { type Listing, listingsOf } from './listed-texts.ts';
import type { TextPlace } from './text-place.ts';

/** What the document says of the texts in bodies of one media type. */
export interface DeclaredTexts extends MediaRange {
  readonly place: TextPlace;
  /** Of one text of a stream. */
  readonly line: TextPlace;
  readonly events: EventPlaces;
  readonly hasUris: boolean;
  /** What a raw text can be read as: the check of a body that it cannot be does not look into it. */
  readonly readAs: TypeSet;
  /** Names of the parts that the document says are XML. */
  readonly xml: ReadonlySet<string>;
  /** Fields of a form that hold several texts in one. */
  readonly listings: ReadonlyMap<string, Listing>;
}

export function declaredTexts(
  media: MediaType,
  { range }: MediaRange,
  { schemas, document }: CompileContext,
): Omit<DeclaredTexts, keyof MediaRange> {
  const read = { schemas, document, direction: 'request' } as const;
  const item = range.essence.includes('*') || isStream(range) ? knownItem(media, read) : null;
  const of = (source: SchemaSource | null): SaidOfTexts =>
    source === null ? NOTHING_SAID : saidOfTexts(source, schemas);
  const whole = of(media.schema);
  const line = item === media.schema ? whole : of(item);
  return {
    place: whole.place,
    line: line.place,
    events: eventsOf(media, of, document),
    hasUris: whole.hasUris || line.hasUris,
    readAs: media.schema === null ? ANY : typesOf(media.schema, schemas),
    xml: new Set(
      [...media.encoding].flatMap(([name, { contentType }]) => (/xml/i.test(contentType ?? '') ? name : [])),
    ),
    listings: listingsOf(media, { schemas }),
  };
}

/** What is said of the events of a stream, and of their data where that is JSON, as the check of bodies holds them to it. */
function eventsOf(
  { itemSchema }: MediaType,
  of: (source: SchemaSource | null) => SaidOfTexts,
  document: CompileContext['document'],
): EventPlaces {
  if (itemSchema === null) return UNKNOWN_EVENTS;
  const event = of(itemSchema);
  const data = schemaBelow(itemSchema, ['properties', 'data', 'contentSchema'], document);
  const json = data === null ? null : of(data);
  return { event: event.place, json: json?.place ?? null, hasUris: event.hasUris || json?.hasUris === true };
}

/** What a schema is read as, by its other keywords where it states no type; none where it cannot be compiled. */
function typesOf(schema: SchemaSource, schemas: CompileContext['schemas']): TypeSet {
  try {
    return compileTypeGuide(schemas.normalized(schema, 'request')).types;
  } catch {
    return 0;
  }
}

/** False where the check of bodies passes one over: a form whose schema it takes for none of an object, a text for none of a scalar, what it has no reader for. */
export function isHeld(type: ParsedMediaType, { readAs }: DeclaredTexts): boolean {
  const format = bodyFormat(type);
  if (format === 'form') return (readAs & OBJECT) !== 0;
  return format === 'text' ? (readAs & SCALAR) !== 0 : format !== 'binary';
}

export function isStream(type: ParsedMediaType): boolean {
  const format = bodyFormat(type);
  return format === 'json-lines' || format === 'json-sequence';
}

/** The schema that each text of a stream is held to; null where there is none, or none that can be compiled. */
function knownItem(media: MediaType, context: Parameters<typeof itemSource>[1]): SchemaSource | null {
  try {
    return itemSource(media, context);
  } catch {
    return null;
  }
}
