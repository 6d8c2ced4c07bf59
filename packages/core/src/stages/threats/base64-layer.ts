const ALPHABET = /^[A-Za-z0-9+/_ -]{8,}={0,2}$/;
/** Bytes that are looked at before the rest is decoded. */
const PROBE = 16;

/**
 * The text that a text is the base64 of, where it plainly is: all of it, and what comes out is text too. Null otherwise. An identifier of
 * random letters comes out as bytes that are no text.
 */
export function decodeBase64(text: string): string | null {
  const { length } = text;
  if (length < 8 || !ALPHABET.test(text)) return null;
  // A `+` that was not percent-encoded in a form came out as a blank; a sentence has more of them.
  if (text.includes(' ') && text.split(' ', 2 + length / 16).length > 1 + length / 16) return null;
  const digits = text.replace(/=+$/, '').replaceAll(' ', '+').replaceAll('-', '+').replaceAll('_', '/');
  if (digits.length % 4 === 1) return null;
  const probe = decode(digits.slice(0, Math.min(digits.length, PROBE)));
  if (probe === null || !isText(probe)) return null;
  const decoded = digits.length <= PROBE ? probe : decode(digits);
  return decoded !== null && isText(decoded) ? decoded : null;
}

function decode(digits: string): string | null {
  try {
    const latin = atob(digits.length % 4 === 0 ? digits : digits + '='.repeat(4 - (digits.length % 4)));
    return latin;
  } catch {
    return null;
  }
}

/** Printable, but for a few signs of UTF-8. */
function isText(latin: string): boolean {
  let odd = 0;
  for (let index = 0; index < latin.length; index += 1) {
    const code = latin.charCodeAt(index);
    if (code === 127 || (code < 32 && code !== 9 && code !== 10 && code !== 13)) {
      if (code !== 0) return false;
      odd += 2;
    } else if (code > 127) odd += 1;
  }
  return odd * 4 < latin.length;
}
