/** What reordering moves: marks, and the two letters that become marks. */
const RUN = /([\p{M}\uff9e\uff9f]{30})(?=[\p{M}\uff9e\uff9f])/gu;

/**
 * A text in a normal form of Unicode, in linear time. Engines reorder a run of marks in quadratic time, so that a text of 1 MiB of them would take minutes: runs are divided
 * after each 30 by U+034F, as the Stream-Safe Text Process does (UAX #15, section 13). No text that anybody reads has so many.
 */
export function normalForm(text: string, form: 'NFC' | 'NFKC'): string {
  return text.replaceAll(RUN, '$1\u034f').normalize(form);
}
