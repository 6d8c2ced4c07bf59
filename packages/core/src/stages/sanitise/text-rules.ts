/**
 * Whether a text holds what an HTML parser would take for a tag, a comment or a declaration. `a < b` and `<3` hold none; nor does a reference such
 * as `&lt;`, which is a text to every parser.
 */
export function hasMarkup(text: string): boolean {
  return /<[A-Za-z/!?]/.test(text);
}

const ESCAPES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Makes markup harmless: `<`, `>` and quotes become references. An `&` stays, so that doing it twice changes nothing. */
export function escapeMarkup(text: string): string {
  return text.replaceAll(/[<>"']/g, (character) => ESCAPES[character] ?? '');
}

/**
 * The scheme of an address as a browser reads it (URL standard, 4.4), in lower case; null where it has none. Blanks and control characters before it, tabs
 * and line ends within it are left out: `java\nscript:` is `javascript:`.
 */
export function schemeOf(address: string): string | null {
  const plain = address.replace(/^[\x00-\x20\xa0\u200b\ufeff]+/, '').replaceAll(/[\t\n\r]/g, '');
  return /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(plain)?.[1]?.toLowerCase() ?? null;
}
