const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Finds the LF that ends a JSON text of a sequence: the first behind a value that is whole, whatever lines the value is written in. Reads each byte once, and no more of JSON than that takes. */
export class TextEnd {
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** Something of the value has come. */
  #begun = false;

  /** Reads the next byte of the text; true where it ends it. */
  read(byte: number): boolean {
    if (this.#inString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#inString = false;
      return false;
    }
    if (byte === LF) return this.#begun && this.#depth <= 0;
    if (byte === 0x20 || byte === 0x09 || byte === 0x0d) return false;
    this.#begun = true;
    if (byte === QUOTE) this.#inString = true;
    // [ and {, ] and } alike.
    else if ((byte | 0x20) === 0x7b) this.#depth += 1;
    else if ((byte | 0x20) === 0x7d) this.#depth -= 1;
    return false;
  }
}
