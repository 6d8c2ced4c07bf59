import type { JsonObject, JsonValue } from '../../json/json-value.ts';

/** Fewer than these can be told apart by how often each comes up. */
const MIN_VALUES = 10_000;
const MIN_LENGTH = 5;

/** True of a schema that says itself that a value is one of few: booleans, an `enum` or `const`, a narrow range of integers, very short texts. */
export function hasFewValues(node: JsonObject): boolean {
  const own = (name: string): JsonValue | undefined => (Object.hasOwn(node, name) ? node[name] : undefined);
  const type = own('type');
  const types = (Array.isArray(type) ? (type as readonly JsonValue[]) : [type]).filter((one) => one !== 'null');
  const [minimum, maximum, maxLength] = [own('minimum'), own('maximum'), own('maxLength')];
  if (Array.isArray(own('enum')) || own('const') !== undefined) return true;
  if (types.length > 0 && types.every((one) => one === 'boolean')) return true;
  if (typeof maxLength === 'number' && maxLength < MIN_LENGTH) return true;
  return (
    types.includes('integer') &&
    typeof minimum === 'number' &&
    typeof maximum === 'number' &&
    maximum - minimum < MIN_VALUES
  );
}
