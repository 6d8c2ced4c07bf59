/** What bytes of a head are: plain ones, the colon that ends a name, and those that no line may hold but at its end. */
const PLAIN = 0;
const COLON = 1;
const CONTROL = 2;
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0x3a ? COLON : byte === 0x09 || (byte >= 0x20 && byte !== 0x7f) ? PLAIN : CONTROL,
);

function kindsOfFour(bytes: Uint8Array, at: number): number {
  return (
    (KINDS[bytes[at] as number] as number) |
    (KINDS[bytes[at + 1] as number] as number) |
    (KINDS[bytes[at + 2] as number] as number) |
    (KINDS[bytes[at + 3] as number] as number)
  );
}

/**
 * One pass over the bytes of a head: whether it is clean and whole, and where its lines end and their first colons stand, so that nobody has to
 * look for them again. One scan serves many heads; what it found holds until the next.
 */
export class HeadScan {
  /** Where each line ends, before its CRLF, counted from the beginning of the head. */
  readonly ends: number[] = [];
  /** Where the first colon of each line stands; -1 where there is none. */
  readonly colons: number[] = [];
  /** Lines found, without the empty one. */
  lines = 0;

  /**
   * Reads `bytes[start, limit)` up to the first empty line. Returns the index behind it; -1 where none has come yet, and where a control
   * character other than a tab, or a carriage return or line feed on its own, stands before it (RFC 9112, section 2.2).
   */
  scan(bytes: Uint8Array, start: number, limit: number): number {
    const { ends, colons } = this;
    let lines = 0;
    let lineStart = start;
    let colon = -1;
    let at = start;
    while (at < limit) {
      // Four at a time: nearly all are plain, and a token has hundreds.
      while (at + 3 < limit && kindsOfFour(bytes, at) === PLAIN) at += 4;
      if (at === limit) break;
      const kind = KINDS[bytes[at] as number];
      if (kind === PLAIN || kind === COLON) {
        if (kind === COLON && colon < 0) colon = at - start;
        at += 1;
        continue;
      }
      if (bytes[at] !== 0x0d || at + 1 >= limit || bytes[at + 1] !== 0x0a) return -1;
      if (at === lineStart) {
        this.lines = lines;
        return at + 2;
      }
      ends[lines] = at - start;
      colons[lines] = colon;
      lines += 1;
      colon = -1;
      at += 2;
      lineStart = at;
    }
    return -1;
  }
}

/**
 * Whether the beginning of a head in `bytes[from, end)` that is not whole yet holds what no continuation could mend: a control character other than a tab, or a
 * carriage return or line feed on its own. Up to `scanned` it was looked at before.
 */
export function holdsStrayControl(bytes: Uint8Array, from: number, end: number, scanned: number): boolean {
  for (let at = Math.max(scanned - 1, from); at < end; at++) {
    const byte = bytes[at] as number;
    if (KINDS[byte] !== CONTROL) continue;
    if (byte === 0x0d ? at + 1 < end && bytes[at + 1] !== 0x0a : byte !== 0x0a || at === from || bytes[at - 1] !== 0x0d)
      return true;
  }
  return false;
}
