/** A JSON value (RFC 8259, section 3) as JavaScript holds it. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object. Values read from a document may have a null prototype: use `Object.hasOwn`, never `in`. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** True for a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
