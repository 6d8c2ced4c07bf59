import type { JsonObject } from '../json/json-value.ts';
import type { DocumentReading } from './document-reading.ts';
import { type Located, members } from './located.ts';
import type { Encoding, Header, MediaType, ParameterStyle } from './model.ts';

/** A media type or range with its parameters (RFC 9110, sections 8.3.1 and 12.5.1). */
const RANGE = /^[!#$%&'*+\-.^_`|~0-9a-z]+\/[!#$%&'*+\-.^_`|~0-9a-z]+(?:\s*;.*)?$/s;
const ENCODING_STYLES: ReadonlySet<string> = new Set<ParameterStyle>([
  'form',
  'spaceDelimited',
  'pipeDelimited',
  'deepObject',
]);

/** The `content` of a body, a response, a parameter or a header. Empty where there is none. */
export function readContent(reading: DocumentReading, parent: Located): readonly MediaType[] {
  const content = reading.object(parent, 'content');
  if (content === null) return [];
  const found = new Map<string, MediaType>();
  for (const { key, at } of members(content)) {
    if (key.startsWith('x-')) continue;
    const range = key.trim().toLowerCase();
    if (found.has(range)) {
      reading.error(
        'DOCUMENT_MEDIA_TYPE_DUPLICATE',
        at,
        `the media type ${range} stands here twice`,
        'Media types are the same in upper and lower case: keep one.',
      );
      continue;
    }
    checkRange(reading, at, range);
    // An empty member of YAML is null; there is one thing it can mean here.
    const object = at.node === null ? { ...at, node: {} } : reading.follow(at, 'a media type');
    if (object !== null) found.set(range, readMediaType(reading, range, object));
  }
  return [...found.values()];
}

/** Warns of a media type that no message can have. */
export function checkRange(reading: DocumentReading, at: Located, range: string): void {
  if (!RANGE.test(range))
    reading.warn(
      'DOCUMENT_MEDIA_TYPE_INVALID',
      at,
      'this is no media type, so no message can have it',
      'Write type and subtype: `application/json`.',
    );
}

function readMediaType(reading: DocumentReading, range: string, at: Located<JsonObject>): MediaType {
  for (const key of ['prefixEncoding', 'itemEncoding']) {
    if (Object.hasOwn(at.node, key))
      reading.warn('DOCUMENT_MEMBER_UNSUPPORTED', at, `\`${key}\` is not checked: parts are read without it`);
  }
  return {
    file: at.file,
    pointer: at.pointer,
    range,
    schema: reading.schema(at, 'schema'),
    itemSchema: reading.schema(at, 'itemSchema'),
    encoding: readEncodings(reading, at),
  };
}

function readEncodings(reading: DocumentReading, mediaType: Located): ReadonlyMap<string, Encoding> {
  const encodings = reading.object(mediaType, 'encoding');
  const found = new Map<string, Encoding>();
  for (const { key, at } of encodings === null ? [] : members(encodings)) {
    const object = reading.asObject(at, 'an encoding');
    if (object === null) continue;
    const style = reading.string(object, 'style');
    if (style !== null && !ENCODING_STYLES.has(style))
      reading.error('DOCUMENT_PARAMETER_INVALID', object, `\`${style.slice(0, 40)}\` is no style of a form`);
    found.set(key, {
      contentType: reading.string(object, 'contentType'),
      style: style !== null && ENCODING_STYLES.has(style) ? (style as ParameterStyle) : null,
      explode: Object.hasOwn(object.node, 'explode') ? reading.boolean(object, 'explode', false) : null,
      allowReserved: reading.boolean(object, 'allowReserved', false),
      headers: new Map(readHeaders(reading, object).map((header) => [header.name, header])),
    });
  }
  return found;
}

/** The `headers` of a response or of one part of a form, 3.x. `Content-Type` says nothing here: the media type does (OpenAPI 3.1, 4.8.17). */
export function readHeaders(reading: DocumentReading, parent: Located): readonly Header[] {
  const headers = reading.object(parent, 'headers');
  return (headers === null ? [] : members(headers)).flatMap(({ key, at }): readonly Header[] => {
    if (key.toLowerCase() === 'content-type') return [];
    const object = reading.follow(at, 'a header');
    if (object === null) return [];
    return [
      {
        file: object.file,
        pointer: object.pointer,
        name: key,
        required: reading.boolean(object, 'required', false),
        explode: reading.boolean(object, 'explode', false),
        schema: reading.schema(object, 'schema'),
        content: readContent(reading, object)[0] ?? null,
      },
    ];
  });
}
