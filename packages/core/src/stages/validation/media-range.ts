import { parseMediaType, type ParsedMediaType } from './media-type.ts';

/** A declared media type or range, and how particular it is. */
export interface MediaRange {
  readonly range: ParsedMediaType;
  /** Higher goes first: exact, then `application/*+json`, `type/*`, and the full wildcard; more parameters before fewer. */
  readonly rank: number;
}

/** Parses a key of a `content` map; null where it is neither a media type nor a range. */
export function parseMediaRange(text: string): MediaRange | null {
  const range = parseMediaType(text);
  if (range === null || (range.type === '*' && !range.subtype.startsWith('*'))) return null;
  if (range.subtype.includes('*') && range.subtype !== '*' && !range.subtype.startsWith('*+')) return null;
  let particular = 3;
  if (range.type === '*') particular = range.subtype === '*' ? 0 : 1;
  else if (range.subtype === '*') particular = 1;
  else if (range.subtype.startsWith('*+')) particular = 2;
  return { range, rank: particular * 100 + Math.min(range.parameters.size, 99) };
}

/** Whether a type falls into a range. Declared parameters must be there and equal, `charset` aside: it is checked for itself. */
export function isInRange(type: ParsedMediaType, range: ParsedMediaType): boolean {
  if (range.type !== '*' && range.type !== type.type) return false;
  if (range.subtype.startsWith('*')) {
    if (!type.subtype.endsWith(range.subtype.slice(1))) return false;
  } else if (range.subtype !== type.subtype) return false;
  for (const [name, value] of range.parameters) {
    if (name !== 'charset' && type.parameters.get(name)?.toLowerCase() !== value.toLowerCase()) return false;
  }
  return true;
}
