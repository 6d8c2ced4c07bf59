/** Names, and those of others: joined without being copied, so that n schemas that each add one name to those of another take n steps and not n². */
export interface NameUnion {
  readonly own: readonly string[];
  readonly others: readonly NameUnion[];
}

export const NO_NAMES: NameUnion = { own: [], others: [] };

export function namesOf(own: readonly string[]): NameUnion {
  return own.length === 0 ? NO_NAMES : { own, others: [] };
}

/** Most schemas add nothing of their own, and share the names of the one that they are made of. */
export function joinNames(unions: readonly NameUnion[]): NameUnion {
  const others = [...new Set(unions)].filter((union) => union !== NO_NAMES);
  const [first = NO_NAMES] = others;
  return others.length <= 1 ? first : { own: [], others };
}

/** Each name, some more than once; each union in it is looked at once. */
export function* eachName(union: NameUnion): Generator<string> {
  const seen = new Set([union]);
  for (const next of seen) {
    yield* next.own;
    for (const other of next.others) seen.add(other);
  }
}

/** Those of `wanted` that are among the names. Stops when all are found. */
export function namesAmong(union: NameUnion, wanted: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>();
  if (wanted.size === 0) return found;
  for (const name of eachName(union)) {
    if (wanted.has(name)) found.add(name);
    if (found.size === wanted.size) break;
  }
  return found;
}
