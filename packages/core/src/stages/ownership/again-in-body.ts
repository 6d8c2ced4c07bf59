import { bodyFormat, isReadableCharset } from '../validation/body-format.ts';
import { declaredNames } from '../../policy/declared-member.ts';
import { LoosePlace } from './loose-place.ts';
import { parseMediaType } from '../validation/media-type.ts';
import { readFields } from './field-ids.ts';
import type { ApiDocument, Operation } from '../../openapi/model.ts';
import type { BoundPlace, OwnerCheck } from '../../policy/ownership-coverage.ts';
import type { Exchange } from '../../exchange.ts';

/** What a body may have by name beside an id of the query. */
export type MeantNames = ReadonlySet<string>;

/** What the body of an operation declares, and what of it is asked about; null where no id stands in the query. */
export function meantInBody(
  document: ApiDocument,
  operation: Operation,
  checks: readonly OwnerCheck[],
): MeantNames | null {
  const places = checks.flatMap((check) => check.places);
  if (!places.some((place) => place.in === 'query')) return null;
  const content = operation.requestBody?.content ?? [];
  const declared = content.flatMap(({ schema }) => (schema === null ? [] : [...declaredNames(document, schema)]));
  const asked = places.flatMap((place) => (place.in === 'body' ? place.tokens.slice(0, 1) : []));
  return new Set([...declared, ...asked]);
}

/** Whether a body could be merged with the query. An upload that is nothing but bytes is not collected for this. */
export function mayMerge({ requestBody }: Operation): boolean {
  if (requestBody === null) return true;
  return requestBody.content.some(({ range }) => /[*]|[/+]json(?:;|$)|x-www-form-urlencoded|^multipart\//.test(range));
}

/**
 * Where the body has the id of the query once more, under its name or one like it, and declares none there; null where it has not. `$_REQUEST` of PHP, Rails and Laravel
 * take the one of the body. A body that nobody can read has it.
 */
export function againInBody({ places }: OwnerCheck, meant: MeantNames, exchange: Exchange): BoundPlace | null {
  if (exchange.body === null || exchange.body.length === 0) return null;
  const names = namesOf(exchange.body, exchange);
  for (const place of places) {
    if (place.in !== 'query') continue;
    const loose = new LoosePlace([place.name]);
    const isAgain = (name: string): boolean =>
      loose.relate(name) !== 'other' && !meant.has(name) && !meant.has(name.split(/[.[]/, 1)[0] ?? '');
    if (names === null || names.some(isAgain)) return { in: 'body', tokens: [place.name] };
  }
  return null;
}

/** Of a form or a JSON object; none where nobody would merge it, null where it cannot be read. */
function namesOf(body: Uint8Array, exchange: Exchange): readonly string[] | null {
  const { contentType, contentEncoding } = exchange.headers;
  if (contentType === null) return [];
  const type = parseMediaType(contentType);
  if (type === null) return null;
  const format = bodyFormat(type);
  if (format !== 'json' && format !== 'form' && format !== 'multipart') return [];
  if (!isReadableCharset(type, format)) return null;
  if (contentEncoding !== null && contentEncoding.toLowerCase() !== 'identity') return null;
  if (format !== 'json') return readFields(body, type)?.map(({ name }) => name) ?? null;
  return exchange.json === null ? null : [...(exchange.json.root.members?.keys() ?? [])];
}
