import { decodePercent } from '../validation/percent-decoding.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import { isDoubtful, type NamedSlot, visitNamed } from './named-values.ts';
import type { ReadBody, ValueVisitor } from './marked-value.ts';

/** Reads `application/x-www-form-urlencoded`; null where it is not UTF-8, percent-encoded once. */
export function readFormValues(bytes: Uint8Array): ReadBody | null {
  const added: string[] = [];
  const pairs = readPairs(bytes, added);
  return pairs === null ? null : new FormValues(bytes, pairs, added);
}

/** `added` is where pairs put others behind them. */
function readPairs(bytes: Uint8Array, added: string[]): Pair[] | null {
  const pairs: Pair[] = [];
  // Some readers divide at `;` too; the body's check refuses one that stands as it is.
  for (const written of new TextDecoder('latin1').decode(bytes).split(/[&;]/)) {
    const equals = written.indexOf('=');
    const name = decodePercent(equals < 0 ? written : written.slice(0, equals), true);
    const value = decodePercent(equals < 0 ? '' : written.slice(equals + 1), true);
    if (name === null || value === null) return null;
    pairs.push(new Pair(written, name, value, added));
  }
  return pairs;
}

class FormValues implements ReadBody {
  readonly #bytes: Uint8Array;
  readonly #pairs: readonly Pair[];
  readonly #added: readonly string[];

  constructor(bytes: Uint8Array, pairs: readonly Pair[], added: readonly string[]) {
    this.#bytes = bytes;
    this.#pairs = pairs;
    this.#added = added;
  }

  visit(place: MarkedPlace | null, visit: ValueVisitor): void {
    if (place === null) return;
    for (const pair of this.#pairs) if (pair.name !== '') visitNamed(place, pair, visit);
  }

  isDoubtful(place: MarkedPlace): boolean {
    // To most readers a `;` is part of the value, which would go on in clear behind it.
    return this.#bytes.includes(0x3b) || this.#pairs.some((pair) => isDoubtful(place, pair, true));
  }

  bytes(): Uint8Array {
    if (this.#added.length === 0 && !this.#pairs.some(({ edited }) => edited)) return this.#bytes;
    const kept = this.#pairs.filter(({ removed }) => !removed).map((pair) => pair.render());
    return new TextEncoder().encode([...kept, ...this.#added].join('&'));
  }
}

class Pair implements NamedSlot {
  readonly name: string;
  readonly #written: string;
  readonly #value: string;
  readonly #added: string[];
  #replaced: string | null = null;
  removed = false;

  constructor(written: string, name: string, value: string, added: string[]) {
    this.#added = added;
    this.#written = written;
    this.name = name;
    this.#value = value;
  }

  get edited(): boolean {
    return this.removed || this.#replaced !== null;
  }

  text(): string {
    return this.#replaced ?? this.#value;
  }

  begin(): string {
    return this.text();
  }

  remove(): void {
    this.removed = true;
  }

  replace(text: string): void {
    this.#replaced = text;
  }

  add(name: string, text: string): void {
    this.#added.push(new URLSearchParams([[name, text]]).toString());
  }

  render(): string {
    if (this.#replaced === null) return this.#written;
    const equals = this.#written.indexOf('=');
    const name = equals < 0 ? this.#written : this.#written.slice(0, equals);
    // As the URL standard writes forms, so that nothing in a value divides it anew.
    return name + new URLSearchParams([['', this.#replaced]]).toString();
  }
}
