import type { JsonObject } from '../json/json-value.ts';
import type { DocumentReading } from './document-reading.ts';
import { type Located, members } from './located.ts';
import type { DocumentPlace, Response } from './model.ts';

/** The responses of an operation. What stands in one, `read` tells: there the versions differ. */
export function readResponses(
  reading: DocumentReading,
  operation: Located<JsonObject>,
  read: (response: Located<JsonObject>) => Pick<Response, 'content' | 'headers'>,
): readonly Response[] {
  const responses = reading.object(operation, 'responses');
  if (responses === null) {
    reading.warn('DOCUMENT_RESPONSES_EMPTY', operation, 'this operation declares no response');
    return [];
  }
  return members(responses).flatMap(({ key, at }): readonly Response[] => {
    const status = responseStatus(reading, key, at);
    const object = status === null ? null : reading.follow(at, 'a response');
    if (status === null || object === null) return [];
    return [{ file: object.file, pointer: object.pointer, status, ...read(object) }];
  });
}

/** The key of a response: `200`, a range like `4XX` (in upper case), or `default`. Null for an extension and, with a warning, for what no response can have. */
function responseStatus(reading: DocumentReading, key: string, place: DocumentPlace): string | null {
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
