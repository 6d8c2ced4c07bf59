import { Buffer } from 'node:buffer';
/** Lines in which a header stands at one place in head after head; what stands further behind is made anew each time. */
const MAX_PLACES = 32;
/** Longer values are seldom the same twice. */
const MAX_VALUE = 256;
/** A value that was another one so often is not looked at for a while: comparing texts of one length is not cheap. */
const RESTLESS = 8;
const LOOK_AGAIN = 64;
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
  /** How often in a row the value at a place was another one than in the head before. */
  readonly #changes: number[] = [];
  #forgets = false;

  constructor(check: (name: string, value: string) => void) {
    this.#check = check;
  }

  /** `name: value` with its CRLF, for the header at this place of a head. */
  line(place: number, name: string, value: string): string {
    const changes = this.#changes[place] ?? 0;
    if (changes > RESTLESS && changes % LOOK_AGAIN > 1) {
      this.#check(name, value);
      this.#changes[place] = changes + 1;
      return `${name}: ${value}\r\n`;
    }
    if (place < this.#names.length && name === this.#names[place] && value === this.#values[place]) {
      let line = this.#lines[place] as string;
      if (line === '') {
        // In one piece: this one is copied with every head.
        line = Buffer.from(`${name}: ${value}\r\n`, 'latin1').toString('latin1');
        this.#lines[place] = line;
        this.#changes[place] = 0;
      }
      return line;
    }
    this.#check(name, value);
    if (place <= this.#names.length && place < MAX_PLACES && value.length <= MAX_VALUE) {
      this.#names[place] = name;
      this.#values[place] = value;
      this.#lines[place] = '';
      this.#changes[place] = changes + 1;
      if (!this.#forgets) this.#forgetLater();
    }
    return `${name}: ${value}\r\n`;
  }

  #forgetLater(): void {
    this.#forgets = true;
    const timer = setTimeout(() => {
      this.#forgets = false;
      this.#names.length = this.#values.length = this.#lines.length = this.#changes.length = 0;
    }, FORGOTTEN_MS);
    timer.unref();
  }
}
