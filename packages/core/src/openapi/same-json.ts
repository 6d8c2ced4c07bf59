import { isObject, type JsonValue } from '../json/json-value.ts';

/** True where both are the same JSON value, whatever the order of members. The nesting of both must have been bounded before. */
export function isSameJson(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  if (Array.isArray(a))
    return (
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item: JsonValue, index) => isSameJson(item, b[index] as JsonValue))
    );
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSameJson(a[name] as JsonValue, b[name] as JsonValue))
  );
}
