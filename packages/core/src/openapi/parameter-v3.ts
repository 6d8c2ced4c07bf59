import type { DocumentReading } from './document-reading.ts';
import { extensionsOf } from './located.ts';
import { readContent } from './media-types.ts';
import type { Parameter, ParameterLocation, ParameterStyle } from './model.ts';
import type { AuthoredParameter } from './operation-slot.ts';

/** The first is the default (OpenAPI 3.1, 4.8.12.2; `cookie` is of 3.2). */
const STYLES: Readonly<Record<ParameterLocation, readonly [ParameterStyle, ...ParameterStyle[]]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form', 'cookie'],
  querystring: ['form'],
};

/** Header parameters of these names mean nothing: media types and security schemes speak of them (OpenAPI 3.1, 4.8.12.2.1). */
const IGNORED_HEADERS = new Set(['accept', 'content-type', 'authorization']);

/** A parameter of OpenAPI 3.x; null for one that is to be ignored or, with an error, cannot be read. */
export function readParameter(reading: DocumentReading, authored: AuthoredParameter): Parameter | null {
  const { at, name } = authored;
  const location = authored.in as ParameterLocation;
  if (location === 'header' && IGNORED_HEADERS.has(name.toLowerCase())) return null;
  const content = readContent(reading, at);
  const schema = reading.schema(at, 'schema');
  if (content.length > 1 || (content.length > 0 && schema !== null)) {
    reading.error(
      'DOCUMENT_PARAMETER_INVALID',
      at,
      `the parameter ${name} must have either \`schema\` or \`content\` with one media type`,
    );
    return null;
  }
  if (location === 'querystring' && content.length === 0) {
    reading.error(
      'DOCUMENT_PARAMETER_INVALID',
      at,
      `the parameter ${name} is the whole query string, so it must say its media type in \`content\``,
    );
    return null;
  }
  if (content.length === 0 && schema === null)
    reading.warn('DOCUMENT_PARAMETER_UNTYPED', at, `the parameter ${name} has no \`schema\`, so any value passes`);
  const style = readStyle(reading, authored, location);
  return {
    file: at.file,
    pointer: at.pointer,
    name,
    in: location,
    required: reading.boolean(at, 'required', false),
    deprecated: reading.boolean(at, 'deprecated', false),
    style,
    explode: reading.boolean(at, 'explode', style === 'form' || style === 'cookie'),
    allowReserved: reading.boolean(at, 'allowReserved', false),
    allowEmptyValue: reading.boolean(at, 'allowEmptyValue', false),
    schema,
    content: content[0] ?? null,
    extensions: extensionsOf(at.node),
  };
}

function readStyle(
  reading: DocumentReading,
  { at, name }: AuthoredParameter,
  location: ParameterLocation,
): ParameterStyle {
  const style = reading.string(at, 'style');
  const possible = STYLES[location];
  if (style === null) return possible[0];
  const known = possible.find((each) => each === style);
  if (known !== undefined) return known;
  reading.error(
    'DOCUMENT_PARAMETER_INVALID',
    at,
    `the ${location} parameter ${name} cannot have the style ${style.slice(0, 40)}`,
    `Possible are ${possible.join(', ')}.`,
  );
  return possible[0];
}
