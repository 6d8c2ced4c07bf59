/** The scheme of an Authorization header in lower case, and its one token; null where the header has not the form `scheme SP token68` (RFC 9110, section 11.4). */
export interface AuthorizationHeader {
  readonly scheme: string;
  readonly token: string;
}

const FORM = /^([A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}) ([A-Za-z0-9._~+/-]+=*)$/;

/**
 * Parses an Authorization header for the schemes that carry one token68. Exactly one space: more of them, a tab, a comma or
 * parameters are refused, because readers differ on where the token begins and ends.
 */
export function parseAuthorization(value: string): AuthorizationHeader | null {
  const parts = FORM.exec(value);
  return parts === null ? null : { scheme: (parts[1] as string).toLowerCase(), token: parts[2] as string };
}

/** The scheme alone, lower case, of a header that may be malformed otherwise; `''` where it does not begin with one. */
export function authorizationScheme(value: string): string {
  return (/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}(?=$|[\t ])/.exec(value)?.[0] ?? '').toLowerCase();
}

/** User name and password of a Basic credential (RFC 7617): strict base64, UTF-8, no control characters, at most 255 and 1024 characters. Null otherwise. */
export function parseBasic(token: string): { readonly user: string; readonly password: string } | null {
  if (token.length > 2048 || token.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(token)) return null;
  const binary = atob(token);
  // Bits beyond the last byte must be zero: else many texts are one credential.
  if (btoa(binary) !== token) return null;
  let text: string;
  try {
    text = UTF8.decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch {
    return null;
  }
  const colon = text.indexOf(':');
  // A NUL or a line break would end the name for other readers (RFC 7617, section 2, forbids control characters).
  if (colon < 1 || colon > 255 || text.length - colon - 1 > 1024 || /\p{Cc}/u.test(text)) return null;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
