import { isPlain } from './plain-bytes.ts';
import type { TextPlace } from './text-place.ts';
import { HIGH, BACKSLASH as ESCAPE, signOfByte, surveyText } from './survey.ts';

/** What is told of a JSON text: names that nobody may have declared, and values. */
export interface JsonTextVisitor {
  /** Of each string whose signs leave something to look for. `tokens` names its place, down to a depth of 256, and `place` tells what is said of it: found only when asked. */
  value(text: string, tokens: () => string[], place: () => TextPlace): void;
  /** `place` is that of the member. */
  name(text: string, tokens: () => string[], place: () => TextPlace): void;
  /** Whether a string with these signs is worth the words; and a name. */
  wants(bits: number, length: number): boolean;
  wantsName(bits: number): boolean;
}

const QUOTE = 34;
const BACKSLASH = 92;
/** Without these signs the bytes are the text. */
const DECODED = HIGH | ESCAPE;
/** As deep as is told where a text stands. */
const MAX_TOKENS = 256;

/**
 * Whether any string of a JSON text is worth the words: a look without a thought of where they stand, as most bodies have none. What `wants`
 * leaves open is asked of `isSuspicious`.
 */
export function hasTextWorthALook(
  bytes: Uint8Array,
  { wants, wantsName }: Pick<JsonTextVisitor, 'wants' | 'wantsName'>,
  isSuspicious: (text: string, bits: number) => boolean,
): boolean {
  const { length } = bytes;
  let latin: string | null = null;
  for (let at = 0; at < length; at += 1) {
    if (bytes[at] !== QUOTE) continue;
    const start = at + 1;
    let bits = 0;
    at = start;
    while (at < length) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) break;
      bits |= signOfByte[byte] as number;
      at += byte === BACKSLASH ? 2 : 1;
    }
    let after = at + 1;
    while (after < length && (bytes[after] as number) <= 0x20) after += 1;
    if (bytes[after] === 0x3a) {
      if (wantsName(bits)) return true;
    } else if (wants(bits, at - start) && !isPlain(bytes, start, at, bits)) {
      latin ??= Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
      // Blanks beyond ASCII are blanks only once they are decoded: U+3000 before `1 or 1 like 1`.
      const text = (bits & DECODED) === 0 ? latin.slice(start, at) : stringOf(bytes, start - 1, at);
      if (isSuspicious(text, (bits & HIGH) === 0 ? bits : surveyText(text))) return true;
    }
  }
  return false;
}

/**
 * Reads the strings of a JSON text that was found well formed, one pass over the bytes: a string without a sign that something could begin
 * with is never made a string. Texts one after another (lines, sequences) are read as well, each from `root`. Nesting was bounded by the check
 * before.
 */
export function visitJsonTexts(bytes: Uint8Array, visitor: JsonTextVisitor, root: TextPlace): void {
  const trail = new Trail(bytes, root);
  const { path, isArray, tokens, place } = trail;
  let at = 0;
  let expectsName = false;
  let latin: string | null = null;
  const { length } = bytes;
  while (at < length) {
    switch (bytes[at]) {
      case 0x7b:
        path.push(-1);
        isArray.push(false);
        expectsName = true;
        break;
      case 0x5b:
        path.push(0);
        isArray.push(true);
        expectsName = false;
        break;
      case 0x7d:
      case 0x5d:
        trail.leave();
        expectsName = false;
        break;
      case 0x2c: {
        const level = path.length - 1;
        if (isArray[level] === true) path[level] = (path[level] as number) + 1;
        else expectsName = level >= 0;
        break;
      }
      case 0x3a:
        expectsName = false;
        break;
      case QUOTE: {
        // Signs and the end in one pass; most strings need no other.
        let bits = 0;
        let end = at + 1;
        while (end < length) {
          const byte = bytes[end] as number;
          if (byte === QUOTE) break;
          bits |= signOfByte[byte] as number;
          // A backslash is a sign as well.
          end += byte === BACKSLASH ? 2 : 1;
        }
        const level = path.length - 1;
        if (expectsName && isArray[level] === false) path[level] = -1 - at;
        if (expectsName ? visitor.wantsName(bits) : visitor.wants(bits, end - at - 1)) {
          latin ??= Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
          const text = (bits & DECODED) === 0 ? latin.slice(at + 1, end) : stringOf(bytes, at, end);
          if (expectsName) visitor.name(text, tokens, place);
          else visitor.value(text, tokens, place);
        }
        at = end;
        break;
      }
      default:
    }
    at += 1;
  }
}

/** The offset of the closing quote. */
function endOfString(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    at += byte === BACKSLASH ? 2 : 1;
  }
  return bytes.length;
}

/** A byte order mark is a character like others: a name that begins with one is another name. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function stringOf(bytes: Uint8Array, open: number, close: number): string {
  const text = decoder.decode(bytes.subarray(open + 1, close));
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}

/** The way from the root to where the reading is. */
class Trail {
  /** For each level: the index in an array, or -1 - the offset of the member's name. */
  readonly path: number[] = [];
  readonly isArray: boolean[] = [];
  readonly #bytes: Uint8Array;
  readonly #root: TextPlace;
  /** Places of the lists and objects around, as far as they were asked for: each is found once, however much stands in it. */
  readonly #around: TextPlace[] = [];
  /** For each level, the last name that was asked for, and its step. */
  readonly #named: { readonly step: number; readonly name: string }[] = [];

  constructor(bytes: Uint8Array, root: TextPlace) {
    this.#bytes = bytes;
    this.#root = root;
  }

  leave(): void {
    this.path.pop();
    this.isArray.pop();
    if (this.#around.length > this.path.length) this.#around.length = this.path.length;
  }

  // Asked for with each finding, of which a client sends as many as it likes within one long name, or as deep as it likes in the text of a field.
  readonly tokens = (): string[] =>
    this.path
      .slice(0, MAX_TOKENS)
      .map((step, level) => (this.isArray[level] === true ? String(step) : this.#nameOf(step, level)));

  readonly place = (): TextPlace => {
    let place = this.#around.at(-1) ?? this.#root;
    for (let level = Math.max(this.#around.length - 1, 0); level < this.path.length; level += 1) {
      if (this.#around.length === level) this.#around.push(place);
      const step = this.path[level] as number;
      place = this.isArray[level] === true ? place.item(step) : place.member(this.#nameAt(step));
    }
    return place;
  };

  #nameOf(step: number, level: number): string {
    const known = this.#named[level];
    if (known?.step === step) return known.name;
    const name = this.#nameAt(step);
    this.#named[level] = { step, name };
    return name;
  }

  #nameAt(step: number): string {
    const open = -1 - step;
    // No name stands at offset 0, before its object.
    return open === 0 ? '' : stringOf(this.#bytes, open, endOfString(this.#bytes, open + 1));
  }
}
