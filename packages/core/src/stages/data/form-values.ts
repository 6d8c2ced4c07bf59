import { decodePercent } from '../validation/percent-decoding.ts';
import type { MarkedPlace } from './marked-nodes.ts';
import { isDoubtful, mayHoldMarked, mayName, type NamedSlot, visitNamed } from './named-values.ts';
import type { ReadBody, ValueVisitor } from './marked-value.ts';
import type { StepBudget } from './step-budget.ts';

/** Servers take fewer: 1,000 where PHP and Django read them, 10,000 where Tomcat does. */
const MAX_FIELDS = 10_000;

/** Reads `application/x-www-form-urlencoded`; null where it is not UTF-8, percent-encoded once, or has more than 10,000 fields. */
export function readFormValues(bytes: Uint8Array): ReadBody | null {
  const added: string[] = [];
  const text = new TextDecoder('latin1').decode(bytes);
  // Some readers divide at `;` too; the body's check refuses one that stands as it is.
  const texts = text.split(/([&;])/, 2 * MAX_FIELDS);
  if (texts.length === 2 * MAX_FIELDS) return null;
  const pairs: Pair[] = [];
  const divided: Pair[] = [];
  for (let at = 0; at < texts.length; at += 2) {
    const [before = '&', behind] = [texts[at - 1], texts[at + 1]];
    const pair = readPair(before, texts[at] ?? '', added);
    if (pair === null) return null;
    pairs.push(pair);
    if (texts[at] !== '' && (before === ';' || behind === ';')) divided.push(pair);
  }
  for (const whole of divided.length === 0 ? [] : text.split('&')) {
    const pair = whole.includes(';') ? readPair('&', whole, added) : undefined;
    if (pair === null) return null;
    if (pair !== undefined) divided.push(pair);
  }
  return new FormValues(bytes, pairs, divided, added);
}

/** `added` is where pairs put others behind them. */
function readPair(divider: string, written: string, added: string[]): Pair | null {
  const equals = written.indexOf('=');
  const name = decodePercent(equals < 0 ? written : written.slice(0, equals), true);
  const value = decodePercent(equals < 0 ? '' : written.slice(equals + 1), true);
  return name === null || value === null ? null : new Pair(divider, written, name, value, added);
}

class FormValues implements ReadBody {
  readonly keeps = false;
  readonly #bytes: Uint8Array;
  readonly #pairs: readonly Pair[];
  /** Those with a `;` in them, undivided and in pieces. */
  readonly #divided: readonly Pair[];
  readonly #added: readonly string[];

  constructor(bytes: Uint8Array, pairs: readonly Pair[], divided: readonly Pair[], added: readonly string[]) {
    this.#divided = divided;
    this.#bytes = bytes;
    this.#pairs = pairs;
    this.#added = added;
  }

  visit(place: MarkedPlace | null, visit: ValueVisitor): void {
    if (place === null) return;
    for (const pair of this.#pairs) if (pair.name !== '') visitNamed(place, pair, visit);
  }

  isDoubtful(place: MarkedPlace, steps: StepBudget): boolean {
    // To most readers a `;` is part of the value, which would go on in clear behind it.
    return (
      this.#divided.some((pair) => mayHoldMarked(place, pair, steps)) ||
      this.#pairs.some((pair) => isDoubtful(place, pair, true, steps))
    );
  }

  mayName(place: MarkedPlace, steps: StepBudget): boolean {
    return (
      this.#divided.some((pair) => mayHoldMarked(place, pair, steps) || mayName(place, pair, steps)) ||
      this.#pairs.some((pair) => mayName(place, pair, steps))
    );
  }

  bytes(): Uint8Array {
    if (this.#added.length === 0 && !this.#pairs.some(({ edited }) => edited)) return this.#bytes;
    // Whoever divides at `&` alone reads another value where a `;` became one.
    const kept = this.#pairs.filter(({ removed }) => !removed);
    const text = kept.map((pair, at) => (at === 0 ? '' : pair.divider) + pair.render()).join('');
    return new TextEncoder().encode([...(kept.length === 0 ? [] : [text]), ...this.#added].join('&'));
  }
}

class Pair implements NamedSlot {
  /** What stands before it: `&` or `;`. */
  readonly divider: string;
  readonly name: string;
  readonly #written: string;
  readonly #value: string;
  readonly #added: string[];
  #replaced: string | null = null;
  removed = false;
  readonly isFile = false;

  constructor(divider: string, written: string, name: string, value: string, added: string[]) {
    this.divider = divider;
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

  decoded(): string {
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
