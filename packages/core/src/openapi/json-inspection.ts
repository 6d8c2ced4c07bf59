import { childPointer } from './located.ts';

/** What is wrong with a JSON text, with the offset where it is. */
export interface JsonFault {
  readonly kind: 'syntax' | 'duplicate';
  readonly offset: number;
  readonly pointer: string;
  readonly message: string;
}

class JsonSyntaxFault extends Error {
  readonly fault: JsonFault;
  constructor(fault: JsonFault) {
    super(fault.message);
    this.fault = fault;
  }
}

const STRING = /"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/**
 * Finds the first syntax error and every repeated member of a JSON text (RFC 8259). The slow second look, taken only at a text that
 * is known to have either; its nesting must have been bounded before.
 */
export function inspectJson(text: string): readonly JsonFault[] {
  const faults: JsonFault[] = [];
  const inspection = new Inspection(text, faults);
  try {
    inspection.value('');
    inspection.end();
  } catch (error) {
    if (!(error instanceof JsonSyntaxFault)) throw error;
    faults.push(error.fault);
  }
  return faults;
}

class Inspection {
  readonly #text: string;
  readonly #faults: JsonFault[];
  #index = 0;

  constructor(text: string, faults: JsonFault[]) {
    this.#text = text;
    this.#faults = faults;
  }

  value(pointer: string): void {
    this.#match(SPACE);
    const next = this.#text[this.#index];
    if (next === '{') this.#object(pointer);
    else if (next === '[') this.#array(pointer);
    else if (next === '"') {
      if (this.#match(STRING) === null)
        this.#fail(pointer, 'a string that does not end on its line or has a character that must be escaped');
    } else if (this.#match(WORD) === null && this.#match(NUMBER) === null) {
      this.#fail(
        pointer,
        next === undefined ? 'the file ends where a value was expected' : 'a value was expected here',
      );
    }
    this.#match(SPACE);
  }

  end(): void {
    if (this.#index < this.#text.length) this.#fail('', 'text after the end of the value');
  }

  #object(pointer: string): void {
    const seen = new Set<string>();
    this.#index++;
    this.#match(SPACE);
    if (this.#take('}')) return;
    for (;;) {
      this.#match(SPACE);
      const offset = this.#index;
      const quoted = this.#match(STRING);
      if (quoted === null) this.#fail(pointer, 'a member name in double quotes was expected here');
      const name = JSON.parse(quoted) as string;
      const member = childPointer(pointer, name);
      if (seen.has(name))
        this.#faults.push({
          kind: 'duplicate',
          offset,
          pointer: member,
          message: 'this member stands twice in its object',
        });
      seen.add(name);
      this.#match(SPACE);
      if (!this.#take(':')) this.#fail(member, 'a colon was expected here');
      this.value(member);
      if (this.#take('}')) return;
      if (!this.#take(',')) this.#fail(pointer, 'a comma or the end of the object was expected here');
    }
  }

  #array(pointer: string): void {
    this.#index++;
    this.#match(SPACE);
    if (this.#take(']')) return;
    for (let item = 0; ; item++) {
      this.value(childPointer(pointer, item));
      if (this.#take(']')) return;
      if (!this.#take(',')) this.#fail(pointer, 'a comma or the end of the array was expected here');
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#index] !== character) return false;
    this.#index++;
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#index;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#index += found.length;
    return found;
  }

  #fail(pointer: string, message: string): never {
    throw new JsonSyntaxFault({ kind: 'syntax', offset: Math.min(this.#index, this.#text.length), pointer, message });
  }
}
