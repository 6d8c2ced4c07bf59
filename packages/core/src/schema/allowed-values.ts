import { oncePer } from '../once-per.ts';
import { isSameJson } from '../json/same-json.ts';

/**
 * Whether a value is one of those that an `enum` lists, as JSON Schema compares them (core, 4.2.2). What it costs is in proportion to the value and not
 * to the list: of objects and arrays, only those are compared whole that look the same from above.
 */
export const oneOfValues = oncePer((values: readonly unknown[]): ((value: unknown) => boolean) => {
  const scalars = new Set<unknown>();
  const others = new Map<string, object[]>();
  const sizes = new Set<number>();
  for (const value of values) {
    if (!isCompound(value)) {
      scalars.add(value);
      continue;
    }
    const outline = outlineOf(value);
    const alike = others.get(outline);
    if (alike === undefined) others.set(outline, [value]);
    else alike.push(value);
    sizes.add(sizeOf(value));
  }
  return (value) => {
    if (!isCompound(value)) return scalars.has(value);
    if (!sizes.has(sizeOf(value))) return false;
    return others.get(outlineOf(value))?.some((other) => isSameJson(other, value)) === true;
  };
});

function isCompound(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function sizeOf(value: object): number {
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

/** The same for values that are equal: all but what is within objects and arrays in it, which are compared where it is. */
function outlineOf(value: object): string {
  if (Array.isArray(value)) return `[${value.map(outlineOfMember).join()}`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${outlineOfMember((value as Record<string, unknown>)[name])}`).join()}`;
}

function outlineOfMember(value: unknown): string {
  // Of 0 and -0 the same is written.
  if (!isCompound(value)) return JSON.stringify(value);
  return Array.isArray(value) ? '[' : '{';
}
