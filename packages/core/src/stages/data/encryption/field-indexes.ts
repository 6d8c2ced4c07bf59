import type { Exchange } from '../../../exchange.ts';
import { foldCase } from '../../../json/fold-case.ts';
import type { FieldIndex } from '../../../policy/encrypt-policy.ts';
import type { FieldIndexPort } from '../../../ports.ts';
import type { MarkedValue } from '../marked-value.ts';
import { indexedText, normalizeForIndex } from './index-form.ts';

const PORTS = new WeakMap<Exchange, FieldIndexPort>();
const SOUGHT = new WeakMap<Exchange, Map<string, string>>();

/** Keeps what makes indexes, for `indexOf`. */
export function keepIndexPort(exchange: Exchange, port: FieldIndexPort | undefined): void {
  if (port !== undefined) PORTS.set(exchange, port);
}

/** The index that goes beside a value; null for one that has none. */
export function indexFor(value: MarkedValue, indexes: ReadonlyMap<string, FieldIndex>): FieldIndex | null {
  return indexes.size === 0 ? null : (indexes.get(foldCase(value.member)) ?? null);
}

/** False while a key of indexes cannot be had. */
export function canIndex(exchange: Exchange): boolean {
  return PORTS.get(exchange)?.canIndex() !== false;
}

/** What is written beside a value; null for one that is not looked up: null, an object, a list, a boolean, or a text of which nothing is left. */
export function indexOf(raw: string, index: FieldIndex, exchange: Exchange): string | null {
  const text = indexedText(raw, index);
  return text === null ? null : (indexesOf(text, index, exchange)[0] ?? null);
}

/** What is looked up for a text, under each key. A text of which nothing is left is looked up too, and found nowhere. */
export function lookupsOf(text: string, index: FieldIndex, exchange: Exchange): readonly string[] {
  const made = indexesOf(normalizeForIndex(text, index) ?? '', index, exchange);
  const sought = SOUGHT.get(exchange) ?? new Map<string, string>();
  SOUGHT.set(exchange, sought);
  for (const one of made) sought.set(one, text);
  return made;
}

/** The texts that a request looked up, by their indexes, as it sent them; null where it looked up nothing. */
export function soughtBy(exchange: Exchange): ReadonlyMap<string, string> | null {
  return SOUGHT.get(exchange) ?? null;
}

function indexesOf(text: string, index: FieldIndex, exchange: Exchange): readonly string[] {
  const made = PORTS.get(exchange)?.indexesOf(text, index.field) ?? null;
  if (made === null) throw new Error('no key to make an index with');
  return made;
}
