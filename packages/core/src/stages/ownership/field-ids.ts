import { type PartSlot, readParts } from '../data/multipart-values.ts';
import { bodyFormat } from '../validation/body-format.ts';
import { type ParsedMediaType, parseMediaType } from '../validation/media-type.ts';
import { decodePercent } from '../validation/percent-decoding.ts';
import type { Exchange } from '../../exchange.ts';
import type { LoosePlace } from './loose-place.ts';

/** A field of a form, or a part of a multipart body. */
interface Field {
  readonly name: string;
  /** Null where it is no plain text: a file, or a document of its own. */
  readonly text: string | null;
}

/** What a form or a multipart body has. */
export interface Fields {
  readonly all: readonly Field[];
  /** Some part has no name. */
  readonly hasUnnamed: boolean;
}

/** Fields of one form, at most. Parts are fewer. */
const MAX_FIELDS = 10_000;

/**
 * The ids at a place of a form or a multipart body: the texts of every field that is the place, for an upstream may take the first, the last or all. Null where
 * there is none; `unclear` where the body cannot be read, or a field could be the place to one reader and another to the next:
 * `accountId[]`, `AccountId` and `account.id` beside `accountId`, `account={"id":1}` for `account[id]`.
 */
export function fieldIds(fields: Fields | null, place: LoosePlace): string[] | null | 'unclear' {
  if (fields === null || fields.hasUnnamed) return 'unclear';
  const ids: string[] = [];
  for (const { name, text } of fields.all) {
    const relation = place.relate(name);
    if (relation === 'other') continue;
    if (relation === 'unclear' || text === null) return 'unclear';
    ids.push(text);
  }
  return ids.length === 0 ? null : ids;
}

/** What `readFields` says of the body of a request; read once for each body. */
export function fieldsOf(exchange: Exchange, type: ParsedMediaType): Fields | null {
  const { body, readBody } = exchange;
  if (body === null) return null;
  if (readBody?.body === body) return readBody.fields;
  const fields = readFields(body, type);
  exchange.readBody = { body, fields };
  return fields;
}

/**
 * Null where it is neither a form nor multipart, cannot be read in one way, or has more than 10,000 fields. What a reader may take for the name of a part
 * in place of its own is a field without a text.
 */
export function readFields(body: Uint8Array, type: ParsedMediaType): Fields | null {
  const format = bodyFormat(type);
  if (format === 'form') return readPairs(new TextDecoder('latin1').decode(body));
  if (format !== 'multipart') return null;
  const parts = readParts(body, type);
  if (parts === null) return null;
  const all = parts.slots.flatMap((part) => {
    const others = otherNames(part).map((name) => ({ name, text: null }));
    return part.isNamed ? [{ name: part.name, text: isPlain(part) ? part.text() : null }, ...others] : others;
  });
  return { all, hasUnnamed: parts.slots.some(({ isNamed }) => !isNamed) };
}

/** To Rack a part without a name has that of its Content-ID, else of its file, else its type. A Content-ID beside a name has to be another's all the same. */
function otherNames({ isNamed, name, contentId, fileName, contentType }: PartSlot): readonly string[] {
  const all = isNamed && name !== '' ? [contentId] : [contentId, fileName, contentType];
  return all.filter((one) => one !== null);
}

/** Null where a name or value is not UTF-8, percent-encoded once, or a `;` stands as it is, at which some readers divide too: to them `a=1;id=7` has an id. */
function readPairs(text: string): Fields | null {
  if (text.includes(';')) return null;
  const pairs = text.split('&', MAX_FIELDS + 1);
  if (pairs.length > MAX_FIELDS) return null;
  const all: Field[] = [];
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decodePercent(equals < 0 ? pair : pair.slice(0, equals), true);
    const value = decodePercent(equals < 0 ? '' : pair.slice(equals + 1), true);
    if (name === null || value === null) return null;
    all.push({ name, text: value });
  }
  return { all, hasUnnamed: false };
}

/** RFC 7578, section 4.4: a part without a type is text. Nothing else is compared, and no other charset; readers that know of transfer encodings decode base64. */
function isPlain(part: PartSlot): boolean {
  if (part.fileName !== null || !part.isPlain) return false;
  return part.contentType === null || parseMediaType(part.contentType)?.essence === 'text/plain';
}
