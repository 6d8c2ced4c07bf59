import { bodyFormat, isReadableCharset, isUncompressed } from '../validation/body-format.ts';
import { decodePercent } from '../validation/percent-decoding.ts';
import { fieldIds, fieldsOf } from './field-ids.ts';
import { againInQuery, insteadInQuery, queryValues } from './query-ids.ts';
import { deny, type Denial, type FieldError } from '../../verdict/denial.ts';
import { joinPointer } from '../../json/json-pointer.ts';
import { isReadOtherwise } from './loose-type.ts';
import { parseMediaType } from '../validation/media-type.ts';
import { isId, isPathPart, isUndivided } from './object-id.ts';
import { jsonIds } from './body-ids.ts';
import { looseOf } from './loose-place.ts';
import type { BoundPlace, OwnerCheck } from '../../policy/ownership-coverage.ts';
import type { Exchange } from '../../exchange.ts';

/** What a place gives: ids, null where the request has not got it, or a mark that readers could differ over it. */
type Found = string[] | null | typeof UNCLEAR;
const UNCLEAR = Symbol('unclear');

/** Every id that the request names in the places of a check, each once; or why that cannot be told. It looks at the request alone, so the answer tells nothing of any object. */
export function requestedIds(check: OwnerCheck, exchange: Exchange): readonly string[] | Denial {
  const { resource, places } = check;
  const [first] = places;
  if (first !== undefined && places.length === 1 && first.in === 'path' && first.divider === null) {
    // The common case: one id in the path, nothing to collect.
    const raw = exchange.pathValues[first.index] ?? '';
    const id = raw.includes('%') ? decodePercent(raw, false) : raw;
    if (id === null || !isId(id) || !isClear(check, id)) return unclear(check, first, 'one clear id');
    const again = exchange.query === null ? null : againInQuery(places, exchange);
    return again === null ? [id] : unclear(check, again, 'no second id');
  }
  const again = exchange.query === null ? null : againInQuery(places, exchange);
  if (again !== null) return unclear(check, again, 'no second id');
  const ids = new Set<string>();
  for (const place of places) {
    const found = read(place, exchange, resource.absent === 'deny');
    if (found === UNCLEAR) return unclear(check, place, 'one clear id');
    if (found === null) {
      if (resource.absent !== 'pass') return unclear(check, place, 'an id');
      const instead = place.in === 'body' && exchange.query !== null ? insteadInQuery(place, exchange) : null;
      if (instead !== null) return unclear(check, instead, 'no id here');
      continue;
    }
    for (const id of found) {
      if (!isId(id) || !isClear(check, id)) return unclear(check, place, 'one clear id');
      ids.add(id);
      if (ids.size > resource.maxIds)
        return deny('OWNERSHIP_TOO_MANY_IDS', 'ownership', {
          rule: ruleOf(check),
          detail: `At most ${resource.maxIds} different ids are taken in one request.`,
          facts: { maxIds: resource.maxIds },
        });
    }
  }
  return [...ids];
}

/** An id that is compared whole may hold anything; one that becomes part of a path, or is compared in part, may not. */
function isClear({ how, resource }: OwnerCheck, id: string): boolean {
  if (resource.test.kind === 'prefix') return isPathPart(id) && isUndivided(id);
  return how !== 'read' || isPathPart(id);
}

export function ruleOf({ resource }: Pick<OwnerCheck, 'resource'>): string {
  return `ownership/${resource.name}`;
}

/** Denies what readers could take for different ids. */
export function unclear(check: OwnerCheck, place: BoundPlace, wanted: string): Denial {
  const error: FieldError = {
    in: place.in,
    name: place.in === 'body' ? null : place.name,
    pointer: place.in === 'body' ? joinPointer('', ...place.tokens) : '',
    schema: null,
    keyword: 'ownership',
    message: `expected ${wanted}`,
  };
  return deny('OWNERSHIP_ID_UNCLEAR', 'ownership', { rule: ruleOf(check), errors: [error] });
}

function read(place: BoundPlace, exchange: Exchange, isNeeded: boolean): Found {
  switch (place.in) {
    case 'path':
      return split([exchange.pathValues[place.index] ?? ''], place.divider, false);
    case 'query': {
      const values = queryValues(place, exchange);
      if (values === 'unclear') return UNCLEAR;
      return values.length === 0 ? null : split(values, place.divider, true);
    }
    case 'header': {
      const values = headerValues(exchange.rawHeaders, place.name);
      if (values === UNCLEAR) return UNCLEAR;
      return values.length === 0 ? null : splitPlain(values, place.divider);
    }
    case 'body':
      return bodyValues(place, exchange, isNeeded);
  }
}

/** Divided first and decoded then: an encoded divider is part of a value. */
function split(values: readonly string[], divider: string | null, plusIsSpace: boolean): string[] | typeof UNCLEAR {
  const parts: string[] = [];
  for (const value of values) {
    // A space cannot stand in a query as it is.
    const spaced = divider === ' ' ? value.replaceAll('%20', ' ').replaceAll('+', ' ') : value;
    for (const part of divider === null ? [spaced] : spaced.split(divider)) {
      const decoded = decodePercent(part, plusIsSpace);
      if (decoded === null) return UNCLEAR;
      parts.push(decoded);
    }
  }
  return parts;
}

function headerValues(rawHeaders: readonly string[], lowerName: string): string[] | typeof UNCLEAR {
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const lower = (rawHeaders[i] as string).toLowerCase();
    if (lower === lowerName) values.push(rawHeaders[i + 1] as string);
    // Both are `HTTP_X_ACCOUNT` to CGI, WSGI and Rack.
    else if (lower.length === lowerName.length && asVariable(lower) === asVariable(lowerName)) return UNCLEAR;
  }
  return values;
}

function asVariable(lowerName: string): string {
  return lowerName.replaceAll(/[^a-z0-9]/g, '_');
}

function splitPlain(values: readonly string[], divider: string | null): string[] {
  return values.flatMap((value) => (divider === null ? [value] : value.split(divider))).map((value) => value.trim());
}

function bodyValues(place: BoundPlace, exchange: Exchange, isNeeded: boolean): Found {
  if (exchange.body === null || exchange.body.length === 0) return null;
  const { contentType, contentEncoding } = exchange.headers;
  const type = parseMediaType(contentType ?? '');
  if (type === null || !isReadableCharset(type, bodyFormat(type))) return UNCLEAR;
  // A form that somebody reads as JSON has another id to them: `{"accountId":"umbrella-2","x":"&accountId=acme-1&"}`.
  if (isReadOtherwise(contentType ?? '', bodyFormat(type))) return UNCLEAR;
  if (!isUncompressed(contentEncoding)) return UNCLEAR;
  // What is no JSON by its type is read by other rules, whatever it looks like.
  if (bodyFormat(type) !== 'json') {
    const ids = fieldIds(fieldsOf(exchange, type), looseOf(place));
    return ids === 'unclear' ? UNCLEAR : ids;
  }
  const { json } = exchange;
  if (json === null) return UNCLEAR;
  const found = jsonIds(json, looseOf(place));
  if (found === 'unclear') return UNCLEAR;
  // Where some items have an id and others have none, those that have are looked at all the same.
  return found.isMissing && (isNeeded || found.ids.length === 0) ? null : [...found.ids];
}
