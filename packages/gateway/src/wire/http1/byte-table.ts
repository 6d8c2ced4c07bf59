import { Buffer } from 'node:buffer';

const MAX_LENGTH = 39;

interface Entry<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
}

/** Finds what belongs to a short text by its bytes, as they came: no text is made of them. The same texts in another case are others. */
export class ByteTable<T> {
  /** By length and the low five bits of the first byte, which spread letters whatever their case. */
  readonly #entries: (Entry<T>[] | undefined)[] = new Array<undefined>((MAX_LENGTH + 1) * 32).fill(undefined);

  /** Texts in latin1, of 1 to 39 characters. */
  constructor(entries: Iterable<readonly [text: string, value: T]>) {
    for (const [text, value] of entries) {
      const bytes = Buffer.from(text, 'latin1');
      (this.#entries[placeOf(text.length, bytes.readUInt8(0))] ??= []).push({ bytes, value });
    }
  }

  /** What belongs to the text in `bytes[from, to)`; undefined where it is none of the table's. */
  find(bytes: Uint8Array, from: number, to: number): T | undefined {
    const length = to - from;
    if (length < 1 || length > MAX_LENGTH) return undefined;
    const entries = this.#entries[placeOf(length, bytes[from] as number)];
    if (entries === undefined) return undefined;
    for (const entry of entries) if (isSame(entry.bytes, bytes, from)) return entry.value;
    return undefined;
  }
}

function placeOf(length: number, first: number): number {
  return length * 32 + (first & 31);
}

function isSame(text: Uint8Array, bytes: Uint8Array, from: number): boolean {
  for (let i = 0; i < text.length; i++) if (text[i] !== bytes[from + i]) return false;
  return true;
}
