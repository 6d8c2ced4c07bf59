/**
 * Whether `htu` of a proof means the URL of the request, query and fragment left out (RFC 9449, section 4.3, point 9), after normalization
 * by syntax and scheme (RFC 3986, sections 6.2.2 and 6.2.3): case of scheme and host, default port, escapes, dot segments. False for what is no
 * http URL or holds a user name.
 */
export function sameUrl(htu: string, requested: string): boolean {
  if (htu === requested) return true;
  if (htu.length > 8_192) return false;
  const theirs = normalize(htu);
  return theirs !== null && theirs === normalize(requested);
}

function normalize(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  if (url.username !== '' || url.password !== '') return null;
  return `${url.origin}${url.pathname.replaceAll(/%[0-9a-f]{2}/gi, plainEscape)}`;
}

/** An escape of an unreserved character is that character; of any other, it is written in upper case. */
function plainEscape(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  return /[A-Za-z0-9\-._~]/.test(character) ? character : escape.toUpperCase();
}
