import { suggestName } from './suggest-name.ts';

/** A word whose last part is the reader's own: `claim:NAME`, `body:/POINTER`. */
const OPEN_WORD = /^([a-z]+[:.])\/?(?:NAME|POINTER)$/;

/**
 * The word that was most likely meant, as it is written in `expected`: with `NAME` where anything may stand, of which only what comes before it is compared. So is a word
 * whose first part was left out: `subject` for `principal.subject`. Null where none is near.
 */
export function suggestWord(text: string, words: readonly string[]): string | null {
  const start = /^[^:.]*[:.]/.exec(text)?.[0] ?? null;
  const byStart = new Map<string, string>();
  const whole: string[] = [];
  for (const word of words) {
    const open = OPEN_WORD.exec(word)?.[1];
    if (open === undefined) whole.push(word);
    else byStart.set(open, word);
  }
  const ending = whole.find((word) => word.endsWith(`.${text}`));
  if (ending !== undefined) return ending;
  const near = suggestName(text, whole);
  if (near !== null || start === null) return near;
  const nearStart = suggestName(start, byStart.keys());
  return nearStart === null || nearStart === start ? null : (byStart.get(nearStart) ?? null);
}
