const START = 0;
const INDEX = 1;
const STRING = 2;
const LENGTH = 3;
const CHARACTERS = 4;

/**
 * Counts the field lines of a header block by its structure alone (RFC 7541, section 6), in pieces as they come. nghttp2 passes over a field
 * line whose name or value HTTP forbids, without a word; that fewer arrived than were sent is how such a request is known ("header injection").
 * What is no header block gives some number: nghttp2 ends the connection over it.
 */
export class FieldCounter {
  count = 0;
  #state = START;
  /** Strings of the field line that are still to come. */
  #strings = 0;
  #length = 0;
  #unit = 1;

  begin(): void {
    this.count = 0;
    this.#state = START;
  }

  /** Reads `bytes` from `at` to `end`. */
  read(bytes: Uint8Array, at: number, end: number): void {
    while (at < end) {
      if (this.#state === CHARACTERS) {
        const taken = Math.min(this.#length, end - at);
        at += taken;
        this.#length -= taken;
        if (this.#length === 0) this.#next();
      } else {
        this.#readByte(bytes[at] as number);
        at += 1;
      }
    }
  }

  #readByte(byte: number): void {
    switch (this.#state) {
      case START:
        this.#beginLine(byte);
        break;
      case INDEX:
        if (byte < 0x80) this.#next();
        break;
      case STRING:
        this.#strings -= 1;
        this.#length = byte & 0x7f;
        this.#unit = 1;
        if (this.#length === 0x7f) this.#state = LENGTH;
        else this.#beginCharacters();
        break;
      default:
        this.#length += (byte & 0x7f) * this.#unit;
        this.#unit *= 0x80;
        if (byte < 0x80) this.#beginCharacters();
    }
  }

  #beginLine(byte: number): void {
    let mask = 0x0f;
    this.#strings = 0;
    if (byte >= 0x80) mask = 0x7f;
    else if (byte >= 0x40) mask = 0x3f;
    else if (byte >= 0x20) mask = 0x1f;
    const index = byte & mask;
    // A change of the table's size is no field line; a literal has a value, and a name where none is pointed to.
    if (mask !== 0x1f) this.count += 1;
    if (mask === 0x3f || mask === 0x0f) this.#strings = index === 0 ? 2 : 1;
    if (index === mask) this.#state = INDEX;
    else this.#next();
  }

  #beginCharacters(): void {
    if (this.#length === 0) this.#next();
    else this.#state = CHARACTERS;
  }

  #next(): void {
    this.#state = this.#strings > 0 ? STRING : START;
  }
}
