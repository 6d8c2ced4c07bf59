/** Shorter texts are masked whole: four characters of them would be a good part. */
const MIN_TELLING = 12;

/**
 * A text with nothing left to see but its last four characters; nothing at all of a text of fewer than 12. White space and dashes do not count, so
 * that a number is masked alike however it is grouped. Tells nothing of its length.
 */
export function maskText(text: string): string {
  const plain = Array.from(text.replaceAll(/[\s\p{Pd}]/gu, ''));
  return plain.length < MIN_TELLING ? '****' : `****${plain.slice(-4).join('')}`;
}
