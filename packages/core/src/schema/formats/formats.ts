import { isDate, isDateTime, isDuration, isTime } from './date-time-formats.ts';
import { isEmail, isHostname, isIdnEmail, isIdnHostname, isIpv4, isIpv6 } from './internet-formats.ts';
import {
  isIri,
  isIriReference,
  isJsonPointer,
  isRelativeJsonPointer,
  isUri,
  isUriReference,
  isUriTemplate,
} from './reference-formats.ts';

const MAX_REGEX_CHARS = 10_000;

/** ECMA-262 with the `u` flag. Only parsed, never run; parsing nests, so the length is bounded. */
function isRegex(text: string): boolean {
  if (text.length > MAX_REGEX_CHARS) return false;
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

/** RFC 9562, section 4, of any version. An expression costs several times as much, and paths are full of these. */
function isUuid(text: string): boolean {
  if (text.length !== 36) return false;
  for (let at = 0; at < 36; at++) {
    const unit = text.charCodeAt(at);
    if (at === 8 || at === 13 || at === 18 || at === 23) {
      if (unit !== 0x2d) return false;
    } else if (!((unit >= 0x30 && unit <= 0x39) || ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x66))) return false;
  }
  return true;
}

/** RFC 4648, section 4: whole groups of four, padded. Line breaks are not allowed (section 3.1). */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** RFC 4648, section 5: padding may be left out. */
function isBase64Url(text: string): boolean {
  const bare = text.replace(/={1,2}$/, '');
  return (
    /^[A-Za-z0-9_-]*$/.test(bare) && bare.length % 4 !== 1 && (bare.length === text.length || text.length % 4 === 0)
  );
}

const anything = (): boolean => true;

/** Formats of strings that are asserted. A format that is not named here is an annotation. Each takes time linear in the text. */
export const STRING_FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map<
  string,
  (text: string) => boolean
>([
  ['date-time', isDateTime],
  ['date', isDate],
  ['time', isTime],
  ['duration', isDuration],
  ['email', isEmail],
  ['idn-email', isIdnEmail],
  ['hostname', isHostname],
  ['idn-hostname', isIdnHostname],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['uri', isUri],
  ['uri-reference', isUriReference],
  ['iri', isIri],
  ['iri-reference', isIriReference],
  // In no registry, and in many documents: it says where a value leads, and not how it is written.
  ['url', anything],
  ['uri-template', isUriTemplate],
  ['uuid', isUuid],
  ['json-pointer', isJsonPointer],
  ['relative-json-pointer', isRelativeJsonPointer],
  ['regex', isRegex],
  ['byte', isBase64],
  ['base64url', isBase64Url],
  ['binary', anything],
  ['password', anything],
]);

/** Formats of numbers (OpenAPI format registry). They see the number as JavaScript holds it: beyond 2^53 the last digits are gone. */
export const NUMBER_FORMATS: ReadonlyMap<string, (value: number) => boolean> = new Map<
  string,
  (value: number) => boolean
>([
  ['int32', (value) => Number.isInteger(value) && value >= -(2 ** 31) && value <= 2 ** 31 - 1],
  ['int64', (value) => Number.isInteger(value) && value >= -(2 ** 63) && value <= 2 ** 63],
  ['float', (value) => Number.isFinite(value)],
  ['double', (value) => Number.isFinite(value)],
]);
