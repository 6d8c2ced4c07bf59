import type { JsonObject } from '../json/json-value.ts';
import type { DocumentReading } from './document-reading.ts';
import { child, type Located } from './located.ts';
import { checkRange } from './media-types.ts';

/**
 * `consumes` or `produces` of an operation, else of the document (Swagger 2.0; the operation's list replaces the other, even by an empty one).
 * Where neither says anything, `application/json`, with one warning for the document.
 */
export function mediaRanges(
  reading: DocumentReading,
  operation: Located<JsonObject>,
  root: Located<JsonObject>,
  key: 'consumes' | 'produces',
): readonly string[] {
  const declared = declaredRanges(reading, operation, root, key);
  if (declared !== null) return declared;
  const message = `the document does not say what it ${key}; where an operation does not either, it is application/json`;
  reading.warn('DOCUMENT_MEDIA_TYPE_UNDECLARED', root, message, `Add \`${key}: [application/json]\`.`);
  return ['application/json'];
}

/** What is declared, in lower case, each once; null where nothing is. */
export function declaredRanges(
  reading: DocumentReading,
  operation: Located<JsonObject>,
  root: Located<JsonObject>,
  key: 'consumes' | 'produces',
): readonly string[] | null {
  const holder = child(operation, key) === null ? root : operation;
  if (child(holder, key) === null) return null;
  const ranges = reading.array(holder, key).flatMap((at): readonly string[] => {
    if (typeof at.node !== 'string') {
      reading.error('DOCUMENT_INVALID', at, 'a media type must be a string');
      return [];
    }
    const range = at.node.trim().toLowerCase();
    checkRange(reading, at, range);
    return [range];
  });
  return [...new Set(ranges)];
}
