/**
 * Freezes a value with all that it holds: members of objects, items of lists, values of maps. What is frozen already is not looked into. The nesting must
 * have been bounded before. Sets are frozen as objects are, and can still be added to.
 */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  const members: Iterable<unknown> =
    value instanceof Map ? value.values() : value instanceof Set ? [] : Object.values(value);
  for (const member of members) deepFreeze(member);
  return value;
}
