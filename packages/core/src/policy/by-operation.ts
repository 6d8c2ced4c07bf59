import type { ApiDocument, Operation } from '../openapi/model.ts';
import { oncePer } from '../once-per.ts';
import type { LimitRule } from './policy.ts';

/** The keys that mean one operation: its id, `METHOD /path`, and `tag:NAME` of each of its tags. */
export function keysOf({ id, method, path, tags }: Operation): string[] {
  return [id, `${method} ${path}`, ...tags.map((tag) => `tag:${tag}`)];
}

/** Operations of a document by each key that means them, in the order of the document. */
export const operationsByKey: (document: Pick<ApiDocument, 'operations'>) => ReadonlyMap<string, readonly Operation[]> =
  oncePer(({ operations }) => {
    const byKey = new Map<string, Operation[]>();
    for (const operation of operations) for (const key of new Set(keysOf(operation))) add(byKey, key, operation);
    return byKey;
  });

/**
 * Finds those of a list that name an operation by one of its keys, in the order of the list; one that names nothing at all (null) is for every operation.
 * A large policy has as many of them as operations, and asking each whether it means each would take minutes.
 */
export function indexByOperation<T>(
  all: readonly T[],
  named: (one: T) => readonly string[] | null,
): (operation: Operation) => readonly T[] {
  const always: number[] = [];
  const byKey = new Map<string, number[]>();
  for (const [index, one] of all.entries()) {
    const keys = named(one);
    if (keys === null) always.push(index);
    else for (const key of keys) add(byKey, key, index);
  }
  return (operation) => {
    const found = new Set(always);
    for (const key of keysOf(operation)) for (const index of byKey.get(key) ?? []) found.add(index);
    return inOrder(all, found);
  };
}

/** Limits that cover an operation, in the order of the policy. */
export const limitsByOperation = oncePer((limits: readonly LimitRule[]) =>
  indexByOperation(limits, ({ operations }) => operations),
);

/** What stands at each index, in the order of the list. */
export function inOrder<T>(all: readonly T[], indexes: Iterable<number>): T[] {
  return [...indexes].sort((left, right) => left - right).map((index) => all[index] as T);
}

/** Adds to the list that a key has. */
export function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
