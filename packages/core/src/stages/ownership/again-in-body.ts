import { bodyFormat, isReadableCharset } from '../validation/body-format.ts';
import { declaredNames } from '../../policy/declared-member.ts';
import { isLike, isMemberName, likenessOf, LoosePlace } from './loose-place.ts';
import { isReadOtherwise } from './loose-type.ts';
import { type ParsedMediaType, parseMediaType } from '../validation/media-type.ts';
import { readFields } from './field-ids.ts';
import type { ApiDocument, Operation } from '../../openapi/model.ts';
import type { BoundPlace, OwnerCheck } from '../../policy/ownership-coverage.ts';
import type { Exchange } from '../../exchange.ts';
import type { JsonNode } from '../../json/editable-json.ts';

/** What a body may have beside an id of the query. */
export interface MeantInBody {
  readonly names: ReadonlySet<string>;
  /** Types of JSON lines that the operation declares: its upstream reads them line by line, and they are not collected. */
  readonly lines: ReadonlySet<string>;
}

/** What the body of an operation declares, and what of it is asked about; null where no id stands in the query. */
export function meantInBody(
  document: ApiDocument,
  operation: Operation,
  checks: readonly OwnerCheck[],
): MeantInBody | null {
  const places = checks.flatMap((check) => check.places);
  if (!places.some((place) => place.in === 'query')) return null;
  const content = operation.requestBody?.content ?? [];
  const declared = content.flatMap(({ schema }) => (schema === null ? [] : [...declaredNames(document, schema)]));
  const asked = places.flatMap((place) => (place.in === 'body' ? place.tokens.slice(0, 1) : []));
  const types = content.flatMap(({ range }) => parseMediaType(range) ?? []);
  const lines = types.filter((type) => bodyFormat(type) === 'json-lines').map(({ essence }) => essence);
  return { names: new Set([...declared, ...asked]), lines: new Set(lines) };
}

/** Whether the body has to be there whole: one that is nothing but bytes, or is refused by its type alone, is not collected for this. */
export function mayMerge(meant: MeantInBody, { headers, bodyFollows }: Exchange): boolean {
  if (!bodyFollows) return false;
  // Whether there is any: over HTTP/2, and in chunks, an empty one may follow.
  if (headers.contentType === null) return true;
  const type = readerOf(headers.contentType, meant);
  return type !== null && type !== 'unclear';
}

/**
 * Where the body has the id of the query once more, under its name or one like it, and declares none there; null where it has not. `$_REQUEST` of PHP, Rails and Laravel
 * take the one of the body. A body that nobody can read has it.
 */
export function againInBody({ places }: OwnerCheck, meant: MeantInBody, exchange: Exchange): BoundPlace | null {
  const { body, bodyFollows, headers } = exchange;
  if (body === null ? !bodyFollows : body.length === 0) return null;
  const type = readerOf(headers.contentType, meant);
  if (type === null) return null;
  const hasName = type === 'unclear' || body === null ? null : lookIn(body, type, meant.names, exchange);
  for (const place of places) {
    if (place.in !== 'query') continue;
    if (hasName === null || hasName(place.name)) return { in: 'body', tokens: [place.name] };
  }
  return null;
}

/** The type that a body is read by: null where nobody would merge it with the query, `unclear` where some would and it is not read here, or there is none and they guess. */
function readerOf(contentType: string | null, { lines }: MeantInBody): ParsedMediaType | 'unclear' | null {
  const type = contentType === null ? null : parseMediaType(contentType);
  if (contentType === null || type === null) return 'unclear';
  const format = bodyFormat(type);
  if (isReadOtherwise(contentType, format, lines.has(type.essence))) return 'unclear';
  return format === 'json' || format === 'form' || format === 'multipart' ? type : null;
}

/** Tells whether a form or JSON has a name of the query; null where it cannot be read. */
function lookIn(
  body: Uint8Array,
  type: ParsedMediaType,
  meant: ReadonlySet<string>,
  exchange: Exchange,
): ((name: string) => boolean) | null {
  const { contentEncoding } = exchange.headers;
  const format = bodyFormat(type);
  if (!isReadableCharset(type, format)) return null;
  if (contentEncoding !== null && contentEncoding.toLowerCase() !== 'identity') return null;
  if (format === 'json') {
    const root = exchange.json?.root;
    return root === undefined ? null : (name) => hasMember(root, name, meant);
  }
  const fields = readFields(body, type, type.subtype !== 'form-data');
  if (fields === null) return null;
  const names = fields.map(({ name }) => name).filter((name) => !isMeant(name, meant));
  return (name) => {
    const places = [new LoosePlace([name]), new LoosePlace(tokensOf(name))];
    return names.some((one) => places.some((place) => place.relate(one) !== 'other'));
  };
}

/** `account[id]` is of the `account` that is declared; `account.id` and `account[id` are `account_id` to PHP. */
function isMeant(name: string, meant: ReadonlySet<string>): boolean {
  const bracket = name.indexOf('[', 1);
  if (meant.has(name)) return true;
  return bracket > 0 && meant.has(name.slice(0, bracket)) && isMemberName(name, name.slice(0, bracket));
}

/** Whether JSON has the name, as one member or, of `filter[accountId]` and `filter.accountId`, as one in another. */
function hasMember(root: JsonNode, name: string, meant: ReadonlySet<string>): boolean {
  const tokens = tokensOf(name);
  let found = membersLike(root, name).filter(([member]) => !meant.has(member));
  if (found.length > 0) return true;
  if (tokens.length < 2) return false;
  found = membersLike(root, tokens[0] ?? '').filter(([member]) => !meant.has(member));
  for (const token of tokens.slice(1)) found = found.flatMap(([, node]) => membersLike(node, token));
  return found.length > 0;
}

/** A member of JSON is what its whole name says: `*` and `accountId.x` are others. */
function membersLike(node: JsonNode, name: string): (readonly [string, JsonNode])[] {
  const likeness = likenessOf(name);
  return [...(node.members ?? [])].filter(([member]) => member === name || isLike(member, likeness));
}

/** `filter[accountId]` is `filter` and `accountId`. */
function tokensOf(name: string): readonly string[] {
  return name.split(/[[\].]+/).filter((token) => token !== '');
}
