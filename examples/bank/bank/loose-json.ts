/**
 * Merges settings as many hand-written `deepMerge` functions do.
 * HOLE API8:2023 (prototype pollution): follows `__proto__` to the mould that all settings are cast from. The mould is the bank's
 * own object; Object.prototype of the process is never touched.
 */
export function looseMerge(
  target: Record<string, unknown>,
  source: Record<string, unknown>,
  mould: Record<string, unknown>,
): Record<string, unknown> {
  for (const [key, value] of Object.entries(source)) {
    const inner = key === '__proto__' ? mould : target[key];
    const merged = isObject(value) ? looseMerge(isObject(inner) ? inner : {}, value, mould) : value;
    if (key !== '__proto__') target[key] = merged;
  }
  return target;
}

/**
 * The first number that stands under `name` in a JSON text.
 * HOLE API8:2023 (two readers, two meanings): the fraud check reads the first of two equal keys, `JSON.parse` keeps the last.
 */
export function firstNumber(text: string, name: string): number {
  const found = new RegExp(`"${name}"\\s*:\\s*(-?[0-9.]+)`).exec(text);
  return Number(found?.[1] ?? '0');
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
