import { isObject, type JsonValue } from '../json/json-value.ts';
import { available } from './closest-variant.ts';
import type { Shape } from './shape.ts';

/** How a value of the wrong type is to be written; null where that it is of another type says all. */
export function typeHint(shape: Shape, value: JsonValue): string | null {
  const kinds = kindsOf(shape);
  const takes = (...wanted: readonly Shape['kind'][]): boolean => kinds.some(({ kind }) => wanted.includes(kind));
  if (Array.isArray(value))
    return kinds.every(isMap)
      ? 'Write names with their values, without dashes or brackets.'
      : 'Write one value, without dashes or brackets.';
  const list = 'Write a list, even of one: in brackets, or with a dash before each item.';
  if (isObject(value)) return takes('list') && kinds.length === 1 ? list : null;
  if (typeof value !== 'string' && takes('text', 'date')) return 'Put it in quotes if text is meant.';
  if (takes('list')) return list;
  const map = kinds.find((one) => one.kind === 'map');
  if (map !== undefined) return `Write \`${map.name}: …\` for each.`;
  const object = kinds.find((one) => one.kind === 'object');
  // Where nothing but a map is taken, the message names its settings.
  return object === undefined || kinds.length === 1 ? null : `A map may have ${available(object.fields)}.`;
}

function kindsOf(shape: Shape): readonly Shape[] {
  return shape.kind === 'union' ? shape.branches.flatMap(kindsOf) : [shape];
}

function isMap({ kind }: Shape): boolean {
  return kind === 'object' || kind === 'map' || kind === 'variants';
}
