/** An Authorization header: its scheme in lower case, and its one token; null for a token where what follows the scheme is not exactly one. */
export interface AuthorizationHeader {
  readonly scheme: string;
  readonly token: string | null;
}

/**
 * Splits an Authorization header of the form `scheme SP token` (RFC 9110, section 11.4). Exactly one space: more of them, a tab, a comma, a
 * quote or nothing at all are refused, because readers differ on where the token begins and ends. Which other
 * characters a token may have is for its scheme to say, and whoever verifies it is stricter than token68. An unknown or empty scheme is `''`.
 */
export function parseAuthorization(value: string): AuthorizationHeader {
  const space = value.indexOf(' ');
  const scheme = (space < 0 ? value : value.slice(0, space)).toLowerCase();
  const token = space < 0 ? '' : value.slice(space + 1);
  const isOne =
    token !== '' && !token.includes(' ') && !token.includes(',') && !token.includes('"') && !token.includes('\t');
  return {
    scheme: scheme === 'bearer' || scheme === 'basic' || scheme === 'dpop' ? scheme : '',
    token: isOne ? token : null,
  };
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
