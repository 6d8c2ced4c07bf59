/**
 * Decodes base64url as RFC 7515 (section 2) writes it: no padding, no white space, no characters of plain base64, and no bits set
 * beyond the last byte. Null otherwise: a lenient decoder makes many texts of one token, which defeats revocation and caches.
 */
export function decodeBase64url(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}
