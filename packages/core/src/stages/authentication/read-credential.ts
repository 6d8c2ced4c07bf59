import type { Code } from '../../verdict/catalogue.ts';

/** A credential as it stood in the request, nothing (null), or the code that refuses what stood there. */
export type Reading = { readonly value: string } | { readonly code: Code } | null;

const AMBIGUOUS: Reading = { code: 'AUTHN_CREDENTIAL_AMBIGUOUS' };
const MALFORMED: Reading = { code: 'AUTHN_CREDENTIAL_MALFORMED' };

/** Longest API key; a longer one is refused before it is hashed. */
const MAX_KEY_CHARS = 1024;

/**
 * Reads a header that may stand once; the name is compared without case. Two of them are ambiguous even when they are equal:
 * whoever stands behind could read the other one.
 */
export function readHeader(rawHeaders: readonly string[], lowerCaseName: string): Reading {
  let found: string | null = null;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length !== lowerCaseName.length || name.toLowerCase() !== lowerCaseName) continue;
    if (found !== null) return AMBIGUOUS;
    found = rawHeaders[i + 1] as string;
  }
  return found === null ? null : { value: found };
}

/**
 * Reads a query parameter that may stand once. Names are compared decoded, so that `%61pi_key` is not a second `api_key` that
 * only the upstream sees. A value that cannot be decoded is malformed.
 */
export function readQuery(query: string | null, name: string): Reading {
  if (query === null || query === '') return null;
  let found: string | null = null;
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (decode(equals < 0 ? pair : pair.slice(0, equals)) !== name) continue;
    if (found !== null) return AMBIGUOUS;
    found = equals < 0 ? '' : pair.slice(equals + 1);
  }
  if (found === null) return null;
  const value = decode(found);
  return value === null ? MALFORMED : { value };
}

function decode(text: string): string | null {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return null;
  }
}

/**
 * Reads a cookie that may stand once (RFC 6265, section 4.2). Other cookies may look as they like, as long as every reader
 * splits them alike: a quoted string that runs over a `;` hides a cookie from some parsers and not from others, and is refused.
 */
export function readCookie(rawHeaders: readonly string[], name: string): Reading {
  const header = readHeader(rawHeaders, 'cookie');
  if (header === null || 'code' in header) return header;
  let found: string | null = null;
  for (const part of header.value.split(';')) {
    if (part.includes('"') && part.split('"').length % 2 === 0) return MALFORMED;
    const pair = trimSpace(part);
    const equals = pair.indexOf('=');
    if ((equals < 0 ? pair : trimSpace(pair.slice(0, equals))) !== name) continue;
    if (found !== null) return AMBIGUOUS;
    found = equals < 0 ? '' : pair.slice(equals + 1);
  }
  if (found === null) return null;
  return /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/.test(found) && found.length <= MAX_KEY_CHARS
    ? { value: found }
    : MALFORMED;
}

/** Without spaces and tabs at both ends. Not `trim`: that also drops what other readers keep, such as U+00A0. */
function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && (text[start] === ' ' || text[start] === '\t')) start++;
  while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return text.slice(start, end);
}

/** Checks the form of an API key from header or query: 1 to 1024 visible ASCII characters, one space allowed in `Authorization`. */
export function checkKeyForm(reading: Reading, spaceAllowed: boolean): Reading {
  if (reading === null || 'code' in reading) return reading;
  const form = spaceAllowed ? /^[\x21-\x7e]+(?: [\x21-\x7e]+)?$/ : /^[\x21-\x7e]+$/;
  return reading.value.length <= MAX_KEY_CHARS && form.test(reading.value) ? reading : MALFORMED;
}
