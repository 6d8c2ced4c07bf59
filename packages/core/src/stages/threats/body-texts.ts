import type { Exchange } from '../../exchange.ts';
import type { MediaType, Operation } from '../../openapi/model.ts';
import { bodyFormat } from '../validation/body-format.ts';
import { parseContentDisposition } from '../validation/content-disposition.ts';
import { isInRange, parseMediaRange, type MediaRange } from '../validation/media-range.ts';
import { parseMediaType, type ParsedMediaType } from '../validation/media-type.ts';
import { isBoundary, parseMultipart } from '../validation/multipart-parser.ts';
import { plusAsSpace } from '../validation/plus-as-space.ts';
import { Undecodable } from '../validation/undecodable.ts';
import type { CompileContext } from '../stage.ts';
import { decodePercents } from './decode-layers.ts';
import { isNameWorthALook, isSuspicious, isWorthALook } from './inspect-text.ts';
import { hasTextWorthALook, visitJsonTexts } from './json-texts.ts';
import type { TextVisitor } from './parameter-texts.ts';
import { ANYWHERE, compileTextPlace, type TextPlace } from './text-place.ts';
import { WHOLE } from './threat-judge.ts';
import { visitXmlTexts } from './xml-texts.ts';

interface DeclaredTexts extends MediaRange {
  readonly place: TextPlace;
  readonly hasUris: boolean;
}

/** What may be a URI in a text that no detector would stop at by itself. */
const LIKE_URI = /^\s{0,8}(?:[a-z][a-z0-9+.-]{1,20}:|[/\\]{2})/i;
const MAX_LISTED = 40;
const decoder = new TextDecoder();
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

  constructor(operation: Operation, context: CompileContext, enforced: boolean) {
    const declared: DeclaredTexts[] = [];
    for (const media of operation.requestBody?.content ?? []) {
      const range = parseMediaRange(media.range);
      if (range === null) continue;
      const place = placeOf(media, context);
      declared.push({ ...range, place, hasUris: holdsUri(place) });
    }
    this.#declared = declared.sort((one, other) => other.rank - one.rank);
    this.#enforced = enforced;
  }

  visit(exchange: Exchange, visit: TextVisitor): void {
    const { body } = exchange;
    if (body === null || body.length === 0) return;
    const type = parseMediaType(exchange.headers.contentType ?? '');
    if (type === null) return;
    const found = this.#declared.find(({ range }) => isInRange(type, range));
    this.#visitAs(body, type, found?.place ?? ANYWHERE, found?.hasUris ?? false, [], visit);
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
        this.#visitForm(latin.decode(bytes), place, visit);
        return;
      case 'multipart':
        this.#visitParts(bytes, type, place, hasUris, visit);
        return;
      case 'text':
      case 'event-stream':
        if (!this.#enforced || place.confined === null || place.confined === 'a structure')
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
    visitJsonTexts(bytes, {
      wants: isWorthALook,
      wantsName: isNameWorthALook,
      value: (text, tokens) => {
        const full = (): readonly string[] => (prefix.length === 0 ? tokens() : [...prefix, ...tokens()]);
        const uri = hasUris && LIKE_URI.test(text) && follow(root, tokens()).uri;
        visit(text, uri, {
          in: 'body',
          name: null,
          tokens: full,
          free: () => !this.#enforced || follow(root, tokens()).confined === null,
        });
      },
      // The name is what was found: the place is that of its object, for a record holds nothing that a client made up.
      name: (text, tokens) => {
        const full = (): readonly string[] => [...prefix, ...tokens().slice(0, -1)];
        visit(`${text}:`, false, {
          in: 'body',
          name: null,
          tokens: full,
          free: () => !this.#enforced || !follow(root, tokens()).declared,
        });
      },
    });
  }

  #visitForm(form: string, root: TextPlace, visit: TextVisitor): void {
    for (const pair of form.split('&')) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const name = decodePercents(plusAsSpace(equals < 0 ? pair : pair.slice(0, equals)));
      const [owner = name, ...rest] = name.split(/[[\]]{1,2}/).filter((part) => part !== '');
      const path = [owner, ...rest];
      const tokens = (): readonly string[] => path.map((part) => part.slice(0, 64));
      const place = follow(root, path);
      if (!place.declared) visit(`${name}=`, false, { in: 'body', name: null, tokens: WHOLE });
      if (equals < 0) continue;
      visit(decodePercents(plusAsSpace(pair.slice(equals + 1))), place.uri || place.item.uri, {
        in: 'body',
        name: null,
        tokens,
        free: () => !this.#enforced || isFree(place),
      });
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
      const place = name === null ? ANYWHERE : follow(root, path);
      const filename = disposition?.filename ?? null;
      if (name !== null && !place.declared) visit(name, false, { in: 'body', name: null, tokens: WHOLE });
      if (filename !== null) visit(filename, false, { in: 'body', name: null, tokens });
      const stated = parseMediaType(part.headers.get('content-type') ?? '');
      const content = bytes.subarray(part.start, part.end);
      if (stated !== null) this.#visitAs(content, stated, place, hasUris, path, visit);
      else if (filename === null)
        visit(decoder.decode(content), place.uri, {
          in: 'body',
          name: null,
          tokens,
          free: () => !this.#enforced || isFree(place),
        });
    }
  }

  describe(): readonly string[] {
    const free: string[] = [];
    const confined = new Map<string, string[]>();
    for (const { place } of this.#declared) listPlaces(place, '', 0, free, confined);
    const lines: string[] = [];
    const names = [...new Set(free)];
    if (names.length > 0)
      lines.push(
        `looked into: body ${names.slice(0, MAX_LISTED).join(', ')}${names.length > MAX_LISTED ? `, and ${names.length - MAX_LISTED} more` : ''}`,
      );
    if (this.#enforced)
      for (const [reason, places] of confined)
        lines.push(`not looked into: body ${[...new Set(places)].slice(0, MAX_LISTED).join(', ')}, ${reason}`);
    return lines;
  }
}

function isFree(place: TextPlace): boolean {
  return (
    place.confined === null || (place.confined === 'a structure' && (!place.holdsArray || place.item.confined === null))
  );
}

function placeOf(media: MediaType, context: CompileContext): TextPlace {
  const source = media.schema ?? media.itemSchema;
  return source === null ? ANYWHERE : compileTextPlace(source, context.schemas);
}

/** The place that tokens lead to; an index leads to the item where the schema has one. */
function follow(root: TextPlace, tokens: readonly string[]): TextPlace {
  let place = root;
  for (const token of tokens) place = place.holdsArray && /^\d+$/.test(token) ? place.item : place.member(token);
  return place;
}

/** Whether a URI is declared anywhere; a schema too large to tell is taken to have one. */
function holdsUri(place: TextPlace, budget: { left: number } = { left: 400 }, depth = 0): boolean {
  budget.left -= 1;
  if (place.uri || budget.left <= 0) return true;
  if (depth > 8) return false;
  if (place.holdsArray && holdsUri(place.item, budget, depth + 1)) return true;
  return place.names().some((name) => holdsUri(place.member(name), budget, depth + 1));
}

function listPlaces(
  place: TextPlace,
  pointer: string,
  depth: number,
  free: string[],
  confined: Map<string, string[]>,
): void {
  if (depth > 5 || free.length > 200) return;
  const here = pointer === '' ? '/' : pointer;
  if (place.confined === null) {
    if (place.holdsText && place.names().length === 0) free.push(place.uri ? `${here} (a URI)` : here);
  } else if (place.confined !== 'a structure')
    confined.set(place.confined, [...(confined.get(place.confined) ?? []), here]);
  if (place.holdsArray) listPlaces(place.item, `${pointer}/*`, depth + 1, free, confined);
  for (const name of place.names()) listPlaces(place.member(name), `${pointer}/${name}`, depth + 1, free, confined);
}
