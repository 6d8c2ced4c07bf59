import { bodyFormat, isReadableCharset, isUncompressed } from '../validation/body-format.ts';
import { writableNames } from '../../policy/declared-member.ts';
import { isMemberName, LoosePlace } from './loose-place.ts';
import { type LooseName, looseNameOf } from './loose-name.ts';
import { isReadOtherwise } from './loose-type.ts';
import { type ParsedMediaType, parseMediaType } from '../validation/media-type.ts';
import { fieldsOf } from './field-ids.ts';
import type { ApiDocument, Operation } from '../../openapi/model.ts';
import type { BoundPlace, OwnerCheck } from '../../policy/ownership-coverage.ts';
import type { Exchange } from '../../exchange.ts';

/** What a body may have beside an id of the query. */
export interface MeantInBody {
  /** Members at its top: those that the operation declares for its clients to write, and those that are asked about. */
  readonly names: ReadonlySet<string>;
  /** Places further down that are asked about. */
  readonly asked: readonly LoosePlace[];
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
  const asked = places.flatMap((place) => (place.in === 'body' ? [place.tokens] : []));
  const names = asked.flatMap(([name, ...rest]) => (name === undefined || rest.length > 0 ? [] : [name]));
  const types = (operation.requestBody?.content ?? []).flatMap(({ range }) => parseMediaType(range) ?? []);
  const lines = types.filter((type) => bodyFormat(type) === 'json-lines').map(({ essence }) => essence);
  return {
    names: new Set([...namesInBody(document, operation), ...names]),
    asked: asked.filter(({ length }) => length > 1).map((tokens) => new LoosePlace(tokens)),
    lines: new Set(lines),
  };
}

/** The names of the members that the body of an operation declares at its top and that are its clients' to write. */
export function namesInBody(document: ApiDocument, { requestBody }: Operation): readonly string[] {
  return (requestBody?.content ?? []).flatMap(({ schema }) => (schema === null ? [] : writableNames(document, schema)));
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
 * Tells of a check where the body has its id of the query once more, under its name or one like it, and declares none there; null where it has not. `$_REQUEST` of PHP, Rails and
 * Laravel take the one of the body. A body that nobody can read has it.
 */
export function againInBody(meant: MeantInBody, exchange: Exchange): (check: OwnerCheck) => BoundPlace | null {
  const { body, bodyFollows, headers } = exchange;
  if (body === null ? !bodyFollows : body.length === 0) return () => null;
  const type = readerOf(headers.contentType, meant);
  if (type === null) return () => null;
  const hasName = type === 'unclear' || body === null ? null : lookIn(type, meant, exchange);
  return ({ places }) => {
    for (const place of places) {
      if (place.in !== 'query') continue;
      if (hasName === null || hasName(looseNameOf(place))) return { in: 'body', tokens: [place.name] };
    }
    return null;
  };
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
function lookIn(type: ParsedMediaType, meant: MeantInBody, exchange: Exchange): ((name: LooseName) => boolean) | null {
  const { contentEncoding } = exchange.headers;
  const format = bodyFormat(type);
  if (!isReadableCharset(type, format)) return null;
  if (!isUncompressed(contentEncoding)) return null;
  if (format === 'json') {
    const root = exchange.json?.root;
    return root === undefined ? null : (name) => name.membersIn(root).some((path) => !isPathMeant(path, meant));
  }
  const fields = fieldsOf(exchange, type);
  // Parts of `multipart/related` and the like need no name.
  if (fields === null || (fields.hasUnnamed && type.subtype === 'form-data')) return null;
  const names = fields.all.map(({ name }) => name).filter((name) => !isFieldMeant(name, meant));
  return (name) => names.some((one) => name.isField(one));
}

/** `account[id]` is of the `account` that is declared; `account.id` and `account[id` are `account_id` to PHP. */
function isFieldMeant(field: string, { names, asked }: MeantInBody): boolean {
  const bracket = field.indexOf('[', 1);
  if (names.has(field)) return true;
  if (bracket > 0 && names.has(field.slice(0, bracket)) && isMemberName(field, field.slice(0, bracket))) return true;
  return asked.some((place) => place.relate(field) === 'same');
}

function isPathMeant(path: readonly string[], { names, asked }: MeantInBody): boolean {
  return names.has(path[0] ?? '') || asked.some((place) => place.isAt(path));
}
