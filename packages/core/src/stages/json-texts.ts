import { bodyFormat } from './validation/body-format.ts';
import { parseMediaType } from './validation/media-type.ts';

/** How the texts of a stream of JSON texts stand in it: a line each, or each between RS and LF (RFC 7464). Null for what is no such stream. */
export function jsonTexts(contentType: string | null): 'lines' | 'sequence' | null {
  const type = parseMediaType(contentType ?? '');
  const format = type === null ? null : bodyFormat(type);
  return format === 'json-lines' ? 'lines' : format === 'json-sequence' ? 'sequence' : null;
}
