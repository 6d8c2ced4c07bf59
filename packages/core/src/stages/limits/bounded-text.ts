const MAX_LENGTH = 256;

/**
 * The text itself, or for a long one its length and a 106-bit digest, so that no client makes keys large. The digest is no secret-keeper:
 * who finds two long texts of one digest shares a counter between them, which gives him less and not more.
 */
export function boundedText(text: string): string {
  if (text.length <= MAX_LENGTH) return `=${text}`;
  return `#${text.length}:${digest(text, 0x9e3779b1)}${digest(text, 0x85ebca77)}`;
}

function digest(text: string, seed: number): string {
  let high = seed;
  let low = ~seed;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01000193) ^ (low >>> 13);
    low = Math.imul(low ^ code, 0x5bd1e995) ^ (high >>> 15);
  }
  return (high >>> 0).toString(36) + '.' + (low >>> 0).toString(36) + '.';
}
