import type { JsonObject, JsonValue } from '../json/json-value.ts';

/** What a parameter, an item or a header of Swagger 2.0 says of its value: the JSON Schema members of section "Parameter Object". */
const KEYWORDS = new Set([
  'type',
  'format',
  'items',
  'default',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'maxItems',
  'minItems',
  'uniqueItems',
  'enum',
  'multipleOf',
  'x-nullable',
]);

/** The schema of a value that is declared in place. `name`, `in` and a boolean `required` stand beside it there, and are no schema. */
export function schemaInPlace(node: JsonObject): JsonObject {
  const schema = Object.fromEntries(Object.entries(node).filter(([key]) => KEYWORDS.has(key)));
  return schema['type'] === 'file' ? { ...schema, type: 'string', format: 'binary' } : schema;
}

/** True for `type: file`, which is any bytes. */
export function isFile(node: JsonValue | undefined): boolean {
  return typeof node === 'object' && node !== null && !Array.isArray(node) && (node as JsonObject)['type'] === 'file';
}
