import type { JsonObject } from '../../json/json-value.ts';
import { isTightPattern } from './tight-pattern.ts';

/** Formats whose values have no room for anything else, and that are checked. `email` has: `'or'1'='1'@a.bc` is one (RFC 5321, 4.1.2: quotes in what stands before the `@`). */
const CONFINING_FORMATS = new Set([
  'date',
  'time',
  'date-time',
  'duration',
  'uuid',
  'ipv4',
  'ipv6',
  'hostname',
  'byte',
]);
export const URI_FORMATS: ReadonlySet<string> = new Set(['uri', 'uri-reference', 'iri', 'iri-reference', 'url']);
/** Languages of programs and queries: what would be an injection anywhere else is what such a text is for. Markdown is prose, whatever it quotes. */
const CODE =
  /^(?:application|text)\/(?:x-)?(?:sql|javascript|ecmascript|typescript|python|sh|shellscript|powershell|php|httpd-php|perl|ruby|lua|java|c|csrc|go|rust|toml|sparql-query|jsonpath|xquery)(?:\s*;|$)/i;
/** A text this short has no room for an injection that does anything. */
const SHORT = 3;

/** Why a schema by itself leaves a text no room; null where it does. */
export function textConfinement(schema: JsonObject): string | null {
  if (schema['enum'] !== undefined) return 'an enum';
  if (schema['const'] !== undefined) return 'a constant';
  const { format, maxLength, pattern, contentMediaType } = schema;
  // What a file is made of is not held to a format.
  if (typeof format === 'string' && CONFINING_FORMATS.has(format) && contentMediaType === undefined)
    return `the format ${format}`;
  if (typeof contentMediaType === 'string' && CODE.test(contentMediaType)) return `declared as ${contentMediaType}`;
  if (typeof maxLength === 'number' && maxLength <= SHORT) return `at most ${maxLength} characters`;
  return typeof pattern === 'string' && isTightPattern(pattern) ? 'a tight pattern' : null;
}
