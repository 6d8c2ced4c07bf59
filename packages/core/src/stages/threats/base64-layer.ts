const ALPHABET = /^[A-Za-z0-9+/_ -]{8,}={0,2}$/;
/** Bytes that are looked at before the rest is decoded. */
const PROBE = 16;
const NEVER = 1_000;

/**
 * The text that a text is the base64 of, where it plainly is: all of it, and what comes out is text too. Null otherwise. An identifier of
 * random letters comes out as bytes that are no text.
 */
export function decodeBase64(text: string): string | null {
  const { length } = text;
  if (length < 8 || !beginsLikeText(text) || !ALPHABET.test(text)) return null;
  // A `+` that was not percent-encoded in a form came out as a blank; a sentence has more of them.
  let blanks = 0;
  for (let at = text.indexOf(' '); at >= 0; at = text.indexOf(' ', at + 1)) {
    blanks += 1;
    if (blanks > length / 16) return null;
  }
  const digits = text.replace(/=+$/, '').replaceAll(' ', '+').replaceAll('-', '+').replaceAll('_', '/');
  if (digits.length % 4 === 1) return null;
  const probe = decode(digits.slice(0, Math.min(digits.length, PROBE)));
  if (probe === null || !isText(probe)) return null;
  const decoded = digits.length <= PROBE ? probe : decode(digits);
  return decoded !== null && isText(decoded) ? decoded : null;
}

/** The value of a digit by its character code; -1 for what is none. */
const VALUES = new Int8Array(128).fill(-1);
for (const [value, digit] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  VALUES[digit.charCodeAt(0)] = value;
VALUES[0x2d] = 62;
VALUES[0x20] = 62;
VALUES[0x5f] = 63;

/** Whether the first twelve bytes could be those of a text: what `isText` says of them, without making anything. Nearly every word ends here. */
function beginsLikeText(text: string): boolean {
  const probed = Math.min(PROBE, text.length - (text.length % 4));
  let odd = 0;
  for (let at = 0; at < probed; at += 4) {
    let bits = 0;
    for (let i = at; i < at + 4; i += 1) {
      const code = text.charCodeAt(i);
      const value = code < 128 ? (VALUES[code] as number) : -1;
      // What fills up the end, or no base64 at all: the expression tells.
      if (value < 0) return true;
      bits = bits * 64 + value;
    }
    odd += oddness(bits >> 16) + oddness((bits >> 8) & 255) + oddness(bits & 255);
  }
  // Of all that the probe has: bytes behind the last four digits can only add to the odd ones.
  return odd * 4 < (Math.min(PROBE, text.length) * 3) / 4;
}

/** How far a byte speaks against a text. */
function oddness(code: number): number {
  if (code > 127) return 1;
  if (code > 31 && code !== 127) return 0;
  return code === 9 || code === 10 || code === 13 ? 0 : code === 0 ? 2 : NEVER;
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
