import type { Exchange } from '../../exchange.ts';
import type { MediaType, Operation, SchemaSource } from '../../openapi/model.ts';
import { itemSource } from '../validation/compile-format.ts';
import { bodyFormat } from '../validation/body-format.ts';
import { parseContentDisposition } from '../validation/content-disposition.ts';
import { isInRange, parseMediaRange, type MediaRange } from '../validation/media-range.ts';
import { parseMediaType, type ParsedMediaType } from '../validation/media-type.ts';
import { isBoundary, parseMultipart } from '../validation/multipart-parser.ts';
import { plusAsSpace } from '../validation/plus-as-space.ts';
import { ANY, compileTypeGuide, OBJECT, SCALAR, type TypeSet } from '../validation/type-guide.ts';
import { Undecodable } from '../validation/undecodable.ts';
import type { CompileContext } from '../stage.ts';
import { decodePercents } from './decode-layers.ts';
import { isNameWorthALook, isSuspicious, isWorthALook } from './inspect-text.ts';
import { hasTextWorthALook, type JsonTextVisitor, visitJsonTexts } from './json-texts.ts';
import type { TextVisitor } from './parameter-texts.ts';
import { type DocumentPlaces, NOTHING_SAID, placesOf, saidOfTexts, type SaidOfTexts } from './document-places.ts';
import { describePlaces } from './describe-places.ts';
import { bracketedNames, followNames } from './follow-brackets.ts';
import { isFreeUri, LIKE_URI, visitInnerUris } from './inner-uris.ts';
import { ANYWHERE, type TextPlace } from './text-place.ts';
import { type TextLocation, WHOLE } from './threat-judge.ts';
import { visitXmlTexts } from './xml-texts.ts';

interface DeclaredTexts extends MediaRange {
  readonly place: TextPlace;
  /** Of one text of a stream. */
  readonly line: TextPlace;
  readonly hasUris: boolean;
  /** What a raw text can be read as: the check of a body that it cannot be does not look into it. */
  readonly readAs: TypeSet;
}

const decoder = new TextDecoder();
const strict = new TextDecoder('utf-8', { fatal: true });
const latin = new TextDecoder('latin1');

/** Whether any body of the operation has texts, and so has to be there whole. */
export function hasTexts(operation: Operation): boolean {
  return (operation.requestBody?.content ?? []).some((media) => {
    const range = parseMediaRange(media.range)?.range;
    return range !== undefined && (range.essence.includes('*') || bodyFormat(range) !== 'binary');
  });
}

/** The texts of the bodies of one operation: strings of JSON, fields of forms, parts of multipart, text and XML. Files are not looked into. */
export class BodyTexts {
  readonly #declared: readonly DeclaredTexts[];
  readonly #enforced: boolean;
  readonly #places: DocumentPlaces;

  constructor(operation: Operation, context: CompileContext, enforced: boolean) {
    const declared: DeclaredTexts[] = [];
    for (const media of operation.requestBody?.content ?? []) {
      const range = parseMediaRange(media.range);
      if (range !== null) declared.push({ ...range, ...declaredTexts(media, range, context) });
    }
    this.#declared = declared.sort((one, other) => other.rank - one.rank);
    this.#enforced = enforced;
    this.#places = placesOf(context.schemas);
  }

  visit(exchange: Exchange, visit: TextVisitor): void {
    const { body } = exchange;
    if (body === null || body.length === 0) return;
    const type = parseMediaType(exchange.headers.contentType ?? '');
    if (type === null) return;
    const found = this.#declared.find(({ range }) => isInRange(type, range));
    const declared = (isStream(type) ? found?.line : found?.place) ?? ANYWHERE;
    this.#places.beginRequest();
    const place = found === undefined || isHeld(type, found) ? declared : declared.unheld;
    this.#visitAs(body, type, place, found?.hasUris ?? false, [], visit);
  }

  #visitAs(
    bytes: Uint8Array,
    type: ParsedMediaType,
    place: TextPlace,
    hasUris: boolean,
    prefix: readonly string[],
    visit: TextVisitor,
  ): void {
    const tokens = prefix.length === 0 ? WHOLE : () => prefix;
    switch (bodyFormat(type)) {
      case 'json':
      case 'json-lines':
      case 'json-sequence':
        this.#visitJson(bytes, place, hasUris, prefix, visit);
        return;
      case 'form':
        this.#visitForm(latin.decode(bytes), place, hasUris, visit);
        return;
      case 'multipart':
        this.#visitParts(bytes, type, place, hasUris, visit);
        return;
      case 'text': {
        const text = decoder.decode(bytes);
        const location: TextLocation = { in: 'body', name: null, tokens };
        // Texts are held to schemas of scalars alone.
        if (!this.#enforced || place.confined === null || !place.isScalar) visit(text, place.uri, location);
        if (hasUris) visitInnerUris(text, place, this.#enforced, (uri) => visit(uri, true, location));
        return;
      }
      case 'event-stream':
        visit(decoder.decode(bytes), place.uri, { in: 'body', name: null, tokens });
        return;
      case 'xml': {
        const xml = decoder.decode(bytes);
        // The text as a whole for what XML itself can do, and each value in it for everything else.
        visit(xml, false, { in: 'body', name: null, tokens, xml: true });
        visitXmlTexts(xml, (text) => visit(text, false, { in: 'body', name: null, tokens }));
        return;
      }
      case 'binary':
    }
  }

  #visitJson(
    bytes: Uint8Array,
    root: TextPlace,
    hasUris: boolean,
    prefix: readonly string[],
    visit: TextVisitor,
  ): void {
    // Where a URI is declared any text may be one, whatever its signs.
    if (!hasUris && !hasTextWorthALook(bytes, { wants: isWorthALook, wantsName: isNameWorthALook }, isSuspicious))
      return;
    const visitor: JsonTextVisitor = {
      wants: isWorthALook,
      wantsName: isNameWorthALook,
      value: (text, tokens, place) => {
        const full = (): readonly string[] => (prefix.length === 0 ? tokens() : [...prefix, ...tokens()]);
        const uri = hasUris && LIKE_URI.test(text) && place().uri;
        const free = (): boolean => !this.#enforced || place().confined === null;
        visit(text, uri, { in: 'body', name: null, tokens: full, free });
      },
      // The name is what was found: the place is that of its object, for a record holds nothing that a client made up.
      name: (text, tokens, place) => {
        const full = (): readonly string[] => [...prefix, ...tokens().slice(0, -1)];
        const free = (): boolean => !this.#enforced || !place().declared;
        visit(`${text}:`, false, { in: 'body', name: null, tokens: full, free });
      },
    };
    visitJsonTexts(bytes, visitor, root);
  }

  #visitForm(form: string, root: TextPlace, hasUris: boolean, visit: TextVisitor): void {
    for (const pair of form.split('&')) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const name = decodePercents(plusAsSpace(equals < 0 ? pair : pair.slice(0, equals)));
      const path = bracketedNames(name);
      const [owner, ...rest] = path;
      const tokens = (): readonly string[] => path.map((part) => part.slice(0, 64));
      const place = followNames(root.member(owner), rest);
      if (!place.declared) visit(`${name}=`, false, { in: 'body', name: null, tokens: WHOLE });
      if (equals < 0) continue;
      // With brackets, it may as well be a field by that name, which nobody declares.
      const free = (): boolean => !this.#enforced || owner !== name || place.whole() === null;
      const text = decodePercents(plusAsSpace(pair.slice(equals + 1)));
      const location: TextLocation = { in: 'body', name: null, tokens, free };
      if (!hasUris) {
        visit(text, false, location);
        continue;
      }
      // `urls[]` may be the whole name of a field.
      const places = owner === name ? [place] : [place, root.member(name)];
      const isUri = places.some((one) => isFreeUri(one, this.#enforced));
      visit(text, isUri, location);
      for (const one of places)
        visitInnerUris(text, one, this.#enforced, (uri) => visit(uri, true, { in: 'body', name: null, tokens }));
    }
  }

  #visitParts(bytes: Uint8Array, type: ParsedMediaType, root: TextPlace, hasUris: boolean, visit: TextVisitor): void {
    const boundary = type.parameters.get('boundary');
    if (!isBoundary(boundary)) return;
    const parts = parseMultipart(bytes, boundary);
    if (parts instanceof Undecodable) return;
    for (const part of parts) {
      const header = part.headers.get('content-disposition');
      const disposition = header === undefined ? null : parseContentDisposition(header);
      if (disposition instanceof Undecodable) continue;
      const name = disposition?.name ?? null;
      const path = name === null ? [] : [name.slice(0, 256)];
      const tokens = (): readonly string[] => path;
      const filename = disposition?.filename ?? null;
      const stated = parseMediaType(part.headers.get('content-type') ?? '');
      const named = name === null ? ANYWHERE : root.member(name);
      // Other parts are not held to the schema of their name: files, those without a reader, and those that are read by where they stand.
      const held = filename === null && type.subtype === 'form-data' && (stated === null || isReadAsPart(stated));
      const place = held ? named.orItem : type.subtype === 'form-data' ? named.orItem.unheld : root.partOf(name).orItem;
      if (name !== null && !named.declared) visit(name, false, { in: 'body', name: null, tokens: WHOLE });
      if (filename !== null) visit(filename, false, { in: 'body', name: null, tokens });
      const content = bytes.subarray(part.start, part.end);
      const free = (): boolean => !this.#enforced || place.whole() === null;
      if (stated !== null) this.#visitAs(content, stated, place, hasUris, path, visit);
      // What calls itself something else is a text all the same to whoever reads the part, unless it is a file. A field is one with bytes in it that
      // are none of UTF-8 as well, where nothing refuses it for them.
      const text =
        filename !== null || (stated !== null && !isMistakable(stated, named))
          ? null
          : stated === null || type.subtype === 'form-data'
            ? decoder.decode(content)
            : textOf(content);
      if (text === null) continue;
      visit(text, place.uri, { in: 'body', name: null, tokens, free });
      if (hasUris)
        visitInnerUris(text, place, this.#enforced, (uri) => visit(uri, true, { in: 'body', name: null, tokens }));
    }
  }

  describe(): readonly string[] {
    const roots = this.#declared.map(({ range, place, line }) => (isStream(range) ? line : place));
    return describePlaces(roots, this.#enforced);
  }
}

function declaredTexts(
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
    hasUris: whole.hasUris || line.hasUris,
    readAs: media.schema === null ? ANY : typesOf(media.schema, schemas),
  };
}

/** What a schema is read as, by its other keywords where it states no type; none where it cannot be compiled. */
function typesOf(schema: SchemaSource, schemas: CompileContext['schemas']): TypeSet {
  try {
    return compileTypeGuide(schemas.normalized(schema, 'request')).types;
  } catch {
    return 0;
  }
}

/** False where the check of bodies passes one over: a form whose schema it takes for none of an object, a text for none of a scalar. */
function isHeld(type: ParsedMediaType, { readAs }: DeclaredTexts): boolean {
  const format = bodyFormat(type);
  return format === 'form' ? (readAs & OBJECT) !== 0 : format !== 'text' || (readAs & SCALAR) !== 0;
}

/** The schema that each text of a stream is held to; null where there is none, or none that can be compiled. */
function knownItem(media: MediaType, context: Parameters<typeof itemSource>[1]): SchemaSource | null {
  try {
    return itemSource(media, context);
  } catch {
    return null;
  }
}

function isStream(type: ParsedMediaType): boolean {
  const format = bodyFormat(type);
  return format === 'json-lines' || format === 'json-sequence';
}

function isReadAsPart(type: ParsedMediaType): boolean {
  const format = bodyFormat(type);
  return format === 'json' || format === 'text';
}

/** Whether a part could be read as a text and have none of it looked at, for the type that it states. */
function isMistakable(stated: ParsedMediaType, place: TextPlace): boolean {
  const format = bodyFormat(stated);
  return (format === 'binary' || format === 'form' || isStream(stated)) && !place.isFile;
}

/** Null where the bytes are no text. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}
