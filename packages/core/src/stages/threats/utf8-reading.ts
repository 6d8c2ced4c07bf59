const BEYOND_ASCII = /[\x80-\xff]/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that a field is to whoever reads its bytes as UTF-8, where it came as Latin-1 and that makes a difference; null otherwise. */
export function utf8Reading(field: string): string | null {
  if (!BEYOND_ASCII.test(field)) return null;
  try {
    return utf8.decode(Buffer.from(field, 'latin1'));
  } catch {
    return null;
  }
}
