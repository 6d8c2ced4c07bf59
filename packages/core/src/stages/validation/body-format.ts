import type { ParsedMediaType } from './media-type.ts';

/** How the bytes of a body are read. `binary` is whatever has no reader. */
export type BodyFormat =
  | 'json'
  | 'json-lines'
  | 'json-sequence'
  | 'event-stream'
  | 'form'
  | 'multipart'
  | 'text'
  | 'xml'
  | 'binary';

/** Every format, for ranges that could mean any of them. */
export const BODY_FORMATS: readonly BodyFormat[] = [
  'json',
  'json-lines',
  'json-sequence',
  'event-stream',
  'form',
  'multipart',
  'text',
  'xml',
  'binary',
];

const JSON_LINES = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'text/x-ndjson',
  'application/jsonl',
  'application/x-jsonl',
  'application/json-lines',
  'application/x-jsonlines',
  'application/jsonlines',
]);

/** The format of a media type, which has no wildcard. */
export function bodyFormat(type: ParsedMediaType): BodyFormat {
  const { essence, subtype } = type;
  if (JSON_LINES.has(essence)) return 'json-lines';
  if (essence === 'application/json-seq' || subtype.endsWith('+json-seq')) return 'json-sequence';
  if (subtype === 'json' || subtype.endsWith('+json')) return 'json';
  if (essence === 'text/event-stream') return 'event-stream';
  if (essence === 'application/x-www-form-urlencoded') return 'form';
  if (type.type === 'multipart') return 'multipart';
  if (subtype === 'xml' || subtype.endsWith('+xml')) return 'xml';
  return type.type === 'text' ? 'text' : 'binary';
}

/** Whether a Content-Encoding leaves the body as it is; null where there is none. One it cannot tell does not. */
export function isUncompressed(contentEncoding: string | null): boolean {
  return contentEncoding === null || /^[ \t]*identity[ \t]*$/i.test(contentEncoding);
}

const TEXTUAL = new Set<BodyFormat>(['json', 'json-lines', 'json-sequence', 'event-stream', 'form', 'text']);
/** Charsets in which each byte of ASCII is the sign that it is in ASCII, wherever it stands; `binary` is what `file --mime` calls what is no text. */
const WITH_ASCII = /^(?:utf-?8|(?:us-)?ascii|iso-?8859-\d{1,2}|latin-?\d|windows-125\d|koi8-[ru]|binary)$/i;

/**
 * Whether what is ASCII in a request is that to a server that reads it in the charset of its Content-Type: the fields of a multipart (Starlette, Spring), and the
 * query too, with a body or without (Django). `+ACc-` is an apostrophe in UTF-7, and in ISO-2022-JP words have pieces put into them that are nothing.
 */
export function keepsAscii({ parameters }: Pick<ParsedMediaType, 'parameters'>): boolean {
  const charset = parameters.get('charset');
  return charset === undefined || WITH_ASCII.test(charset);
}

/**
 * Whether the charset lets the body be read. Only UTF-8 and its subset US-ASCII: a filter that reads UTF-8 where the server reads
 * UTF-7, UTF-16 or a code page sees another text than the server. Of a multipart, any in which ASCII is ASCII: that is what its parts are told apart by.
 */
export function isReadableCharset(type: ParsedMediaType, format: BodyFormat): boolean {
  if (format === 'multipart') return keepsAscii(type);
  if (!TEXTUAL.has(format)) return true;
  const charset = type.parameters.get('charset')?.toLowerCase();
  return charset === undefined || charset === 'utf-8' || charset === 'us-ascii';
}
