/** JSON may write any letter as an escape. */
const SIGN = /s[pi]1\.|\\u00(?:73|70|69|31|2e)/i;
/** A value takes along the index that stands at its end without a gap. */
const STRAY =
  /(sp1\.[a-z0-9]{1,32}\.[0-9]{1,9}\.[A-Za-z0-9_-]{60,}(?:\.[0-9]{1,9}\.[A-Za-z0-9_-]{22})?)|si1\.[0-9]{1,9}\.[A-Za-z0-9_-]{22}/g;
const INDEX = /si1\.[0-9]{1,9}\.[A-Za-z0-9_-]{22}/g;

/** False of a text, or of the JSON of one, in which no encrypted value and no index is. */
export function mayHoldStray(text: string): boolean {
  return SIGN.test(text);
}

/** What is in a text: an encrypted value, an index, or neither. Of several, the first. */
export function strayIn(text: string): 'value' | 'index' | null {
  STRAY.lastIndex = 0;
  const match = STRAY.exec(text);
  if (match === null) return null;
  return match[1] === undefined ? 'index' : 'value';
}

export function maskStrays(text: string): string {
  return text.replaceAll(STRAY, '****');
}

/**
 * The text with what was looked up in the place of its index, by `sought`: percent-encoded, as it stands in a link, so that it can divide nothing anew and is no markup.
 * Of a text that is nothing but the index, as it was sent, unless it could be markup. Other indexes stay.
 */
export function restoreSought(text: string, sought: ReadonlyMap<string, string>, alwaysEncoded: boolean): string {
  return text.replaceAll(INDEX, (index) => {
    const found = sought.get(index);
    if (found === undefined) return index;
    return text === index && !alwaysEncoded && !/[<>&"'`]/.test(found) ? found : encoded(found);
  });
}

/** An apostrophe ends an attribute of HTML, and no URL needs it. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("'", '%27');
}
