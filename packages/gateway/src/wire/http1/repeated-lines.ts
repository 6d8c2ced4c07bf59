/** Lines in which a header stands at one place in head after head; what stands further behind is made anew each time. */
const MAX_PLACES = 32;
/** Longer values are seldom the same twice. */
const MAX_VALUE = 256;
/** Values are credentials too, and pieces of heads: none is held for long behind the client that sent it. */
const FORGOTTEN_MS = 10_000;

/**
 * Makes the field lines of one kind of head. Most of them are the same in one head as in the one before it, at the same place: those are looked at
 * and put together once, and then only compared, until all are forgotten a few seconds later. What may stand in a line is for `check` to say, which throws; it is asked of every line that is new.
 */
export class RepeatedLines {
  readonly #check: (name: string, value: string) => void;
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  /** Empty until a line came twice: most of those that change would be put together for nothing. */
  readonly #lines: string[] = [];
  #forgets = false;

  constructor(check: (name: string, value: string) => void) {
    this.#check = check;
  }

  /** `name: value` with its CRLF, for the header at this place of a head. */
  line(place: number, name: string, value: string): string {
    if (place < this.#names.length && name === this.#names[place] && value === this.#values[place]) {
      let line = this.#lines[place] as string;
      if (line === '') {
        // In one piece: this one is copied with every head.
        line = Buffer.from(`${name}: ${value}\r\n`, 'latin1').toString('latin1');
        this.#lines[place] = line;
      }
      return line;
    }
    this.#check(name, value);
    if (place <= this.#names.length && place < MAX_PLACES && value.length <= MAX_VALUE) {
      this.#names[place] = name;
      this.#values[place] = value;
      this.#lines[place] = '';
      if (!this.#forgets) this.#forgetLater();
    }
    return `${name}: ${value}\r\n`;
  }

  #forgetLater(): void {
    this.#forgets = true;
    const timer = setTimeout(() => {
      this.#forgets = false;
      this.#names.length = this.#values.length = this.#lines.length = 0;
    }, FORGOTTEN_MS);
    timer.unref();
  }
}
