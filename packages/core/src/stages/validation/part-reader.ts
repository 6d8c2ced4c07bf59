import type { Encoding } from '../../openapi/model.ts';
import type { JsonBodyCheck, JsonBounds, SchemaIssue, UndeclaredMembers } from '../../schema/schema-compiler.ts';
import { isJsonType } from '../../schema/text-content.ts';
import { bodyFormat, isReadableCharset, keepsAscii } from './body-format.ts';
import { isInRange, parseMediaRange } from './media-range.ts';
import { parseMediaType, type ParsedMediaType } from './media-type.ts';
import { scalarReader } from './scalar-text.ts';
import { readStrictJson } from './strict-json.ts';
import { ARRAY, OBJECT, STRING, type TypeGuide } from './type-guide.ts';
import { Undecodable } from './undecodable.ts';
import { findUndeclared } from './undeclared-members.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder('latin1');
const OCTET_STREAM = 'application/octet-stream';
const TEXT_PLAIN = parseMediaType('text/plain') as ParsedMediaType;

/** What a part may be. */
export interface PartTypes {
  readonly ranges: readonly ParsedMediaType[];
  /** Only what a part says of itself is held to it: not one without a Content-Type, nor `application/octet-stream`, which says nothing. */
  readonly ifStated: boolean;
}

/** How the parts of one name are read. */
export interface PartRule {
  readonly guide: TypeGuide;
  /** Content types that `encoding` or else the schema's `contentMediaType` names; null where neither does. */
  readonly types: PartTypes | null;
  /** The check of a JSON part by the schema that stands for it in the document; null where there is none of its own. */
  readonly json: JsonBodyCheck | null;
  readonly bounds: JsonBounds;
  readonly undeclared: UndeclaredMembers;
}

export interface PartFacts {
  readonly contentType: string | null;
  readonly transferEncoding: string | null;
  readonly filename: string | null;
}

export interface PartReading {
  readonly value: unknown;
  /** What goes on in place of the content; null where it stays. */
  readonly bytes: Uint8Array | null;
  readonly issues: readonly SchemaIssue[] | null;
}

/**
 * The media types that an encoding's `contentType` names, a comma between them; where it names none, `contentMediaType` of the schema (OpenAPI
 * 3.1): what calls itself a picture and is a page would be shown as one. Null where neither says anything, where the schema speaks of
 * what is behind a `contentEncoding`, and where it says `application/octet-stream`: any file (OpenAPI 3.1's `format: binary`).
 */
export function partTypes(encoding: Encoding | undefined, guide: TypeGuide): PartTypes | null {
  const named = encoding?.contentType ?? null;
  if (named !== null)
    return {
      ranges: named.split(',').flatMap((type) => parseMediaRange(type.trim())?.range ?? []),
      ifStated: false,
    };
  if (guide.keyword('contentEncoding').length > 0) return null;
  const ranges = (guide.certain('contentMediaType') ?? [null]).map((type) =>
    typeof type === 'string' ? (parseMediaRange(type)?.range ?? null) : null,
  );
  return ranges.every((range) => range !== null && range.essence !== OCTET_STREAM)
    ? { ranges: ranges.filter((range) => range !== null), ifStated: true }
    : null;
}

/**
 * Reads one part as its schema allows: JSON where it says it is JSON or where the schema allows nothing simpler, bytes where it is a file
 * or the schema calls it binary, else text in UTF-8. Of bytes only the number is kept, as a text of that length, where the schema
 * asks for it.
 */
export function readPart(
  content: Uint8Array,
  facts: PartFacts,
  rule: PartRule,
  asString: boolean,
): PartReading | Undecodable {
  const type = facts.contentType === null ? TEXT_PLAIN : parseMediaType(facts.contentType);
  if (type === null) return new Undecodable('contentType', 'must have a well-formed Content-Type');
  if (type.type === 'multipart') return new Undecodable('contentType', 'must not be a multipart itself');
  if (facts.transferEncoding !== null && !/^(?:binary|8bit|7bit)$/i.test(facts.transferEncoding)) {
    return new Undecodable('contentType', 'must not be transfer-encoded');
  }
  if (rule.types !== null && !isNamed(type, facts.contentType !== null, rule.types))
    return new Undecodable('contentType', 'must be of a content type that the document names for it');
  const format = bodyFormat(type);
  if (!isReadableCharset(type, format)) return new Undecodable('contentType', 'must be in UTF-8');
  const structured = (rule.guide.types & (ARRAY | OBJECT)) !== 0 && (rule.guide.types & ~(ARRAY | OBJECT)) === 0;
  const binary = facts.filename !== null || isBinary(rule.guide);
  // Busboy and ASP.NET read a field in the charset that it states, of whatever type it calls itself.
  if ((structured || !binary) && !keepsAscii(type)) return new Undecodable('contentType', 'must be in UTF-8');
  // Whatever it says of itself: what is in it is the text.
  const isJsonText = holdsJson(rule.guide);
  if (structured || (format === 'json' && !binary && !isJsonText)) {
    if (format !== 'json' && format !== 'text' && format !== 'binary')
      return new Undecodable('contentType', 'must be JSON');
    return readJsonPart(content, rule);
  }
  if (binary && isJsonText) return { value: textOf(content), bytes: null, issues: null };
  if (binary) return { value: isMeasured(rule.guide) ? latin1.decode(content) : '', bytes: null, issues: null };
  try {
    const value = scalarReader(rule.guide)(utf8.decode(content), asString);
    return value instanceof Undecodable ? value : { value, bytes: null, issues: null };
  } catch {
    return new Undecodable('utf8', 'must be UTF-8');
  }
}

function isNamed(type: ParsedMediaType, isStated: boolean, { ranges, ifStated }: PartTypes): boolean {
  if (ifStated && (!isStated || type.essence === OCTET_STREAM)) return true;
  return ranges.some((range) => isInRange(type, range));
}

function readJsonPart(content: Uint8Array, rule: PartRule): PartReading | Undecodable {
  const value = readStrictJson(content, rule.bounds);
  if (value instanceof Undecodable) return value;
  if (rule.json === null) {
    const found = rule.undeclared === 'as-declared' ? null : findUndeclared(value, rule.guide);
    if (found !== null) return new Undecodable('undeclared', 'must not have members that are not declared', found);
    return { value, bytes: null, issues: null };
  }
  const result = rule.json(content);
  if (!result.ok) return { value, bytes: null, issues: result.issues };
  if (result.bytes === content) return { value, bytes: null, issues: null };
  return { value: readStrictJson(result.bytes, rule.bounds), bytes: result.bytes, issues: null };
}

/** A file by its schema: `format: binary`, or a content type that is neither JSON nor text and stands there as it is. */
function isBinary(guide: TypeGuide): boolean {
  return (
    guide.keyword('format').includes('binary') ||
    (guide.keyword('contentEncoding').length === 0 &&
      guide
        .keyword('contentMediaType')
        .some((type) => typeof type === 'string' && !isJsonType(type) && !type.startsWith('text/')))
  );
}

/** A text and nothing else, of which the schema says that it is JSON as it stands. */
function holdsJson(guide: TypeGuide): boolean {
  return (
    guide.types === STRING &&
    guide.keyword('contentEncoding').length === 0 &&
    guide.keyword('contentMediaType').some(isJsonType)
  );
}

/** Of a file: whatever its bytes are, it has some text. */
function textOf(content: Uint8Array): string {
  try {
    return utf8.decode(content);
  } catch {
    return latin1.decode(content);
  }
}

function isMeasured(guide: TypeGuide): boolean {
  return ['minLength', 'maxLength', 'pattern', 'enum', 'const'].some((keyword) => guide.keyword(keyword).length > 0);
}
