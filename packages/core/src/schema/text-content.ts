import { STRING_FORMATS } from './formats/formats.ts';

/** Keywords that say what stands in a text (2020-12 validation, section 8). */
export interface ContentKeywords {
  readonly contentMediaType?: unknown;
  readonly contentEncoding?: unknown;
}

/** How what stands in a text is written. */
export type ContentEncoding = 'none' | 'base64' | 'base64url';

const PLAIN = /^(?:7bit|8bit|binary|identity)$/i;
const JSON_TYPE = /^\s*(?:(?:application|text)\/json|[^/;\s]+\/[^/;\s]+\+json)\s*(?:;|$)/i;
const encoder = new TextEncoder();

/** Whether a media type, with or without parameters, is one of JSON. */
export function isJsonType(type: unknown): boolean {
  return typeof type === 'string' && JSON_TYPE.test(type);
}

/** Null where nobody here decodes it. */
export function contentEncodingOf({ contentEncoding }: ContentKeywords): ContentEncoding | null {
  if (typeof contentEncoding !== 'string' || PLAIN.test(contentEncoding)) return 'none';
  const name = contentEncoding.toLowerCase();
  return name === 'base64' || name === 'base64url' ? name : null;
}

/** How a text is written of which the keywords say that it is JSON; null where they do not, or where nobody here decodes it. */
export function jsonEncodingOf(keywords: ContentKeywords): ContentEncoding | null {
  return isJsonType(keywords.contentMediaType) ? contentEncodingOf(keywords) : null;
}

/** The bytes that a text stands for; null where it is not in that encoding. Base64 may come in lines (RFC 2045, 6.8). */
export function contentBytes(text: string, encoding: ContentEncoding): Uint8Array | null {
  if (encoding === 'none') return encoder.encode(text);
  const digits = text.replace(/\r?\n/g, '');
  const isEncoded = STRING_FORMATS.get(encoding === 'base64' ? 'byte' : encoding);
  return isEncoded?.(digits) === true ? Buffer.from(digits, encoding) : null;
}
