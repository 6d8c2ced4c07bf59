import type { TextPlace } from './text-place.ts';

/** The names in `owner[name][name]`, the owner's first; those that are empty are left out. */
export function bracketedNames(name: string): readonly [string, ...string[]] {
  const [owner = name, ...rest] = name.split(/[[\]]{1,2}/).filter((part) => part !== '');
  return [owner, ...rest];
}

/** The place that names lead to from a field, those between brackets or those of JSON. */
export function followNames(field: TextPlace, names: readonly string[]): TextPlace {
  let place = field;
  for (const name of names) place = place.below(name);
  return place;
}
