import type { Exchange } from '../../exchange.ts';
import type { Operation } from '../../openapi/model.ts';
import type { ContentCoding, Inflated } from '../../ports.ts';
import { bodyFormat, isUncompressed, keepsAscii } from '../validation/body-format.ts';
import { parseContentDisposition } from '../validation/content-disposition.ts';
import { isInRange, parseMediaRange } from '../validation/media-range.ts';
import { parseMediaType, type ParsedMediaType } from '../validation/media-type.ts';
import { isBoundary, parseMultipart, type Part } from '../validation/multipart-parser.ts';
import { Undecodable } from '../validation/undecodable.ts';
import type { CompileContext } from '../stage.ts';
import { contentCodings, declaresCodings, isUnreadableCoded, jsonLines } from './coded-body.ts';
import { type DeclaredTexts, declaredTexts, isHeld, isStream } from './declared-texts.ts';
import { type DocumentPlaces, placesOf } from './document-places.ts';
import { describePlaces } from './describe-places.ts';
import { UNKNOWN_EVENTS, visitEvents } from './event-texts.ts';
import { visitForm } from './form-texts.ts';
import { type Held, visitJsonValues } from './json-values.ts';
import { NO_LISTINGS } from './listed-texts.ts';
import { isLooselyWritten, visitLooseJson } from './loose-json.ts';
import { visitLooseParts } from './loose-parts.ts';
import { visitRawText } from './raw-text.ts';
import { isYaml, textFormat, visitYamlValues } from './text-media.ts';
import { ANYWHERE, type TextPlace } from './text-place.ts';
import { type TextLocation, type TextVisitor, WHOLE } from './threat-judge.ts';
import { textsOfXml } from './xml-encoding.ts';
import { decodeTransfer } from './transfer-encoding.ts';
import { isOtherwiseRead, textOf, visitUnstated } from './unstated-body.ts';
import { utf8Reading } from './utf8-reading.ts';
import { visitFieldName } from './visit-name.ts';
import { visitXmlTexts } from './xml-texts.ts';

/** How the bytes of a body, or of a part, are read. */
interface Reading extends Pick<DeclaredTexts, 'place' | 'events' | 'xml' | 'listings'> {
  readonly held: Held;
  /** Multiparts around it. */
  readonly depth: number;
}

/** Multiparts within each other. No check accepts any; where bodies are only observed, they come all the same. */
const MAX_NESTED = 3;
const UNHELD: Held = { enforced: false, hasUris: false };
const BODY: TextLocation = { in: 'body', name: null, tokens: WHOLE };
const NO_NAMES: ReadonlySet<string> = new Set();

const decoder = new TextDecoder();

/** Whether any body of the operation has texts, and so has to be there whole. */
export function hasTexts(operation: Operation): boolean {
  return (operation.requestBody?.content ?? []).some((media) => {
    const range = parseMediaRange(media.range)?.range;
    return range !== undefined && (range.essence.includes('*') || textFormat(range) !== 'binary');
  });
}

/** The texts of the bodies of one operation: strings of JSON, fields of forms, parts of multipart, text and XML. Files are not looked into. */
export class BodyTexts {
  readonly #declared: readonly DeclaredTexts[];
  readonly #enforced: boolean;
  readonly #places: DocumentPlaces;
  /** Whether the document says that the operation inflates what it gets. */
  readonly #declaresCodings: boolean;

  constructor(operation: Operation, context: CompileContext, enforced: boolean) {
    const declared: DeclaredTexts[] = [];
    for (const media of operation.requestBody?.content ?? []) {
      const range = parseMediaRange(media.range);
      if (range !== null) declared.push({ ...range, ...declaredTexts(media, range, context) });
    }
    this.#declared = declared.sort((one, other) => other.rank - one.rank);
    this.#enforced = enforced;
    this.#places = placesOf(context.schemas);
    this.#declaresCodings = declaresCodings(operation);
  }

  /** Whether the body of a request may hold texts, and so has to be there whole: where nothing refuses it, also one that nobody declares. */
  reads({ headers: { contentType } }: Exchange): boolean {
    const type = parseMediaType(contentType ?? '');
    return !this.#enforced && (type === null || !this.#isFile(type));
  }

  visit(exchange: Exchange, visit: TextVisitor): void {
    const { body, headers } = exchange;
    const type = parseMediaType(headers.contentType ?? '');
    // Where nothing refuses it: the charset is what fields are read in, and the query. Of XML the encoding is looked at below.
    if (!this.#enforced && isOtherwiseRead(type, headers.contentType))
      visit('', false, { ...BODY, unread: 'encoding' });
    if (body === null || body.length === 0) return;
    if (this.#enforced || isUncompressed(headers.contentEncoding)) this.#visitBody(body, type, visit);
    else if (type === null || !this.#isFile(type)) this.#visitCoded(body, exchange.inflated, type, visit);
  }

  /** How a body is to be inflated, in the order in which it was compressed; null where it is not to be, or cannot. */
  inflates({ body, headers }: Exchange): readonly ContentCoding[] | null {
    if (body === null || body.length === 0 || isUncompressed(headers.contentEncoding)) return null;
    const type = parseMediaType(headers.contentType ?? '');
    if (type === null || this.#isFile(type)) return null;
    return this.#declaresCodings || isUnreadableCoded(textFormat(type))
      ? contentCodings(headers.contentEncoding)
      : null;
  }

  #visitCoded(body: Uint8Array, inflated: Inflated | null, type: ParsedMediaType | null, visit: TextVisitor): void {
    if (inflated === null || typeof inflated === 'string') {
      const unread = inflated === 'too-large' ? 'too-large' : 'compressed';
      visit('', false, { ...BODY, unread });
      return;
    }
    for (const reading of inflated) this.#visitBody(reading, type, visit);
    // To whoever knows of no codings the body is what came.
    if (textOf(body) !== null) this.#visitBody(body, type, visit);
    else for (const line of jsonLines(body)) visitJsonValues(line, ANYWHERE, UNHELD, BODY, visit);
  }

  #visitBody(body: Uint8Array, type: ParsedMediaType | null, visit: TextVisitor): void {
    if (type === null || (!this.#enforced && textFormat(type) === 'binary' && !this.#isFile(type))) {
      if (!this.#enforced) visitUnstated(body, visit);
      return;
    }
    const found = this.#declared.find(({ range }) => isInRange(type, range));
    const declared = (isStream(type) ? found?.line : found?.place) ?? ANYWHERE;
    this.#places.beginRequest();
    const place = found === undefined || isHeld(type, found) ? declared : declared.unheld;
    const held = { enforced: this.#enforced, hasUris: found?.hasUris ?? false };
    this.#visitAs(
      body,
      type,
      {
        place,
        held,
        events: found?.events ?? UNKNOWN_EVENTS,
        xml: found?.xml ?? NO_NAMES,
        listings: found?.listings ?? NO_LISTINGS,
        depth: 0,
      },
      [],
      visit,
    );
  }

  /** Bytes that the operation takes as such. */
  #isFile(type: ParsedMediaType): boolean {
    return textFormat(type) === 'binary' && this.#declared.some(({ range }) => isInRange(type, range));
  }

  #visitAs(bytes: Uint8Array, type: ParsedMediaType, reading: Reading, prefix: readonly string[], visit: TextVisitor) {
    const { place, held } = reading;
    const tokens = prefix.length === 0 ? WHOLE : () => prefix;
    const location: TextLocation = { in: 'body', name: null, tokens };
    switch (textFormat(type)) {
      case 'json':
      case 'json-lines':
      case 'json-sequence':
        visitJsonValues(bytes, place, held, location, visit);
        if (!held.enforced && isLooselyWritten(bytes)) visitLooseJson(bytes, location, visit);
        return;
      case 'form':
        for (const form of formReadings(bytes, held))
          visitForm(form, place, held, reading.listings, locateField, visit);
        return;
      case 'multipart':
        this.#visitParts(bytes, type, reading, visit);
        return;
      case 'text': {
        // Texts are held to schemas of scalars alone.
        if (held.enforced && place.confined !== null && place.isScalar) return;
        const text = decoder.decode(bytes);
        visitRawText(text, [place], held, location, visit);
        if (isYaml(type)) visitYamlValues(text, (value) => visitRawText(value, [place], held, location, visit));
        return;
      }
      case 'event-stream':
        visitEvents(decoder.decode(bytes), reading.events, held.enforced, location, visit);
        return;
      case 'xml': {
        const texts = textsOfXml(bytes, type.parameters.get('charset'));
        if (texts === null) visit('', false, { ...location, unread: 'encoding' });
        for (const xml of texts ?? []) {
          // The text as a whole for what XML itself can do, and each value in it for everything else.
          visit(xml, false, { ...location, xml: true });
          visitXmlTexts(xml, (text) => visit(text, false, location));
        }
        return;
      }
      case 'binary':
    }
  }

  #visitParts(bytes: Uint8Array, type: ParsedMediaType, reading: Reading, visit: TextVisitor): void {
    const { place: root, held, depth } = reading;
    const boundary = type.parameters.get('boundary');
    const parts = isBoundary(boundary) ? parseMultipart(bytes, boundary) : null;
    if (parts === null || parts instanceof Undecodable || (!held.enforced && parts.some(isLoose))) {
      if (!held.enforced) visitLooseParts(bytes, boundary ?? null, visit);
      return;
    }
    const isFormData = type.subtype === 'form-data';
    for (const part of parts) {
      const header = part.headers.get('content-disposition');
      const disposition = header === undefined ? null : parseContentDisposition(header);
      if (disposition instanceof Undecodable) continue;
      const name = disposition?.name ?? null;
      const path = name === null ? [] : [name.slice(0, 256)];
      const tokens = (): readonly string[] => path;
      const filename = disposition?.filename ?? null;
      // With an empty name it is a file to some readers, and a field to others (Go).
      const isFile = filename !== null && filename !== '';
      const stated = parseMediaType(part.headers.get('content-type') ?? '');
      const named = name === null ? ANYWHERE : root.member(name);
      // Other parts are not held to the schema of their name: files, those without a reader, and those that are read by where they stand.
      const isHeldPart = filename === null && isFormData && (stated === null || isReadAsPart(stated));
      const place = isHeldPart ? named.orItem : isFormData ? named.orItem.unheld : root.partOf(name).orItem;
      if (name !== null && !named.declared) visitFieldName(name, BODY, visit);
      if (filename !== null) visit(filename, false, { in: 'body', name: null, tokens });
      if (!held.enforced && !isFile && stated !== null && bodyFormat(stated) !== 'xml' && !keepsAscii(stated))
        visit('', false, { in: 'body', name: null, tokens, unread: 'encoding' });
      const sent = bytes.subarray(part.start, part.end);
      const charset = name === '_charset_' && !isFile ? decoder.decode(sent).trim() : '';
      if (charset !== '' && !keepsAscii({ parameters: new Map([['charset', charset]]) }))
        visit('', false, { in: 'body', name: null, tokens, unread: 'encoding' });
      // Refused elsewhere.
      const encoding = held.enforced ? undefined : part.headers.get('content-transfer-encoding');
      const content = (encoding === undefined ? null : decodeTransfer(sent, encoding)) ?? sent;
      const free = (): boolean => !held.enforced || place.whole() === null;
      // Multiparts within each other are looked through so far: each is a pass over all that is in it.
      const isTooDeep = stated !== null && bodyFormat(stated) === 'multipart' && depth >= MAX_NESTED;
      // What its schema says of the JSON in a text is said of that.
      const isJsonText = stated !== null && bodyFormat(stated) === 'json' && place.isJson && !place.holdsStructure;
      if (stated !== null && !isTooDeep && !isJsonText)
        this.#visitAs(
          content,
          stated,
          { place, held, events: UNKNOWN_EVENTS, xml: NO_NAMES, listings: NO_LISTINGS, depth: depth + 1 },
          path,
          visit,
        );
      // What calls itself something else is a text all the same to whoever reads the part, unless it is a file. A field is one with bytes in it that
      // are none of UTF-8 as well, where nothing refuses it for them.
      if (
        !isJsonText &&
        (isFile || (stated !== null && !isTooDeep && !isMistakable(stated, named, isFormData, held.enforced)))
      )
        continue;
      // What the document itself calls XML is read as that by whoever declared it.
      if (stated !== null && bodyFormat(stated) === 'xml' && name !== null && reading.xml.has(name)) continue;
      const text = stated === null || isFormData ? decoder.decode(content) : textOf(content);
      if (text !== null) visitRawText(text, [place], held, { in: 'body', name: null, tokens, free }, visit);
    }
  }

  describe(): readonly string[] {
    const roots = this.#declared.map(({ range, place, line, events }) =>
      bodyFormat(range) === 'event-stream' ? events.event : isStream(range) ? line : place,
    );
    return describePlaces(roots, this.#enforced);
  }
}

function isReadAsPart(type: ParsedMediaType): boolean {
  const format = bodyFormat(type);
  return format === 'json' || format === 'text';
}

/**
 * Whether a part could be read as a text and not all of it be looked at, for the type that it states. A part of a form is that to whoever reads
 * its fields and no types: of XML each text and value by itself is looked at, JSON without strings has none, and of a multipart only its parts.
 */
function isMistakable(stated: ParsedMediaType, place: TextPlace, isFormData: boolean, enforced: boolean): boolean {
  if (place.isFile) return false;
  const format = bodyFormat(stated);
  if (format === 'binary' || format === 'form' || isStream(stated)) return true;
  return isFormData && (format === 'xml' || format === 'multipart' || (format === 'json' && !enforced));
}

function locateField(path: readonly string[]): TextLocation {
  return { in: 'body', name: null, tokens: path.length === 0 ? WHOLE : () => path };
}

/** Signs beyond ASCII, which nothing refuses where bodies are only observed, are of UTF-8 to some readers. */
function formReadings(bytes: Uint8Array, { enforced }: Held): readonly string[] {
  const form = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const other = enforced ? null : utf8Reading(form);
  return other === null ? [form] : [form, other];
}

/** A part whose names readers take differently. */
function isLoose({ headers }: Part): boolean {
  const header = headers.get('content-disposition');
  return header !== undefined && parseContentDisposition(header) instanceof Undecodable;
}
