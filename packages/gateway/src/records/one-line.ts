/** JSON in one line for every reader: some break lines at these too, and JSON does not escape them. */
export function quoted(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\u007f-\u009f\u2028\u2029]/g, escapeOf);
}

/** What a reader of a line takes for one word, and for no field: `id=`, `signal:` and the like. A path may hold more, for it begins with a slash. */
const ONE_WORD = /^(?:\/[!#-~]*|[!#-'*-9<>-~]+)$/;
/** Controls, and characters that change how what stands beside them is shown. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * A text that others wrote, as a word of a line for people: as it is where it could be nothing else, otherwise in quotes, as a string of JSON in which nothing
 * is left that is not seen. Blanks, `=` and line breaks in it would forge fields and lines.
 */
export function oneWord(text: string): string {
  return ONE_WORD.test(text) ? text : JSON.stringify(text).replaceAll(UNSEEN, escapeOf);
}

/** A sentence of ours with words of others in it, in one line. */
export function oneLine(sentence: string): string {
  return sentence.replaceAll(UNSEEN, '?');
}

function escapeOf(characters: string): string {
  let escaped = '';
  for (let at = 0; at < characters.length; at++)
    escaped += `\\u${characters.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return escaped;
}
