const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** True of what may be UTF-16 or UTF-32. */
export function mayBeWide(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 4).includes(0) || (bytes[0] ?? 0) >= 0xfe;
}

/** A body as readers of JSON take it, which tell UTF-16 and UTF-32 by its first bytes (RFC 4627, section 3). What is no text has characters that stand for none. */
export function bodyText(bytes: Uint8Array): string {
  const [a = 1, b = 1, c = 1, d = 1] = bytes;
  const zeros = [a, b, c, d].map((byte) => (byte === 0 ? '0' : 'x')).join('');
  if (zeros === 'x000' || (a === 0xff && b === 0xfe && zeros === 'xx00')) return wideText(bytes, true);
  if (zeros === '000x' || (c === 0xfe && d === 0xff && zeros === '00xx')) return wideText(bytes, false);
  if (zeros === 'x0x0' || (a === 0xff && b === 0xfe)) return new TextDecoder('utf-16le').decode(bytes);
  if (zeros === '0x0x' || (a === 0xfe && b === 0xff)) return new TextDecoder('utf-16be').decode(bytes);
  return lenient.decode(bytes);
}

function wideText(bytes: Uint8Array, isLittle: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const letters: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const code = view.getUint32(at, isLittle);
    letters.push(code > 0x10_ffff ? '\ufffd' : String.fromCodePoint(code));
  }
  return letters.join('');
}
