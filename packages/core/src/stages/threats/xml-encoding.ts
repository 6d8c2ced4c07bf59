const utf8 = new TextDecoder();
const DECLARATION = /^\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"'>]*)/;
/** Code pages of DOS, of which the lower half is ASCII and nobody decodes the upper one here. */
const DOS = /^(?:cp|ibm)-?(?:437|737|775|85\d|86[0-35-9])$/;
/** Of the first four bytes, those that are zero: UTF-16 and UTF-32 without a byte order mark (XML 1.0, appendix F). */
const WIDE = new Map([
  ['x0x0', 'utf-16le'],
  ['0x0x', 'utf-16be'],
]);

/**
 * The texts that an XML body may be to whoever reads it: by its first bytes, or else by the encoding that it declares and by the `charset` that it is
 * sent with, where these say different things. Null where one of them cannot be decoded here: UTF-7, UTF-32, EBCDIC and what nobody knows.
 */
export function textsOfXml(bytes: Uint8Array, charset: string | undefined): readonly string[] | null {
  const [a = 1, b = 1, c = 1, d = 1] = bytes;
  const zeros = [a, b, c, d].map((byte) => (byte === 0 ? '0' : 'x')).join('');
  const isMarked = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  // EBCDIC: `<?xm`.
  if (zeros.endsWith('000') || zeros.startsWith('00') || (isMarked && zeros === 'xx00') || (a === 0x4c && b === 0x6f))
    return null;
  const wide = isMarked ? (a === 0xff ? 'utf-16le' : 'utf-16be') : WIDE.get(zeros);
  if (wide !== undefined) return [new TextDecoder(wide).decode(bytes)];
  const text = utf8.decode(bytes);
  const stated = new Set([DECLARATION.exec(text)?.[1], charset].map((one) => one?.trim().toLowerCase() ?? 'utf-8'));
  const texts: string[] = [];
  for (const label of stated) {
    const decoder = decoderOf(label);
    if (decoder === null) return null;
    // What could be read as ASCII so far is none of UTF-16, whatever it says: writers of strings say so and send UTF-8.
    texts.push(decoder.encoding.startsWith('utf-') ? text : decoder.decode(bytes));
  }
  return [...new Set(texts)];
}

function decoderOf(label: string): TextDecoder | null {
  if (label === 'utf-8' || DOS.test(label)) return utf8;
  try {
    return new TextDecoder(label);
  } catch {
    return null;
  }
}
