import type { DocumentReading } from './document-reading.ts';
import type { DocumentPlace } from './model.ts';

/** The key of a response: `200`, a range like `4XX` (in upper case), or `default`. Null for an extension and, with a warning, for what no response can have. */
export function responseStatus(reading: DocumentReading, key: string, place: DocumentPlace): string | null {
  if (key.startsWith('x-')) return null;
  if (key === 'default' || /^[1-5]\d\d$/.test(key)) return key;
  if (/^[1-5]xx$/i.test(key)) return key.toUpperCase();
  reading.warn(
    'DOCUMENT_RESPONSE_STATUS_INVALID',
    place,
    'this is no status code, so no response can have it; it is left out',
    'Write three digits, a range like `4XX`, or `default`.',
  );
  return null;
}
