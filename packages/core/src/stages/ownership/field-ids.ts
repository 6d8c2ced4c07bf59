import { readFormPairs } from '../data/form-values.ts';
import { readParts } from '../data/multipart-values.ts';
import { bodyFormat } from '../validation/body-format.ts';
import { type ParsedMediaType, parseMediaType } from '../validation/media-type.ts';

/** A field of a form, or a part of a multipart body. */
interface Field {
  readonly name: string;
  /** Null where it is no plain text: a file, or a document of its own. */
  readonly text: string | null;
}

/**
 * The ids at a place of a form or a multipart body: the texts of every field that is the place, for an upstream may take the first, the last or all. Null where
 * there is none; `unclear` where the body cannot be read, or a field could be the place to one reader and another to the next:
 * `accountId[]` and `AccountId` beside `accountId`, `account={"id":1}` for `account[id]`.
 */
export function fieldIds(
  body: Uint8Array,
  type: ParsedMediaType,
  tokens: readonly string[],
): string[] | null | 'unclear' {
  const fields = readFields(body, type);
  if (fields === null) return 'unclear';
  const ids: string[] = [];
  for (const { name, text } of fields) {
    const relation = relate(name, tokens);
    if (relation === 'other') continue;
    if (relation === 'unclear' || text === null) return 'unclear';
    ids.push(text);
  }
  return ids.length === 0 ? null : ids;
}

function readFields(body: Uint8Array, type: ParsedMediaType): readonly Field[] | null {
  const format = bodyFormat(type);
  if (format === 'form') return readFormPairs(body);
  if (format !== 'multipart') return null;
  const parts = readParts(body, type);
  if (parts === null || parts.slots.some(({ isNamed }) => !isNamed)) return null;
  return parts.slots.map((part) => ({ name: part.name, text: isPlain(part) ? part.text() : null }));
}

/** RFC 7578, section 4.4: a part without a type is text. Nothing else is compared, and no other charset. */
function isPlain({ fileName, contentType }: { fileName: string | null; contentType: string | null }): boolean {
  if (fileName !== null) return false;
  if (contentType === null) return true;
  const type = parseMediaType(contentType);
  const charset = type?.parameters.get('charset')?.toLowerCase() ?? 'utf-8';
  return type?.essence === 'text/plain' && (charset === 'utf-8' || charset === 'us-ascii');
}

const WELL_FORMED = /^[^[\].]+(?:\[[^[\]]*\]|\.[^[\].]+)*$/;

/**
 * Whether a name is the place, may be to some reader, or is another. Readers take `a[b]` and `a.b` for the member `b` of `a`, and `a[]` and `a[0]` for items
 * of `a` (PHP, Rails, qs, Spring); a repeated `a` is a list to others.
 */
function relate(name: string, tokens: readonly string[]): 'same' | 'unclear' | 'other' {
  if (tokens.length === 1 && name === tokens[0]) return 'same';
  const parts = partsOf(name);
  const whole = parts.length === tokens.length || (parts.length === tokens.length - 1 && tokens.at(-1) === '*');
  if (whole && WELL_FORMED.test(name) && parts.every((part, at) => isSame(part, tokens[at] ?? ''))) return 'same';
  const common = Math.min(parts.length, tokens.length);
  for (let at = 0; at < common; at++) if (!mayBe(parts[at] ?? '', tokens[at] ?? '')) return 'other';
  return common === 0 ? 'other' : 'unclear';
}

/** `items[][id]` is `items`, `*`, `id`. */
function partsOf(name: string): readonly string[] {
  const parts = name.replaceAll(/\[\s*\]/g, '[*]').split(/[[\].]+/, 64);
  return parts.filter((part) => part !== '');
}

function isSame(part: string, token: string): boolean {
  return token === '*' ? isIndex(part) : part === token;
}

/** To the most careless reader: whatever the case, blanks aside, an index or none. */
function mayBe(part: string, token: string): boolean {
  return token === '*' || isIndex(part) || part.trim().toLowerCase() === token.toLowerCase();
}

function isIndex(part: string): boolean {
  return part === '*' || /^\d+$/.test(part);
}
