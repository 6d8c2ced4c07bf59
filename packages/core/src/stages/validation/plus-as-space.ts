const PLUS = 0x2b;
/** For a field as they mostly are, the detour takes longer. */
const SHORT = 256;

/**
 * The text of a form with a space in the place of each `+`. In a time in proportion to the text: `replaceAll` takes some tenths of a microsecond for each,
 * a second for a body of nothing else.
 */
export function plusAsSpace(text: string): string {
  if (!text.includes('+')) return text;
  if (text.length < SHORT) return text.replaceAll('+', ' ');
  // Two bytes for each unit, the low one first.
  const units = Buffer.from(text, 'utf16le');
  for (let at = 0; at < units.length; at += 2) if (units[at] === PLUS && units[at + 1] === 0) units[at] = 0x20;
  return units.toString('utf16le');
}
