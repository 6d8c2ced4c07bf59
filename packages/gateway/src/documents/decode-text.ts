/** What stands in a file, or why that is no text. A byte order mark of UTF-8 is dropped. */
export type DecodedText = { readonly text: string } | { readonly wrong: string };

/** Reads bytes as UTF-8 and as nothing else: what is replaced or guessed would be another text than somebody wrote. */
export function decodeText(bytes: Uint8Array): DecodedText {
  if (
    (bytes[0] === 0xff && bytes[1] === 0xfe) ||
    (bytes[0] === 0xfe && bytes[1] === 0xff) ||
    bytes.subarray(0, 4).includes(0)
  )
    return { wrong: 'is UTF-16 or UTF-32; save it as UTF-8' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { wrong: 'is not UTF-8; save it as UTF-8' };
  }
}
