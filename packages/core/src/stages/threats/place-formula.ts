import type { PlaceSchema } from './schema-facts.ts';

/** Schemas that hold together. */
type Together = readonly PlaceSchema[];

/** What schemas say of one place. */
export interface PlaceFormula {
  /** For every value here, all schemas of at least one of these hold; null where nothing holds for sure. */
  readonly must: readonly Together[] | null;
  /** Every schema that may speak of the place, those of `must` among them. */
  readonly may: Together;
}

export const FREE: PlaceFormula = { must: null, may: [] };

/** Alternatives that come of combining alternatives, at most: beyond, some are forgotten, and what is left holds still. */
const MAX_PRODUCT = 64;
const MAX_TOGETHER = 8;
/** Alternatives of one place, at most: beyond, it is free. */
const MAX_ALTERNATIVES = 4_000;

export function isSaid(schema: PlaceSchema): PlaceFormula {
  return schema.node === true ? FREE : { must: [[schema]], may: [schema] };
}

/** It may be said or not. */
export function maybe({ may }: PlaceFormula): PlaceFormula {
  return { must: null, may };
}

/** All of them hold. */
export function both(parts: readonly PlaceFormula[]): PlaceFormula {
  const [first = FREE] = parts;
  if (parts.length <= 1) return first;
  let must: readonly Together[] | null = null;
  for (const part of parts) must = must === null ? part.must : part.must === null ? must : product(must, part.must);
  return { must, may: joined(parts.map(({ may }) => may)) };
}

/** At least one of them holds; nothing where there is none. */
export function either(parts: readonly PlaceFormula[]): PlaceFormula {
  const [first = FREE] = parts;
  if (parts.length <= 1) return first;
  const may = joined(parts.map((part) => part.may));
  if (parts.some(({ must }) => must === null)) return { must: null, may };
  return { must: distinct(parts.flatMap(({ must }) => must ?? [])), may };
}

function product(one: readonly Together[], other: readonly Together[]): readonly Together[] | null {
  if (one.length * other.length > Math.max(MAX_PRODUCT, one.length, other.length))
    return one.length < other.length ? one : other;
  return distinct(one.flatMap((a) => other.map((b) => joined([a, b]).slice(0, MAX_TOGETHER))));
}

function distinct(alternatives: readonly Together[]): readonly Together[] | null {
  const byKey = new Map(alternatives.map((together) => [idsOf(together), together]));
  if (byKey.size > MAX_ALTERNATIVES) return null;
  // In one order, so that the same place is found again.
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, together]) => together);
}

function joined(lists: readonly Together[]): Together {
  const filled = lists.filter((one) => one.length > 0);
  const [first = []] = filled;
  if (filled.length <= 1) return first;
  return [...new Set(filled.flat())].sort((a, b) => a.id - b.id);
}

function idsOf(schemas: Together): string {
  return schemas.map(({ id }) => id).join('.');
}

/** The same for formulas of the same schemas. */
export function keyOf({ must, may }: PlaceFormula): string {
  return `${must === null ? '*' : must.map(idsOf).join('|')};${idsOf(may)}`;
}
