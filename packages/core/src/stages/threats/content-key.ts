import { isObject, type JsonObject, type JsonValue } from '../../json/json-value.ts';

/** Values in a schema that is compared by what it says; larger ones are rarely written twice. */
const MAX_VALUES = 24;
const MAX_CHARS = 400;

/** The same text for small schemas that say the same in the same order; null for larger ones. */
export function contentKey(schema: JsonObject): string | null {
  let left = MAX_VALUES;
  const isSmall = (value: JsonValue): boolean => {
    left -= 1;
    if (left < 0) return false;
    if (typeof value === 'string') return value.length <= MAX_CHARS;
    if (Array.isArray(value)) return (value as readonly JsonValue[]).every(isSmall);
    return !isObject(value) || Object.values(value).every(isSmall);
  };
  if (schema['$defs'] !== undefined || !isSmall(schema)) return null;
  const key = JSON.stringify(schema);
  return key.length > MAX_CHARS ? null : key;
}
